//! Cutting the time of a trace into periods.
//!
//! Cuts fall where a roughly equal share of the activity (number of
//! transfers and money moved, weighed alike) lies between them, moved to the
//! longest silence nearby, so that a burst is not cut in two. Transfers of
//! one time are never parted.

use super::Period;
use tracehound_model::{Amount, Timestamp};

/// Most periods a picture has.
const MOST: usize = 8;
/// Weight of all transfers together, from which shares are cut.
const WHOLE: u64 = 1_000_000_000;

/// Periods over events in the order walked, and the period of each event.
pub(super) fn periods(events: &[(Timestamp, Amount)]) -> (Vec<Period>, Vec<usize>) {
    let ends = cuts(events);
    let mut periods = Vec::new();
    let mut of_event = Vec::with_capacity(events.len());
    let mut start = 0;
    for end in ends {
        let stretch = &events[start..end];
        let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { continue };
        of_event.extend(std::iter::repeat_n(periods.len(), stretch.len()));
        periods.push(Period { from: first.0, to: last.0, transfers: stretch.len() });
        start = end;
    }
    (periods, of_event)
}

/// Index after the last event of each period.
fn cuts(events: &[(Timestamp, Amount)]) -> Vec<usize> {
    let moved = Amount::sum(events.iter().map(|e| e.1)).unwrap_or(Amount::MAX);
    let mut weight = Vec::with_capacity(events.len());
    let mut sum = 0_u64;
    let each = WHOLE / u64::try_from(events.len().max(1)).unwrap_or(WHOLE);
    for (_, amount) in events {
        let share = Amount::from_u64(WHOLE).multiply_divide(*amount, moved);
        sum += each + share.ok().and_then(Amount::to_u64).unwrap_or(0);
        weight.push(sum);
    }
    // A cut may stand before event i where the time changes.
    let silence = |i: usize| (events[i].0.0 - events[i - 1].0.0).abs();
    let places: Vec<usize> = (1..events.len()).filter(|i| silence(*i) > 0).collect();
    let count = u64::try_from(MOST.min(places.len() + 1)).unwrap_or(1);
    let mut ends: Vec<usize> = Vec::new();
    for cut in 1..count {
        let ideal = sum / count * cut;
        let reach = sum / count * 45 / 100;
        let near = places.iter().copied().filter(|i| weight[i - 1].abs_diff(ideal) <= reach);
        let best = near
            .filter(|i| ends.last().is_none_or(|last| last < i))
            .max_by_key(|i| (silence(*i), std::cmp::Reverse(weight[i - 1].abs_diff(ideal))));
        ends.extend(best);
    }
    if !events.is_empty() {
        ends.push(events.len());
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: i64) -> (Timestamp, Amount) {
        (Timestamp(time), Amount::from_u64(10))
    }

    #[test]
    fn cuts_fall_into_silence() {
        let mut events: Vec<_> = (0..20).map(event).collect();
        events.extend((0..20).map(|i| event(10_000 + i)));
        let (periods, of_event) = periods(&events);
        assert!(periods.len() > 2 && periods.len() <= MOST);
        assert!(periods.iter().all(|p| p.to.0 < 100 || p.from.0 >= 10_000), "{periods:?}");
        assert_eq!(of_event.len(), events.len());
    }

    #[test]
    fn one_moment_is_never_parted() {
        let events: Vec<_> = (0..40).map(|i| event(i / 20)).collect();
        let (periods, of_event) = periods(&events);
        assert_eq!(periods.len(), 2);
        assert!(of_event[..20].iter().all(|p| *p == 0));
        assert_eq!(super::periods(&[]).0, []);
    }
}
