//! Block files of a synthetic chain of unspent outputs, and the limits that
//! bound any reader of them: reading, visiting, hashing.

use crate::{Options, SEED, rate};
use anyhow::{Context, Result};
use bitcoin_slices::{Visit, Visitor, bsl};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;
use tracehound_testkit::utxo::{
    BlockFileOptions, UtxoChain, UtxoChainConfig, UtxoPlant, write_block_files,
};

/// Bytes before each block: magic and length.
const FRAME: usize = 8;
const PLANTS: [UtxoPlant; 6] = [
    UtxoPlant::PeelChain(20),
    UtxoPlant::EqualSplit(10),
    UtxoPlant::Consolidation(10),
    UtxoPlant::ExchangeDeposits(5),
    UtxoPlant::WasabiRound(40),
    UtxoPlant::WhirlpoolMix,
];

/// Writes the chain: `--transfers` counts its transactions.
pub fn generate(options: &Options) -> Result<Value> {
    std::fs::create_dir_all(&options.folder)?;
    let plants = PLANTS.to_vec();
    let mut config = UtxoChainConfig::new(SEED, options.transfers);
    config.plants = plants;
    let mut chain = UtxoChain::new(config);
    let started = Instant::now();
    let written = BlockFileOptions::default();
    let totals = write_block_files(&options.folder, chain.by_ref(), &written, |_| {})?;
    Ok(json!({
        "blocks": totals.blocks,
        "transactions": totals.transactions,
        "inputs": totals.inputs,
        "outputs": totals.outputs,
        "bytes": totals.bytes,
        "files": totals.files,
        "plants_finished": chain.planted().len(),
        "transactions_per_second":
            (totals.transactions as f64 / started.elapsed().as_secs_f64()).round(),
    }))
}

/// What one pass over all files sees.
#[derive(Default)]
struct Seen {
    transactions: u64,
    inputs: u64,
    outputs: u64,
    satoshi: u64,
    hash: bool,
    digest: u8,
}

impl Visitor for Seen {
    fn visit_transaction(&mut self, transaction: &bsl::Transaction<'_>) -> ControlFlow<()> {
        self.transactions += 1;
        if self.hash {
            let (before, middle, after) = transaction.txid_preimage();
            let once = Sha256::new().chain_update(before).chain_update(middle).chain_update(after);
            self.digest ^= Sha256::digest(once.finalize())[0];
        }
        ControlFlow::Continue(())
    }

    fn visit_tx_in(&mut self, _: usize, _: &bsl::TxIn<'_>) -> ControlFlow<()> {
        self.inputs += 1;
        ControlFlow::Continue(())
    }

    fn visit_tx_out(&mut self, _: usize, output: &bsl::TxOut<'_>) -> ControlFlow<()> {
        self.outputs += 1;
        self.satoshi = self.satoshi.wrapping_add(output.value());
        ControlFlow::Continue(())
    }
}

/// One thread over the files, which the page cache holds if memory allows:
/// read, visited with `bitcoin_slices`, and visited with every hash taken.
/// Five rounds; the median of each.
pub fn ceilings(options: &Options) -> Result<Value> {
    let files = files(options)?;
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let (mut last, mut bytes) = (Seen::default(), 0_usize);
    for _ in 0..5 {
        let mut spent = [0.0; 3];
        (last, bytes) = (Seen::default(), 0);
        let mut hashed = Seen { hash: true, ..Seen::default() };
        for path in &files {
            let started = Instant::now();
            let content = std::fs::read(path)?;
            spent[0] += started.elapsed().as_secs_f64();
            bytes += content.len();
            for (seen, spent) in [&mut last, &mut hashed].into_iter().zip(&mut spent[1..]) {
                let started = Instant::now();
                visit(&content, seen)?;
                *spent += started.elapsed().as_secs_f64();
            }
        }
        std::hint::black_box(hashed.digest);
        times.iter_mut().zip(spent).for_each(|(all, one)| all.push(one));
    }
    let median = |all: &mut Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let [read, visited, hashed] = times.each_mut().map(median);
    let per_second = |seconds: f64| (last.transactions as f64 / seconds).round();
    Ok(json!({
        "transactions": last.transactions,
        "inputs_with_coinbases": last.inputs,
        "outputs": last.outputs,
        "satoshi": last.satoshi,
        "bytes": bytes,
        "rounds": 5,
        "read_seconds": rate(read, 1.0),
        "visit_seconds": rate(visited, 1.0),
        "visit_and_hash_seconds": rate(hashed, 1.0),
        "visit_transactions_per_second": per_second(visited),
        "visit_and_hash_transactions_per_second": per_second(hashed),
    }))
}

fn files(options: &Options) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&options.folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("blk") && name.ends_with(".dat") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn visit(content: &[u8], seen: &mut Seen) -> Result<()> {
    let mut rest = content;
    while let Some((frame, after)) = rest.split_at_checked(FRAME) {
        let length = u32::from_le_bytes(frame[4..].try_into()?) as usize;
        let (block, next) = after.split_at_checked(length).context("a block is cut short")?;
        bsl::Block::visit(block, seen)
            .map_err(|error| anyhow::anyhow!("not a block: {error:?}"))?;
        rest = next;
    }
    Ok(())
}
