//! `tracehound trace`: from a case to a report.
//!
//! Read this first: case, store, tags, request, trace, findings, report.

use super::case_files::CaseFiles;
use super::{cross, tag, utxo};
use crate::arguments::{Common, Limits, Trace};
use crate::progress::{Spinner, ingest_bar};
use crate::{Finish, interrupt, output};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tracehound_analysis::trace::{self, TraceOutcome, TraceRequest};
use tracehound_analysis::typology;
use tracehound_ingest::{Format, IngestOptions, IngestSummary, Told, ingest, read_told};
use tracehound_model::{Address, Direction, Finding, Policy, Tag};
use tracehound_report::{Investigation, InvestigationInput, SourceFile};
use tracehound_store::{AddressId, Snapshot, Store, StoreError, store_kind};

/// Stores up to this many transfers have their unreached transfers explained one by one.
const SMALL_STORE: u64 = 100_000;

pub(crate) fn run(common: &Common, arguments: &Trace) -> anyhow::Result<Finish> {
    let mut files = CaseFiles::read(&arguments.case)?;
    override_options(&mut files, arguments);
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from("out").join(&files.case.name));
    std::fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    if files.case.is_over_chains() || arguments.store.len() > 1 {
        return cross::run(common, &files, arguments, &out);
    }
    if let Some(data) = utxo::trace::data(&files, arguments)? {
        return utxo::trace::run(common, &files, arguments, &out, data);
    }

    let AccountData { snapshot, read, tags, kept } =
        AccountData::read(common, &mut files, arguments, &out)?;
    let spinner = Spinner::start(common, "tracing");
    let stop = interrupt::flag();
    let traced = Traced::of(&files, &tags, &snapshot, &stop)?;
    drop(spinner);
    let Traced { request, outcome, findings } = &traced;

    let sources = sources(&files, read.as_ref());
    let undated = undated_notes(read.as_ref());
    let mut notes = notes(&snapshot, request, outcome, &undated)?;
    notes.extend(kept);
    let mut investigation = Investigation::build(InvestigationInput {
        case: &files.case,
        snapshot: &snapshot,
        tags: &tags,
        outcome,
        findings,
        sources: &sources,
        command: &command(arguments),
        program_version: env!("CARGO_PKG_VERSION"),
        notes: &notes,
    })?;
    investigation.value_with(&files.prices);
    let broken = sources.iter().any(|source| source.broken > 0);
    finish(common, &investigation, &out, broken)
}

/// The data of a case on a chain of accounts, with what is said of them.
pub(super) struct AccountData {
    pub(super) snapshot: Snapshot,
    pub(super) read: Option<IngestSummary>,
    /// Of the case, of its files and, if asked for, of kept packs.
    pub(super) tags: Vec<Tag>,
    /// Which kept packs.
    pub(super) kept: Option<String>,
}

impl AccountData {
    /// Opens the store asked for or fills one, and gathers the tags.
    pub(super) fn read(
        common: &Common,
        files: &mut CaseFiles,
        arguments: &Trace,
        out: &Path,
    ) -> anyhow::Result<Self> {
        let (store, read) = fill_store(common, files, arguments, out)?;
        let snapshot = store.snapshot()?;
        let told = match &read {
            Some(summary) => summary.told.clone(),
            None => named_in_files(common, files, &arguments.limits)?,
        };
        let mut tags = files.all_tags(&told.labels);
        files.lists.exchange_emitters = told.exchange_emitters;
        let (more, kept) =
            kept_tags(common, arguments, files, |address| snapshot.address_id(address))?;
        tags.extend(more);
        Ok(Self { snapshot, read, tags, kept })
    }
}

/// A trace with what was asked and found.
struct Traced {
    request: TraceRequest,
    outcome: TraceOutcome,
    findings: Vec<Finding>,
}

impl Traced {
    fn of(
        files: &CaseFiles,
        tags: &[Tag],
        snapshot: &Snapshot,
        stop: &Arc<AtomicBool>,
    ) -> anyhow::Result<Self> {
        let request = trace::resolve(&files.case, &files.lists, tags, snapshot)?;
        let outcome = trace::trace(snapshot, &request, Some(stop))?;
        let findings = typology::findings(snapshot, &request, &outcome)?;
        Ok(Self { request, outcome, findings })
    }
}

