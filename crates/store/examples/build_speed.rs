//! Measures building, opening and reading a store of synthetic transfers.
//!
//! `cargo run --release -p tracehound-store --example build_speed -- [TRANSFERS] [MEMORY_MIB] [FOLDER] [SHAPE]`
//!
//! SHAPE is `ordered` (the default), `unplaced` (no positions or ordinals, so
//! that every block is assembled) or `backwards` (each batch from last to first,
//! so that everything is sorted through files). Transfers are generated in chain order with heavy-tailed degrees, outside
//! the clock. Figures depend on the machine and on what else it does.
#![allow(clippy::print_stdout, clippy::float_arithmetic)] // Figures for a person.
#![allow(clippy::cast_possible_truncation)] // Synthetic sizes fit.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tracehound_model::Chain;
use tracehound_store::{AddressId, RowId, Snapshot, Store, StoreError, WriteOptions};
use tracehound_testkit::chain::ChainConfig;

const BATCH: usize = 8192;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let transfers: u64 = arguments.next().map_or(Ok(10_000_000), |text| text.parse())?;
    let memory: u64 = arguments.next().map_or(Ok(1024), |text| text.parse())?;
    let parent = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let shape = arguments.next().unwrap_or_else(|| "ordered".to_owned());
    let folder = parent.join(format!("tracehound-build-speed-{}", std::process::id()));
    let result = measure(&folder, transfers, memory << 20, &shape);
    std::fs::remove_dir_all(&folder)?;
    Ok(result?)
}

fn measure(folder: &Path, transfers: u64, memory: u64, shape: &str) -> Result<(), StoreError> {
    build(folder, transfers, memory, shape)?;
    sizes(folder, transfers);
    let start = Instant::now();
    let snapshot = Store::open(folder)?.snapshot()?;
    println!("open: {:?}, {} segments", start.elapsed(), snapshot.segment_count());
    println!("addresses: {}", snapshot.address_count());
    for pass in ["first (verifying)", "second"] {
        scan(&snapshot, pass)?;
    }
    fetch(&snapshot)?;
    Ok(())
}

fn build(folder: &Path, transfers: u64, memory: u64, shape: &str) -> Result<(), StoreError> {
    let store = Store::create(folder, &Chain::ethereum())?;
    let options = WriteOptions { memory, ..WriteOptions::default() };
    let mut writer = store.writer(options)?;
    let places = shape != "unplaced";
    let mut chain = ChainConfig { places, ..ChainConfig::sized(1, transfers) }.generate();
    let mut batch = Vec::with_capacity(BATCH);
    let (mut pushing, mut processor) = (Duration::ZERO, Duration::ZERO);
    loop {
        batch.clear();
        batch.extend(chain.by_ref().take(BATCH));
        if batch.is_empty() {
            break;
        }
        if shape == "backwards" {
            batch.reverse();
        }
        let (start, processor_start) = (Instant::now(), thread_time());
        writer.push(&batch)?;
        pushing += start.elapsed();
        processor += thread_time() - processor_start;
    }
    println!("push: {pushing:?}, of which on the processor {processor:?}");
    let start = Instant::now();
    let summary = writer.publish()?;
    let publishing = start.elapsed();
    let rate = summary.rows as f64 / (pushing + publishing).as_secs_f64() / 1e6;
    println!("{} rows: push {pushing:?}, publish {publishing:?}, {rate:.2} M rows/s", summary.rows);
    println!("peak resident memory: {}", peak_memory());
    Ok(())
}

/// Time this thread has spent on a processor, where the system tells.
fn thread_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.unwrap_or("unknown").to_owned()
}

fn sizes(folder: &Path, transfers: u64) {
    let mut sizes = std::collections::BTreeMap::new();
    let segments = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for segment in segments.filter(|entry| entry.path().is_dir()) {
        for file in std::fs::read_dir(segment.path()).into_iter().flatten().flatten() {
            let length = file.metadata().map_or(0, |metadata| metadata.len());
            *sizes.entry(file.file_name().to_string_lossy().into_owned()).or_insert(0) += length;
        }
    }
    let each = |names: &[&str]| {
        let sum: u64 = names.iter().filter_map(|name| sizes.get(*name)).sum();
        sum as f64 / transfers as f64
    };
    let core = each(&["log", "wide", "ordinals", "outgoing", "incoming"]);
    let all: u64 = sizes.values().sum();
    println!("log, ordinals and both directions: {core:.1} bytes/transfer");
    println!("everything: {:.1} bytes/transfer", all as f64 / transfers as f64);
    for (name, size) in &sizes {
        println!("  {name}: {:.2}", *size as f64 / transfers as f64);
    }
}

fn scan(snapshot: &Snapshot, pass: &str) -> Result<(), StoreError> {
    let start = Instant::now();
    let mut sum = 0_u64;
    snapshot.scan_raw(RowId(0)..RowId(u64::MAX), |_, row| {
        sum = sum.wrapping_add(u64::from(row.from.0 ^ row.to.0) ^ row.amount.unwrap_or(0));
    })?;
    black_box(sum);
    let rate = snapshot.row_count() as f64 / start.elapsed().as_secs_f64() / 1e6;
    println!("scan_raw, {pass}: {rate:.0} M rows/s");
    let start = Instant::now();
    let mut zero = 0_u64;
    snapshot.scan(RowId(0)..RowId(u64::MAX), |_, row| zero += u64::from(row.amount.is_zero()))?;
    black_box(zero);
    let rate = snapshot.row_count() as f64 / start.elapsed().as_secs_f64() / 1e6;
    println!("scan, {pass}: {rate:.0} M rows/s");
    Ok(())
}

/// All outgoing rows of random addresses from the middle of the chain on.
fn fetch(snapshot: &Snapshot) -> Result<(), StoreError> {
    let middle = RowId(snapshot.row_count() / 2);
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        AddressId((state >> 33) as u32 % snapshot.address_count())
    };
    for pass in ["cold", "warm"] {
        let mut times = Vec::new();
        let mut rows = 0;
        for _ in 0..100_000 {
            let id = random();
            let start = Instant::now();
            let list = snapshot.outgoing(id)?;
            let first = list.first_at_or_after(middle);
            times.push(start.elapsed());
            rows += list.len() - first;
        }
        times.sort_unstable();
        let (median, late) = (times[times.len() / 2], times[times.len() / 100 * 99]);
        println!("outgoing since T, {pass}: median {median:?}, p99 {late:?}, {rows} rows");
    }
    Ok(())
}
