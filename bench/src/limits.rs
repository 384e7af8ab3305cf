//! What the machine itself allows, measured in the same run on the log file's bytes.

use crate::{Options, process, rate};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use tracehound_testkit::random::mix;

/// Random reads timed.
const READS: u64 = 20_000_000;
/// Sequential reads add up to at least this much.
const SEQUENTIAL: usize = 8 << 30;
/// Random reads go over at least this much, lest the caches hold it all.
const SPREAD: usize = 1 << 30;

pub fn limits(options: &Options) -> Result<Value> {
    let log = fs::read(largest(&options.store())?.context("the store is empty")?)?;
    let mut words: Vec<u64> =
        log.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().unwrap_or_default())).collect();
    drop(log);
    let log_bytes = words.len() * 8;
    let rounds = SEQUENTIAL.div_ceil(log_bytes.max(1));
    let (sum, time) = process::timed_once(|| Ok(sequential(&words, rounds)))?;
    black_box(sum);
    // CPU time: on a shared machine the wall clock measures the neighbours.
    let sequential_rate = rate((rounds * log_bytes) as f64 / 1e9, time.cpu);
    let mut fill = 0;
    while words.len() * 8 < SPREAD {
        fill = mix(fill);
        words.push(fill);
    }
    let words: Vec<u32> = words.iter().flat_map(|w| [*w as u32, (*w >> 32) as u32]).collect();
    let (sum, independent) = process::timed_once(|| Ok(independent(&words)))?;
    black_box(sum);
    let (sum, dependent) = process::timed_once(|| Ok(dependent(&words)))?;
    black_box(sum);
    Ok(json!({
        "log_mib": log_bytes >> 20,
        "sequential_gb_a_cpu_second": sequential_rate,
        "random_reads_over_mib": (words.len() * 4) >> 20,
        "independent_read_nanoseconds": rate(independent.cpu * 1e9, READS as f64),
        "dependent_read_nanoseconds": rate(dependent.cpu * 1e9, (READS / 10) as f64),
    }))
}

fn sequential(words: &[u64], rounds: usize) -> u64 {
    let mut total = 0_u64;
    for round in 0..rounds {
        // Four sums, so that the additions do not wait for each other.
        let mut sums = [round as u64; 4];
        for four in black_box(words).chunks_exact(4) {
            for (sum, word) in sums.iter_mut().zip(four) {
                *sum = sum.wrapping_add(*word);
            }
        }
        total = sums.iter().fold(total, |total, sum| total.wrapping_add(*sum));
    }
    total
}

fn place(random: u64, length: usize) -> usize {
    ((u128::from(random) * length as u128) >> 64) as usize
}

fn independent(words: &[u32]) -> u64 {
    (0..READS)
        .fold(0, |sum, read| sum.wrapping_add(u64::from(words[place(mix(read), words.len())])))
}

fn dependent(words: &[u32]) -> u64 {
    (0..READS / 10).fold(0, |sum, read| {
        let word = words[place(mix(sum ^ read), words.len())];
        sum.wrapping_add(u64::from(word))
    })
}

/// The log: the largest file whose name begins so.
fn largest(folder: &Path) -> Result<Option<PathBuf>> {
    let mut found: Option<(u64, PathBuf)> = None;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if entry.file_name().to_string_lossy().starts_with("log") {
                found = found.max(Some((entry.metadata()?.len(), entry.path())));
            }
        }
    }
    Ok(found.map(|(_, path)| path))
}
