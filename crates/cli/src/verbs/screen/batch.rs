//! A table of addresses: a row of answer for each, in their order.

use crate::arguments::{Common, Screen};
use crate::progress::Spinner;
use crate::verbs::screening;
use crate::{Finish, output, place};
use anyhow::Context;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use tracehound_ingest::file_sha256;
use tracehound_model::Timestamp;
use tracehound_screen::{
    AuditLog, Decision, ListInput, PolicyInput, Reason, SCREENING_RULES, Screener, TagInput,
    Verdict,
};

/// What a batch was made from and came to; the log keeps this, and the
/// verdict of each row that was found on a list.
#[derive(Serialize)]
struct Record {
    file: String,
    sha256: String,
    rules: &'static str,
    rows: u64,
    /// Rows by decision.
    decisions: BTreeMap<&'static str, u64>,
    complete: bool,
    lists: Vec<ListInput>,
    tags: Option<TagInput>,
    policy: PolicyInput,
}

/// Verdicts that are written to the log together.
const TOGETHER: usize = 1_000;

/// Streams the file; memory does not grow with it.
pub(super) fn run(
    common: &Common,
    arguments: &Screen,
    file: &Path,
    screener: &Screener,
    now: Timestamp,
) -> anyhow::Result<Finish> {
    let mut log = place::home(common)?.audit_log(screening::now())?;
    let sha256 = file_sha256(file, None)?;
    let spinner = Spinner::start(common, "screening");
    let mut batch = Batch {
        screener,
        now,
        hits: arguments.hits,
        json: common.json,
        column: 0,
        decisions: BTreeMap::new(),
        rows: 0,
        found: Vec::new(),
    };
    let streamed = stream(file, &mut batch, &mut log);
    // Whoever reads the rows may have gone; what was found is on the log all the same.
    log.append_all(now, tracehound_screen::VERDICT, batch.found.iter())?;
    streamed?;
    drop(spinner);
    let policy = screener.policy();
    let summary = Record {
        file: file.display().to_string(),
        sha256,
        rules: SCREENING_RULES,
        rows: batch.rows,
        complete: screener.is_complete(),
        lists: screener.inputs().to_vec(),
        tags: screener.tags().cloned(),
        policy: PolicyInput { name: policy.name.clone(), digest: policy.digest.clone() },
        decisions: batch.decisions,
    };
    log.append(now, "batch", &summary)?;
    if common.json {
        output::json(&summary)?;
    } else {
        let counted = summary.decisions.iter().map(|(name, count)| format!("{count} {name}"));
        eprintln!("{} rows: {}", summary.rows, counted.collect::<Vec<_>>().join(", "));
        if !summary.complete {
            eprintln!("INCOMPLETE: `tracehound lists status` says which list is missing or stale");
        }
    }
    let adverse =
        summary.decisions.keys().any(|name| *name != Decision::Allow.name()) || !summary.complete;
    Ok(if adverse { Finish::Adverse } else { Finish::Done })
}

fn stream(file: &Path, batch: &mut Batch<'_>, log: &mut AuditLog) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}", file.display());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path(file)
        .with_context(unreadable)?;
    let mut out = output::csv();
    if !batch.json {
        out.write_record(["address", "decision", "rule", "list", "entry", "entity"])?;
    }
    let (mut record, mut first) = (csv::StringRecord::new(), true);
    while reader.read_record(&mut record).with_context(unreadable)? {
        if std::mem::take(&mut first) && batch.is_header(&record) {
            continue;
        }
        let address = record.get(batch.column).with_context(|| {
            let line = record.position().map_or(0, csv::Position::line);
            format!("{}: line {line} has no column {}", file.display(), batch.column + 1)
        })?;
        batch.row(&mut out, address)?;
        if batch.found.len() >= TOGETHER {
            log.append_all(batch.now, tracehound_screen::VERDICT, batch.found.iter())?;
            batch.found.clear();
        }
    }
    Ok(out.flush()?)
}

struct Batch<'s> {
    screener: &'s Screener,
    now: Timestamp,
    /// Print only rows that are not allowed.
    hits: bool,
    json: bool,
    column: usize,
    decisions: BTreeMap<&'static str, u64>,
    rows: u64,
    /// Verdicts for the log.
    found: Vec<Verdict>,
}

impl Batch<'_> {
    /// Whether the first row names columns; if so, finds the one of addresses.
    fn is_header(&mut self, record: &csv::StringRecord) -> bool {
        let place = record.iter().position(|cell| cell.trim().eq_ignore_ascii_case("address"));
        if let Some(place) = place {
            self.column = place;
        }
        place.is_some()
    }

    /// Answers one row.
    fn row(&mut self, out: &mut csv::Writer<impl Write>, address: &str) -> csv::Result<()> {
        self.rows += 1;
        let reasons = self.screener.reasons(address);
        let decision = reasons.iter().map(|reason| reason.decision).max().unwrap_or_default();
        *self.decisions.entry(decision.name()).or_insert(0) += 1;
        if reasons.iter().any(|reason| reason.listing.is_some() || reason.tag.is_some()) {
            self.found.push(self.screener.address(address, self.now));
        }
        if self.json {
            return Ok(());
        }
        if reasons.is_empty() && !self.hits {
            out.write_record([address, decision.name(), "", "", "", ""])?;
        }
        for Reason { rule, decision, listing, tag, .. } in &reasons {
            let tagged = tag.as_ref().map(|t| [&t.pack, &t.concept, &t.label]);
            let listed = listing.as_ref().map(|l| [&l.list, &l.entry, &l.entity]).or(tagged);
            let [list, entry, entity] = listed.map_or([""; 3], |cells| cells.map(String::as_str));
            out.write_record([address, decision.name(), rule, list, entry, entity])?;
        }
        Ok(())
    }
}
