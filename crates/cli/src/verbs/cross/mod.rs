//! `tracehound trace` of a case over several chains: each chain's data, the
//! crossings between them, one trace, a report a chain and one over all.

mod chain;
mod claims;
pub(super) mod memos;

use self::chain::ChainFiles;
use super::case_files::CaseFiles;
use super::trace::{command, write_files};
use crate::arguments::{Common, Trace};
use crate::progress::Spinner;
use crate::{Finish, interrupt, output};
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::Path;
use tracehound_analysis::cross::{self, Claim, CrossChain, CrossOutcome, ProbableLeg};
use tracehound_model::case::{CaseChain, TraceOptions};
use tracehound_model::{Chain, Policy, Timestamp};
use tracehound_report::{CrossInput, CrossInvestigation, Investigation};

const SECONDS_A_DAY: i64 = 86_400;

/// Traces and reports.
pub(super) fn run(
    common: &Common,
    files: &CaseFiles,
    arguments: &Trace,
    out: &Path,
) -> anyhow::Result<Finish> {
    let read = chains(common, files, arguments, out)?;
    let mixes: Vec<_> = read.iter().map(ChainFiles::mixes).collect();
    let mut chains = Vec::with_capacity(read.len());
    for (chain, mixes) in read.iter().zip(&mixes) {
        chains.push(chain.resolve(mixes.as_deref())?);
    }
    limit_age(&files.case.trace, &mut chains)?;
    let events = claims::read(files, &read)?;
    let stop = interrupt::flag();
    let spinner = Spinner::start(common, "tracing");
    let policies = policies(&files.case.trace, &chains);
    let outcome = cross::trace_over_chains(&chains, &events.claims, &policies, Some(&stop))?;
    let closings = cross::closings(&chains, &outcome)?;
    let probable = probable(&read, &chains, &outcome)?;
    drop(spinner);
    let mut told = Vec::with_capacity(read.len());
    for (number, chain) in read.iter().enumerate() {
        let folder = out.join(chain.folder());
        let mut investigation = chain.investigate(&chains[number], &outcome, number, arguments)?;
        investigation.continue_legs(&goes_on(chain.name(), &events.claims, &outcome));
        write_files(&investigation, &folder)?;
        told.push(investigation);
    }
    let broken = read.iter().any(ChainFiles::is_broken);
    let report = CrossInvestigation::build(CrossInput {
        case: &files.case,
        chains: &chains,
        told: &told,
        claims: &events.claims,
        outcome: &outcome,
        closings: &closings,
        probable: &probable,
        sources: &events.sources,
        command: &command(arguments),
        program_version: env!("CARGO_PKG_VERSION"),
        notes: &events.notes,
    })?;
    finish(common, &report, &told, out, broken)
}

fn finish(
    common: &Common,
    report: &CrossInvestigation,
    told: &[Investigation],
    out: &Path,
    broken: bool,
) -> anyhow::Result<Finish> {
    output::file(&out.join("report.json"), |f| Ok(report.write_json(f)?))?;
    output::file(&out.join("crossings.csv"), |f| Ok(report.write_crossings_csv(f)?))?;
    output::file(&out.join("closing.csv"), |f| Ok(report.write_closing_csv(f)?))?;
    output::file(&out.join("report.html"), |f| Ok(report.write_html(f)?))?;
    if common.json {
        report.write_json(std::io::stdout().lock())?;
    } else {
        report.write_summary(&mut std::io::stdout().lock(), output::width())?;
        eprintln!("\nReport: {}", out.join("report.html").display());
    }
    let closes = report.closes() && told.iter().all(Investigation::closes);
    Ok(if closes && !broken { Finish::Done } else { Finish::Adverse })
}

/// Of each transaction that pays into a bridge on a chain: where it goes on,
/// or why it does not.
fn goes_on(chain: &str, claims: &[Claim], outcome: &CrossOutcome) -> BTreeMap<String, String> {
    let mut where_to: BTreeMap<String, String> = BTreeMap::new();
    for (claim, crossing) in claims.iter().zip(&outcome.crossings) {
        let source = &claim.source;
        let Some(hash) = source.transaction.filter(|_| source.chain.short_name() == chain) else {
            continue;
        };
        let text = match &crossing.problem {
            Some(problem) => format!("not continued: {problem}"),
            None => {
                let parts = crossing.parts.iter().zip(&claim.destinations).map(|(part, side)| {
                    let there = side.transaction.map(|hash| side.chain.transaction_text(&hash));
                    let there = there.unwrap_or_else(|| "an unnamed transaction".to_owned());
                    let note = part.problem.as_deref().map(|problem| format!(" ({problem})"));
                    format!("{} in {there}{}", side.chain.short_name(), note.unwrap_or_default())
                });
                format!("on {}", parts.collect::<Vec<_>>().join("; "))
            }
        };
        let known = where_to.entry(source.chain.transaction_text(&hash)).or_default();
        if !known.is_empty() {
            known.push_str("; ");
        }
        known.push_str(&text);
    }
    where_to
}

