//! Prints how fast a synthetic chain is made and how its degrees are spread.
//!
//! `cargo run --release -p tracehound-testkit --example chain_figures -- 10000000`
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]
#![allow(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "figures for a reader's eye"
)]

use std::collections::HashMap;
use std::time::Instant;
use tracehound_testkit::ChainConfig;

fn main() {
    let transfers = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse());
    let Ok(transfers) = transfers else {
        eprintln!("give the number of transfers, such as 1000000");
        std::process::exit(2);
    };
    let config = ChainConfig::sized(1, transfers);
    let start = Instant::now();
    let last = config.generate().last();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{transfers} transfers in {seconds:.2} s: {:.2} M/s",
        transfers as f64 / seconds / 1e6
    );
    if let Some(last) = last {
        println!("last block {} at {}", last.height, last.timestamp);
    }
    let mut sent: HashMap<_, u64> = HashMap::new();
    let mut received: HashMap<_, u64> = HashMap::new();
    for transfer in config.generate() {
        *sent.entry(transfer.from).or_default() += 1;
        *received.entry(transfer.to).or_default() += 1;
    }
    for (name, counts) in [("out", sent), ("in", received)] {
        let mut degrees: Vec<u64> = counts.into_values().collect();
        degrees.sort_unstable();
        let at =
            |per_mille: usize| degrees[(degrees.len() * per_mille / 1000).min(degrees.len() - 1)];
        println!(
            "{name}-degree of {} addresses: median {}, 90 % {}, 99 % {}, 99.9 % {}, most {}",
            degrees.len(),
            at(500),
            at(900),
            at(990),
            at(999),
            at(1000),
        );
    }
}