/// Traces a case that names no files in a store, for the service: kept tags
/// are asked, and the report is written to `out` under the case's folder.
pub(crate) fn in_store(
    common: &Common,
    folder: &Path,
    store: &Path,
    stop: &Arc<AtomicBool>,
    step: &dyn Fn(&str),
) -> anyhow::Result<bool> {
    let files = CaseFiles::read(folder)?;
    anyhow::ensure!(
        !files.case.is_over_chains(),
        "a case over several chains is not traced by the service so far; leave [[chains]] and \
         [[events]] out, or use `tracehound trace`"
    );
    let snapshot = Store::open(store)
        .context("only cases on chains of accounts are traced by the service so far")?
        .snapshot()?;
    step("asking kept tags");
    let (kept, note) =
        tag::kept(common, &files.case.chain, |address| snapshot.address_id(address))?;
    step("following the money");
    let traced = Traced::of(&files, &kept, &snapshot, stop)?;
    step("writing the report");
    let mut notes = notes(&snapshot, &traced.request, &traced.outcome, &[])?;
    notes.push(note);
    let name = files.case.name.clone();
    let mut investigation = Investigation::build(InvestigationInput {
        case: &files.case,
        snapshot: &snapshot,
        tags: &kept,
        outcome: &traced.outcome,
        findings: &traced.findings,
        sources: &[],
        command: &format!("POST /v1/cases/{name}/trace"),
        program_version: env!("CARGO_PKG_VERSION"),
        notes: &notes,
    })?;
    investigation.value_with(&files.prices);
    let out = folder.join("out");
    std::fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    write_files(&investigation, &out)?;
    Ok(investigation.closes())
}

/// What kept packs say of the case's addresses, if that is asked for, and which packs.
pub(super) fn kept_tags(
    common: &Common,
    arguments: &Trace,
    files: &CaseFiles,
    id: impl Fn(&Address) -> Result<Option<AddressId>, StoreError>,
) -> anyhow::Result<(Vec<Tag>, Option<String>)> {
    if !arguments.kept_tags {
        return Ok((Vec::new(), None));
    }
    let (tags, note) = tag::kept(common, &files.case.chain, id)?;
    Ok((tags, Some(note)))
}

/// Writes the report, prints the summary, and says how it ended.
pub(super) fn finish(
    common: &Common,
    investigation: &Investigation,
    out: &Path,
    broken: bool,
) -> anyhow::Result<Finish> {
    write_files(investigation, out)?;
    if common.json {
        investigation.write_json(std::io::stdout().lock())?;
    } else {
        investigation.write_summary(&mut std::io::stdout().lock(), output::width())?;
        eprintln!("\nReport: {}", out.join("report.html").display());
    }
    Ok(if investigation.closes() && !broken { Finish::Done } else { Finish::Adverse })
}

fn override_options(files: &mut CaseFiles, arguments: &Trace) {
    let options = &mut files.case.trace;
    if !arguments.policy.is_empty() {
        options.policies.clone_from(&arguments.policy);
    }
    // A policy named twice is one column.
    let mut seen = Vec::new();
    options.policies.retain(|policy| {
        !seen.contains(policy) && {
            seen.push(*policy);
            true
        }
    });
    if arguments.backward {
        options.direction = Direction::Backward;
    }
    if arguments.as_of.is_some() {
        options.as_of = arguments.as_of;
    }
}

/// Opens the store asked for, or builds one from the case's files beside the report.
fn fill_store(
    common: &Common,
    files: &CaseFiles,
    arguments: &Trace,
    out: &Path,
) -> anyhow::Result<(Store, Option<IngestSummary>)> {
    if let Some(folder) = arguments.store.first() {
        return Ok((Store::open(folder)?, None));
    }
    let transfers = files.transfer_files();
    if transfers.is_empty() {
        anyhow::bail!(
            "the case names no transfer files; add [[transfers]] to case.toml or give --store DIR"
        );
    }
    let folder = new_store_folder(out)?;
    let store = Store::create(&folder, &files.case.chain)?;
    let mut options = ingest_options(common, &arguments.limits, Some(out.to_owned()));
    options.stated_times = files.stated_times();
    let summary = ingest(&store, &transfers, &options)?;
    Ok((store, Some(summary)))
}

