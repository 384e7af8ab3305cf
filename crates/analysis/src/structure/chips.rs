//! Chip split: one transaction into equal outputs of a chip size.
//!
//! The custodial mixer ChipMixer (seized in March 2023) handed out outputs of
//! exactly 0.001 coin times a power of two, made by transactions into many
//! equal ones. Money that reaches such an output may have been paid out for
//! anybody's deposit. Source: published descriptions of the service; the
//! amounts are the whole rule, so it says what shape the transaction has, and
//! not whose it is.

use super::Trail;
use crate::AnalysisError;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Finding, Rule};
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputId, TransactionView};

const RULE: Rule = Rule { name: "chip-split", version: 1 };
/// The smallest chip, in satoshi: 0.001 coin.
const SMALLEST: u64 = 100_000;
/// The largest chip is so many times doubled: 8.192 coins.
const DOUBLINGS: u32 = 13;
/// Fewest equal chips to different addresses.
const CHIPS: usize = 5;
/// Most outputs that are no chips: change.
const OTHERS: usize = 1;

/// Whether an amount is a chip: 0.001 coin times a power of two up to 2^13.
fn is_chip(satoshi: u64) -> bool {
    let times = satoshi / SMALLEST;
    satoshi.is_multiple_of(SMALLEST) && times.is_power_of_two() && times.ilog2() <= DOUBLINGS
}

pub(super) fn find(trail: &Trail<'_>) -> Result<Vec<Finding>, AnalysisError> {
    let mut findings = Vec::new();
    for id in &trail.transactions {
        let view = trail.ledger.transaction(*id)?;
        let others = view.outputs.iter().filter(|output| !is_chip(output.value().0)).count();
        if others > OTHERS {
            continue;
        }
        for (chip, outputs) in chips(trail, &view) {
            let payer = trail.address_or(trail.payer(&view), *id)?;
            let claim = format!(
                "transaction {} of {payer} made {} outputs of exactly {}, a chip size (0.001 times a power of two), at {}",
                trail.text(*id)?,
                outputs.len(),
                trail.coins(chip),
                trail.time(*id)?,
            );
            let evidence = trail.all(&outputs)?;
            let mut subjects = vec![payer];
            subjects.extend(evidence.iter().map(|evidence| evidence.to));
            let parameters = BTreeMap::from([
                ("least_chips", CHIPS.to_string()),
                ("most_other_outputs", OTHERS.to_string()),
                ("smallest_chip_satoshi", SMALLEST.to_string()),
                ("most_doublings", DOUBLINGS.to_string()),
            ]);
            findings.push(Finding { rule: RULE, parameters, claim, subjects, evidence });
        }
    }
    Ok(findings)
}

/// Tainted chips of one size, where enough different addresses have one.
fn chips(trail: &Trail<'_>, view: &TransactionView<'_>) -> BTreeMap<u64, Vec<OutputId>> {
    let mut sizes: BTreeMap<u64, (Vec<OutputId>, BTreeSet<AddressId>)> = BTreeMap::new();
    for (index, output) in (0..).zip(view.outputs) {
        let id = OutputId { transaction: view.id, index };
        let paid = output.address().filter(|_| trail.outputs.contains_key(&id));
        if let Some(paid) = paid.filter(|_| is_chip(output.value().0)) {
            let (outputs, paid_to) = sizes.entry(output.value().0).or_default();
            outputs.push(id);
            paid_to.insert(paid);
        }
    }
    sizes.retain(|_, (_, paid_to)| paid_to.len() >= CHIPS);
    sizes.into_iter().map(|(chip, (outputs, _))| (chip, outputs)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_are_powers_of_two_of_a_thousandth() {
        for chip in [100_000, 200_000, 51_200_000, 819_200_000] {
            assert!(is_chip(chip), "{chip}");
        }
        for other in [0, 50_000, 300_000, 100_001, 1_638_400_000] {
            assert!(!is_chip(other), "{other}");
        }
    }
}
