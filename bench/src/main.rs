//! Measures build, open, fetch, trace and whole-log pass on one synthetic chain.
//!
//! `bench run --transfers N --folder DIR` makes the chain once as Parquet,
//! then runs each job in a process of its own, so that its memory and CPU time
//! are its own, and writes one JSON file of results. README.md has the commands.

mod blocks;
mod build;
mod expand;
mod exposure;
mod fetch;
mod limits;
mod outputs;
mod pass;
mod process;
mod screen;
mod table;
mod trace;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Seed of every chain measured here.
const SEED: u64 = 1;

const USAGE: &str = "\
bench run --transfers N --folder DIR [--results FILE] [--python PYTHON] [--keep]
bench JOB --transfers N --folder DIR      one job alone: generate, build, open, fetch, trace, pass, limits
bench table RESULTS...                     results as Markdown
bench generate-blocks | block-ceilings --transfers N --folder DIR    N transactions as block files; limits of reading them
bench block-index | block-cluster | block-lookups --transfers N --folder DIR    those files as a store; what it answers
bench exposure --transfers N --folder DIR  exposures of every address of a built store to eight categories
--plain-amounts makes a chain whose amounts all fit 64 bits; without it half a percent have up to 240.
bench screen --transfers N --folder DIR    N addresses screened, beside a plain hash look-up
N may be written as 1m, 10m or 100m. DIR holds the Parquet file and the store.
PYTHON is an interpreter with the duckdb package; without it the peer is left out.";

struct Options {
    transfers: u64,
    folder: PathBuf,
    results: Option<PathBuf>,
    python: Option<PathBuf>,
    keep: bool,
    /// No amounts of 65 to 240 bits.
    plain: bool,
}

impl Options {
    fn parquet(&self) -> PathBuf {
        self.folder.join("transfers.parquet")
    }

    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let job = arguments.next().context(USAGE)?;
    if job == "table" {
        return table::print(&arguments.collect::<Vec<_>>());
    }
    let options = parse(arguments)?;
    if job == "run" {
        return run(&options);
    }
    let started = Instant::now();
    let sampler = process::Sampler::start();
    let mut result = match job.as_str() {
        "generate" => build::generate(&options)?,
        "generate-blocks" => blocks::generate(&options)?,
        "block-ceilings" => blocks::ceilings(&options)?,
        "block-index" => outputs::index(&options)?,
        "block-cluster" => outputs::cluster(&options)?,
        "block-lookups" => outputs::lookups(&options)?,
        "screen" => screen::screen(&options)?,
        "build" => build::build(&options)?,
        "open" => fetch::open(&options)?,
        "fetch" => fetch::fetch(&options)?,
        "trace" => trace::trace(&options)?,
        "pass" => pass::pass(&options)?,
        "exposure" => exposure::exposure(&options)?,
        "limits" => limits::limits(&options)?,
        _ => bail!("{USAGE}"),
    };
    result["process"] = process::usage(started, sampler)?;
    println!("{result}");
    Ok(())
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        transfers: 1_000_000,
        folder: PathBuf::new(),
        results: None,
        python: None,
        keep: false,
        plain: false,
    };
    while let Some(flag) = arguments.next() {
        let mut value =
            || arguments.next().with_context(|| format!("{flag} needs a value\n{USAGE}"));
        match flag.as_str() {
            "--transfers" => options.transfers = count(&value()?)?,
            "--folder" => options.folder = value()?.into(),
            "--results" => options.results = Some(value()?.into()),
            "--python" => options.python = Some(value()?.into()),
            "--keep" => options.keep = true,
            "--plain-amounts" => options.plain = true,
            _ => bail!("{flag} is not an option\n{USAGE}"),
        }
    }
    if options.folder.as_os_str().is_empty() {
        bail!("--folder is missing\n{USAGE}");
    }
    Ok(options)
}

fn count(text: &str) -> Result<u64> {
    let (digits, times) = match text.strip_suffix('m') {
        Some(digits) => (digits, 1_000_000),
        None => (text, 1),
    };
    Ok(digits.parse::<u64>().with_context(|| format!("\"{text}\" is not a number"))? * times)
}

/// Every job in turn, each in a process of its own.
fn run(options: &Options) -> Result<()> {
    std::fs::create_dir_all(&options.folder)?;
    let mut results = json!({ "transfers": options.transfers, "seed": SEED });
    let jobs = ["generate", "build", "open", "fetch", "trace", "pass", "limits"];
    for job in jobs {
        if job == "generate" && options.parquet().exists() {
            eprintln!("{} is kept", options.parquet().display());
            continue;
        }
        results[job] = child(std::env::current_exe()?.as_ref(), &[job], options)?;
        eprintln!("{job}: {}", results[job]);
    }
    if let Some(python) = &options.python {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("duckdb_expand.py");
        let script = script.to_str().context("the folder's name is not UTF-8")?;
        results["duckdb"] = child(python, &[script], options)?;
        eprintln!("duckdb: {}", results["duckdb"]);
    }
    if let Some(path) = &options.results {
        std::fs::write(path, format!("{results:#}\n"))?;
    }
    println!("{results:#}");
    if !options.keep {
        std::fs::remove_dir_all(&options.folder)?;
    }
    Ok(())
}

fn child(program: &Path, first: &[&str], options: &Options) -> Result<Value> {
    let output = Command::new(program)
        .args(first)
        .args(["--transfers", &options.transfers.to_string(), "--folder"])
        .arg(&options.folder)
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    if !output.status.success() {
        bail!("{} {first:?} failed: {}", program.display(), output.status);
    }
    let text = String::from_utf8(output.stdout)?;
    serde_json::from_str(&text).with_context(|| format!("{first:?} printed {text:?}"))
}

/// Nearest-rank percentile of ascending values, in parts of a thousand.
fn percentile(ascending: &[u64], per_mille: usize) -> u64 {
    ascending
        .get((ascending.len() * per_mille / 1000).min(ascending.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0)
}

/// `numerator / denominator` to three digits after the point.
fn rate(numerator: f64, denominator: f64) -> f64 {
    (numerator / denominator * 1000.0).round() / 1000.0
}
