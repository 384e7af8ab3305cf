//! Which withdrawals together belong to a known depositor.
//!
//! A single withdrawal of a mixer tells nothing. Many that share a receiver,
//! a next hop, a funder or a sender have a number, a split over pools and a
//! rhythm, and can be compared with what the depositor paid in. Each such
//! *candidate* gets a log-likelihood ratio: how much more likely it looks if
//! it is the depositor's than if it is anybody's. The answer ranks candidates
//! and weighs them against the possibility that none is his, because he may
//! have taken out in ways that share nothing. Where that or another candidate
//! cannot be ruled out, the answer is "not separable".
//!
//! Nothing here is a fact about a single withdrawal. The model, what it takes
//! for granted and measured rates: `docs/methods/mixers.md`.

mod background;
mod candidates;
mod evidence;
mod posterior;
#[cfg(test)]
mod tests;

pub use candidates::Hint;
pub use evidence::Parts;
pub use posterior::{Verdict, WithdrawalShares};

use crate::side::SideData;
use crate::{EventId, MixerEvents, rules};
use background::Background;
use candidates::Candidate;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use tracehound_model::{Address, Rule};

/// Name and version of the model.
pub const GROUPS: Rule = Rule { name: "withdrawal-group", version: 1 };

/// What the model takes for granted. `docs/methods/mixers.md` says why.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct GroupParameters {
    /// Probability, before looking, that the depositor's withdrawals share anything at all.
    pub prior_grouped: f64,
    /// Probability that a depositor who shares something takes out everything that way.
    pub prior_complete: f64,
    /// Ratio by which each withdrawal that he cannot have paid makes a candidate less likely.
    pub foreign_ratio: f64,
    /// Shortest wait in seconds that the prior of the lag tells apart: nobody hides in less.
    pub shortest_lag: i64,
    /// Longest wait in seconds that it allows.
    pub longest_lag: i64,
    /// Weight of what everybody does against the depositor's own rhythm, in observations.
    pub smoothing: f64,
    /// For how many independent observations a whole rhythm counts: gaps of one person are alike.
    pub rhythm_observations: f64,
    /// A candidate is separable from this posterior probability on.
    pub separable_from: f64,
    /// Withdrawals that a candidate must share with the depositor's possibilities.
    pub smallest: usize,
}

impl Default for GroupParameters {
    fn default() -> Self {
        Self {
            prior_grouped: 0.5,
            prior_complete: 0.5,
            foreign_ratio: 0.2,
            shortest_lag: 3_600,
            longest_lag: 730 * 86_400,
            smoothing: 5.0,
            rhythm_observations: 2.0,
            separable_from: 0.95,
            smallest: 2,
        }
    }
}

/// One candidate, judged.
#[derive(Clone, PartialEq, Debug)]
pub struct ScoredGroup {
    /// What its withdrawals share.
    pub hint: Hint,
    /// The shared address.
    pub key: Address,
    /// All its withdrawals, in chain order.
    pub withdrawals: Vec<EventId>,
    /// Those that the depositor can have paid, each by a deposit of its own: prefix feasibility.
    pub matched: Vec<EventId>,
    /// The evidence by kind, in natural logarithms.
    pub parts: Parts,
    /// Sum of the parts.
    pub log_likelihood_ratio: f64,
    /// Probability, before looking at it, that this candidate is the depositor's.
    pub prior: f64,
    /// Probability that this candidate is the depositor's, 0 to 1; all candidates and
    /// "none of them" sum to 1.
    pub posterior: f64,
    /// Place in the ranking of a better candidate that has some of the same withdrawals;
    /// such a one is no rival and takes no part in the posterior.
    pub part_of: Option<usize>,
    /// Deposits among which its last withdrawal still hides: two to the entropy.
    pub anonymity_set: f64,
}

/// What was found for a depositor.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupAnswer {
    /// Deposits by pool number.
    pub deposits: BTreeMap<usize, Vec<EventId>>,
    /// Groups of withdrawals that share something.
    pub examined: usize,
    /// Judged candidates, the likeliest first.
    pub candidates: Vec<ScoredGroup>,
    /// Probability that none of them is the depositor's.
    pub none: f64,
    /// Log-likelihood ratio that the first candidate would need, alone, to be separable.
    pub needed: f64,
    /// What may be said.
    pub verdict: Verdict,
    /// Posterior of the candidate that a withdrawal belongs to.
    believed: HashMap<EventId, f64>,
}

/// Ranks groups of withdrawals for the depositor of `deposits`.
#[must_use]
pub fn find_groups(
    events: &MixerEvents,
    side: &SideData,
    deposits: &[EventId],
    parameters: &GroupParameters,
) -> GroupAnswer {
    let mut by_pool: BTreeMap<usize, Vec<EventId>> = BTreeMap::new();
    for id in deposits {
        by_pool.entry(id.pool).or_default().push(*id);
    }
    for ids in by_pool.values_mut() {
        ids.sort_unstable();
        ids.dedup();
    }
    let candidates = candidates::candidates(events, side);
    let background = Background::new(events, &candidates);
    let depositor = evidence::Depositor::new(events, &by_pool);
    let mut scored = Vec::new();
    for candidate in &candidates {
        let matched = matched(events, &by_pool, candidate);
        if matched.len() < parameters.smallest {
            continue;
        }
        let parts = evidence::weigh(
            &evidence::Case { events, background: &background, depositor: &depositor, parameters },
            candidate,
            &matched,
        );
        scored.push(ScoredGroup {
            hint: candidate.hint,
            key: candidate.key,
            withdrawals: candidate.withdrawals.clone(),
            matched,
            log_likelihood_ratio: parts.sum(),
            parts,
            prior: 0.0,
            posterior: 0.0,
            part_of: None,
            anonymity_set: 0.0,
        });
    }
    posterior::answer(events, by_pool, candidates.len(), scored, parameters)
}

/// The withdrawals that the deposits can have paid, one each, never later ones:
/// at every moment no more are taken out of a pool than were paid in.
fn matched(
    events: &MixerEvents,
    deposits: &BTreeMap<usize, Vec<EventId>>,
    candidate: &Candidate,
) -> Vec<EventId> {
    let mut of_pool: BTreeMap<usize, Vec<EventId>> = BTreeMap::new();
    for id in &candidate.withdrawals {
        of_pool.entry(id.pool).or_default().push(*id);
    }
    let mut matched = Vec::new();
    for (pool, withdrawals) in of_pool {
        let own = deposits.get(&pool).map_or(&[][..], Vec::as_slice);
        let pairs = rules::assign(events, own, &withdrawals);
        matched.extend(pairs.into_iter().map(|(_, withdrawal, _)| withdrawal));
    }
    candidates::in_chain_order(events, &mut matched);
    matched
}
