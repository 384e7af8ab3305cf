//! `tracehound trace` of a case on a chain of unspent outputs.

use super::ingest;
use crate::arguments::{Common, Trace};
use crate::place::{self, Opened};
use crate::progress::Spinner;
use crate::verbs::case_files::CaseFiles;
use crate::verbs::trace::{command, finish, kept_tags, new_store_folder};
use crate::{Finish, interrupt};
use std::path::Path;
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_analysis::output_trace::{self, OutputTraceOutcome, OutputTraceRequest};
use tracehound_analysis::structure;
use tracehound_ingest::blocks::{BlockIngestSummary, BlockSource};
use tracehound_ingest::file_sha256;
use tracehound_model::{Height, Tag};
use tracehound_report::{Investigation, OutputInvestigationInput, OutputTold, SourceFile};
use tracehound_store::utxo::{OutputLedger, TransactionView, UtxoOptions, UtxoSnapshot, UtxoStore};

/// Stores of more transactions than this are not read whole for the sake of a digest.
const MOST_DIGESTED: u32 = 20_000_000;

/// Where the blocks of a case are.
pub(crate) enum BlockData {
    /// In a store that was filled before.
    Store(UtxoSnapshot),
    /// In the case's own files.
    Files(Box<dyn BlockSource>),
}

/// The blocks of a case; `None` if its data are transfers.
pub(crate) fn data(files: &CaseFiles, arguments: &Trace) -> anyhow::Result<Option<BlockData>> {
    if let Some(folder) = arguments.store.first() {
        return Ok(match place::open_folder(folder)? {
            Opened::Outputs(_, snapshot) => Some(BlockData::Store(snapshot)),
            Opened::Transfers(..) => None,
        });
    }
    if !files.case.chain.is_utxo() {
        return Ok(None);
    }
    let first = files.case.transfers.first().and_then(|data| data.first_height).map(Height);
    let source = ingest::files(&files.transfer_files(), Some(&files.case.chain), first)?;
    Ok(source.map(BlockData::Files))
}

/// Traces and reports.
pub(crate) fn run(
    common: &Common,
    files: &CaseFiles,
    arguments: &Trace,
    out: &Path,
    data: BlockData,
) -> anyhow::Result<Finish> {
    let OutputData { snapshot, read: summary, tags, kept } =
        OutputData::read(common, files, arguments, out, data)?;
    let finder = CoinJoinFinder::new(&snapshot);
    let mixes = |view: &TransactionView<'_>| finder.mixes(view);
    let request =
        output_trace::resolve_outputs(&files.case, &files.lists, &tags, &snapshot, Some(&mixes))?;
    let spinner = Spinner::start(common, "tracing");
    let outcome = output_trace::trace_outputs(&snapshot, &request, Some(&interrupt::flag()))?;
    let digest = digest(&snapshot)?;
    let told = OutputTold::new(&snapshot, digest, &request.seeds, &outcome)?;
    let findings = structure::findings(&snapshot, &outcome, &finder)?;
    drop(spinner);
    let sources = sources(files, summary.as_ref())?;
    let mut notes = notes(&snapshot, &request, &outcome, summary.as_ref());
    notes.extend(kept);
    let mut investigation = Investigation::build_outputs(OutputInvestigationInput {
        case: &files.case,
        told: &told,
        tags: &tags,
        findings: &findings,
        sources: &sources,
        command: &command(arguments),
        program_version: env!("CARGO_PKG_VERSION"),
        notes: &notes,
    })?;
    investigation.value_with(&files.prices);
    finish(common, &investigation, out, summary.is_some_and(|summary| summary.broken > 0))
}

/// The data of a case on a chain of outputs, with what is said of them.
pub(crate) struct OutputData {
    pub(crate) snapshot: UtxoSnapshot,
    pub(crate) read: Option<BlockIngestSummary>,
    /// Of the case and, if asked for, of kept packs.
    pub(crate) tags: Vec<Tag>,
    /// Which kept packs.
    pub(crate) kept: Option<String>,
}

impl OutputData {
    /// The store of the data, filled if it was not, and the tags.
    pub(crate) fn read(
        common: &Common,
        files: &CaseFiles,
        arguments: &Trace,
        out: &Path,
        data: BlockData,
    ) -> anyhow::Result<Self> {
        let (snapshot, read) = match data {
            BlockData::Store(snapshot) => (snapshot, None),
            BlockData::Files(source) => fill(common, files, arguments, out, source)?,
        };
        let mut tags = files.all_tags(&[]);
        let (more, kept) = kept_tags(common, arguments, files, |address| {
            OutputLedger::address_id(&snapshot, address)
        })?;
        tags.extend(more);
        Ok(Self { snapshot, read, tags, kept })
    }
}

