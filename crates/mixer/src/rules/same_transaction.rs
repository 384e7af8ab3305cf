//! `same-transaction/1`: paid in and out in one transaction. One signer did both.

use super::parties::one_of;
use super::{Link, RuleAnswer, RuleInput, assign};
use crate::EventId;
use std::collections::{BTreeMap, HashMap};
use tracehound_model::TransactionHash;

pub(super) fn run(input: RuleInput<'_>) -> RuleAnswer {
    let events = input.events;
    let mut paid_in: HashMap<(usize, TransactionHash), Vec<EventId>> = HashMap::new();
    for (id, deposit) in events.deposits() {
        paid_in.entry((id.pool, deposit.transaction)).or_default().push(id);
    }
    let mut paid_out: BTreeMap<(usize, TransactionHash), Vec<EventId>> = BTreeMap::new();
    for (id, withdrawal) in events.withdrawals() {
        let place = (id.pool, withdrawal.transaction);
        if paid_in.contains_key(&place) {
            paid_out.entry(place).or_default().push(id);
        }
    }
    let mut links = Vec::new();
    for (place, withdrawals) in paid_out {
        for (deposit, withdrawal, possible) in assign(events, &paid_in[&place], &withdrawals) {
            let evidence = format!("both in {}; one of {possible} deposits in it", place.1);
            links.push(Link { deposit, withdrawal, score: one_of(possible), evidence });
        }
    }
    RuleAnswer::Links(links)
}
