//! `tracehound mixer links`: pairs of deposits and withdrawals, as CSV.

use super::sources::{self, Answered, SourceRecord, Sources};
use crate::arguments::{Common, MixerLinks};
use crate::{Finish, output};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use tracehound_mixer::{
    ClaimKind, Link, RuleAnswer, RuleEvaluation, RuleParameters, Share, Truth, read_links,
};
use tracehound_model::{Address, TransactionHash};

#[derive(Serialize)]
struct Pair {
    deposit_transaction: TransactionHash,
    withdrawal_transaction: TransactionHash,
    pool: String,
    /// Empty where it is not known.
    deposit_address: Option<Address>,
    withdrawal_address: Address,
    rule: &'static str,
    version: u32,
    /// 0 to 1, comparable within a rule only.
    score: String,
    evidence: String,
}

#[derive(Serialize)]
struct RuleRecord {
    rule: String,
    claim: ClaimKind,
    links: Option<usize>,
    not_applicable: Option<&'static str>,
    evaluation: Option<RuleEvaluation>,
}

#[derive(Serialize)]
struct TruthRecord<'a> {
    rows: usize,
    /// Rows that can be found among the events, by clue.
    findable: &'a BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct Record<'a> {
    sources: SourceRecord<'a>,
    truth: Option<TruthRecord<'a>>,
    /// The bounds that the rules ran with.
    parameters: &'a RuleParameters,
    rules: &'a [RuleRecord],
    /// Left out where they go to a file.
    pairs: Option<Vec<Pair>>,
}

/// Finds, writes and measures.
pub(crate) fn run(common: &Common, arguments: &MixerLinks) -> anyhow::Result<Finish> {
    let rules = sources::rules(&arguments.rule)?;
    let sources = sources::read(common, &arguments.sources)?;
    let rows = arguments.truth.as_ref().map(|file| read_links(file)).transpose()?;
    let truth = rows.map(|rows| Truth::new(&sources.events, &rows));
    if truth.is_some() && sources.depositors_are_links {
        eprintln!(
            "the known depositors come out of published links: a rule that links were published \
             by is then measured against itself"
        );
    }
    let answered = sources.run(common, &rules);
    let records: Vec<RuleRecord> =
        answered.iter().map(|one| record(&sources, truth.as_ref(), one)).collect();
    if let Some(file) = &arguments.out {
        output::file(file, |out| write(out, pairs(&sources, &answered)))?;
    }
    if common.json {
        let pairs = arguments.out.is_none().then(|| pairs(&sources, &answered).collect());
        let truth = truth.as_ref();
        let truth = truth.map(|truth| TruthRecord { rows: truth.rows, findable: &truth.findable });
        let parameters = &sources.parameters;
        let sources = sources.record();
        output::json(&Record { sources, truth, parameters, rules: &records, pairs })?;
    } else if arguments.out.is_some() {
        println!("{}", told(&sources, truth.as_ref(), &records));
    } else {
        write(&mut std::io::stdout().lock(), pairs(&sources, &answered))?;
        eprintln!("{}", told(&sources, truth.as_ref(), &records));
    }
    Ok(sources.finish())
}

fn record(sources: &Sources, truth: Option<&Truth>, one: &Answered) -> RuleRecord {
    let (links, not_applicable) = match &one.answer {
        RuleAnswer::Links(links) => (Some(links), None),
        RuleAnswer::NotApplicable(why) => (None, Some(*why)),
    };
    let judge = |links: &Vec<Link>| truth.map(|truth| truth.judge(&sources.events, links));
    RuleRecord {
        rule: one.name(),
        claim: one.rule.kind,
        links: links.map(Vec::len),
        not_applicable,
        evaluation: links.and_then(judge),
    }
}

fn pairs<'a>(sources: &'a Sources, answered: &'a [Answered]) -> impl Iterator<Item = Pair> + 'a {
    answered.iter().flat_map(move |one| {
        let links = match &one.answer {
            RuleAnswer::Links(links) => links.as_slice(),
            RuleAnswer::NotApplicable(_) => &[],
        };
        links.iter().map(move |link| pair(sources, one, link))
    })
}

fn pair(sources: &Sources, one: &Answered, link: &Link) -> Pair {
    let events = &sources.events;
    let (deposit, withdrawal) = (events.deposit(link.deposit), events.withdrawal(link.withdrawal));
    Pair {
        deposit_transaction: deposit.transaction,
        withdrawal_transaction: withdrawal.transaction,
        pool: events.pools[link.deposit.pool].pool.to_string(),
        deposit_address: deposit.depositor,
        withdrawal_address: withdrawal.receiver,
        rule: one.rule.rule.name,
        version: one.rule.rule.version,
        score: format!("{:.6}", link.score),
        evidence: link.evidence.clone(),
    }
}

fn write(out: &mut impl Write, pairs: impl Iterator<Item = Pair>) -> anyhow::Result<()> {
    // The header stands also where nothing was found.
    let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(out);
    table.write_record([
        "deposit_transaction",
        "withdrawal_transaction",
        "pool",
        "deposit_address",
        "withdrawal_address",
        "rule",
        "version",
        "score",
        "evidence",
    ])?;
    for pair in pairs {
        table.serialize(pair)?;
    }
    table.flush()?;
    Ok(())
}

/// The rules and how they did, as text.
fn told(sources: &Sources, truth: Option<&Truth>, records: &[RuleRecord]) -> String {
    let header =
        ["rule", "claim", "links", "precision", "95 % interval", "recall", "95 % interval"];
    let mut table = output::table(&header[..if truth.is_some() { 7 } else { 3 }], &[2]);
    for record in records {
        let links = record.links.map_or("-".to_owned(), |links| links.to_string());
        let claim = match record.claim {
            ClaimKind::Structural => "structural",
            ClaimKind::Heuristic => "heuristic",
            ClaimKind::Baseline => "baseline",
        };
        let mut row = vec![record.rule.clone(), claim.to_owned(), links];
        if truth.is_some() {
            let of = record.evaluation.as_ref();
            row.extend(share(of.map(|of| &of.precision)));
            row.extend(share(of.map(|of| &of.recall)));
        }
        table.add_row(row);
    }
    let read = sources.record();
    let mut lines = vec![format!(
        "{} deposits, {} withdrawals; the depositor is known of {}",
        read.deposits, read.withdrawals, read.named_depositors
    )];
    if let Some(truth) = truth {
        let findable: usize = truth.findable.values().sum();
        lines.push(format!(
            "{} published links, {findable} of them can be found among the events",
            truth.rows
        ));
    }
    lines.push(table.to_string());
    for record in records {
        if let Some(why) = record.not_applicable {
            lines.push(format!("{}: not applicable: {why}", record.rule));
        }
    }
    lines.push(
        "a link is what a rule claims, not a fact; what it gets wrong stands in its page".into(),
    );
    lines.join("\n")
}

fn share(share: Option<&Share>) -> [String; 2] {
    match share {
        Some(share) if share.of > 0 => [
            format!("{:.4} ({} of {})", share.value(), share.hits, share.of),
            format!("{:.4} to {:.4}", share.low, share.high),
        ],
        _ => ["-".to_owned(), String::new()],
    }
}
