//! Candidates for crossings that share no key (`bridge-keyless/1`).
//!
//! For each payment in: which payments out could be its other side, each with
//! a probability, and the probability that it is none of them. It stays an
//! ambiguity set; nothing here books or names a pair as fact.
//!
//! A candidate has the same receiver, an asset that a table maps, an amount
//! that is not more and not much less, and comes later, within a window. How
//! likely each is follows from how usual its lag and its fee are among pairs
//! that stand alone (`model`), against how many unrelated payments of that
//! receiver would fall there by chance (`background`).

mod background;
mod candidate;
mod model;
mod posterior;

pub use candidate::{Candidate, Unresolved};
pub use model::{FEE_EDGES, LAG_EDGES, Model};

use crate::event::BridgeEvent;
use crate::tokens::TokenMap;
use candidate::Pool;
use tracehound_model::Rule;

/// The rule and its version; the version counts the procedure of the fit too.
pub const KEYLESS_RULE: Rule = Rule { name: "bridge-keyless", version: 1 };

/// Parameters of the rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeylessParameters {
    /// The longest a crossing may take, in seconds.
    pub window: i64,
    /// The most a bridge may keep, in millionths of what is paid in.
    pub largest_fee: u32,
    /// Pairs that stand alone, at least, to fit lag and fee to; with fewer a
    /// stated prior is used and said.
    pub least_alone: usize,
}

impl Default for KeylessParameters {
    fn default() -> Self {
        Self { window: 86_400, largest_fee: 100_000, least_alone: 50 }
    }
}

/// What is known of one payment in.
#[derive(Clone, PartialEq, Debug)]
pub struct AmbiguitySet {
    /// The payment in, by number.
    pub source: usize,
    /// Candidates, the likeliest first. Their number is the uniqueness k.
    pub candidates: Vec<Candidate>,
    /// That it is none of these, from 0 to 1.
    pub none: f64,
    /// Why there can be no candidates.
    pub unresolved: Option<Unresolved>,
}

/// The outcome.
#[derive(Clone, PartialEq, Debug)]
pub struct KeylessMatching {
    /// One for each payment in, in the order of their numbers.
    pub sets: Vec<AmbiguitySet>,
    /// What the probabilities rest on.
    pub model: Model,
}

/// Names the candidates of each source event among the destination events,
/// both by number. The order of neither matters.
#[must_use]
pub fn match_without_key(
    events: &[BridgeEvent],
    sources: &[usize],
    destinations: &[usize],
    tokens: &TokenMap,
    parameters: &KeylessParameters,
) -> KeylessMatching {
    let pool = Pool::new(events, sources, destinations, tokens, parameters);
    let mut model = Model::fit(&pool, parameters);
    let sets = posterior::solve(&pool, &mut model);
    KeylessMatching { sets, model }
}

#[cfg(test)]
mod tests;
