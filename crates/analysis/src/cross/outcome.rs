//! What a trace over several chains returns.

use super::leg::ChainLeg;
use super::place::Crossing;
use crate::trace::SeedId;
use tracehound_model::{Amount, Policy};

/// How much is whose loss; a seed is one of the case, on its first chain.
pub type SeedAmount = (SeedId, Amount);

/// What one policy says of what a bridge paid out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PartTaint {
    /// Tainted part; all of it under poison.
    pub tainted: Amount,
    /// Per seed, ascending; empty under poison.
    pub by_seed: Vec<SeedAmount>,
}

/// What one policy says of one crossing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CrossedTaint {
    /// Index in [`CrossOutcome::crossings`].
    pub crossing: usize,
    /// Tainted part of what was paid in.
    pub tainted: Amount,
    /// Per seed, ascending; empty under poison.
    pub by_seed: Vec<SeedAmount>,
    /// One for each part that was paid out.
    pub parts: Vec<PartTaint>,
}

/// One policy over all chains.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrossPolicy {
    /// The policy.
    pub policy: Policy,
    /// Rounds until nothing new came over.
    pub rounds: u32,
    /// Crossings that carried taint, in their order.
    pub crossings: Vec<CrossedTaint>,
}

/// A trace over several chains.
#[derive(Clone, Debug)]
pub struct CrossOutcome {
    /// Seeds of the case. On each chain the seeds of a trace are these (first
    /// chain only) and then, in the same order, what came over of each.
    pub seeds: usize,
    /// Every crossing that was given, placed.
    pub crossings: Vec<Crossing>,
    /// One trace a chain, with every policy.
    pub legs: Vec<ChainLeg>,
    /// One a policy.
    pub policies: Vec<CrossPolicy>,
}

impl CrossOutcome {
    /// Seeds of its own that a chain's trace has before those that came over.
    #[must_use]
    pub fn own_seeds(&self, chain: usize) -> usize {
        if chain == 0 { self.seeds } else { 0 }
    }
}
