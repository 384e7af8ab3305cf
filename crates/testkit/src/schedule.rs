//! Heights and times of synthetic blocks: one block every so many seconds.
//!
//! Background and plants share a schedule, so that a block has one time
//! whoever made its transfers.

use std::collections::BTreeMap;
use tracehound_model::{Height, Timestamp, Transfer};

/// When the blocks of a synthetic chain are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// Height of block number 0.
    pub first_height: u64,
    /// Time of block number 0.
    pub first_timestamp: i64,
    /// Seconds between blocks.
    pub block_seconds: u32,
}

impl Default for Schedule {
    /// Twelve-second blocks from the height and time of Ethereum's merge.
    fn default() -> Self {
        Self { first_height: 15_537_394, first_timestamp: 1_663_224_179, block_seconds: 12 }
    }
}

impl Schedule {
    /// Height of block number `block`.
    #[must_use]
    pub fn height(&self, block: u64) -> Height {
        Height(self.first_height + block)
    }

    /// Time of block number `block`.
    #[must_use]
    pub fn timestamp(&self, block: u64) -> Timestamp {
        Timestamp(self.first_timestamp + block as i64 * i64::from(self.block_seconds))
    }
}

/// Known times of real blocks; blocks between them are spread evenly, so that
/// synthetic transfers can stand in the same blocks as real ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timeline {
    known: BTreeMap<u64, i64>,
}

impl Timeline {
    /// The times of the blocks of `transfers`; `None` if there are none.
    #[must_use]
    pub fn of<'a>(transfers: impl IntoIterator<Item = &'a Transfer>) -> Option<Self> {
        let known: BTreeMap<u64, i64> =
            transfers.into_iter().map(|t| (t.height.0, t.timestamp.0)).collect();
        (!known.is_empty()).then_some(Self { known })
    }

    /// First and last height.
    #[must_use]
    pub fn heights(&self) -> (u64, u64) {
        let height = |entry: Option<(&u64, &i64)>| entry.map_or(0, |(height, _)| *height);
        (height(self.known.first_key_value()), height(self.known.last_key_value()))
    }

    /// Time of a block; a second a block outside the known heights.
    #[must_use]
    pub fn timestamp(&self, height: Height) -> Timestamp {
        let before = self.known.range(..=height.0).next_back();
        let after = self.known.range(height.0..).next();
        let seconds = match (before, after) {
            (Some((low, early)), Some((high, late))) if low < high => {
                early + (late - early) * (height.0 - low) as i64 / (high - low) as i64
            }
            (Some((low, early)), _) => early + (height.0 - low) as i64,
            (None, Some((high, late))) => late - (high - height.0) as i64,
            (None, None) => 0,
        };
        Timestamp(seconds)
    }

    /// `transfers` with the time of their block in this timeline.
    pub fn retime(
        &self,
        transfers: impl IntoIterator<Item = Transfer>,
    ) -> impl Iterator<Item = Transfer> {
        let retimed = move |t: Transfer| Transfer { timestamp: self.timestamp(t.height), ..t };
        transfers.into_iter().map(retimed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plant::{self, PlantOptions};
    use crate::{ChainConfig, interleave};

    #[test]
    fn a_timeline_keeps_known_times_and_never_goes_back() {
        let uneven = Schedule { block_seconds: 7, ..Schedule::default() };
        let options = PlantOptions { block_gap: 50, schedule: uneven, ..PlantOptions::default() };
        let real = plant::peel_off(&options, 5).transfers;
        let timeline = Timeline::of(&real).unwrap();
        assert!(real.iter().all(|t| timeline.timestamp(t.height) == t.timestamp));
        let config = ChainConfig::around(1, 2_000, &timeline);
        let background = timeline.retime(config.generate());
        let chain: Vec<Transfer> = interleave(background, real.clone()).collect();
        assert_eq!(chain.len(), 2_000 + real.len());
        assert!(chain.windows(2).all(|pair| {
            pair[0].timestamp <= pair[1].timestamp
                && (pair[0].height != pair[1].height || pair[0].timestamp == pair[1].timestamp)
        }));
        let (first, last) = timeline.heights();
        let within = chain.iter().filter(|t| (first..=last).contains(&t.height.0)).count();
        assert!(within > 1_500, "only {within} within the real heights");
    }
}
