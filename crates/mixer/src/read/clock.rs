//! Times of blocks that no event states.
//!
//! Withdrawals of the published files have no time. Between two blocks whose
//! time is known (deposits', and a table of transactions' where it is given)
//! time is taken to run evenly; before the first and after the last, at the
//! mean pace of all. Such times are marked as estimated. Whole numbers only.

use crate::EventTime;
use std::collections::BTreeMap;
use tracehound_model::{Height, Timestamp};

/// Heights with known times.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BlockClock {
    /// What was learnt; the first time told of a block stands.
    known: BTreeMap<Height, Timestamp>,
    /// The same in order, without blocks whose time runs backward.
    knots: Vec<(u64, i64)>,
}

impl BlockClock {
    /// Remembers the time of a block.
    pub(super) fn learn(&mut self, height: Height, at: Timestamp) {
        self.known.entry(height).or_insert(at);
    }

    /// Prepares for questions.
    pub(super) fn settle(&mut self) {
        self.knots.clear();
        for (height, at) in &self.known {
            if self.knots.last().is_none_or(|(_, last)| *last <= at.0) {
                self.knots.push((height.0, at.0));
            }
        }
    }

    /// The time of a block; `None` where fewer than two blocks are known and this is neither.
    #[must_use]
    pub fn at(&self, height: Height) -> Option<EventTime> {
        if let Some(at) = self.known.get(&height) {
            return Some(EventTime { at: *at, is_estimated: false });
        }
        let (first, last) = (*self.knots.first()?, *self.knots.last()?);
        let after = self.knots.partition_point(|(knot, _)| *knot < height.0);
        let (from, pace) = match after.checked_sub(1).and_then(|at| self.knots.get(at)) {
            None => (first, (first, last)),
            Some(before) => (*before, (*before, *self.knots.get(after).unwrap_or(&last))),
        };
        let pace = if after == self.knots.len() { (first, last) } else { pace };
        let at = run(from, pace, height.0)?;
        Some(EventTime { at: Timestamp(at), is_estimated: true })
    }
}

/// The time at `height`, from one knot at the pace between two.
fn run(from: (u64, i64), pace: ((u64, i64), (u64, i64)), height: u64) -> Option<i64> {
    let ((low, early), (high, late)) = pace;
    let blocks = i128::from(high) - i128::from(low);
    if blocks <= 0 {
        return None;
    }
    let seconds = i128::from(late) - i128::from(early);
    let distance = i128::from(height) - i128::from(from.0);
    let moved = seconds.checked_mul(distance)?.div_euclid(blocks);
    i64::try_from(i128::from(from.1).checked_add(moved)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(knots: &[(u64, i64)]) -> BlockClock {
        let mut clock = BlockClock::default();
        for (height, at) in knots {
            clock.learn(Height(*height), Timestamp(*at));
        }
        clock.settle();
        clock
    }

    #[test]
    fn time_runs_evenly_between_known_blocks() {
        let clock = clock(&[(10, 1000), (20, 1130), (30, 1330)]);
        let at = |height| clock.at(Height(height)).map(|time| (time.at.0, time.is_estimated));
        assert_eq!(at(10), Some((1000, false)));
        assert_eq!(at(15), Some((1065, true)));
        assert_eq!(at(25), Some((1230, true)));
        // Outside at the mean pace, 330 seconds in 20 blocks.
        assert_eq!(at(32), Some((1363, true)));
        assert_eq!(at(8), Some((967, true)));
    }

    #[test]
    fn too_little_is_no_time() {
        assert_eq!(clock(&[]).at(Height(1)), None);
        assert_eq!(clock(&[(5, 100)]).at(Height(6)), None);
        assert!(clock(&[(5, 100)]).at(Height(5)).is_some());
    }

    #[test]
    fn a_block_that_runs_backward_bends_nothing() {
        let clock = clock(&[(10, 1000), (20, 900), (30, 1200)]);
        assert_eq!(clock.at(Height(25)).map(|time| time.at.0), Some(1150));
    }
}
