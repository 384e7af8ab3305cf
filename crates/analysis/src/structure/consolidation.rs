//! Consolidation: one transaction gathers tainted money of many addresses.
//!
//! Source: typology T1 of the published analyses (several addresses into at
//! most three collectors), narrowed to one transaction. Known false
//! positive: an exchange that sweeps its deposit addresses.

use super::Trail;
use crate::AnalysisError;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Finding, Rule};
use tracehound_store::AddressId;
use tracehound_store::utxo::OutputId;

const RULE: Rule = Rule { name: "consolidation", version: 1 };
/// Fewest addresses whose tainted money is gathered.
const PAYERS: usize = 5;
/// Most outputs.
const COLLECTORS: usize = 3;

pub(super) fn find(trail: &Trail<'_>) -> Result<Vec<Finding>, AnalysisError> {
    let mut findings = Vec::new();
    for id in &trail.transactions {
        let view = trail.ledger.transaction(*id)?;
        let tainted: Vec<_> =
            view.inputs.iter().filter(|input| trail.is_tainted(input.spends())).collect();
        let payers: BTreeSet<AddressId> = tainted.iter().filter_map(|i| i.address()).collect();
        if payers.len() < PAYERS || view.outputs.len() > COLLECTORS {
            continue;
        }
        let sum: u64 = tainted.iter().filter_map(|input| input.value()).map(|value| value.0).sum();
        let outputs: Vec<OutputId> = (0..)
            .zip(view.outputs)
            .map(|(index, _)| OutputId { transaction: *id, index })
            .filter(|output| trail.outputs.contains_key(output))
            .collect();
        let evidence = trail.all(&outputs)?;
        let claim = format!(
            "transaction {} gathers {} of {} addresses into {} outputs at {}",
            trail.text(*id)?,
            trail.coins(sum),
            payers.len(),
            view.outputs.len(),
            trail.time(*id)?,
        );
        let mut subjects: Vec<_> = evidence.iter().map(|evidence| evidence.to).collect();
        for payer in payers {
            subjects.push(trail.ledger.address(payer)?);
        }
        let parameters = BTreeMap::from([
            ("least_addresses", PAYERS.to_string()),
            ("most_outputs", COLLECTORS.to_string()),
        ]);
        findings.push(Finding { rule: RULE, parameters, claim, subjects, evidence });
    }
    Ok(findings)
}
