//! Whether probabilities can be believed: what was said against what was so.
#![allow(clippy::float_arithmetic)] // probabilities; amounts stay integers

mod plot;

pub use plot::plot;

use crate::event::BridgeEvent;
use crate::keyless::{AmbiguitySet, Candidate, KeylessMatching};
use crate::read::Truth;
use std::collections::BTreeSet;
use tracehound_model::TransactionHash;

/// Bins of probability, of equal width.
pub const BINS: usize = 10;

/// Statements of one bin.
#[derive(Clone, Copy, PartialEq, Debug, Default, serde::Serialize)]
pub struct Bin {
    /// How many.
    pub statements: usize,
    /// How many of them were so.
    pub so: usize,
    sum: f64,
}

impl Bin {
    /// Mean of what was said.
    #[must_use]
    pub fn said(&self) -> f64 {
        if self.statements == 0 { 0.0 } else { self.sum / whole(self.statements) }
    }

    /// Share of what was so.
    #[must_use]
    pub fn was(&self) -> f64 {
        if self.statements == 0 { 0.0 } else { whole(self.so) / whole(self.statements) }
    }
}

/// Payments in judged by one threshold.
#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize)]
pub struct Threshold {
    /// The likeliest candidate counts from this probability on.
    pub least: f64,
    /// Payments in with such a candidate.
    pub named: usize,
    /// Of them right.
    pub right: usize,
}

/// How far the probabilities held.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Calibration {
    /// Statements by what they said: each candidate, and "none of these".
    pub bins: Vec<Bin>,
    /// Mean square of the error; 0 is perfect, 0.25 says one half always.
    pub brier: f64,
    /// Payments in that the truth names.
    pub judged: usize,
    /// Those with a candidate whose transaction the data do not name, so that
    /// nothing says whether it is the one; they are in none of the other figures.
    pub not_judged: usize,
    /// Of them those whose other side is in the data at all.
    pub findable: usize,
    /// Of them those whose other side is among the candidates.
    pub among: usize,
    /// Of them those whose nearest candidate in time is right.
    pub nearest: usize,
    /// Of them those with one candidate, k = 1.
    pub alone: usize,
    /// Of those with one candidate, the right ones.
    pub alone_right: usize,
    /// By thresholds, from low to high.
    pub thresholds: Vec<Threshold>,
}

/// A count as a float: counts are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn whole(number: usize) -> f64 {
    number as f64
}

/// The bin of a probability.
fn bin(probability: f64) -> usize {
    // Cut to 0 to 9 first, so the cast loses nothing but the fraction.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bin = (probability * whole(BINS)).clamp(0.0, whole(BINS - 1)) as usize;
    bin
}

/// Judges a matching by what is true.
#[must_use]
pub fn calibrate(
    events: &[BridgeEvent],
    destinations: &[usize],
    matching: &KeylessMatching,
    truth: &Truth,
) -> Calibration {
    let present: BTreeSet<TransactionHash> =
        destinations.iter().filter_map(|number| events.get(*number)?.transaction).collect();
    let mut outcome = Calibration::empty();
    for set in &matching.sets {
        let source = events[set.source].transaction;
        let Some(of) = source.and_then(|hash| truth.of(&hash)) else { continue };
        let is_named = |candidate: &Candidate| events[candidate.destination].transaction.is_some();
        if !set.candidates.iter().all(is_named) {
            outcome.not_judged += 1;
            continue;
        }
        let is_right = |candidate: &Candidate| {
            let transaction = events[candidate.destination].transaction;
            transaction.is_some_and(|hash| of.contains(&hash))
        };
        outcome.findable += usize::from(of.iter().any(|hash| present.contains(hash)));
        outcome.take(set, &is_right);
    }
    let statements: usize = outcome.bins.iter().map(|bin| bin.statements).sum();
    outcome.brier /= whole(statements).max(1.0);
    outcome
}

impl Calibration {
    fn empty() -> Self {
        let thresholds = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99];
        Self {
            bins: vec![Bin::default(); BINS],
            brier: 0.0,
            judged: 0,
            not_judged: 0,
            findable: 0,
            among: 0,
            nearest: 0,
            alone: 0,
            alone_right: 0,
            thresholds: thresholds.map(|least| Threshold { least, named: 0, right: 0 }).to_vec(),
        }
    }

    /// Takes in one payment in with its candidates.
    fn take(&mut self, set: &AmbiguitySet, is_right: &impl Fn(&Candidate) -> bool) {
        self.judged += 1;
        let any = set.candidates.iter().any(is_right);
        for candidate in &set.candidates {
            self.state(candidate.probability, is_right(candidate));
        }
        self.state(set.none, !any);
        self.among += usize::from(any);
        let nearest = set.candidates.iter().min_by_key(|candidate| candidate.lag);
        self.nearest += usize::from(nearest.is_some_and(is_right));
        if let [only] = set.candidates.as_slice() {
            self.alone += 1;
            self.alone_right += usize::from(is_right(only));
        }
        let Some(best) = set.candidates.first() else { return };
        for threshold in &mut self.thresholds {
            if best.probability >= threshold.least {
                threshold.named += 1;
                threshold.right += usize::from(is_right(best));
            }
        }
    }

    /// Takes in one statement.
    fn state(&mut self, probability: f64, so: bool) {
        let bin = &mut self.bins[bin(probability)];
        bin.statements += 1;
        bin.so += usize::from(so);
        bin.sum += probability;
        self.brier += (probability - f64::from(u8::from(so))).powi(2);
    }
}
