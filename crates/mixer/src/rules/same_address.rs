//! `same-address/1`: the receiver is a depositor of the same pool. After Béres
//! et al. 2021 and Tutela's first heuristic.

use super::parties::{NEEDS_DEPOSITORS, Pairing, depositors, one_of, receivers};
use super::{RuleAnswer, RuleInput};

pub(super) fn run(input: RuleInput<'_>) -> RuleAnswer {
    let depositors = depositors(input.events);
    if depositors.is_empty() {
        return RuleAnswer::NotApplicable(NEEDS_DEPOSITORS);
    }
    let receivers = receivers(input.events);
    let mut pairing = Pairing::default();
    for (address, deposits) in &depositors {
        if let Some(withdrawals) = receivers.get(address) {
            let evidence = "the receiver paid in himself";
            pairing.pair(input.events, deposits, withdrawals, evidence, one_of);
        }
    }
    RuleAnswer::Links(pairing.links)
}
