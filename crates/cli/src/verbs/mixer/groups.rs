//! `tracehound mixer groups`: which withdrawals together are one depositor's.

use super::sources::{self, SourceRecord, Sources};
use crate::arguments::{Common, MixerGroups};
use crate::progress::Spinner;
use crate::{Finish, output};
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_mixer::groups::{
    GROUPS, GroupAnswer, GroupParameters, Hint, Parts, ScoredGroup, Verdict, find_groups,
};
use tracehound_mixer::{EventId, read_deposit_list};
use tracehound_model::{Address, TransactionHash};

#[derive(Serialize)]
struct Group {
    shared: Hint,
    address: Address,
    withdrawals: usize,
    /// Of them, those that the deposits can have paid.
    feasible: BTreeMap<String, usize>,
    log_likelihood_ratio: f64,
    parts: Parts,
    /// Probability that this candidate is the depositor's; empty for a part of another.
    posterior: Option<f64>,
    /// Place of the better candidate that has some of the same withdrawals, from 1.
    part_of: Option<usize>,
    /// Deposits among which its last withdrawal still hides.
    anonymity_set: f64,
    /// Transactions of the feasible withdrawals.
    transactions: Vec<TransactionHash>,
}

#[derive(Serialize)]
struct Record<'a> {
    sources: SourceRecord<'a>,
    rule: String,
    parameters: GroupParameters,
    deposits: BTreeMap<String, usize>,
    examined: usize,
    eligible: usize,
    verdict: Verdict,
    text: &'static str,
    /// Probability that none of the candidates is the depositor's.
    none: f64,
    /// Log-likelihood ratio that the first candidate needs, alone.
    needed: f64,
    candidates: Vec<Group>,
}

/// Ranks and prints.
pub(crate) fn run(common: &Common, arguments: &MixerGroups) -> anyhow::Result<Finish> {
    let sources = sources::read(common, &arguments.sources)?;
    let deposits = read_deposit_list(&arguments.deposits, &sources.events)?;
    let parameters = GroupParameters::default();
    let spinner = Spinner::start(common, "judging groups of withdrawals");
    let answer = find_groups(&sources.events, &sources.side, &deposits, &parameters);
    drop(spinner);
    let shown = answer.candidates.iter().take(arguments.show);
    let candidates: Vec<Group> = shown.map(|group| told(&sources, group)).collect();
    let record = Record {
        sources: sources.record(),
        rule: format!("{}/{}", GROUPS.name, GROUPS.version),
        parameters,
        deposits: by_pool(&sources, answer.deposits.values().flatten()),
        examined: answer.examined,
        eligible: answer.candidates.len(),
        verdict: answer.verdict,
        text: answer.verdict.text(),
        none: answer.none,
        needed: answer.needed,
        candidates,
    };
    if common.json {
        output::json(&record)?;
    } else {
        print(&sources, &answer, &record);
    }
    Ok(sources.finish())
}

fn by_pool<'a>(
    sources: &Sources,
    ids: impl Iterator<Item = &'a EventId>,
) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for id in ids {
        let pool = sources.events.pools[id.pool].pool.to_string();
        *counts.entry(pool).or_default() += 1;
    }
    counts
}

fn told(sources: &Sources, group: &ScoredGroup) -> Group {
    let transaction = |id: &EventId| sources.events.withdrawal(*id).transaction;
    Group {
        shared: group.hint,
        address: group.key,
        withdrawals: group.withdrawals.len(),
        feasible: by_pool(sources, group.matched.iter()),
        log_likelihood_ratio: group.log_likelihood_ratio,
        parts: group.parts,
        posterior: group.part_of.is_none().then_some(group.posterior),
        part_of: group.part_of.map(|rank| rank + 1),
        anonymity_set: group.anonymity_set,
        transactions: group.matched.iter().map(transaction).collect(),
    }
}

fn split(counts: &BTreeMap<String, usize>) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(pool, count)| format!("{count} x {pool}")).collect();
    parts.join(", ")
}

fn print(sources: &Sources, answer: &GroupAnswer, record: &Record<'_>) {
    println!("deposits: {}", split(&record.deposits));
    println!(
        "{} groups of withdrawals share something; {} can be the depositor's in part at least",
        record.examined, record.eligible
    );
    let header = ["", "shared", "address", "feasible", "of", "ratio", "probability", "set"];
    let mut table = output::table(&header, &[0, 4, 5, 6, 7]);
    for (rank, group) in (1_usize..).zip(&record.candidates) {
        table.add_row([
            rank.to_string(),
            group.shared.name().to_owned(),
            group.address.to_string(),
            split(&group.feasible),
            group.withdrawals.to_string(),
            format!("{:.1}", group.log_likelihood_ratio),
            match (group.part_of, group.posterior) {
                (Some(rank), _) => format!("part of {rank}"),
                (None, Some(posterior)) => format!("{posterior:.4}"),
                (None, None) => String::new(),
            },
            format!("{:.0}", group.anonymity_set),
        ]);
    }
    if !record.candidates.is_empty() {
        println!("{table}");
    }
    println!(
        "none of them: {:.4}; alone, the first needs a log-likelihood ratio of {:.1}",
        record.none, record.needed
    );
    println!("{}", answer.verdict.text());
    if sources.side.transfers.is_none() && sources.side.funders.is_none() {
        println!(
            "only receivers were compared: --transfers and --funders show more that is shared"
        );
    }
    println!("a probability under the model of docs/methods/mixers.md, not a fact");
}