fn fill(
    common: &Common,
    files: &CaseFiles,
    arguments: &Trace,
    out: &Path,
    mut source: Box<dyn BlockSource>,
) -> anyhow::Result<(UtxoSnapshot, Option<BlockIngestSummary>)> {
    let store = UtxoStore::create(&new_store_folder(out)?, &files.case.chain)?;
    let memory = usize::try_from(arguments.limits.memory).unwrap_or(usize::MAX);
    let quarantine = out.join("left-out.csv");
    let options = UtxoOptions { memory, ..UtxoOptions::default() };
    let summary = ingest::fill(common, &store, source.as_mut(), options.memory, |options| {
        tracehound_ingest::blocks::BlockIngestOptions { quarantine: Some(quarantine), ..options }
    })?;
    Ok((store.snapshot()?, Some(summary)))
}

pub(crate) fn digest(snapshot: &UtxoSnapshot) -> anyhow::Result<String> {
    if snapshot.transaction_count() > MOST_DIGESTED {
        return Ok("not computed for a store of this size; `tracehound store info --digest` does"
            .to_owned());
    }
    Ok(snapshot.digest()?)
}

/// The case's files with their digests.
pub(crate) fn sources(
    files: &CaseFiles,
    summary: Option<&BlockIngestSummary>,
) -> anyhow::Result<Vec<SourceFile>> {
    if summary.is_none() {
        return Ok(Vec::new());
    }
    let mut sources = Vec::new();
    for (declared, path) in files.case.transfers.iter().zip(files.transfer_files()) {
        sources.push(SourceFile {
            file: declared.file.clone(),
            sha256: if path.is_file() {
                file_sha256(&path, Some(&interrupt::flag()))?
            } else {
                String::new()
            },
            rows: 0,
            broken: 0,
            origin: declared.origin.clone(),
            licence: declared.licence.clone(),
            format: "blocks".to_owned(),
        });
    }
    if let (Some(first), Some(summary)) = (sources.first_mut(), summary) {
        // The blocks of several files are counted together.
        first.rows = summary.transactions;
        first.broken = summary.broken;
    }
    Ok(sources)
}

/// What the reader should know that no figure says.
pub(crate) fn notes(
    snapshot: &UtxoSnapshot,
    request: &OutputTraceRequest<'_>,
    outcome: &OutputTraceOutcome,
    summary: Option<&BlockIngestSummary>,
) -> Vec<String> {
    let mut notes = vec![
        "An output does not say which input paid it; the payer shown is the address of the \
         tainted inputs, or the transaction where they have several."
            .to_owned(),
    ];
    if snapshot.unresolved_inputs() > 0 {
        notes.push(format!(
            "{} inputs spend outputs from outside the data; where a source does not state their \
             value, a trace stops.",
            snapshot.unresolved_inputs()
        ));
    }
    match request.through_coinjoins {
        Some(policy) => notes.push(format!(
            "CoinJoins are passed by the policy {policy}: what comes out of one is an estimate."
        )),
        None => notes.push(
            "CoinJoins stop the trace: what comes out of one cannot be told apart from others' \
             money."
                .to_owned(),
        ),
    }
    if let Some(first) = outcome.policies.first() {
        let empty = request.seeds.iter().zip(&first.stolen).filter(|(_, stolen)| **stolen == 0);
        notes.extend(empty.map(|(seed, _)| {
            format!(
                "The seed \"{}\" adds nothing: its outputs lie after the time of the trace, or \
                 were stolen before.",
                seed.description
            )
        }));
    }
    let collided: u64 = outcome.policies.first().map_or(0, |policy| policy.collided.iter().sum());
    if collided > 0 {
        notes.push(format!(
            "{collided} satoshi that a later theft claims were an earlier one's already; they \
             stay with the earlier."
        ));
    }
    if let Some(summary) = summary {
        notes.extend(summary.notes.iter().cloned());
        if summary.stale > 0 {
            notes.push(format!("{} blocks off the best chain were left out.", summary.stale));
        }
    }
    notes
}
