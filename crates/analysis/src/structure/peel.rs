//! Peel chain: transaction after transaction pays a little away and sends
//! the rest on.
//!
//! Source: typology T5 of the published analyses (five or more hops, one
//! output of at least four fifths, peels of at least 1,000 satoshi); US
//! Department of Justice 2020 on chains of up to 5,000 transactions. Known
//! false positive: any wallet that pays often out of one large coin.

use super::Trail;
use crate::AnalysisError;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Finding, Rule};
use tracehound_store::StoreError;
use tracehound_store::utxo::{OutputId, TransactionId};

const RULE: Rule = Rule { name: "peel-chain", version: 1 };
/// Fewest hops.
const HOPS: usize = 5;
/// Least share of a hop's outputs that goes on, in tenths.
const TENTHS: u128 = 8;
/// Smallest peel in satoshi; smaller ones are markers of tokens or dust.
const LEAST_PEEL: u64 = 1_000;
/// Most inputs and outputs of a hop.
const MOST_INPUTS: usize = 2;
const MOST_OUTPUTS: usize = 3;

/// One chain of peels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeelChain {
    /// Its transactions, first to last.
    pub transactions: Vec<TransactionId>,
    /// What was paid away, in order.
    pub peels: Vec<OutputId>,
    /// The output that goes on from the last transaction.
    pub rest: OutputId,
}

/// The output of a transaction that goes on and the ones peeled off, if it
/// is a hop.
fn hop(
    trail: &Trail<'_>,
    id: TransactionId,
) -> Result<Option<(OutputId, Vec<OutputId>)>, StoreError> {
    let view = trail.ledger.transaction(id)?;
    let inputs = 1..=MOST_INPUTS;
    let outputs = 2..=MOST_OUTPUTS;
    if !inputs.contains(&view.inputs.len()) || !outputs.contains(&view.outputs.len()) {
        return Ok(None);
    }
    let sum: u128 = view.outputs.iter().map(|output| u128::from(output.value().0)).sum();
    let places = (0..).zip(view.outputs);
    let Some((rest, largest)) = places.clone().max_by_key(|(_, output)| output.value()) else {
        return Ok(None);
    };
    let dominates = u128::from(largest.value().0) * 10 >= sum * TENTHS;
    let name = |index| OutputId { transaction: id, index };
    let others = places.filter(|(place, output)| *place != rest && output.address().is_some());
    let peels: Vec<OutputId> = others
        .filter(|(_, output)| output.value().0 >= LEAST_PEEL)
        .map(|(place, _)| name(place))
        .collect();
    let goes_on = largest.address().is_some() && trail.outputs.contains_key(&name(rest));
    Ok((dominates && goes_on && !peels.is_empty()).then_some((name(rest), peels)))
}

/// Every chain of enough hops among what a trace touched.
///
/// # Errors
/// If the chain cannot be read.
pub fn peel_chains(trail: &Trail<'_>) -> Result<Vec<PeelChain>, StoreError> {
    let mut hops = BTreeMap::new();
    for id in &trail.transactions {
        if let Some(hop) = hop(trail, *id)? {
            hops.insert(*id, hop);
        }
    }
    let mut follows: BTreeMap<TransactionId, TransactionId> = BTreeMap::new();
    for (id, (rest, _)) in &hops {
        if let Some(next) = trail.ledger.spender(*rest)?.filter(|next| hops.contains_key(next)) {
            follows.insert(*id, next);
        }
    }
    let later: BTreeSet<TransactionId> = follows.values().copied().collect();
    let mut chains = Vec::new();
    for first in hops.keys().filter(|id| !later.contains(id)) {
        let (mut transactions, mut at) = (vec![*first], *first);
        while let Some(next) = follows.get(&at) {
            transactions.push(*next);
            at = *next;
        }
        if transactions.len() < HOPS {
            continue;
        }
        let peels = transactions.iter().flat_map(|id| hops[id].1.iter().copied()).collect();
        let rest = hops[&at].0;
        chains.push(PeelChain { transactions, peels, rest });
    }
    Ok(chains)
}

pub(super) fn find(trail: &Trail<'_>) -> Result<Vec<Finding>, AnalysisError> {
    let mut findings = Vec::new();
    for chain in peel_chains(trail)? {
        findings.push(finding(trail, &chain)?);
    }
    Ok(findings)
}

fn finding(trail: &Trail<'_>, chain: &PeelChain) -> Result<Finding, AnalysisError> {
    let value = |output: &OutputId| -> Result<u64, StoreError> {
        let view = trail.ledger.transaction(output.transaction)?;
        let record = view.outputs.get(crate::output_trace::index(output.index));
        Ok(record.map_or(0, |record| record.value().0))
    };
    let mut peeled = 0_u64;
    for peel in &chain.peels {
        peeled = peeled.saturating_add(value(peel)?);
    }
    let (first, last) = (chain.transactions[0], chain.rest.transaction);
    let proof = trail.all(&chain.peels)?;
    let rest = trail.evidence(chain.rest)?;
    let claim = format!(
        "a chain of {} transactions from {} ({}) to {} ({}) peels off {} in {} payments; {} goes on to {}",
        chain.transactions.len(),
        trail.text(first)?,
        trail.time(first)?,
        trail.text(last)?,
        trail.time(last)?,
        trail.coins(peeled),
        chain.peels.len(),
        trail.coins(value(&chain.rest)?),
        rest.to,
    );
    let mut subjects = vec![rest.to];
    for evidence in &proof {
        if !subjects.contains(&evidence.to) {
            subjects.push(evidence.to);
        }
    }
    let parameters = BTreeMap::from([
        ("least_hops", HOPS.to_string()),
        ("least_share_going_on", format!("{TENTHS}/10")),
        ("least_peel_satoshi", LEAST_PEEL.to_string()),
    ]);
    Ok(Finding { rule: RULE, parameters, claim, subjects, evidence: proof })
}
