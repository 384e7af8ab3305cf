//! How many unrelated payments look like a candidate by chance.
//!
//! With times: payments out that came *before* the payment in cannot belong
//! to it. How often they lie within a lead and a fee is how often unrelated
//! ones lie within the same lag and fee after it. Without times: of all
//! candidates, those that the pairs themselves do not explain.
#![allow(clippy::float_arithmetic)] // expected numbers; amounts stay integers

use super::candidate::Pool;
use super::model::{Cell, FEE_EDGES, LAG_EDGES, Model, count, fee_width, float, lag_width};
use std::collections::BTreeMap;

/// How much the flat prior weighs, in payments out.
const WEIGHT: f64 = 1.0;

impl Model {
    /// Expected unrelated payments in a cell, with `around` payments of the
    /// receiver at any time.
    pub(super) fn by_chance(&self, cell: Cell, around: usize) -> f64 {
        self.chance.get(&cell).copied().unwrap_or(self.floor) * count(around)
    }

    /// Counts unrelated payments; `pairs` is how many pairs are thought to be there.
    pub(super) fn learn_chance(&mut self, pool: &Pool, pairs: f64) {
        let around: usize = pool.asked.iter().map(|asked| asked.around).sum();
        let mut seen: BTreeMap<Cell, f64> = BTreeMap::new();
        if pool.is_timed {
            for cell in pool.asked.iter().flat_map(|asked| &asked.mirror) {
                *seen.entry(*cell).or_default() += 1.0;
            }
        } else {
            for candidate in pool.asked.iter().flat_map(|asked| &asked.candidates) {
                *seen.entry(candidate.cell).or_default() += 1.0;
            }
            for (cell, number) in &mut seen {
                *number = (*number - pairs * self.usual(*cell)).max(0.0);
            }
        }
        let lags: Vec<Option<usize>> =
            if pool.is_timed { (0..=LAG_EDGES.len()).map(Some).collect() } else { vec![None] };
        let total = count(around) + WEIGHT;
        self.chance.clear();
        for lag in lags {
            for fee in 0..=FEE_EDGES.len() {
                let time = lag.map_or(1.0, |bin| (lag_width(bin) / float(pool.span)).min(1.0));
                let flat = time * fee_width(fee);
                let number = seen.get(&(lag, fee)).copied().unwrap_or(0.0);
                self.chance.insert((lag, fee), (number + WEIGHT * flat) / total);
            }
        }
        self.floor = WEIGHT / 1e6 / total;
    }
}
