//! How usual a lag and a fee are, by counting pairs that stand alone.
//!
//! The procedure, version 1: a pair stands alone if it is the only candidate
//! of its payment in and that is the only payment in it is a candidate of.
//! Lags and fees of such pairs are counted in fixed bins, half a pair is added
//! to each bin, and the two shares are multiplied. Without enough of them a
//! prior stands in, flat in the bins, and the outcome says so.
#![allow(clippy::float_arithmetic)] // shares and probabilities; amounts stay integers

use super::KeylessParameters;
use super::candidate::Pool;
use std::collections::BTreeMap;

/// Ends of the bins of lags, in seconds; the last is open up to the window.
pub const LAG_EDGES: [i64; 14] =
    [15, 30, 60, 120, 240, 480, 900, 1800, 3600, 7200, 14_400, 28_800, 57_600, 115_200];
/// Ends of the bins of fees, in millionths; the first holds exactly nothing.
pub const FEE_EDGES: [u32; 11] =
    [0, 100, 300, 600, 1000, 2000, 4000, 10_000, 20_000, 50_000, 100_000];

/// A bin of lag (none where a time is missing) and one of fee.
pub(super) type Cell = (Option<usize>, usize);

pub(super) fn cell(lag: Option<i64>, fee: u32) -> Cell {
    let lag = lag.map(|lag| LAG_EDGES.partition_point(|edge| *edge <= lag));
    (lag, FEE_EDGES.partition_point(|edge| *edge < fee))
}

/// Width of a bin of lags, in seconds.
pub(super) fn lag_width(bin: usize) -> f64 {
    let end = LAG_EDGES.get(bin).copied().unwrap_or(2 * LAG_EDGES[LAG_EDGES.len() - 1]);
    let start = bin.checked_sub(1).and_then(|before| LAG_EDGES.get(before)).copied().unwrap_or(0);
    float(end - start)
}

/// Width of a bin of fees, as a share; that of "exactly nothing" is one millionth.
pub(super) fn fee_width(bin: usize) -> f64 {
    let end = FEE_EDGES.get(bin).copied().unwrap_or(1_000_000);
    let start = bin.checked_sub(1).and_then(|before| FEE_EDGES.get(before)).copied().unwrap_or(0);
    f64::from((end - start).max(1)) / 1e6
}

/// Seconds as a float: they are far below 2^53.
#[allow(clippy::cast_precision_loss)]
pub(super) fn float(number: i64) -> f64 {
    number as f64
}

/// A count as a float: counts are far below 2^53.
#[allow(clippy::cast_precision_loss)]
pub(super) fn count(number: usize) -> f64 {
    number as f64
}

/// What the probabilities rest on.
#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    /// Share of pairs in each bin of lags; flat without times.
    pub lag: Vec<f64>,
    /// Share of pairs in each bin of fees.
    pub fee: Vec<f64>,
    /// Pairs that stood alone.
    pub alone: usize,
    /// Whether there were enough of them to count; if not, the prior stands in.
    pub is_fitted: bool,
    /// Share of payments in whose other side is among the payments out.
    pub present: f64,
    /// Expected unrelated payments in a cell, for each payment out around.
    pub(super) chance: BTreeMap<Cell, f64>,
    /// The same where no unrelated payment was seen.
    pub(super) floor: f64,
}

impl Model {
    pub(super) fn fit(pool: &Pool, parameters: &KeylessParameters) -> Self {
        let cells = alone(pool);
        let is_fitted = cells.len() >= parameters.least_alone;
        let counted: &[Cell] = if is_fitted { &cells } else { &[] };
        let lags = counted.iter().filter_map(|(lag, _)| *lag);
        let lag = shares(lags, LAG_EDGES.len() + 1);
        let fee = shares(counted.iter().map(|(_, fee)| *fee), FEE_EDGES.len() + 1);
        Self {
            lag,
            fee,
            alone: cells.len(),
            is_fitted,
            present: 0.5,
            chance: BTreeMap::new(),
            floor: 1.0,
        }
    }

    /// How usual a cell is among pairs that belong together.
    pub(super) fn usual(&self, (lag, fee): Cell) -> f64 {
        let lag = lag.map_or(1.0, |bin| self.lag.get(bin).copied().unwrap_or(0.0));
        lag * self.fee.get(fee).copied().unwrap_or(0.0)
    }
}

/// Cells of pairs that stand alone.
fn alone(pool: &Pool) -> Vec<Cell> {
    let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
    for candidate in pool.asked.iter().flat_map(|asked| &asked.candidates) {
        *wanted.entry(candidate.destination).or_default() += 1;
    }
    let only = pool.asked.iter().filter_map(|asked| match asked.candidates.as_slice() {
        [only] if wanted.get(&only.destination) == Some(&1) => Some(only.cell),
        _ => None,
    });
    only.collect()
}

/// Shares of bins, with half a count in each besides.
fn shares(bins: impl Iterator<Item = usize>, number: usize) -> Vec<f64> {
    let mut counts = vec![0.5; number];
    for bin in bins {
        if let Some(count) = counts.get_mut(bin) {
            *count += 1.0;
        }
    }
    let sum: f64 = counts.iter().sum();
    counts.into_iter().map(|count| count / sum).collect()
}
