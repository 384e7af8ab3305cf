//! Writes a synthetic chain to standard output as CSV in the plain schema.
//!
//! `cargo run --release -p tracehound-testkit --example plain_table -- 100000 > chain.csv`
#![allow(clippy::print_stderr, reason = "a program for the terminal")]

use std::io::{BufWriter, stdout};
use tracehound_testkit::{ChainConfig, table};

fn main() -> std::io::Result<()> {
    let transfers = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse());
    let Ok(transfers) = transfers else {
        eprintln!("give the number of transfers, such as 1000000");
        std::process::exit(2);
    };
    let chain: Vec<_> = ChainConfig::sized(1, transfers).generate().collect();
    table::write_plain(&chain, BufWriter::new(stdout().lock()))
}
