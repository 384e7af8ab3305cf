//! The compiled peer for block files: the crate `blocks_iterator` reads
//! blk*.dat, puts blocks in order, resolves each spend in memory, and here
//! writes inputs and outputs as CSV to disk. It numbers no addresses, keeps no
//! index and checks no merkle root.
//!
//! ```text
//! blocks-iterator-csv prepare FOLDER PREPARED   the same blocks, their headers chained
//!                                               from the genesis block it insists on
//! blocks-iterator-csv run PREPARED OUT.csv
//! ```

use blocks_iterator::bitcoin::blockdata::constants::genesis_block;
use blocks_iterator::bitcoin::consensus::encode::serialize;
use blocks_iterator::bitcoin::hashes::{Hash, sha256d};
use blocks_iterator::bitcoin::{Network, OutPoint};
use blocks_iterator::{BlockExtra, Config};
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::time::Instant;

const MAGIC: [u8; 4] = [0xfa, 0xbf, 0xb5, 0xda];
const HEADER: usize = 80;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["prepare", from, to] => prepare(from, to),
        ["run", folder, out] => run(folder, out),
        _ => Err("prepare FOLDER PREPARED, or run PREPARED OUT.csv".into()),
    }
}

fn prepare(from: &str, to: &str) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    let mut files: Vec<_> = fs::read_dir(from)?.collect::<Result<_, _>>()?;
    files.retain(|file| file.file_name().to_string_lossy().starts_with("blk"));
    files.sort_by_key(fs::DirEntry::file_name);
    let genesis = serialize(&genesis_block(Network::Regtest));
    let mut previous = sha256d::Hash::hash(&genesis[..HEADER]);
    for (place, file) in files.iter().enumerate() {
        let bytes = fs::read(file.path())?;
        let mut out = BufWriter::new(File::create(format!("{to}/blk{place:05}.dat"))?);
        let mut record = |block: &[u8]| -> std::io::Result<()> {
            out.write_all(&MAGIC)?;
            out.write_all(&u32::try_from(block.len()).expect("a block").to_le_bytes())?;
            out.write_all(block)
        };
        if place == 0 {
            record(&genesis)?;
        }
        let mut rest = bytes.as_slice();
        while rest.starts_with(&MAGIC) {
            let length = u32::from_le_bytes(rest[4..8].try_into()?) as usize;
            let mut block = rest[8..8 + length].to_vec();
            block[4..36].copy_from_slice(previous.as_byte_array());
            previous = sha256d::Hash::hash(&block[..HEADER]);
            record(&block)?;
            rest = &rest[8 + length..];
        }
        out.flush()?;
    }
    Ok(())
}

fn run(folder: &str, out: &str) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let mut config = Config::new(folder, Network::Regtest);
    config.channels_size = 4;
    let mut rows = BufWriter::with_capacity(1 << 20, File::create(out)?);
    let (mut blocks, mut transactions) = (0_u64, 0_u64);
    for block in blocks_iterator::iter(config) {
        blocks += 1;
        transactions += write(&mut rows, &block)?;
    }
    rows.flush()?;
    let seconds = begun.elapsed().as_secs_f64();
    let rate = transactions as f64 / seconds;
    println!(
        "{{\"blocks\":{blocks},\"transactions\":{transactions},\"seconds\":{seconds:.2},\
         \"transactions_per_second\":{rate:.0}}}"
    );
    Ok(())
}

fn write(rows: &mut impl Write, block: &BlockExtra) -> Result<u64, Box<dyn Error>> {
    let (spent, height) = (block.outpoint_values(), block.height());
    let mut transactions = 0;
    for (name, transaction) in block.iter_tx() {
        transactions += 1;
        for input in transaction.input.iter().filter(|i| i.previous_output != OutPoint::null()) {
            let value = spent.get(&input.previous_output).map_or(0, |output| output.value.to_sat());
            writeln!(rows, "{height},{name},{},{value}", input.previous_output)?;
        }
        for (index, output) in (0_u32..).zip(&transaction.output) {
            writeln!(rows, "{height},{name},{index},{},{:x}", output.value, output.script_pubkey)?;
        }
    }
    Ok(transactions)
}