/// The folder for the store of a case's files. It is made anew each time, so
/// that a row taken out of a file is gone from the trace.
pub(super) fn new_store_folder(out: &Path) -> anyhow::Result<PathBuf> {
    let folder = out.join("store");
    if folder.exists() {
        store_kind(&folder).context("the folder `store` under --out is in the way; move it")?;
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    Ok(folder)
}

/// What the case's transfer files call addresses, when the store holds the transfers already.
fn named_in_files(common: &Common, files: &CaseFiles, limits: &Limits) -> anyhow::Result<Told> {
    let transfers = files.transfer_files();
    if transfers.is_empty() {
        return Ok(Told::default());
    }
    let mut options = ingest_options(common, limits, None);
    options.stated_times = files.stated_times();
    Ok(read_told(&files.case.chain, &transfers, &options)?)
}

/// Options of an ingest with this program's progress and interrupt.
pub(super) fn ingest_options(
    common: &Common,
    limits: &Limits,
    quarantine: Option<PathBuf>,
) -> IngestOptions {
    IngestOptions {
        memory: limits.memory,
        stop: Some(interrupt::flag()),
        on_progress: ingest_bar(common),
        max_broken_share: limits.max_broken,
        quarantine,
        ..IngestOptions::default()
    }
}

pub(super) fn sources(files: &CaseFiles, read: Option<&IngestSummary>) -> Vec<SourceFile> {
    let summaries = read.map_or(&[][..], |summary| &summary.files);
    summaries
        .iter()
        .map(|summary| {
            let declared = files.declared(&summary.file);
            SourceFile {
                file: declared
                    .map_or_else(|| summary.file.display().to_string(), |d| d.file.clone()),
                sha256: summary.sha256.clone(),
                rows: summary.rows,
                broken: summary.broken,
                origin: declared.map(|d| d.origin.clone()).unwrap_or_default(),
                licence: declared.map(|d| d.licence.clone()).unwrap_or_default(),
                format: summary.format.to_string(),
            }
        })
        .collect()
}

/// What files without blocks and times leave open.
pub(super) fn undated_notes(read: Option<&IngestSummary>) -> Vec<String> {
    let files = read.map_or(&[][..], |summary| &summary.files);
    let undated = files.iter().filter(|file| file.format == Format::Undated);
    undated
        .flat_map(|file| {
            let name = file.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            file.notes.iter().map(move |note| format!("{name}: {note}."))
        })
        .collect()
}

/// What the reader should know that no figure says.
pub(super) fn notes(
    snapshot: &Snapshot,
    request: &TraceRequest,
    outcome: &TraceOutcome,
    notes_of_files: &[String],
) -> anyhow::Result<Vec<String>> {
    let mut notes = notes_of_files.to_vec();
    let (by_funding, blocks) = snapshot.blocks_ordered_by_funding()?;
    if by_funding > 0 {
        notes.push(format!(
            "The data give no position inside the block; in {by_funding} of {blocks} blocks with \
             several transfers the order was derived from funding (a credit before the debit it \
             pays for)."
        ));
    }
    notes.extend(unvouched(snapshot, outcome)?);
    let poison = outcome.policies.iter().find(|trace| trace.policy == Policy::Poison);
    if let (Some(poison), true) = (poison, snapshot.row_count() <= SMALL_STORE) {
        let missed = trace::unreached(snapshot, request, outcome, poison)?;
        notes.push(format!(
            "{} of {} transfers in the data are reached from the seeds in chain order.",
            poison.transfers.len(),
            outcome.end.0,
        ));
        let mut reasons: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
        for miss in &missed {
            *reasons.entry(&miss.reason).or_default() += 1;
        }
        notes.extend(
            reasons.iter().map(|(reason, count)| format!("Not reached: {count} ({reason}).")),
        );
    }
    Ok(notes)
}

/// Addresses that may be markets, which only a person can say.
fn unvouched(snapshot: &Snapshot, outcome: &TraceOutcome) -> anyhow::Result<Option<String>> {
    let Some(first) = outcome.unvouched.first() else { return Ok(None) };
    let all = outcome.unvouched.len();
    let named = outcome.unvouched.iter().take(3).map(|found| {
        let address = snapshot.address(found.address)?;
        Ok(format!("{address} ({} transactions)", found.transactions))
    });
    let named: Vec<String> = named.collect::<anyhow::Result<_>>()?;
    let example = snapshot.place(first.example)?.transaction;
    Ok(Some(format!(
        "{all} addresses gave traced addresses one asset for another in one transaction, and nothing \
         vouches for them as markets, so the money they were paid is followed as theirs: {}{} (such \
         as transaction {}). If one is an exchange, tag it `decentralised-exchange`.",
        named.join(", "),
        if all > named.len() { ", …" } else { "" },
        snapshot.chain().transaction_text(&example),
    )))
}

/// The command that makes this report again.
pub(super) fn command(arguments: &Trace) -> String {
    let mut text = format!("tracehound trace {}", arguments.case.display());
    if !arguments.policy.is_empty() {
        let names: Vec<&str> = arguments.policy.iter().map(|policy| policy.name()).collect();
        text.push_str(&format!(" --policy {}", names.join(",")));
    }
    if arguments.backward {
        text.push_str(" --backward");
    }
    if let Some(time) = arguments.as_of {
        text.push_str(&format!(" --as-of {time}"));
    }
    if arguments.kept_tags {
        text.push_str(" --kept-tags");
    }
    for store in &arguments.store {
        text.push_str(&format!(" --store {}", store.display()));
    }
    text
}

pub(super) fn write_files(investigation: &Investigation, out: &Path) -> anyhow::Result<()> {
    output::file(&out.join("transfers.csv"), |f| Ok(investigation.write_transfers_csv(f)?))?;
    output::file(&out.join("terminals.csv"), |f| Ok(investigation.write_terminals_csv(f)?))?;
    if investigation.has_exchanges() {
        output::file(&out.join("exchanges.csv"), |f| Ok(investigation.write_exchanges_csv(f)?))?;
    }
    output::file(&out.join("legs.csv"), |f| Ok(investigation.write_legs_csv(f)?))?;
    output::file(&out.join("report.json"), |f| Ok(investigation.write_json(f)?))?;
    output::file(&out.join("report.html"), |f| Ok(investigation.write_html(f)?))
}
