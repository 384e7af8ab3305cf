//! What does not fit in the events: told, not hidden, and not fatal.

use crate::{Deposit, MixerEvents, Pool};
use serde::Serialize;
use std::collections::HashSet;

/// One kind of thing that does not fit in one pool.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    /// Where.
    pub pool: Pool,
    /// What, with the first offending value.
    pub what: String,
    /// How many.
    pub count: u64,
}

/// Drops repeated events and tells what else is odd.
pub(super) fn check(events: &mut MixerEvents) -> Vec<Problem> {
    let mut problems = Vec::new();
    for pool in &mut events.pools {
        let name = pool.pool.clone();
        let mut tell = |what: &str, odd: Vec<String>| {
            if let Some(first) = odd.first() {
                let what = format!("{what}, first {first}");
                let count = u64::try_from(odd.len()).unwrap_or(u64::MAX);
                problems.push(Problem { pool: name.clone(), what, count });
            }
        };
        let (mut seen, mut twice) = (HashSet::new(), Vec::new());
        pool.deposits.retain(|deposit| {
            let new = seen.insert((deposit.commitment, deposit.leaf_index));
            if !new {
                twice.push(format!("leaf {}", deposit.leaf_index));
            }
            new
        });
        tell("deposits given twice and read once", twice);
        let (mut seen, mut twice) = (HashSet::new(), Vec::new());
        pool.withdrawals.retain(|withdrawal| {
            let new = seen.insert(withdrawal.nullifier);
            if !new {
                twice.push(withdrawal.transaction.to_string());
            }
            new
        });
        tell("withdrawals whose nullifier was used before, read once", twice);
        tell("leaf indexes out of order or missing", disorder(&pool.deposits));
        tell("withdrawals from an empty pool: deposits are missing", overdrawn(pool));
    }
    problems
}

/// In chain order leaves count up from the first by one.
fn disorder(deposits: &[Deposit]) -> Vec<String> {
    let pairs = deposits.windows(2);
    let odd = pairs.filter(|pair| pair[0].leaf_index.checked_add(1) != Some(pair[1].leaf_index));
    odd.map(|pair| format!("leaf {} after {}", pair[1].leaf_index, pair[0].leaf_index)).collect()
}

fn overdrawn(pool: &crate::PoolEvents) -> Vec<String> {
    let mut odd = Vec::new();
    for (paid_before, withdrawal) in pool.withdrawals.iter().enumerate() {
        let deposits = pool.deposits.partition_point(|deposit| deposit.height <= withdrawal.height);
        if deposits <= paid_before {
            odd.push(format!("{} at block {}", withdrawal.transaction, withdrawal.height));
        }
    }
    odd
}
