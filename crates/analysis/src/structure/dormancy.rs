//! Dormancy then burst: tainted outputs rest for a month or more, then many
//! move within a day.
//!
//! Source: typology T11 of the published analyses (30 days idle, then a
//! burst). Known false positive: a custodian that moves its cold storage.

use super::Trail;
use crate::AnalysisError;
use std::collections::BTreeMap;
use tracehound_model::{Finding, Rule};
use tracehound_store::utxo::{OutputId, TransactionId};

const RULE: Rule = Rule { name: "dormancy-burst", version: 1 };
/// Shortest rest, in seconds: 30 days.
const REST: i64 = 30 * 86_400;
/// Longest time from the first to the last move of a burst: a day.
const WINDOW: i64 = 86_400;
/// Fewest moves of a burst.
const MOVES: usize = 5;

/// A tainted output that rested and was then spent.
#[derive(Clone, Copy)]
struct Move {
    output: OutputId,
    spender: TransactionId,
    time: i64,
    rested: i64,
}

pub(super) fn find(trail: &Trail<'_>) -> Result<Vec<Finding>, AnalysisError> {
    let mut moves = Vec::new();
    for output in trail.outputs.keys() {
        let spender = trail.ledger.spender(*output)?;
        let Some(spender) = spender.filter(|spender| trail.transactions.contains(spender)) else {
            continue;
        };
        let time = trail.time(spender)?.0;
        let rested = time.saturating_sub(trail.time(output.transaction)?.0);
        if rested >= REST {
            moves.push(Move { output: *output, spender, time, rested });
        }
    }
    moves.sort_by_key(|moved| (moved.time, moved.output));
    let mut findings = Vec::new();
    let mut rest = moves.as_slice();
    while let Some(first) = rest.first() {
        let until = first.time.saturating_add(WINDOW);
        let count = rest.partition_point(|moved| moved.time <= until);
        let (burst, later) = rest.split_at(count);
        if burst.len() >= MOVES {
            findings.push(finding(trail, burst)?);
            rest = later;
        } else {
            rest = &rest[1..];
        }
    }
    Ok(findings)
}

fn finding(trail: &Trail<'_>, burst: &[Move]) -> Result<Finding, AnalysisError> {
    let outputs: Vec<OutputId> = burst.iter().map(|moved| moved.output).collect();
    let shortest = burst.iter().map(|moved| moved.rested).min().unwrap_or(0) / 86_400;
    let longest = burst.iter().map(|moved| moved.rested).max().unwrap_or(0) / 86_400;
    let evidence = trail.all(&outputs)?;
    let claim = format!(
        "{} tainted outputs rested {shortest} to {longest} days and moved within a day, from {} on",
        burst.len(),
        trail.time(burst[0].spender)?,
    );
    let mut subjects = Vec::new();
    for proof in &evidence {
        if !subjects.contains(&proof.to) {
            subjects.push(proof.to);
        }
    }
    let parameters = BTreeMap::from([
        ("least_rest_seconds", REST.to_string()),
        ("window_seconds", WINDOW.to_string()),
        ("least_moves", MOVES.to_string()),
    ]);
    Ok(Finding { rule: RULE, parameters, claim, subjects, evidence })
}
