//! `first-in-first-out/1` and `last-in-first-out/1`: every withdrawal is paid
//! by the oldest, or the youngest, deposit that is left. Nothing in the mixer
//! works so; they pair everything and show what order alone is worth. The
//! first is the temporal matching of arXiv 2510.09433.

use super::parties::one_of;
use super::{Link, RuleAnswer, RuleInput, assign};
use crate::EventId;

pub(super) fn first_in_first_out(input: RuleInput<'_>) -> RuleAnswer {
    let mut links = Vec::new();
    for (pool, events) in input.events.pools.iter().enumerate() {
        let ids = |count: usize| -> Vec<EventId> {
            (0..count).map(|index| EventId { pool, index }).collect()
        };
        let (deposits, withdrawals) = (ids(events.deposits.len()), ids(events.withdrawals.len()));
        for (deposit, withdrawal, possible) in assign(input.events, &deposits, &withdrawals) {
            links.push(link(deposit, withdrawal, possible, "oldest"));
        }
    }
    RuleAnswer::Links(links)
}

pub(super) fn last_in_first_out(input: RuleInput<'_>) -> RuleAnswer {
    let mut links = Vec::new();
    for (pool, events) in input.events.pools.iter().enumerate() {
        let (mut stack, mut pushed) = (Vec::new(), 0);
        for index in 0..events.withdrawals.len() {
            let withdrawal = EventId { pool, index };
            let possible = input.events.eligible(withdrawal);
            stack.extend(pushed..possible);
            pushed = pushed.max(possible);
            if let Some(index) = stack.pop() {
                links.push(link(EventId { pool, index }, withdrawal, possible, "youngest"));
            }
        }
    }
    RuleAnswer::Links(links)
}

fn link(deposit: EventId, withdrawal: EventId, possible: usize, which: &str) -> Link {
    let evidence = format!("{which} deposit left of {possible}");
    Link { deposit, withdrawal, score: one_of(possible), evidence }
}
