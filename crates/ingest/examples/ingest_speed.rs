//! How fast files become a store: `ingest_speed [MILLIONS] [FOLDER]`.
//!
//! Makes a seeded synthetic chain, writes it as plain Parquet, ingests the
//! file into a new store, exports the store as text and ingests that too,
//! and prints wall and processor time of each step. Run it in release.

#![allow(clippy::print_stdout, reason = "an example reports to its terminal")]
#![allow(clippy::float_arithmetic, reason = "rates are for people")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tracehound_ingest::{ExportFormat, IngestOptions, export, ingest, write_plain_parquet};
use tracehound_model::Chain;
use tracehound_store::Store;
use tracehound_testkit::ChainConfig;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let millions: u64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("tracehound-ingest-speed-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let transfers = millions * 1_000_000;
    let parquet = folder.join("transfers.parquet");
    timed("write Parquet", transfers, || {
        let chain = ChainConfig::sized(1, transfers).generate();
        Ok(write_plain_parquet(&parquet, chain)?)
    })?;
    println!("  {} bytes a transfer", std::fs::metadata(&parquet)?.len() / transfers);
    let store = read(&folder, "from-parquet", &parquet, transfers)?;
    let text = folder.join("transfers.csv");
    timed("export text", transfers, || {
        Ok(export(&store.snapshot()?, ExportFormat::Csv, File::create(&text)?)?)
    })?;
    read(&folder, "from-text", &text, transfers)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn read(folder: &Path, name: &str, file: &Path, transfers: u64) -> Result<Store, Failure> {
    let store = Store::create(&folder.join(name), &Chain::ethereum())?;
    timed(&format!("ingest {name}"), transfers, || {
        Ok(ingest(&store, &[file.to_owned()], &IngestOptions::default())?.publish.added)
    })?;
    Ok(store)
}

fn timed(
    what: &str,
    transfers: u64,
    step: impl FnOnce() -> Result<u64, Failure>,
) -> Result<(), Failure> {
    let (start, cpu) = (Instant::now(), cpu_ticks());
    let rows = step()?;
    let each = |seconds: f64| seconds * 1e9 / transfers.max(1) as f64;
    let wall = each(start.elapsed().as_secs_f64());
    // A tick is a hundredth of a second on every Linux we know.
    let cpu = each(cpu_ticks().saturating_sub(cpu) as f64 / 100.0);
    println!("{what}: {rows} rows, {wall:.0} ns a transfer, {cpu:.0} ns of processor");
    Ok(())
}

/// Processor time of this process, all threads; 0 where the system does not say.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum()
}
