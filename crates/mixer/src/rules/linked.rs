//! `linked-addresses/1`: depositor and receiver paid each other outside the
//! mixer, in either direction, several times. Tutela's third heuristic.

use super::parties::{ByPool, NEEDS_DEPOSITORS, Pairing, depositors, receivers};
use super::{RuleAnswer, RuleInput};
use std::collections::BTreeMap;
use tracehound_model::Address;

pub(super) fn run(input: RuleInput<'_>) -> RuleAnswer {
    let Some(transfers) = &input.side.transfers else {
        return RuleAnswer::NotApplicable("needs payments between addresses: give --transfers");
    };
    let depositors = depositors(input.events);
    if depositors.is_empty() {
        return RuleAnswer::NotApplicable(NEEDS_DEPOSITORS);
    }
    let receivers = receivers(input.events);
    let mut payments: BTreeMap<(Address, Address), usize> = BTreeMap::new();
    for transfer in transfers {
        for (a, b) in [(transfer.from, transfer.to), (transfer.to, transfer.from)] {
            if a != b && depositors.contains_key(&a) && receivers.contains_key(&b) {
                *payments.entry((a, b)).or_default() += 1;
            }
        }
    }
    payments.retain(|_, count| *count >= input.parameters.linked_transfers);
    // Of several pairs the one with most payments is first served.
    let mut pairs: Vec<((Address, Address), usize)> = payments.into_iter().collect();
    pairs.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut pairing = Pairing::default();
    let nothing = ByPool::new();
    for ((depositor, receiver), count) in pairs {
        let deposits = depositors.get(&depositor).unwrap_or(&nothing);
        let withdrawals = receivers.get(&receiver).unwrap_or(&nothing);
        let evidence = format!("{count} payments between depositor and receiver");
        pairing.pair(input.events, deposits, withdrawals, &evidence, |_| strength(count));
    }
    RuleAnswer::Links(pairing.links)
}

/// 1 - 1/n for n payments.
#[allow(clippy::float_arithmetic)] // a score
fn strength(payments: usize) -> f64 {
    1.0 - super::parties::one_of(payments)
}
