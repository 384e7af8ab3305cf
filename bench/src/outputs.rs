//! A store of unspent outputs from block files, clusters over it, and single look-ups.

use crate::{Options, SEED, rate};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Instant;
use tracehound_analysis::cluster::{Clustering, MultiInput};
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_ingest::blocks::{BlockFiles, BlockIngestOptions, ingest_blocks};
use tracehound_store::AddressId;
use tracehound_store::utxo::{
    OutputId, OutputLedger, TransactionId, TransactionView, UtxoOptions, UtxoSnapshot, UtxoStore,
};
use tracehound_testkit::random::Random;

/// Budget of the build.
const MEMORY: usize = 1 << 30;
/// Single look-ups of each kind.
const LOOKUPS: usize = 20_000;

fn folder(options: &Options) -> PathBuf {
    options.folder.join("utxo-store")
}

/// Parses, checks and indexes all block files of the folder.
pub fn index(options: &Options) -> Result<Value> {
    let folder = folder(options);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let started = Instant::now();
    let mut source = BlockFiles::open(&[options.folder.clone()], None, None)?;
    let store = UtxoStore::create(&folder, tracehound_ingest::blocks::BlockSource::chain(&source))?;
    let mut writer = store.writer(UtxoOptions { memory: MEMORY, ..UtxoOptions::default() })?;
    let summary = ingest_blocks(&mut source, &mut writer, &BlockIngestOptions::default())?;
    drop(writer);
    let seconds = started.elapsed().as_secs_f64();
    let snapshot = store.snapshot()?;
    let bytes: u64 = snapshot.parts().iter().map(|(_, bytes)| *bytes).sum();
    let per_transaction = |bytes: u64| rate(bytes as f64, summary.transactions as f64);
    let parts: Vec<Value> = snapshot
        .parts()
        .into_iter()
        .map(|(part, bytes)| json!({ "part": part, "bytes_a_transaction": per_transaction(bytes) }))
        .collect();
    Ok(json!({
        "transactions": summary.transactions,
        "inputs": summary.inputs,
        "outputs": summary.outputs,
        "addresses": snapshot.address_count(),
        "unresolved_inputs": snapshot.unresolved_inputs(),
        "memory_budget": MEMORY,
        "seconds": rate(seconds, 1.0),
        "transactions_per_second": (summary.transactions as f64 / seconds).round(),
        "store_bytes": bytes,
        "bytes_a_transaction": per_transaction(bytes),
        "segments": snapshot.segment_count(),
        "peak_anonymous_bytes": status("RssAnon"),
        "peak_resident_bytes": status("VmHWM"),
        "parts": parts,
    }))
}

/// A line of the process's own status, in bytes. `RssAnon` is what it holds
/// now, which after a build is near its peak.
fn status(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn open(options: &Options) -> Result<UtxoSnapshot> {
    let store = UtxoStore::open(&folder(options)).context("run block-index first")?;
    let snapshot = store.snapshot()?;
    // Checksums are verified on first touch: touch everything first.
    snapshot.scan(TransactionId(0)..TransactionId(u32::MAX), &mut |_| Ok(()))?;
    Ok(snapshot)
}

/// Clusters the store on one and on two threads, CoinJoins left out.
pub fn cluster(options: &Options) -> Result<Value> {
    let snapshot = open(options)?;
    let finder = CoinJoinFinder::new(&snapshot);
    let mixes = |view: &TransactionView<'_>| finder.mixes(view).unwrap_or(true);
    let plain = MultiInput::default();
    let filtered =
        MultiInput { coinjoin: Some(CoinJoinFinder::filter(&mixes)), ..MultiInput::default() };
    let mut links = 0_u64;
    let mut addresses = Vec::new();
    snapshot.scan(TransactionId(0)..TransactionId(u32::MAX), &mut |view| {
        plain.decide(&snapshot, &view, &mut addresses)?;
        links += addresses.len().saturating_sub(1) as u64;
        Ok(())
    })?;
    let mut runs = Vec::new();
    for (name, rule) in [("plain", &plain), ("without CoinJoins", &filtered)] {
        for threads in [1, 2] {
            let started = Instant::now();
            let clusters = Clustering::build(&snapshot, rule, threads)?;
            let seconds = started.elapsed().as_secs_f64();
            std::hint::black_box(clusters.cluster(AddressId(0)));
            runs.push(json!({
                "rule": name,
                "threads": threads,
                "seconds": rate(seconds, 1.0),
                "links_per_second": (links as f64 / seconds).round(),
                "transactions_per_second":
                    (f64::from(snapshot.transaction_count()) / seconds).round(),
            }));
        }
    }
    Ok(json!({ "links": links, "addresses": snapshot.address_count(), "runs": runs }))
}

/// Latencies of single look-ups at random places, warm.
pub fn lookups(options: &Options) -> Result<Value> {
    let snapshot = open(options)?;
    let mut random = Random::new(SEED);
    let count = u64::from(snapshot.transaction_count());
    let mut hashes = Vec::new();
    for _ in 0..LOOKUPS {
        let id = TransactionId(u32::try_from(random.below(count))?);
        hashes.push((id, snapshot.hash(id)?));
    }
    let mut times: [Vec<u128>; 4] = Default::default();
    for (id, hash) in &hashes {
        let started = Instant::now();
        std::hint::black_box(snapshot.find(hash)?);
        times[0].push(started.elapsed().as_nanos());
        let output = OutputId { transaction: *id, index: 0 };
        let started = Instant::now();
        std::hint::black_box(snapshot.spender(output)?);
        times[1].push(started.elapsed().as_nanos());
        let Some(address) = snapshot.transaction(*id)?.outputs[0].address() else { continue };
        let text = snapshot.address(address)?;
        let started = Instant::now();
        std::hint::black_box(snapshot.address_id(&text)?);
        times[2].push(started.elapsed().as_nanos());
        let started = Instant::now();
        std::hint::black_box(snapshot.outputs_to(address)?);
        times[3].push(started.elapsed().as_nanos());
    }
    let names = ["transaction by hash", "spender", "address by bytes", "outputs of an address"];
    let rows: Vec<Value> = names
        .into_iter()
        .zip(&mut times)
        .map(|(name, times)| {
            times.sort_unstable();
            let at = |share: usize| times[times.len() * share / 1000] as f64 / 1000.0;
            json!({ "look_up": name, "median_microseconds": at(500), "p99_microseconds": at(990) })
        })
        .collect();
    Ok(json!({ "look_ups_each": LOOKUPS, "rows": rows }))
}
