//! How much of what a bridge paid out is tainted.

use super::place::{Entry, Spot};
use super::{PartTaint, SeedAmount};
use crate::trace::SeedId;
use tracehound_model::{Amount, AmountError};

/// The tainted part of `paid_out`, when of `given` the seeds' parts were
/// tainted: for the first k seeds together floor(paid out x their taint /
/// given), so that the parts add up to floor(paid out x taint / given), and to
/// all of it where all of `given` was tainted. Seeds that get nothing are left out.
///
/// # Errors
/// If more was tainted than given, or a sum leaves the range of amounts.
pub fn shares(
    given: Amount,
    taint: &[SeedAmount],
    paid_out: Amount,
) -> Result<Vec<SeedAmount>, AmountError> {
    let mut shares = Vec::with_capacity(taint.len());
    let (mut before, mut dealt) = (Amount::ZERO, Amount::ZERO);
    for (seed, amount) in taint.iter().filter(|(_, amount)| !amount.is_zero()) {
        before = before.add(*amount)?;
        given.subtract(before)?;
        let up_to = paid_out.multiply_divide(before, given)?;
        let share = up_to.subtract(dealt)?;
        dealt = up_to;
        if !share.is_zero() {
            shares.push((*seed, share));
        }
    }
    Ok(shares)
}

/// The tainted part of a side over its entries: the first units of the first
/// entry, then of the next, seed after seed. Under poison every entry is
/// reached whole, and the first seed stands for all.
pub(super) fn over_entries(spot: &Spot, taint: &PartTaint) -> Vec<(Entry, Vec<SeedAmount>)> {
    if taint.tainted.is_zero() {
        return Vec::new();
    }
    let entries = spot.entries.iter().copied().zip(spot.values.iter().copied());
    if taint.by_seed.is_empty() {
        return entries.map(|(entry, value)| (entry, vec![(SeedId(0), value)])).collect();
    }
    let mut left = taint.by_seed.iter().copied();
    let mut next = left.next();
    let mut dealt = Vec::new();
    for (entry, value) in entries {
        let mut room = value;
        let mut by_seed = Vec::new();
        while let Some((seed, amount)) = next.filter(|_| !room.is_zero()) {
            let taken = amount.min(room);
            by_seed.push((seed, taken));
            room = room.saturating_subtract(taken);
            let rest = amount.saturating_subtract(taken);
            next = if rest.is_zero() { left.next() } else { Some((seed, rest)) };
        }
        if !by_seed.is_empty() {
            dealt.push((entry, by_seed));
        }
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::SeedId;
    use proptest::prelude::*;

    fn units(value: u64) -> Amount {
        Amount::from_u64(value)
    }

    #[test]
    fn what_was_wholly_tainted_makes_all_of_it_tainted() {
        let taint = [(SeedId(0), units(1)), (SeedId(1), units(2))];
        let got = shares(units(3), &taint, units(10)).unwrap();
        assert_eq!(got, [(SeedId(0), units(3)), (SeedId(1), units(7))]);
    }

    #[test]
    fn more_taint_than_was_given_is_refused() {
        assert!(shares(units(3), &[(SeedId(0), units(4))], units(10)).is_err());
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_floor_of_the_whole(
            clean in 0_u64..1_000,
            taint in prop::collection::vec(0_u64..1_000, 1..5),
            paid_out in 0_u64..1_000_000,
        ) {
            let tainted: u64 = taint.iter().sum();
            let given = tainted + clean;
            prop_assume!(given > 0);
            let by_seed: Vec<_> = (0..).map(SeedId).zip(taint.iter().copied().map(units)).collect();
            let got = shares(units(given), &by_seed, units(paid_out)).unwrap();
            let sum: u64 = got.iter().map(|(_, amount)| amount.to_u64().unwrap()).sum();
            prop_assert_eq!(sum, paid_out * tainted / given);
            for (seed, amount) in got {
                // Each is within one unit of its own share.
                let own = paid_out * taint[seed.0 as usize] / given;
                let amount = amount.to_u64().unwrap();
                prop_assert!(amount == own || amount == own + 1);
            }
        }
    }
}
