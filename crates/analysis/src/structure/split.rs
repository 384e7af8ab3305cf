//! Equal split: one transaction pays many addresses nearly the same.
//!
//! Source: typology T3 of the published analyses (amounts with a coefficient
//! of variation of at most 2 percent), as on account chains. Known false
//! positives: payrolls, pool payouts, withdrawals of round amounts.

use super::Trail;
use crate::AnalysisError;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Finding, Rule};
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputId, TransactionId, TransactionView};

const RULE: Rule = Rule { name: "equal-split-outputs", version: 1 };
/// Fewest receivers.
const RECEIVERS: usize = 8;
/// The largest amount is at most this share of the smallest.
const SPREAD: (u128, u128) = (26, 25);

pub(super) fn find(trail: &Trail<'_>) -> Result<Vec<Finding>, AnalysisError> {
    let mut findings = Vec::new();
    for id in &trail.transactions {
        let view = trail.ledger.transaction(*id)?;
        for outputs in splits(trail, &view) {
            findings.push(finding(trail, *id, &view, &outputs)?);
        }
    }
    Ok(findings)
}

/// Groups of nearly equal tainted outputs to enough different addresses.
fn splits(trail: &Trail<'_>, view: &TransactionView<'_>) -> Vec<Vec<OutputId>> {
    let mut left: Vec<(u64, OutputId, AddressId)> = (0..)
        .zip(view.outputs)
        .filter_map(|(index, output)| {
            let id = OutputId { transaction: view.id, index };
            let paid = output.address().filter(|_| trail.outputs.contains_key(&id))?;
            Some((output.value().0, id, paid))
        })
        .filter(|(value, ..)| *value > 0)
        .collect();
    left.sort_unstable();
    let mut groups = Vec::new();
    while let Some((least, ..)) = left.first().copied() {
        let limit = u128::from(least) * SPREAD.0 / SPREAD.1;
        let later = left.split_off(left.partition_point(|(v, ..)| u128::from(*v) <= limit));
        let group = std::mem::replace(&mut left, later);
        let receivers: BTreeSet<AddressId> = group.iter().map(|(.., paid)| *paid).collect();
        if receivers.len() >= RECEIVERS {
            groups.push(group.into_iter().map(|(_, id, _)| id).collect());
        }
    }
    groups
}

fn finding(
    trail: &Trail<'_>,
    id: TransactionId,
    view: &TransactionView<'_>,
    outputs: &[OutputId],
) -> Result<Finding, AnalysisError> {
    let values = outputs.iter().filter_map(|output| {
        view.outputs.get(crate::output_trace::index(output.index)).map(|record| record.value().0)
    });
    let (least, most) = (values.clone().min().unwrap_or(0), values.max().unwrap_or(0));
    let amounts = if least == most {
        trail.coins(least)
    } else {
        format!("{} to {}", trail.coins(least), trail.coins(most))
    };
    let payer = trail.address_or(trail.payer(view), id)?;
    let claim = format!(
        "transaction {} of {payer} paid {amounts} to each of {} outputs at {}",
        trail.text(id)?,
        outputs.len(),
        trail.time(id)?,
    );
    let evidence = trail.all(outputs)?;
    let mut subjects = vec![payer];
    subjects.extend(evidence.iter().map(|evidence| evidence.to));
    let parameters = BTreeMap::from([
        ("least_receivers", RECEIVERS.to_string()),
        ("largest_to_smallest", format!("{}/{}", SPREAD.0, SPREAD.1)),
    ]);
    Ok(Finding { rule: RULE, parameters, claim, subjects, evidence })
}
