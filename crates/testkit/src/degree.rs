//! Who takes part in a transfer, with the heavy-tailed degrees of real chains.
//!
//! Activity of ordinary addresses is lognormal: with ten transfers an address
//! and sigma 0.845 the out-degree has median 7 and 99th percentile 50. Drawing
//! an address in proportion to a lognormal weight needs no table of
//! addresses: if rank `q` in [0, 1) has weight `exp(sigma * z(q))`, the rank
//! of the address drawn is `Phi(Normal(sigma, 1))`. That map is tabulated once
//! (128 KiB) and read with linear interpolation, so memory does not grow with
//! the chain. Hubs come on top with Zipf shares: hub `k` has `share / (k + 1)`.

use crate::random::Random;

/// Spread of ordinary activity; see the module for where it comes from.
const SIGMA: f64 = 0.845;
/// Steps of the tabulated rank map.
const STEPS: usize = 1 << 14;
/// Steps of the numeric integration that fills it.
const GRID: usize = 1 << 16;

/// Draws participants: numbers below `addresses`, the first of them hubs.
#[derive(Clone, Debug)]
pub(crate) struct DegreeSampler {
    ranks: Vec<f64>,
    ordinary: u64,
    hubs: u64,
    /// Upper ends of the hubs' slices of [0, 1).
    hub_ends: Vec<f64>,
}

impl DegreeSampler {
    pub(crate) fn new(addresses: u64, hubs: u64, hub_share: f64) -> Self {
        let hubs = hubs.min(addresses.saturating_sub(1));
        let mut end = 0.0;
        let hub_ends = (0..hubs)
            .map(|hub| {
                end += hub_share / (hub + 1) as f64;
                end
            })
            .collect();
        Self { ranks: rank_table(), ordinary: (addresses - hubs).max(1), hubs, hub_ends }
    }

    /// One participant.
    pub(crate) fn draw(&self, random: &mut Random) -> u64 {
        let place = random.unit();
        if self.hub_ends.last().is_some_and(|end| place < *end) {
            return self.hub_ends.partition_point(|end| *end <= place) as u64;
        }
        let along = random.unit() * STEPS as f64;
        let step = along as usize;
        let (low, high) = (self.ranks[step], self.ranks[step + 1]);
        let rank = low + (high - low) * (along - step as f64);
        self.hubs + ((rank * self.ordinary as f64) as u64).min(self.ordinary - 1)
    }
}

/// `Phi(sigma + Phi^-1(u))` for u = 0, 1/STEPS, ... 1, by integrating both densities once.
fn rank_table() -> Vec<f64> {
    let (from, to) = (-7.0_f64, 7.0 + SIGMA);
    let width = (to - from) / GRID as f64;
    let density = |z: f64| (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let mut ranks = Vec::with_capacity(STEPS + 1);
    let (mut plain, mut shifted) = (0.0, 0.0);
    for point in 0..GRID {
        let z = from + (point as f64 + 0.5) * width;
        let step = density(z - SIGMA) * width;
        while ranks.len() < STEPS && ranks.len() as f64 / STEPS as f64 <= shifted + step {
            let part = (ranks.len() as f64 / STEPS as f64 - shifted) / step;
            ranks.push((plain + part * density(z) * width).clamp(0.0, 1.0));
        }
        plain += density(z) * width;
        shifted += step;
    }
    ranks.resize(STEPS + 1, 1.0);
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_table_rises_from_zero_to_one() {
        let ranks = rank_table();
        assert_eq!(ranks.len(), STEPS + 1);
        assert!(ranks.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(ranks[0] < 1e-6);
        // Half of all activity belongs to the 19.9 % most active: Phi(0.845) = 0.8009.
        assert!((ranks[STEPS / 2] - 0.8009).abs() < 0.001, "{}", ranks[STEPS / 2]);
    }

    #[test]
    fn few_addresses_are_no_trouble() {
        let mut random = Random::new(5);
        for addresses in 1..5 {
            let sampler = DegreeSampler::new(addresses, 3, 0.01);
            assert!((0..1000).all(|_| sampler.draw(&mut random) < addresses));
        }
    }
}
