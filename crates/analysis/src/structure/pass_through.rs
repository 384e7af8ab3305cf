//! Pass-through: addresses that first appear with the tainted money and
//! have sent it on within the hour.
//!
//! Source: typology T4 of the published analyses (fresh address, at least 98
//! percent sent on, at most 60 minutes, at most three receivers). Known false
//! positive: change addresses of an active wallet.

use super::Trail;
use crate::AnalysisError;
use std::collections::BTreeMap;
use tracehound_model::{Finding, Rule};
use tracehound_store::utxo::OutputId;
use tracehound_store::{AddressId, StoreError};

const RULE: Rule = Rule { name: "pass-through", version: 1 };
/// Longest stay, in seconds.
const STAY: i64 = 60 * 60;
/// Least share sent on, in percent: the rest is fee or is kept.
const PERCENT: u128 = 98;
/// Most receivers.
const RECEIVERS: usize = 3;
/// Fewest such addresses worth a finding.
const ADDRESSES: usize = 3;

pub(super) fn find(trail: &Trail<'_>) -> Result<Vec<Finding>, AnalysisError> {
    let mut passing: Vec<OutputId> = Vec::new();
    for output in trail.outputs.keys() {
        if passes(trail, *output)? {
            passing.push(*output);
        }
    }
    if passing.len() < ADDRESSES {
        return Ok(Vec::new());
    }
    let evidence = trail.all(&passing)?;
    let first = trail.time(passing[0].transaction)?;
    let claim = format!(
        "{} addresses first appear with the tainted money and have passed at least {PERCENT} % of \
         it on within an hour, from {first} on",
        passing.len(),
    );
    let subjects = evidence.iter().map(|evidence| evidence.to).collect();
    let parameters = BTreeMap::from([
        ("longest_stay_seconds", STAY.to_string()),
        ("least_percent_sent_on", PERCENT.to_string()),
        ("most_receivers", RECEIVERS.to_string()),
        ("least_addresses", ADDRESSES.to_string()),
    ]);
    Ok(vec![Finding { rule: RULE, parameters, claim, subjects, evidence }])
}

fn passes(trail: &Trail<'_>, output: OutputId) -> Result<bool, StoreError> {
    let view = trail.ledger.transaction(output.transaction)?;
    let record = view.outputs.get(crate::output_trace::index(output.index));
    let Some(address) = record.and_then(|record| record.address()) else { return Ok(false) };
    // Its only receipt and its only spend.
    if trail.ledger.outputs_to(address)? != [output] {
        return Ok(false);
    }
    let Some(spender) = trail.ledger.spender(output)? else { return Ok(false) };
    if !trail.transactions.contains(&spender) {
        return Ok(false);
    }
    let stay = trail.time(spender)?.0.saturating_sub(trail.time(output.transaction)?.0);
    Ok(stay <= STAY && sends_on(trail, address, spender)?)
}

/// Whether the outputs to others are nearly all of the inputs.
fn sends_on(
    trail: &Trail<'_>,
    address: AddressId,
    spender: tracehound_store::utxo::TransactionId,
) -> Result<bool, StoreError> {
    let view = trail.ledger.transaction(spender)?;
    let sum = |values: &mut dyn Iterator<Item = u64>| values.map(u128::from).sum::<u128>();
    let paid = sum(&mut view.inputs.iter().filter_map(|input| input.value()).map(|v| v.0));
    let away = view.outputs.iter().filter(|output| output.address() != Some(address));
    let sent = sum(&mut away.map(|output| output.value().0));
    Ok(view.outputs.len() <= RECEIVERS && sent * 100 >= paid * PERCENT)
}
