//! `gas-funder/1`: the same address first paid for the gas of depositor and
//! receiver. After the clue `gf_1` of the 2026 linkage data set. A funder of many
//! addresses is a service and proves nothing.

use super::parties::{ByPool, NEEDS_DEPOSITORS, Pairing, depositors, one_of, receivers};
use super::{RuleAnswer, RuleInput};
use std::collections::BTreeMap;
use tracehound_model::Address;

pub(super) fn run(input: RuleInput<'_>) -> RuleAnswer {
    let Some(funders) = &input.side.funders else {
        return RuleAnswer::NotApplicable("needs who paid for the addresses' gas: give --funders");
    };
    let depositors = depositors(input.events);
    if depositors.is_empty() {
        return RuleAnswer::NotApplicable(NEEDS_DEPOSITORS);
    }
    let receivers = receivers(input.events);
    let mut funded: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    for (address, funder) in funders {
        funded.entry(*funder).or_default().push(*address);
    }
    let mut pairing = Pairing::default();
    let nothing = ByPool::new();
    for (funder, addresses) in funded {
        if addresses.len() > input.parameters.funder_addresses {
            continue;
        }
        // Who paid for himself is of the family as well.
        let family: Vec<Address> = addresses.iter().copied().chain([funder]).collect();
        let evidence = format!("{funder} paid for the gas of both");
        for depositor in &family {
            for receiver in family.iter().filter(|receiver| *receiver != depositor) {
                let deposits = depositors.get(depositor).unwrap_or(&nothing);
                let withdrawals = receivers.get(receiver).unwrap_or(&nothing);
                let score = one_of(addresses.len());
                pairing.pair(input.events, deposits, withdrawals, &evidence, |_| score);
            }
        }
    }
    RuleAnswer::Links(pairing.links)
}
