//! From usual and by chance to a probability for each candidate.
//!
//! If payments that do not belong fall on a cell with expected number m, and
//! the one that belongs with share f, then a candidate in that cell speaks for
//! itself with odds p f / m against "it is not among them", 1 - p. The
//! likelihood of a set is the sum of those odds. p is fitted by repeated
//! expectation from one half. Payments in that share a candidate then compete:
//! what others claim of it counts less, some rounds of it, damped by half.
#![allow(clippy::float_arithmetic)] // probabilities; amounts stay integers

use super::AmbiguitySet;
use super::candidate::{Asked, Candidate, Pool};
use super::model::{Model, count};
use std::collections::BTreeMap;

const ROUNDS_OF_FIT: usize = 30;
const ROUNDS_OF_COMPETITION: usize = 20;
/// The share that is present stays away from certainty by one in a thousand.
const LEAST: f64 = 0.001;

pub(super) fn solve(pool: &Pool, model: &mut Model) -> Vec<AmbiguitySet> {
    let resolved = pool.asked.iter().filter(|asked| asked.unresolved.is_none()).count();
    for _ in 0..ROUNDS_OF_FIT {
        model.learn_chance(pool);
        let claimed = |asked: &Asked| -> f64 { probabilities(asked, model, |_| 1.0).iter().sum() };
        let found: f64 = pool.asked.iter().map(claimed).sum();
        // Laplace's rule: one payment in that is present and one that is not, besides.
        model.present = ((found + 1.0) / (count(resolved) + 2.0)).clamp(LEAST, 1.0 - LEAST);
    }
    let all = compete(pool, model);
    let mut sets: Vec<AmbiguitySet> =
        pool.asked.iter().zip(all).map(|(asked, all)| set(asked, &all)).collect();
    sets.sort_by_key(|set| set.source);
    sets
}

/// Probabilities of the candidates of one payment in; `free` is how far a
/// payment out is not claimed by others.
fn probabilities(asked: &Asked, model: &Model, free: impl Fn(&Candidate) -> f64) -> Vec<f64> {
    let odds: Vec<f64> = asked
        .candidates
        .iter()
        .map(|candidate| {
            let by_chance = model.by_chance(candidate.cell, asked.around);
            model.present * model.usual(candidate.cell) / by_chance.max(f64::MIN_POSITIVE)
                * free(candidate)
        })
        .collect();
    let sum: f64 = odds.iter().sum::<f64>() + (1.0 - model.present);
    odds.into_iter().map(|odds| odds / sum).collect()
}

fn compete(pool: &Pool, model: &Model) -> Vec<Vec<f64>> {
    let mut all: Vec<Vec<f64>> =
        pool.asked.iter().map(|asked| probabilities(asked, model, |_| 1.0)).collect();
    for _ in 0..ROUNDS_OF_COMPETITION {
        // Logarithms of what nobody claims, so that one's own claim can be taken out.
        let mut unclaimed: BTreeMap<usize, f64> = BTreeMap::new();
        for (asked, own) in pool.asked.iter().zip(&all) {
            for (candidate, probability) in asked.candidates.iter().zip(own) {
                *unclaimed.entry(candidate.destination).or_default() += left(*probability).ln();
            }
        }
        for (asked, own) in pool.asked.iter().zip(&mut all) {
            let before: BTreeMap<usize, f64> =
                asked.candidates.iter().map(|c| c.destination).zip(own.iter().copied()).collect();
            let next = probabilities(asked, model, |candidate| {
                let claims = unclaimed.get(&candidate.destination).copied().unwrap_or(0.0);
                let mine = before.get(&candidate.destination).copied().unwrap_or(0.0);
                (claims - left(mine).ln()).exp()
            });
            for (old, new) in own.iter_mut().zip(next) {
                *old = (*old + new) / 2.0;
            }
        }
    }
    all
}

/// What a claim leaves to others: never quite nothing.
fn left(probability: f64) -> f64 {
    (1.0 - probability).max(1e-6)
}

fn set(asked: &Asked, probabilities: &[f64]) -> AmbiguitySet {
    let mut candidates = asked.candidates.clone();
    for (candidate, probability) in candidates.iter_mut().zip(probabilities) {
        candidate.probability = *probability;
    }
    // Stable, so that equals stay in the order of the events.
    candidates.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    let found: f64 = probabilities.iter().sum();
    AmbiguitySet {
        source: asked.source,
        candidates,
        none: (1.0 - found).clamp(0.0, 1.0),
        unresolved: asked.unresolved,
    }
}
