//! Making the chain as Parquet, and the store from the Parquet.

use crate::{Options, SEED, process, rate};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;
use tracehound_ingest::{IngestOptions, ingest, write_plain_parquet};
use tracehound_model::Chain;
use tracehound_store::Store;
use tracehound_testkit::ChainConfig;

pub fn generate(options: &Options) -> Result<Value> {
    let mut config = ChainConfig::sized(SEED, options.transfers);
    if options.plain {
        config.amounts.wide_per_mille = 0;
    }
    let started = Instant::now();
    write_plain_parquet(&options.parquet(), config.generate())?;
    let seconds = started.elapsed().as_secs_f64();
    let bytes = fs::metadata(options.parquet())?.len();
    Ok(json!({
        "bytes": bytes,
        "bytes_a_transfer": rate(bytes as f64, options.transfers as f64),
        "million_rows_a_second": rate(options.transfers as f64 / 1e6, seconds),
    }))
}

pub fn build(options: &Options) -> Result<Value> {
    if options.store().exists() {
        fs::remove_dir_all(options.store())?;
    }
    let store = Store::create(&options.store(), &Chain::ethereum())?;
    let ingest_options = IngestOptions { memory: 4 << 30, ..IngestOptions::default() };
    let (before, started) = (process::cpu_seconds()?, Instant::now());
    let summary = ingest(&store, &[options.parquet()], &ingest_options)?;
    let seconds = started.elapsed().as_secs_f64();
    let after = process::cpu_seconds()?;
    let cpu = after.0 + after.1 - before.0 - before.1;
    ensure!(
        summary.publish.rows == options.transfers,
        "{} rows in the store",
        summary.publish.rows
    );
    let mut sizes = BTreeMap::new();
    sizes_by_kind(&options.store(), &mut sizes)?;
    let rows = options.transfers as f64;
    let total: u64 = sizes.values().sum();
    let per_transfer: BTreeMap<&String, f64> =
        sizes.iter().map(|(kind, bytes)| (kind, rate(*bytes as f64, rows))).collect();
    Ok(json!({
        "wall_seconds": rate(seconds, 1.0),
        "cpu_seconds": rate(cpu, 1.0),
        "million_rows_a_second": rate(rows / 1e6, seconds),
        "million_rows_a_cpu_second": rate(rows / 1e6, cpu),
        "store_bytes": total,
        "bytes_a_transfer": rate(total as f64, rows),
        "bytes_a_transfer_by_file": per_transfer,
    }))
}

/// Bytes by file name, over all segments.
fn sizes_by_kind(folder: &Path, sizes: &mut BTreeMap<String, u64>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sizes_by_kind(&entry.path(), sizes)?;
        } else {
            let name = entry.file_name().into_string().ok().context("a file name is not UTF-8")?;
            *sizes.entry(name).or_default() += entry.metadata()?.len();
        }
    }
    Ok(())
}
