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
            let gone = tied.len().min(withdrawals);
            UnderRule {
                rule: rule.clone(),
                deposits: deposits.saturating_sub(gone),
                reduction: share(gone, deposits),
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
        let before = tied_before(events, links);
        for set in &mut sets {
            let gone = before[set.withdrawal.pool][set.withdrawal.index];
            set.under.push(set.deposits.saturating_sub(gone));
        }
    }
    sets
}

/// For each withdrawal of each pool, how many deposits were tied to earlier ones; where rules
/// tie one withdrawal to several deposits, no more than withdrawals were made.
fn tied_before(events: &MixerEvents, links: &[Link]) -> Vec<Vec<usize>> {
    let mut tied: Vec<Vec<Vec<EventId>>> =
        events.pools.iter().map(|pool| vec![Vec::new(); pool.withdrawals.len()]).collect();
    for link in links {
        tied[link.withdrawal.pool][link.withdrawal.index].push(link.deposit);
    }
    let count = |of_pool: &Vec<Vec<EventId>>| {
        let (mut gone, mut counts) = (BTreeSet::<EventId>::new(), Vec::new());
        for (earlier, deposits) in of_pool.iter().enumerate() {
            counts.push(gone.len().min(earlier));
            gone.extend(deposits);
        }
        counts
    };
    tied.iter().map(count).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{one_pool, paid_in, paid_out};

    fn link(deposit: usize, withdrawal: usize) -> Link {
        let id = |index| EventId { pool: 0, index };
        let (deposit, withdrawal) = (id(deposit), id(withdrawal));
        Link { deposit, withdrawal, score: 1.0, evidence: String::new() }
    }

    #[test]
    fn a_tie_takes_a_deposit_out_of_later_sets_only() {
        let events = one_pool(
            vec![paid_in(1, None), paid_in(2, None), paid_in(5, None)],
            vec![paid_out(3, 7), paid_out(4, 8), paid_out(6, 9)],
        );
        let rules = vec![("one".to_owned(), vec![link(0, 0)]), ("none".to_owned(), vec![])];
        let sets = withdrawal_sets(&events, &rules, None);
        let told: Vec<_> = sets.iter().map(|s| (s.deposits, s.unspent, s.under.clone())).collect();
        assert_eq!(told, [(2, 2, vec![2, 2]), (2, 1, vec![1, 2]), (3, 1, vec![2, 3])]);
        let states = pool_states(&events, &rules, Some(Height(4)));
        assert_eq!((states[0].deposits, states[0].withdrawals, states[0].unspent), (2, 2, 0));
        assert_eq!(states[0].under[0].deposits, 1);
        let reduction = &reductions(&states, &sets, &rules)[0];
        assert_eq!(reduction.over_pools.mean, 0.5);
    }

    #[test]
    fn two_rules_together_exclude_no_more_than_was_withdrawn() {
        let events = one_pool(
            vec![paid_in(1, None), paid_in(2, None)],
            vec![paid_out(3, 7), paid_out(4, 8)],
        );
        let rules = vec![("both".to_owned(), vec![link(0, 0), link(1, 0)])];
        assert_eq!(withdrawal_sets(&events, &rules, None)[1].under, [1]);
    }
}
