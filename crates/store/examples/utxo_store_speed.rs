//! Measures building, opening and reading a store of a synthetic chain of
//! unspent outputs.
//!
//! `cargo run --release -p tracehound-store --example utxo_store_speed -- [TRANSACTIONS] [MEMORY_MIB] [FOLDER] [PUBLISH_EVERY]`
//!
//! Blocks are generated outside the clock. With PUBLISH_EVERY the store is
//! published after so many blocks, as when following a node. Figures depend
//! on the machine and on what else it does.
#![allow(clippy::print_stdout, clippy::float_arithmetic)] // Figures for a person.
#![allow(clippy::cast_possible_truncation)] // Synthetic sizes fit.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tracehound_model::{Chain, Height};
use tracehound_store::utxo::{
    OutputId, OutputLedger, TransactionId, UtxoOptions, UtxoSnapshot, UtxoStore,
};
use tracehound_store::{AddressId, StoreError};
use tracehound_testkit::utxo::{UtxoChain, UtxoChainConfig};

const SAMPLES: usize = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let transactions: u64 = arguments.next().map_or(Ok(10_000_000), |text| text.parse())?;
    let memory: usize = arguments.next().map_or(Ok(1024), |text| text.parse())?;
    let parent = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let every: u64 = arguments.next().map_or(Ok(u64::MAX), |text| text.parse())?;
    let folder = parent.join(format!("tracehound-utxo-speed-{}", std::process::id()));
    let result = measure(&folder, transactions, memory << 20, every);
    std::fs::remove_dir_all(&folder)?;
    Ok(result?)
}

fn measure(folder: &Path, transactions: u64, memory: usize, every: u64) -> Result<(), StoreError> {
    build(folder, transactions, memory, every)?;
    let start = Instant::now();
    let snapshot = UtxoStore::open(folder)?.snapshot()?;
    println!("open: {:?}, {} segments", start.elapsed(), snapshot.segment_count());
    sizes(&snapshot);
    for pass in ["first (verifying)", "second"] {
        scan(&snapshot, pass)?;
    }
    for pass in ["cold", "warm"] {
        look_up(&snapshot, pass)?;
    }
    let start = Instant::now();
    let report = UtxoStore::check(folder, &mut |_, _| {})?;
    println!("check: {:?}, {} faults", start.elapsed(), report.faults.len());
    Ok(())
}

fn build(folder: &Path, transactions: u64, memory: usize, every: u64) -> Result<(), StoreError> {
    let store = UtxoStore::create(folder, &Chain::bitcoin())?;
    let mut writer = store.writer(UtxoOptions { memory, ..UtxoOptions::default() })?;
    let (mut pushing, mut publishing) = (Duration::ZERO, Duration::ZERO);
    let (mut processor, mut longest) = (Duration::ZERO, Duration::ZERO);
    let mut peak = 0;
    for (number, generated) in (1..).zip(UtxoChain::new(UtxoChainConfig::new(1, transactions))) {
        let (start, processor_start) = (Instant::now(), thread_time());
        writer.push(&generated.block)?;
        pushing += start.elapsed();
        processor += thread_time().saturating_sub(processor_start);
        if number % 64 == 0 {
            peak = peak.max(own_memory());
        }
        if number % every == 0 {
            let start = Instant::now();
            writer.publish()?;
            longest = longest.max(start.elapsed());
            publishing += start.elapsed();
        }
    }
    let start = Instant::now();
    writer.publish()?;
    longest = longest.max(start.elapsed());
    publishing += start.elapsed();
    let count = f64::from(store.snapshot()?.transaction_count());
    let rate = count / (pushing + publishing).as_secs_f64() / 1e3;
    println!(
        "{count} transactions: push {pushing:?} ({processor:?} of it on a processor), publish {publishing:?} (longest {longest:?}), {rate:.0} k transactions/s"
    );
    let (peak, left) = (peak >> 10, own_memory() >> 10);
    println!(
        "memory besides mapped files between pushes: up to {peak} MiB; {left} MiB of the generator"
    );
    Ok(())
}

/// Time this thread has spent on a processor, where the system tells.
fn thread_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Kibibytes of memory that no file backs, where the system tells.
fn own_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn sizes(snapshot: &UtxoSnapshot) {
    let transactions = f64::from(snapshot.transaction_count());
    let parts = snapshot.parts();
    let all: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    println!(
        "{:.2} inputs and {:.2} outputs a transaction, {} addresses",
        snapshot.input_count() as f64 / transactions,
        snapshot.output_count() as f64 / transactions,
        snapshot.address_count()
    );
    println!("everything: {:.1} bytes/transaction", all as f64 / transactions);
    for (name, bytes) in parts {
        println!("  {name}: {:.2}", bytes as f64 / transactions);
    }
}

fn scan(snapshot: &UtxoSnapshot, pass: &str) -> Result<(), StoreError> {
    let start = Instant::now();
    let mut sum = 0_u64;
    snapshot.scan(TransactionId(0)..TransactionId(u32::MAX), &mut |view| {
        for output in view.outputs {
            sum = sum.wrapping_add(output.value().0);
        }
        for input in view.inputs {
            sum ^= input.value().map_or(0, |value| value.0);
        }
        Ok(())
    })?;
    black_box(sum);
    let rate = f64::from(snapshot.transaction_count()) / start.elapsed().as_secs_f64() / 1e6;
    println!("scan, {pass}: {rate:.1} M transactions/s");
    Ok(())
}

/// Each kind of question at random places.
fn look_up(snapshot: &UtxoSnapshot, pass: &str) -> Result<(), StoreError> {
    let mut state = 1_u64;
    let mut random = |limit: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u32 % limit
    };
    let transactions = snapshot.transaction_count();
    let ids: Vec<_> = (0..SAMPLES).map(|_| TransactionId(random(transactions))).collect();
    let addresses: Vec<_> =
        (0..SAMPLES).map(|_| AddressId(random(snapshot.address_count()))).collect();
    time(pass, "spender", &ids, |id| {
        snapshot.spender(OutputId { transaction: *id, index: 0 }).map(|s| u64::from(s.is_some()))
    })?;
    time(pass, "find", &ids, |id| Ok(u64::from(snapshot.find(&snapshot.hash(*id)?)?.is_some())))?;
    time(pass, "block", &ids, |id| Ok(snapshot.block(*id)?.height.0))?;
    time(pass, "address_id", &addresses, |id| {
        Ok(u64::from(snapshot.address_id(&snapshot.address(*id)?)?.is_some()))
    })?;
    time(pass, "outputs_to", &addresses, |id| Ok(snapshot.outputs_to(*id)?.len() as u64))?;
    time(pass, "spends_from", &addresses, |id| Ok(snapshot.spends_from(*id)?.len() as u64))?;
    let height = snapshot.tip()?.map_or(Height(0), |tip| Height(tip.height.0 / 2));
    time(pass, "balance", &addresses, |id| Ok(snapshot.balance(*id, height)?.0))
}

fn time<T>(
    pass: &str,
    name: &str,
    samples: &[T],
    mut ask: impl FnMut(&T) -> Result<u64, StoreError>,
) -> Result<(), StoreError> {
    let mut times = Vec::with_capacity(samples.len());
    for sample in samples {
        let start = Instant::now();
        black_box(ask(sample)?);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let (median, late) = (times[times.len() / 2], times[times.len() / 100 * 99]);
    println!("{name}, {pass}: median {median:?}, p99 {late:?}");
    Ok(())
}
