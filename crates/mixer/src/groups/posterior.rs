//! From likelihood ratios to probabilities, and to what may be said.
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // probabilities; counts are far below 2^53

use super::{GroupAnswer, GroupParameters, Hint, ScoredGroup};
use crate::{EventId, MixerEvents};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// What may be said of a depositor's withdrawals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The first candidate stands out. A probability, not a fact.
    Separable,
    /// No withdrawals after the deposits share anything.
    NothingShared,
    /// Candidates look alike; the depositor's may be one of them.
    Tied,
    /// No candidate is likelier than that his withdrawals share nothing.
    NotSeparable,
}

impl Verdict {
    /// In words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Separable => "separable: the first candidate stands out",
            Self::NothingShared => {
                "not separable: no two withdrawals that the deposits can have paid share anything"
            }
            Self::Tied => "not separable: several candidates fit alike",
            Self::NotSeparable => {
                "not separable: no candidate is likelier than that the withdrawals share nothing"
            }
        }
    }
}

/// Ranks, weighs against each other and against none, and says what may be said.
pub(super) fn answer(
    events: &MixerEvents,
    deposits: BTreeMap<usize, Vec<EventId>>,
    examined: usize,
    mut scored: Vec<ScoredGroup>,
    parameters: &GroupParameters,
) -> GroupAnswer {
    let prior = parameters.prior_grouped;
    set_priors(&mut scored, prior);
    scored.sort_by(|a, b| {
        let weight = |group: &ScoredGroup| group.log_likelihood_ratio + group.prior.ln();
        let by_weight = weight(b).total_cmp(&weight(a));
        by_weight.then_with(|| (a.hint, a.key).cmp(&(b.hint, b.key)))
    });
    mark_parts(&mut scored);
    let none = weigh(&mut scored, 1.0 - prior);
    let first = scored.first().map_or(prior, |group| group.prior);
    let sure = parameters.separable_from;
    let mut answer = GroupAnswer {
        deposits,
        examined,
        candidates: scored,
        none,
        needed: ((1.0 - prior) / first).ln() + (sure / (1.0 - sure)).ln(),
        verdict: Verdict::NothingShared,
        believed: HashMap::new(),
    };
    answer.verdict = verdict(&answer, sure);
    for group in answer.candidates.iter().filter(|group| group.part_of.is_none()) {
        // Rivals share no withdrawal, so each has one at most.
        answer.believed.extend(group.matched.iter().map(|id| (*id, group.posterior)));
    }
    let sets: Vec<f64> = answer
        .candidates
        .iter()
        .map(|group| {
            let last = group.matched.last().or(group.withdrawals.last());
            last.map_or(0.0, |last| answer.shares(events, *last).anonymity_set())
        })
        .collect();
    for (group, set) in answer.candidates.iter_mut().zip(sets) {
        group.anonymity_set = set;
    }
    answer
}

/// A candidate that has withdrawals of a better one explains the same events.
fn mark_parts(scored: &mut [ScoredGroup]) {
    let mut taken: HashMap<EventId, usize> = HashMap::new();
    for (rank, group) in scored.iter_mut().enumerate() {
        group.part_of = group.matched.iter().filter_map(|id| taken.get(id).copied()).min();
        if group.part_of.is_none() {
            taken.extend(group.matched.iter().map(|id| (*id, rank)));
        }
    }
}

/// Each kind of hint that is there is as likely to be what his withdrawals share,
/// and each candidate of a kind as any other.
fn set_priors(scored: &mut [ScoredGroup], grouped: f64) {
    let mut of_hint: BTreeMap<Hint, usize> = BTreeMap::new();
    for group in scored.iter() {
        *of_hint.entry(group.hint).or_default() += 1;
    }
    let hints = of_hint.len() as f64;
    for group in scored {
        group.prior = grouped / hints / of_hint[&group.hint] as f64;
    }
}

/// Sets the posteriors; returns that of none, whose prior is `none`.
fn weigh(scored: &mut [ScoredGroup], none: f64) -> f64 {
    let log = |group: &ScoredGroup| group.log_likelihood_ratio + group.prior.ln();
    let rivals = || scored.iter().filter(|group| group.part_of.is_none());
    // Relative to the highest, so that nothing overflows.
    let highest = rivals().map(log).fold(none.ln(), f64::max);
    let of_none = (none.ln() - highest).exp();
    let whole = of_none + rivals().map(|group| (log(group) - highest).exp()).sum::<f64>();
    for group in scored.iter_mut().filter(|group| group.part_of.is_none()) {
        group.posterior = (log(group) - highest).exp() / whole;
    }
    of_none / whole
}

fn verdict(answer: &GroupAnswer, sure: f64) -> Verdict {
    let Some(first) = answer.candidates.first() else { return Verdict::NothingShared };
    if first.posterior >= sure {
        Verdict::Separable
    } else if answer.none <= 1.0 - sure {
        Verdict::Tied
    } else {
        Verdict::NotSeparable
    }
}

/// Where a withdrawal may have come from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct WithdrawalShares {
    /// Deposits of the depositor that can have paid it.
    pub own: usize,
    /// All deposits that can have.
    pub eligible: usize,
    /// Probability of each of the depositor's.
    pub each_own: f64,
    /// Probability of each other.
    pub each_other: f64,
}

impl WithdrawalShares {
    /// Two to the entropy: among how many equally likely deposits it hides.
    #[must_use]
    pub fn anonymity_set(&self) -> f64 {
        let part = |count: usize, each: f64| {
            if each > 0.0 { count as f64 * each * -each.ln() } else { 0.0 }
        };
        let others = self.eligible.saturating_sub(self.own);
        (part(self.own, self.each_own) + part(others, self.each_other)).exp()
    }
}

impl GroupAnswer {
    /// Probabilities of the deposits for one withdrawal: the candidate that it
    /// belongs to as far as that is believed, and for the rest every eligible
    /// deposit alike. Without a candidate that is exactly uniform.
    #[must_use]
    pub fn shares(&self, events: &MixerEvents, withdrawal: EventId) -> WithdrawalShares {
        let eligible = events.eligible(withdrawal);
        let own = self
            .deposits
            .get(&withdrawal.pool)
            .map_or(0, |ids| ids.partition_point(|id| events.is_eligible(*id, withdrawal)));
        if eligible == 0 {
            return WithdrawalShares { own, eligible, each_own: 0.0, each_other: 0.0 };
        }
        let believed = self.believed.get(&withdrawal).copied().unwrap_or(0.0);
        let believed = if own == 0 { 0.0 } else { believed };
        let even = 1.0 / eligible as f64;
        let each_other = (1.0 - believed) * even;
        let each_own = if own == 0 { 0.0 } else { believed / own as f64 + each_other };
        WithdrawalShares { own, eligible, each_own, each_other }
    }
}
