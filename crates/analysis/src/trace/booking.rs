//! The books of one policy: what was stolen, and where each part of it rests.

use super::outcome::{Booking, Closing, Rest, SeedId};
use super::purse::Portion;
use crate::AnalysisError;
use hashbrown::HashMap;
use std::collections::BTreeMap;
use tracehound_model::{Amount, AmountError};
use tracehound_store::{AddressId, AssetId, RowId};

type Key = (AddressId, AssetId);

#[derive(Default)]
pub(super) struct Books {
    stolen: BTreeMap<(SeedId, AssetId), Amount>,
    /// What conversions brought in.
    received: BTreeMap<(SeedId, AssetId), Amount>,
    seeded_rows: HashMap<SeedId, u64>,
    booked: HashMap<(Key, Rest), Booking>,
}

/// Adds to the amount of a seed in a list ascending by seed.
pub(super) fn add_to(
    list: &mut Vec<(SeedId, Amount)>,
    seed: SeedId,
    amount: Amount,
) -> Result<(), AmountError> {
    match list.binary_search_by_key(&seed, |(seed, _)| *seed) {
        Ok(found) => list[found].1 = list[found].1.add(amount)?,
        Err(place) => list.insert(place, (seed, amount)),
    }
    Ok(())
}

impl Books {
    pub(super) fn steal(
        &mut self,
        seed: SeedId,
        asset: AssetId,
        amount: Amount,
    ) -> Result<(), AnalysisError> {
        let sum = self.stolen.entry((seed, asset)).or_default();
        *sum = sum.add(amount)?;
        *self.seeded_rows.entry(seed).or_default() += u64::from(!amount.is_zero());
        Ok(())
    }

    /// Counts what a conversion brought into an asset.
    pub(super) fn receive(
        &mut self,
        asset: AssetId,
        portions: &[Portion],
    ) -> Result<(), AnalysisError> {
        for portion in portions {
            if let Some(seed) = portion.seed {
                let sum = self.received.entry((seed, asset)).or_default();
                *sum = sum.add(portion.amount)?;
            }
        }
        Ok(())
    }

    /// How many entries each seed marked as stolen.
    pub(super) fn seeded_rows(&self) -> HashMap<SeedId, u64> {
        self.seeded_rows.clone()
    }

    /// Books the tainted portions of one arrival.
    pub(super) fn book(
        &mut self,
        key: Key,
        rest: Rest,
        portions: &[Portion],
        row: RowId,
    ) -> Result<(), AnalysisError> {
        self.book_arrivals(key, rest, portions, row, 1)
    }

    /// Books what a holder still has after `arrivals`.
    pub(super) fn book_held(
        &mut self,
        key: Key,
        portions: &[Portion],
        row: RowId,
        arrivals: u32,
    ) -> Result<(), AnalysisError> {
        self.book_arrivals(key, Rest::Held, portions, row, arrivals)
    }

    /// Books the tainted portions of several arrivals; nothing to book leaves no entry.
    pub(super) fn book_arrivals(
        &mut self,
        key: Key,
        rest: Rest,
        portions: &[Portion],
        row: RowId,
        arrivals: u32,
    ) -> Result<(), AnalysisError> {
        if portions.iter().all(|portion| portion.seed.is_none()) {
            return Ok(());
        }
        let booking = self.booked.entry((key, rest)).or_insert_with(|| Booking {
            address: key.0,
            asset: key.1,
            rest,
            amount: Amount::ZERO,
            by_seed: Vec::new(),
            last_row: row,
            arrivals: 0,
        });
        booking.last_row = row;
        booking.arrivals += arrivals;
        for portion in portions {
            if let Some(seed) = portion.seed {
                booking.amount = booking.amount.add(portion.amount)?;
                add_to(&mut booking.by_seed, seed, portion.amount)?;
            }
        }
        Ok(())
    }

    /// The bookings, largest first within an asset, and the closing lines.
    pub(super) fn close(
        self,
        conserves: bool,
    ) -> Result<(Vec<Booking>, Vec<Closing>), AnalysisError> {
        let mut bookings: Vec<Booking> = self.booked.into_values().collect();
        // Address numbers follow the chain, so ties fall the same way on every machine.
        bookings.sort_by(|a, b| {
            (a.asset, b.amount, a.address, a.rest).cmp(&(b.asset, a.amount, b.address, b.rest))
        });
        if !conserves {
            bookings.iter_mut().for_each(|booking| booking.by_seed.clear());
            return Ok((bookings, Vec::new()));
        }
        let mut rests: BTreeMap<(SeedId, AssetId), BTreeMap<Rest, Amount>> = BTreeMap::new();
        for booking in &bookings {
            for (seed, amount) in &booking.by_seed {
                let sum = rests.entry((*seed, booking.asset)).or_default();
                let sum = sum.entry(booking.rest).or_default();
                *sum = sum.add(*amount)?;
            }
        }
        // Every seed that booked anything has a line, even one that stole nothing: such a
        // line would not close, which is the point of having it.
        let mut keys: Vec<_> =
            self.stolen.keys().chain(self.received.keys()).chain(rests.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let closings = keys
            .into_iter()
            .map(|key| Closing {
                seed: key.0,
                asset: key.1,
                stolen: self.stolen.get(&key).copied().unwrap_or_default(),
                received: self.received.get(&key).copied().unwrap_or_default(),
                rests: rests.remove(&key).unwrap_or_default(),
            })
            .collect();
        Ok((bookings, closings))
    }
}
