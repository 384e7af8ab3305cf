//! `tracehound bridge match`: the two sides of crossings, put together.

mod files;
mod key;
mod keyless;

use super::cross::memos;
use crate::arguments::{BridgeMatch, Common};
use crate::progress::Spinner;
use crate::{Finish, output};
use anyhow::Context;
use serde::Serialize;
use std::path::{Path, PathBuf};
use tracehound_bridge::key_match::RELEASE_WITHOUT_COUNTERPART;
use tracehound_bridge::read::{Tables, Truth, read, read_truth};
use tracehound_bridge::{Bridge, Gates, KeyMatching, match_by_key};
use tracehound_store::utxo::UtxoStore;
use tracehound_store::{StoreKind, store_kind};

#[derive(Serialize)]
struct File {
    path: String,
    layout: &'static str,
    rows: usize,
}

#[derive(Serialize)]
struct Record {
    files: Vec<File>,
    events: usize,
    by_key: Option<key::Totals>,
    without_key: Option<keyless::Totals>,
    notes: Vec<String>,
}

/// Reads, pairs, writes and prints.
pub(crate) fn run(common: &Common, arguments: &BridgeMatch) -> anyhow::Result<Finish> {
    let spinner = Spinner::start(common, "reading bridge events");
    let tables = read_all(&arguments.paths)?;
    let gates = gates(arguments, &tables);
    let matching = match_by_key(&tables.events, &tables.tokens, &gates);
    let truth = truth(arguments, &tables, &matching)?;
    let without_key =
        if arguments.key { None } else { keyless::look(arguments, &tables, &matching, &truth) };
    drop(spinner);
    if let Some(folder) = &arguments.out {
        write(folder, &tables, &matching, without_key.as_ref(), arguments.keyless)?;
    }
    let by_key = (!arguments.keyless).then(|| key::totals(&tables, &matching, &truth));
    let is_adverse = by_key.as_ref().is_some_and(|totals| totals.releases_without_counterpart > 0);
    let record = Record {
        files: tables.files.iter().map(file).collect(),
        events: tables.events.len(),
        by_key,
        without_key: without_key.map(|found| found.totals),
        notes: tables.notes,
    };
    if common.json {
        output::json(&record)?
    } else {
        print(&record)
    }
    Ok(if is_adverse { Finish::Adverse } else { Finish::Done })
}

/// Files and folders of events, and stores of blocks for the memos in them.
fn read_all(paths: &[PathBuf]) -> anyhow::Result<Tables> {
    let (stores, files): (Vec<_>, Vec<_>) = paths
        .iter()
        .map(|path| (path.clone(), store_kind(path).ok().filter(|_| path.is_dir())))
        .partition(|(_, kind)| kind.is_some());
    let files: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
    let mut tables = if files.is_empty() { Tables::default() } else { read(&files)? };
    for (path, kind) in stores {
        anyhow::ensure!(
            kind == Some(StoreKind::UnspentOutputs),
            "{} holds transfers, which do not say what a bridge was asked for; give the event logs of its bridges as files",
            path.display()
        );
        let snapshot = UtxoStore::open(&path)?.snapshot()?;
        let memos = memos::add(&snapshot, &mut tables)?;
        tables.files.push((path, "memos in a store of blocks", memos));
    }
    Ok(tables)
}

fn file((path, layout, rows): &(PathBuf, &'static str, usize)) -> File {
    File { path: path.display().to_string(), layout, rows: *rows }
}

fn gates(arguments: &BridgeMatch, tables: &Tables) -> Gates {
    let mut gates = Gates::default();
    for (chain, seconds) in tables.finality.iter().chain(&arguments.finality) {
        gates.set_finality(chain.clone(), *seconds);
    }
    for (bridge, millionths) in &arguments.fee {
        gates.set_fee(Bridge::new(bridge), *millionths);
    }
    gates
}

/// What to judge by: a file, the pairs by key, or labels that came with the data.
fn truth(
    arguments: &BridgeMatch,
    tables: &Tables,
    matching: &KeyMatching,
) -> anyhow::Result<Truth> {
    let Some(name) = &arguments.truth else { return Ok(tables.truth.clone()) };
    if name != Path::new("keys") {
        return Ok(read_truth(name)?);
    }
    anyhow::ensure!(
        arguments.keyless,
        "--truth keys judges what is found without keys; give --keyless too"
    );
    let mut truth = Truth::default();
    for pair in &matching.pairs {
        let of = |number: usize| tables.events[number].transaction;
        if let (Some(source), Some(destination)) = (of(pair.source), of(pair.destination)) {
            truth.add(source, destination);
        }
    }
    Ok(truth)
}

fn write(
    folder: &Path,
    tables: &Tables,
    matching: &KeyMatching,
    without_key: Option<&keyless::Found>,
    keyless_only: bool,
) -> anyhow::Result<()> {
    let made = std::fs::create_dir_all(folder);
    made.with_context(|| format!("cannot make {}", folder.display()))?;
    if !keyless_only {
        files::key(folder, &tables.events, matching)?;
    }
    if let Some(found) = without_key {
        files::candidates(folder, &tables.events, &found.matching)?;
        if let Some(calibration) = &found.totals.calibration {
            files::calibration(folder, calibration)?;
        }
    }
    Ok(())
}

fn print(record: &Record) {
    for file in &record.files {
        println!("{}: {} rows, {}", file.path, file.rows, file.layout);
    }
    if let Some(totals) = &record.by_key {
        println!();
        key::print(totals);
    }
    if let Some(totals) = &record.without_key {
        println!();
        keyless::print(totals);
    }
    for note in &record.notes {
        eprintln!("note: {note}");
    }
    let releases = record.by_key.as_ref().map_or(0, |totals| totals.releases_without_counterpart);
    if releases > 0 {
        println!("{releases} x {RELEASE_WITHOUT_COUNTERPART}");
    }
}
