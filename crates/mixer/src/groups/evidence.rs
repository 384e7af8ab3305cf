//! The likelihood ratio of one candidate, part by part.
//!
//! Each part compares the candidate under "these are the depositor's" with
//! "these are anybody's". Parts that need what is not there are zero.
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // likelihoods; counts are far below 2^53

use super::GroupParameters;
use super::background::{Background, CLASSES, HOURS, Shares, gaps, hours, is_in_one_pool, times};
use super::candidates::Candidate;
use crate::{EventId, MixerEvents};
use serde::Serialize;
use std::collections::BTreeMap;

/// Evidence by kind, in natural logarithms; positive speaks for the depositor.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Parts {
    /// How many, from which pools.
    pub counts: f64,
    /// Withdrawals that he cannot have paid.
    pub foreign: f64,
    /// How long after his first deposit the first came.
    pub lag: f64,
    /// Whether gaps between withdrawals are like those between his deposits.
    pub cadence: f64,
    /// Whether the hours of day are.
    pub hours: f64,
}

impl Parts {
    /// All together.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.counts + self.foreign + self.lag + self.cadence + self.hours
    }
}

/// What the model knows of the depositor.
pub(super) struct Depositor {
    counts: BTreeMap<usize, usize>,
    begun: Option<i64>,
    gaps: Vec<usize>,
    hours: Vec<usize>,
}

impl Depositor {
    pub(super) fn new(events: &MixerEvents, by_pool: &BTreeMap<usize, Vec<EventId>>) -> Self {
        let ids = by_pool.values().flatten();
        let mut times: Vec<i64> =
            ids.filter_map(|id| events.deposit(*id).time).map(|time| time.at.0).collect();
        times.sort_unstable();
        Self {
            counts: by_pool.iter().map(|(pool, ids)| (*pool, ids.len())).collect(),
            begun: times.first().copied(),
            gaps: gaps(&times),
            hours: hours(&times),
        }
    }
}

/// What every candidate is judged by.
pub(super) struct Case<'a> {
    pub(super) events: &'a MixerEvents,
    pub(super) background: &'a Background,
    pub(super) depositor: &'a Depositor,
    pub(super) parameters: &'a GroupParameters,
}

/// Judges one candidate.
pub(super) fn weigh(case: &Case<'_>, candidate: &Candidate, matched: &[EventId]) -> Parts {
    let background = case.background.of(candidate.hint);
    let times = times(case.events, matched);
    let (parameters, depositor) = (case.parameters, case.depositor);
    let foreign = candidate.withdrawals.len().saturating_sub(matched.len());
    let ratio = parameters.foreign_ratio;
    Parts {
        counts: counts(case, candidate, matched),
        foreign: foreign as f64 * ratio.ln() + (1.0 - ratio).ln(),
        lag: lag(case, candidate, &times),
        cadence: rhythm(parameters, CLASSES, &background.gaps, &depositor.gaps, &gaps(&times)),
        hours: rhythm(parameters, HOURS, &background.hours, &depositor.hours, &hours(&times)),
    }
}

/// He takes out everything, or any part with equal chance; anybody's group has a
/// size as others have, and keeps to one pool as often as they do.
fn counts(case: &Case<'_>, candidate: &Candidate, matched: &[EventId]) -> f64 {
    let mut out: BTreeMap<usize, usize> = BTreeMap::new();
    for id in matched {
        *out.entry(id.pool).or_default() += 1;
    }
    let complete = case.parameters.prior_complete;
    let paid_in = &case.depositor.counts;
    let parts: f64 = paid_in.values().map(|count| -(*count as f64).ln_1p()).sum();
    let whole = if &out == paid_in { complete } else { 0.0 };
    let his = (whole + (1.0 - complete) * parts.exp()).ln();
    let background = case.background.of(candidate.hint);
    let size = background.size(candidate.withdrawals.len(), matched.len());
    let shares = &case.background.pools;
    let one = background.keeps_to_one_pool(is_in_one_pool(&candidate.withdrawals));
    let several = (1.0 - one) * split(&out, matched.len(), shares).exp();
    let alone = out.first_key_value().filter(|_| out.len() == 1);
    let split = several + alone.map_or(0.0, |(pool, _)| one * shares[*pool]);
    his - size.ln() - split.max(f64::MIN_POSITIVE).ln()
}

/// Logarithm of the probability that so many are split over pools so: Dirichlet-multinomial
/// with one observation in all.
fn split(out: &BTreeMap<usize, usize>, size: usize, shares: &[f64]) -> f64 {
    let rising = |start: f64, count: usize| -> f64 {
        (0..count).map(|step| (start + step as f64).ln()).sum()
    };
    let whole: f64 = shares.iter().sum();
    let mut log = rising(1.0, size) - rising(whole, size);
    for (pool, count) in out {
        log += rising(shares[*pool], *count) - rising(1.0, *count);
    }
    log
}

/// He waits as long as the prior of the lag says (even in the logarithm); anybody's
/// group begins as the pools' withdrawals come. A group that had begun before his
/// first deposit says nothing by its first withdrawal after it.
fn lag(case: &Case<'_>, candidate: &Candidate, times: &[i64]) -> f64 {
    let (Some(begun), Some(first)) = (case.depositor.begun, times.first()) else { return 0.0 };
    let earliest = candidate.withdrawals.first().and_then(|id| case.events.withdrawal(*id).time);
    if earliest.is_none_or(|time| time.at.0 < begun) {
        return 0.0;
    }
    let (shortest, longest) = (case.parameters.shortest_lag, case.parameters.longest_lag);
    let lag = first.saturating_sub(begun).clamp(shortest, longest) as f64; // as: below 2^53
    let range = (longest as f64 / shortest as f64).ln();
    -(lag * range).ln() - case.background.rate(begun, *first).ln()
}

/// His withdrawals follow his deposits' rhythm, or with equal chance they do not.
fn rhythm(
    parameters: &GroupParameters,
    classes: usize,
    background: &Shares,
    own: &[usize],
    seen: &[usize],
) -> f64 {
    if own.len() < 2 || seen.len() < 2 {
        return 0.0;
    }
    let mut counts = vec![0.0; classes];
    for class in own {
        counts[*class] += 1.0;
    }
    let whole = own.len() as f64 + parameters.smoothing;
    let ratio = |class: &usize| {
        let likely = background.of(*class);
        ((counts[*class] + parameters.smoothing * likely) / whole / likely).ln()
    };
    let mean = seen.iter().map(ratio).sum::<f64>() / seen.len() as f64;
    let observations = parameters.rhythm_observations.min(seen.len() as f64);
    (0.5 * (observations * mean).exp() + 0.5).ln()
}
