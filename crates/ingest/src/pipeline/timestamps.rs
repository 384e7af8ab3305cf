//! Times of the blocks seen in a run.
//!
//! A block has one time, and times do not fall while heights rise. Files in
//! chain order append to a sorted list; blocks that come late gather in a
//! small tree that is merged into the list when it has grown to an eighth of
//! it, so any order costs little more. 16 bytes a block.

use std::collections::BTreeMap;
use tracehound_model::{Height, Timestamp};

/// Fewest late blocks worth a merge.
const MERGE_AT: usize = 1024;

/// Block heights with their times.
#[derive(Default)]
pub(crate) struct BlockClock {
    sorted: Vec<(u64, i64)>,
    late: BTreeMap<u64, i64>,
    last: Option<(u64, i64)>,
}

impl BlockClock {
    /// Whether no block was seen.
    pub(crate) fn is_empty(&self) -> bool {
        self.sorted.is_empty() && self.late.is_empty()
    }

    /// Time of a block.
    pub(crate) fn time_of(&self, height: Height) -> Option<Timestamp> {
        let found = match self.sorted.binary_search_by_key(&height.0, |block| block.0) {
            Ok(place) => Some(self.sorted[place].1),
            Err(_) => self.late.get(&height.0).copied(),
        };
        found.map(Timestamp)
    }

    /// Notes a block's time; says whether the block is new, or which rule the
    /// time breaks (the block is then not noted).
    pub(crate) fn observe(&mut self, height: Height, time: Timestamp) -> Result<bool, String> {
        let block = (height.0, time.0);
        if self.last == Some(block) {
            return Ok(false);
        }
        let new = self.insert(block)?;
        self.last = Some(block);
        Ok(new)
    }

    fn insert(&mut self, block: (u64, i64)) -> Result<bool, String> {
        let against = |other: (u64, i64)| {
            Self::compare(
                Height(block.0),
                Timestamp(block.1),
                Height(other.0),
                Timestamp(other.1),
                "in another row",
            )
        };
        let place = self.sorted.partition_point(|known| known.0 < block.0);
        if let Some(next) = self.sorted.get(place) {
            against(*next)?;
            if next.0 == block.0 {
                return Ok(false);
            }
        }
        if let Some(before) = place.checked_sub(1).map(|p| self.sorted[p]) {
            against(before)?;
        }
        if let Some((height, time)) = self.late.range(..block.0).next_back() {
            against((*height, *time))?;
        }
        if let Some((height, time)) = self.late.range(block.0..).next() {
            against((*height, *time))?;
            if *height == block.0 {
                return Ok(false);
            }
        }
        if place == self.sorted.len() && self.late.is_empty() {
            self.sorted.push(block);
        } else {
            self.late.insert(block.0, block.1);
            self.merge();
        }
        Ok(true)
    }

    fn merge(&mut self) {
        if self.late.len() < MERGE_AT.max(self.sorted.len() / 8) {
            return;
        }
        self.sorted.extend(std::mem::take(&mut self.late));
        // Two sorted runs: the stable sort merges them in one pass.
        self.sorted.sort();
    }

    /// Whether two dated blocks agree; an error says how not.
    pub(crate) fn compare(
        height: Height,
        time: Timestamp,
        other: Height,
        other_time: Timestamp,
        place: &str,
    ) -> Result<(), String> {
        if height == other && time != other_time {
            return Err(format!(
                "block {height} is dated {time} here and {other_time} {place}; a block has one time"
            ));
        }
        if (height < other && time > other_time) || (height > other && time < other_time) {
            return Err(format!(
                "block {height} is dated {time}, but block {other} is dated {other_time} {place}; heights and times must rise together"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_rules_name_the_blocks_and_times() {
        let mut clock = BlockClock::default();
        let mut observe = |height, time| clock.observe(Height(height), Timestamp(time));
        assert_eq!(observe(10, 100), Ok(true));
        assert_eq!(observe(10, 100), Ok(false));
        let two = observe(10, 101).unwrap_err();
        assert_eq!(
            two,
            "block 10 is dated 1970-01-01T00:01:41Z here and 1970-01-01T00:01:40Z in another row; a block has one time"
        );
        let back = observe(11, 99).unwrap_err();
        assert!(back.contains("heights and times must rise together"), "{back}");
        assert_eq!(observe(5, 100), Ok(true));
        assert!(observe(7, 101).is_err());
        assert_eq!(observe(11, 100), Ok(true));
    }

    proptest! {
        /// A list searched whole is the model.
        #[test]
        fn any_order_agrees_with_the_model(
            blocks in proptest::collection::vec((0_u64..400, 0_i64..40), 1..4000),
        ) {
            let mut clock = BlockClock::default();
            let mut model: BTreeMap<u64, i64> = BTreeMap::new();
            for (height, noise) in blocks {
                let time = i64::try_from(height).unwrap() / 2 + noise / 39;
                let fits = model.iter().all(|(h, t)| match h.cmp(&height) {
                    std::cmp::Ordering::Less => *t <= time,
                    std::cmp::Ordering::Equal => *t == time,
                    std::cmp::Ordering::Greater => *t >= time,
                });
                let new = !model.contains_key(&height);
                let seen = clock.observe(Height(height), Timestamp(time));
                prop_assert_eq!(seen.clone().ok(), fits.then_some(new));
                if fits {
                    model.insert(height, time);
                }
                let known = clock.time_of(Height(height)).map(|t| t.0);
                prop_assert_eq!(known, model.get(&height).copied());
            }
        }
    }
}
