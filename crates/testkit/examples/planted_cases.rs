//! Writes a synthetic chain as a node's block files, with a case for each
//! theft planted in it, to try a trace on:
//! `cargo run -p tracehound-testkit --example planted_cases -- FOLDER`.
#![allow(clippy::print_stdout)] // its purpose

use std::path::PathBuf;
use tracehound_testkit::utxo::{
    BlockFileOptions, UtxoChain, UtxoChainConfig, UtxoPlant, write_block_files,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give a folder to write to")?;
    let folder = PathBuf::from(folder);
    let mut config = UtxoChainConfig::new(5, 8_000);
    config.plants = vec![
        UtxoPlant::PeelChain(12),
        UtxoPlant::EqualSplit(40),
        UtxoPlant::Consolidation(9),
        UtxoPlant::ExchangeDeposits(10),
        UtxoPlant::WhirlpoolMix,
    ];
    let mut chain = UtxoChain::new(config);
    let blocks = folder.join("blocks");
    std::fs::create_dir_all(&blocks)?;
    write_block_files(&blocks, chain.by_ref(), &BlockFileOptions::default(), |_| ())?;
    for (number, theft) in chain.planted().iter().enumerate() {
        let case = folder.join(format!("theft-{number}"));
        std::fs::create_dir_all(&case)?;
        std::fs::copy(blocks.join("blk00000.dat"), case.join("blk00000.dat"))?;
        let text = format!(
            "version = 1\nname = \"theft-{number}\"\ntitle = \"Planted theft: {:?}\"\n\
             chain = \"bitcoin-regtest\"\n\n[[transfers]]\nfile = \"blk00000.dat\"\n\n\
             [[seeds]]\nkind = \"transfer\"\nhash = \"{}\"\nindex = 0\n",
            theft.plant,
            theft.theft.to_plain_hex()
        );
        std::fs::write(case.join("case.toml"), text)?;
        println!("{}: {:?}", case.display(), theft.plant);
    }
    Ok(())
}
