//! `lone-pair/1`: a deposit and a withdrawal of a quiet pool that have each
//! only the other within the window. Ours, for people who take out at once.

use super::parties::one_of;
use super::{Link, RuleAnswer, RuleInput};
use crate::{EventId, EventTime, PoolEvents};

pub(super) fn run(input: RuleInput<'_>) -> RuleAnswer {
    let mut links = Vec::new();
    let mut timed = false;
    for (number, pool) in input.events.pools.iter().enumerate() {
        let (Some(deposits), Some(withdrawals)) = times(pool) else { continue };
        timed = true;
        for (at, withdrawal) in withdrawals.iter().enumerate() {
            let window = input.parameters.timing_window;
            let Some(deposit) = alone(&deposits, *withdrawal, window) else { continue };
            if alone_after(&withdrawals, deposits[deposit], window) != Some(at) {
                continue;
            }
            let deposit = EventId { pool: number, index: deposit };
            let id = EventId { pool: number, index: at };
            if input.events.is_eligible(deposit, id) {
                let seconds = withdrawal.saturating_sub(deposits[deposit.index]);
                let evidence = format!(
                    "{seconds} s apart, and nothing else of the pool within {window} s between"
                );
                links.push(Link { deposit, withdrawal: id, score: one_of(1), evidence });
            }
        }
    }
    if timed || input.events.pools.is_empty() {
        RuleAnswer::Links(links)
    } else {
        RuleAnswer::NotApplicable("needs times: none of the events has one")
    }
}

type Times = Vec<i64>;

/// All times of a pool's events, if all are known.
fn times(pool: &PoolEvents) -> (Option<Times>, Option<Times>) {
    let seconds = |time: Option<EventTime>| time.map(|time| time.at.0);
    let deposits = pool.deposits.iter().map(|deposit| seconds(deposit.time)).collect();
    let withdrawals = pool.withdrawals.iter().map(|withdrawal| seconds(withdrawal.time)).collect();
    (deposits, withdrawals)
}

/// The one deposit at most a window before.
fn alone(deposits: &[i64], withdrawal: i64, window: i64) -> Option<usize> {
    let first = deposits.partition_point(|at| *at < withdrawal.saturating_sub(window));
    let end = deposits.partition_point(|at| *at <= withdrawal);
    (end == first + 1).then_some(first)
}

/// The one withdrawal at most a window after.
fn alone_after(withdrawals: &[i64], deposit: i64, window: i64) -> Option<usize> {
    let first = withdrawals.partition_point(|at| *at < deposit);
    let end = withdrawals.partition_point(|at| *at <= deposit.saturating_add(window));
    (end == first + 1).then_some(first)
}
