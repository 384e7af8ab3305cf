//! A share with its 95 % interval by Wilson's method (Wilson 1927): counts are often small.
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // shares; counts are far below 2^53

use serde::Serialize;

/// The two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Share {
    /// How many.
    pub hits: usize,
    /// Of how many.
    pub of: usize,
    /// Lower end of the interval, 0 to 1.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// With its interval; of nothing, anything is possible.
    #[must_use]
    pub fn new(hits: usize, of: usize) -> Self {
        if of == 0 {
            return Self { hits, of, low: 0.0, high: 1.0 };
        }
        let (n, p) = (of as f64, hits as f64 / of as f64);
        let middle = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        let (low, high) = ((middle - spread) / whole, (middle + spread) / whole);
        Self { hits, of, low: low.max(0.0), high: high.min(1.0) }
    }

    /// The share itself; 0 of nothing.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.hits as f64 / self.of as f64 }
    }
}

/// Mean and standard deviation of a sample, 0 where it is too small to have one.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Default)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, by n - 1.
    pub deviation: f64,
}

impl Spread {
    /// Of a sample.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
        Self { mean, deviation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_share_and_stays_in_range() {
        let share = Share::new(8, 10);
        // Wilson's interval of 8 in 10, as in any table of it.
        assert!((share.low - 0.4902).abs() < 1e-4 && (share.high - 0.9433).abs() < 1e-4);
        assert_eq!(Share::new(0, 0).high, 1.0);
        assert!(Share::new(5, 5).high <= 1.0 && Share::new(0, 5).low >= 0.0);
    }

    #[test]
    fn spread_of_a_sample() {
        let spread = Spread::of(&[2.0, 4.0, 6.0]);
        assert_eq!((spread.mean, spread.deviation), (4.0, 2.0));
        assert_eq!(Spread::of(&[1.0]).deviation, 0.0);
    }
}
