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

    /// Counts unrelated payments.
    pub(super) fn learn_chance(&mut self, pool: &Pool) {
        let around: usize = pool.asked.iter().map(|asked| asked.around).sum();
        let seen = self.unrelated(pool);
        let total = count(around) + WEIGHT;
        self.chance.clear();
        for lag in std::iter::once(None).chain((0..=LAG_EDGES.len()).map(Some)) {
            for fee in 0..=FEE_EDGES.len() {
                let time = lag.map_or(1.0, |bin| (lag_width(bin) / float(pool.span)).min(1.0));
                let flat = time * fee_width(fee);
                let number = seen.get(&(lag, fee)).copied().unwrap_or(0.0);
                self.chance.insert((lag, fee), (number + WEIGHT * flat) / total);
            }
        }
        self.floor = WEIGHT / 1e6 / total;
    }

    /// Payments that belong to none of the payments in that they lie near.
    fn unrelated(&self, pool: &Pool) -> BTreeMap<Cell, f64> {
        let mut seen: BTreeMap<Cell, f64> = BTreeMap::new();
        for cell in pool.asked.iter().flat_map(|asked| &asked.mirror) {
            *seen.entry(*cell).or_default() += 1.0;
        }
        let mut timeless: BTreeMap<Cell, f64> = BTreeMap::new();
        let mut pairs = 0.0;
        for asked in &pool.asked {
            for candidate in asked.candidates.iter().filter(|one| one.lag.is_none()) {
                *timeless.entry(candidate.cell).or_default() += 1.0;
            }
            if asked.candidates.iter().any(|one| one.lag.is_none()) {
                pairs += self.present;
            }
        }
        for (cell, number) in timeless {
            seen.insert(cell, (number - pairs * self.usual(cell)).max(0.0));
        }
        seen
    }
}
