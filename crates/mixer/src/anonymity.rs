//! Anonymity sets: which deposits a withdrawal can have come from.
//!
//! Every deposit of the pool that was made before is possible, whatever was
//! withdrawn since, because nobody outside knows which notes are spent. A rule
//! that ties a deposit to an earlier withdrawal takes it out of the sets of
//! later ones, as far as the rule is believed.
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // shares; counts are far below 2^53

use crate::rules::Link;
use crate::share::Spread;
use crate::{EventId, MixerEvents, Pool};
use serde::Serialize;
use std::collections::BTreeSet;
use tracehound_model::Height;

/// What somebody else published, in percent, for comparison.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct PublishedReduction {
    /// Who, and of what.
    pub source: &'static str,
    /// Mean reduction of the anonymity set.
    pub mean: f64,
    /// Standard deviation, where it is given.
    pub deviation: Option<f64>,
}

/// Published reductions of Tornado Cash on Ethereum, by rules that know the senders.
pub const PUBLISHED: [PublishedReduction; 2] = [
    PublishedReduction {
        source: "Tutela (Wu et al. 2022), five heuristics",
        mean: 37.0,
        deviation: Some(15.0),
    },
    PublishedReduction {
        source: "Wang et al. (WWW 2023), five heuristics",
        mean: 27.34,
        deviation: None,
    },
];

/// A pool at a moment.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PoolState {
    /// The pool.
    pub pool: Pool,
    /// Deposits so far: the set of the next withdrawal, if nothing is known.
    pub deposits: usize,
    /// Withdrawals so far.
    pub withdrawals: usize,
    /// Notes that are left; which ones, nobody knows.
    pub unspent: usize,
    /// What each rule leaves of the set.
    pub under: Vec<UnderRule>,
}

/// A set under one rule.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct UnderRule {
    /// Name of the rule.
    pub rule: String,
    /// Deposits left.
    pub deposits: usize,
    /// Share taken out, 0 to 1.
    pub reduction: f64,
}

/// What a rule did to the sets of all withdrawals.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Reduction {
    /// Name of the rule.
    pub rule: String,
    /// Deposits it ties to a withdrawal.
    pub tied: usize,
    /// Over the pools, at the moment asked for.
    pub over_pools: Spread,
    /// Over the withdrawals, each at its own moment.
    pub over_withdrawals: Spread,
}

/// The set of one withdrawal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WithdrawalSet {
    /// The withdrawal.
    pub withdrawal: EventId,
    /// Deposits before it.
    pub deposits: usize,
    /// Notes that were left before it.
    pub unspent: usize,
    /// Deposits left under each rule.
    pub under: Vec<usize>,
}

/// Links by the rule's name.
pub type NamedLinks = (String, Vec<Link>);

/// The state of every pool after a block, or at the end.
#[must_use]
pub fn pool_states(
    events: &MixerEvents,
    rules: &[NamedLinks],
    at: Option<Height>,
) -> Vec<PoolState> {
    let until = at.unwrap_or(Height(u64::MAX));
    let mut states = Vec::new();
    for (number, pool) in events.pools.iter().enumerate() {
        let deposits = pool.deposits.partition_point(|deposit| deposit.height <= until);
        let withdrawals = pool.withdrawals.partition_point(|paid| paid.height <= until);
        let under = rules.iter().map(|(rule, links)| {
            let tied: BTreeSet<EventId> = links
                .iter()
                .filter(|link| link.withdrawal.pool == number)
                .filter(|link| link.withdrawal.index < withdrawals)
                .map(|link| link.deposit)
                .collect();
            UnderRule {
                rule: rule.clone(),
                deposits: deposits.saturating_sub(tied.len()),
                reduction: share(tied.len(), deposits),
            }
        });
        states.push(PoolState {
            pool: pool.pool.clone(),
            deposits,
            withdrawals,
            unspent: deposits.saturating_sub(withdrawals),
            under: under.collect(),
        });
    }
    states
}

/// The set of every withdrawal until a block.
#[must_use]
pub fn withdrawal_sets(
    events: &MixerEvents,
    rules: &[NamedLinks],
    at: Option<Height>,
) -> Vec<WithdrawalSet> {
    let until = at.unwrap_or(Height(u64::MAX));
    let mut sets: Vec<WithdrawalSet> = Vec::new();
    for (withdrawal, paid) in events.withdrawals() {
        if paid.height <= until {
            let deposits = events.eligible(withdrawal);
            let unspent = deposits.saturating_sub(withdrawal.index);
            sets.push(WithdrawalSet { withdrawal, deposits, unspent, under: Vec::new() });
        }
    }
    for (_, links) in rules {
        for (set, left) in sets.iter_mut().zip(left_of(events, links)) {
            set.under.push(set.deposits.saturating_sub(left));
        }
    }
    sets
}

/// For each withdrawal, how many deposits were tied to earlier ones.
fn left_of(events: &MixerEvents, links: &[Link]) -> Vec<usize> {
    let mut tied: Vec<Vec<Option<EventId>>> =
        events.pools.iter().map(|pool| vec![None; pool.withdrawals.len()]).collect();
    for link in links {
        tied[link.withdrawal.pool][link.withdrawal.index] = Some(link.deposit);
    }
    let mut counts = Vec::new();
    for of_pool in &tied {
        let mut gone = BTreeSet::new();
        for deposit in of_pool {
            counts.push(gone.len());
            gone.extend(*deposit);
        }
    }
    counts
}

/// What each rule did, over pools and over withdrawals.
#[must_use]
pub fn reductions(
    states: &[PoolState],
    sets: &[WithdrawalSet],
    rules: &[NamedLinks],
) -> Vec<Reduction> {
    let mut reductions = Vec::new();
    for (number, (rule, links)) in rules.iter().enumerate() {
        let pools: Vec<f64> = states.iter().map(|state| state.under[number].reduction).collect();
        let each = |set: &WithdrawalSet| {
            share(set.deposits.saturating_sub(set.under[number]), set.deposits)
        };
        let withdrawals: Vec<f64> = sets.iter().map(each).collect();
        let tied: BTreeSet<EventId> = links.iter().map(|link| link.deposit).collect();
        reductions.push(Reduction {
            rule: rule.clone(),
            tied: tied.len(),
            over_pools: Spread::of(&pools),
            over_withdrawals: Spread::of(&withdrawals),
        });
    }
    reductions
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
