//! How fast block files are read, parsed and checked, on one thread ahead of
//! this one: `cargo run --release -p tracehound-ingest --example block_speed -- FOLDER`.
#![allow(clippy::print_stdout, clippy::float_arithmetic)] // a measurement

use std::path::PathBuf;
use std::time::Instant;
use tracehound_ingest::blocks::{BlockFiles, BlockSource};
use tracehound_model::UtxoBlock;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give a folder of block files")?;
    let begun = Instant::now();
    let mut source = BlockFiles::open(&[PathBuf::from(folder)], None, None)?;
    println!("{} blocks found in {:.2?}", source.block_count(), begun.elapsed());
    let begun = Instant::now();
    let (mut transactions, mut outputs) = (0, 0);
    let mut block = UtxoBlock::default();
    while source.next_block(&mut block)? {
        transactions += block.transactions.len();
        outputs += block.outputs.len();
    }
    let seconds = begun.elapsed().as_secs_f64();
    let rate = transactions as f64 / seconds;
    println!(
        "{transactions} transactions, {outputs} outputs in {seconds:.2} s: {rate:.0} a second"
    );
    Ok(())
}