/// Every chain with its data: the case's first, its others, and those that
/// only a store is named for.
fn chains(
    common: &Common,
    files: &CaseFiles,
    arguments: &Trace,
    out: &Path,
) -> anyhow::Result<Vec<ChainFiles>> {
    let mut stores: Vec<(Chain, &Path)> = Vec::new();
    for folder in &arguments.store {
        let chain = chain::chain_of(folder)?;
        if let Some((_, other)) = stores.iter().find(|(known, _)| *known == chain) {
            let (one, other) = (folder.display(), other.display());
            anyhow::bail!("{one} and {other} are both of the chain {chain}; give one of them");
        }
        stores.push((chain, folder));
    }
    let mut all = vec![files.on(files.case.on_first_chain(), true)?];
    for own in &files.case.chains {
        all.push(files.on(files.case.on_chain(own), false)?);
    }
    for (chain, _) in &stores {
        if all.iter().all(|known| known.case.chain != *chain) {
            let own = CaseChain { chain: chain.clone(), transfers: Vec::new(), tags: Vec::new() };
            all.push(files.on(files.case.on_chain(&own), false)?);
        }
    }
    let mut read = Vec::with_capacity(all.len());
    for own in all {
        let store = stores.iter().find(|(chain, _)| *chain == own.case.chain);
        let mut arguments = arguments.clone();
        arguments.store = store.map(|(_, folder)| (*folder).to_owned()).into_iter().collect();
        let chain = own.case.chain.clone();
        anyhow::ensure!(
            store.is_some() || !own.case.transfers.is_empty(),
            "the chain {chain} has no data: name its files under [[chains]] (or, for the first \
             chain, [[transfers]]) in case.toml, or give its store with --store DIR"
        );
        let folder = out.join(chain::folder_name(&chain));
        let made = std::fs::create_dir_all(&folder);
        made.with_context(|| format!("cannot make {}", folder.display()))?;
        read.push(ChainFiles::read(common, own, &arguments, &folder)?);
    }
    Ok(read)
}

/// The age limit of the case on the chains where nothing was stolen.
fn limit_age(options: &TraceOptions, chains: &mut [CrossChain<'_>]) -> anyhow::Result<()> {
    let Some((first, others)) = chains.split_first_mut() else { return Ok(()) };
    if let (Some(days), Some(theft)) = (options.max_age_days, first.first_theft()?) {
        let limit = Timestamp(theft.0.saturating_add(i64::from(days) * SECONDS_A_DAY));
        for chain in others {
            chain.too_old_from(limit)?;
        }
    }
    Ok(())
}

/// Policies that every chain has; those the case names, if it names any.
fn policies(options: &TraceOptions, chains: &[CrossChain<'_>]) -> Vec<Policy> {
    let outputs = chains.iter().any(|chain| chain.chain.is_utxo());
    let accounts = chains.iter().any(|chain| !chain.chain.is_utxo());
    if options.policies != TraceOptions::default().policies {
        return options.policies.clone();
    }
    let base = if accounts { options.policies.clone() } else { Policy::ON_OUTPUTS.to_vec() };
    base.into_iter().filter(|policy| !outputs || Policy::ON_OUTPUTS.contains(policy)).collect()
}

/// What is probable behind CoinJoins, by chain.
fn probable(
    read: &[ChainFiles],
    chains: &[CrossChain<'_>],
    outcome: &CrossOutcome,
) -> anyhow::Result<Vec<(usize, ProbableLeg)>> {
    let mut legs = Vec::new();
    for (number, chain) in read.iter().enumerate() {
        let found = chain.probable(&chains[number], &outcome.legs[number])?;
        legs.extend(found.into_iter().map(|leg| (number, leg)));
    }
    Ok(legs)
}
