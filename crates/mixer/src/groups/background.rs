//! How anybody's withdrawals look: the other side of each likelihood ratio.
//!
//! The times of withdrawals are a Poisson process whose rate is that of the
//! two weeks around. Sizes, pools, gaps and hours of groups are those of all
//! groups with the same kind of hint, smoothed so that nothing is impossible; of
//! sizes and pools the judged group itself is left out.
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // likelihoods; counts are far below 2^53

use super::candidates::{Candidate, Hint};
use crate::{EventId, MixerEvents};
use std::collections::BTreeMap;

/// Classes of sizes and gaps: one for each power of two.
pub(super) const CLASSES: usize = 40;
/// Hours of a day, UTC.
pub(super) const HOURS: usize = 24;
/// Seconds on both sides over which the rate of withdrawals is taken.
const WEEK: i64 = 7 * 86_400;

/// The number of a power of two: 0 for 0 and 1, 1 for 2 and 3, and so on.
pub(super) fn class(value: u64) -> usize {
    let bits = value.checked_ilog2().unwrap_or(0);
    usize::try_from(bits).unwrap_or(CLASSES).min(CLASSES - 1)
}

/// Seconds between neighbours.
pub(super) fn gaps(times: &[i64]) -> Vec<usize> {
    let apart = |pair: &[i64]| u64::try_from(pair[1].saturating_sub(pair[0])).unwrap_or(0);
    times.windows(2).map(|pair| class(apart(pair))).collect()
}

/// Hours of day of some times.
pub(super) fn hours(times: &[i64]) -> Vec<usize> {
    let hour = |at: &i64| usize::try_from(at.rem_euclid(86_400) / 3_600).unwrap_or(0);
    times.iter().map(hour).collect()
}

/// Shares of classes, none of them zero.
#[derive(Clone, Debug)]
pub(super) struct Shares(Vec<f64>);

impl Shares {
    /// From weights, with one observation spread evenly on top.
    fn smoothed(mut weights: Vec<f64>) -> Self {
        let even = 1.0 / weights.len() as f64;
        let sum: f64 = weights.iter().sum::<f64>() + 1.0;
        for weight in &mut weights {
            *weight = (*weight + even) / sum;
        }
        Self(weights)
    }

    pub(super) fn of(&self, class: usize) -> f64 {
        self.0.get(class).copied().unwrap_or(f64::MIN_POSITIVE)
    }
}

/// Groups with one kind of hint.
pub(super) struct OfHint {
    groups: usize,
    /// Groups of each size.
    sizes: BTreeMap<usize, usize>,
    /// Groups of each class of sizes.
    classes: Vec<usize>,
    /// Groups that keep to one pool.
    in_one_pool: usize,
    pub(super) gaps: Shares,
    pub(super) hours: Shares,
}

/// All withdrawals.
pub(super) struct Background {
    by_hint: BTreeMap<Hint, OfHint>,
    /// Times of all withdrawals, ascending.
    times: Vec<i64>,
    /// Share of each pool in all withdrawals.
    pub(super) pools: Vec<f64>,
}

impl Background {
    pub(super) fn new(events: &MixerEvents, candidates: &[Candidate]) -> Self {
        let mut times: Vec<i64> =
            events.withdrawals().filter_map(|(_, paid)| paid.time).map(|time| time.at.0).collect();
        times.sort_unstable();
        let whole: usize = events.pools.iter().map(|pool| pool.withdrawals.len()).sum();
        let share = |count: usize| (count as f64 + 0.5) / (whole as f64 + 1.0);
        let pools = events.pools.iter().map(|pool| share(pool.withdrawals.len())).collect();
        let by_hint = Hint::ALL.map(|hint| (hint, of_hint(events, candidates, hint)));
        Self { by_hint: BTreeMap::from(by_hint), times, pools }
    }

    pub(super) fn of(&self, hint: Hint) -> &OfHint {
        // Every kind was put in.
        &self.by_hint[&hint]
    }

    /// Probability per second that the first of a group's withdrawals after `begun` is at `at`.
    pub(super) fn rate(&self, begun: i64, at: i64) -> f64 {
        let until = |time: i64| self.times.partition_point(|other| *other < time);
        let low = at.saturating_sub(WEEK).max(begun);
        let high = at.saturating_add(WEEK);
        let near = until(high.saturating_add(1)).saturating_sub(until(low));
        let after = self.times.len().saturating_sub(until(begun));
        let seconds = high.saturating_sub(low).max(1) as f64; // as: at most two weeks
        (near as f64 + 0.5) / (after as f64 + 0.5) / seconds
    }
}

impl OfHint {
    /// Probability that another group than this one has its size: half by the
    /// groups of exactly that size (round numbers are frequent), half by those of
    /// its class, spread evenly over it.
    pub(super) fn size(&self, own: usize, size: usize) -> f64 {
        let others = self.groups.saturating_sub(1) as f64;
        let exact = self.sizes.get(&size).copied().unwrap_or(0);
        let exact = exact.saturating_sub(usize::from(own == size)) as f64;
        let near = class(size as u64); // as: a usize fits 64 bits
        let is_own = near == class(own as u64); // as: a usize fits 64 bits
        let in_class = self.classes[near].saturating_sub(usize::from(is_own)) as f64;
        let width = 2_f64.powi(i32::try_from(near).unwrap_or(i32::MAX));
        let even = (in_class + 1.0 / CLASSES as f64) / (others + 1.0) / width;
        0.5 * exact / others.max(1.0) + 0.5 * even
    }

    /// Probability that another group keeps to one pool.
    pub(super) fn keeps_to_one_pool(&self, is_own: bool) -> f64 {
        let alike = self.in_one_pool.saturating_sub(usize::from(is_own)) as f64;
        (alike + 0.5) / (self.groups.saturating_sub(1) as f64 + 1.0)
    }
}

fn of_hint(events: &MixerEvents, candidates: &[Candidate], hint: Hint) -> OfHint {
    let (mut all_gaps, mut all_hours) = (vec![0.0; CLASSES], vec![0.0; HOURS]);
    let (mut sizes, mut classes) = (BTreeMap::new(), vec![0; CLASSES]);
    let (mut groups, mut in_one_pool) = (0, 0);
    for candidate in candidates.iter().filter(|candidate| candidate.hint == hint) {
        let withdrawals = &candidate.withdrawals;
        groups += 1;
        in_one_pool += usize::from(is_in_one_pool(withdrawals));
        *sizes.entry(withdrawals.len()).or_default() += 1;
        classes[class(withdrawals.len() as u64)] += 1; // as: a usize fits 64 bits
        let times = times(events, withdrawals);
        // Each group counts once, or the largest would speak for all.
        spread(&mut all_gaps, &gaps(&times));
        spread(&mut all_hours, &hours(&times));
    }
    let (gaps, hours) = (Shares::smoothed(all_gaps), Shares::smoothed(all_hours));
    OfHint { groups, sizes, classes, in_one_pool, gaps, hours }
}

/// Whether all withdrawals are of one pool.
pub(super) fn is_in_one_pool(withdrawals: &[EventId]) -> bool {
    withdrawals.windows(2).all(|pair| pair[0].pool == pair[1].pool)
}

fn spread(weights: &mut [f64], classes: &[usize]) {
    for class in classes {
        weights[*class] += 1.0 / classes.len() as f64;
    }
}

/// Times of withdrawals, as far as they are known.
pub(super) fn times(events: &MixerEvents, withdrawals: &[EventId]) -> Vec<i64> {
    let time = |id: &EventId| events.withdrawal(*id).time.map(|time| time.at.0);
    withdrawals.iter().filter_map(time).collect()
}
