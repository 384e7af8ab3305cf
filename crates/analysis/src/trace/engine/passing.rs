//! Stops that hand money on in the transaction it came in.
//!
//! A router, an aggregator or a deposit contract is tagged as a service and
//! yet keeps nothing: within one transaction it pays on what it was paid. The
//! trace follows such debits as long as they are of the same transaction and
//! asset, out of a purse that holds only what came in there, so no other
//! money of the service is touched. What is left when the transaction ends
//! rests at the stop.

use super::super::ledger::{Lane, Ledger, Tick};
use super::super::outcome::{Cut, Rest};
use super::super::purse::{Portion, Purse};
use super::{Engine, PASSING_EVENT};
use crate::AnalysisError;
use std::cmp::Reverse;
use tracehound_model::Amount;
use tracehound_store::{AddressId, AssetId, RowId};

/// What came into a stop in the transaction under way.
pub(in crate::trace) struct Passing {
    purse: Purse,
    rest: Rest,
    last_row: RowId,
    arrivals: u32,
    /// The debit that is among the events.
    next: Tick,
}

impl<D: Ledger> Engine<'_, D> {
    /// Books an arrival at a stop, unless the stop hands it on in the same transaction.
    pub(super) fn stop(
        &mut self,
        tick: Tick,
        key: (AddressId, AssetId),
        rest: Rest,
        portions: Vec<Portion>,
    ) -> Result<(), AnalysisError> {
        let row = self.ledger.row(tick);
        let passes = matches!(rest, Rest::Service(_) | Rest::Cut(Cut::Hub));
        let next = if passes { self.next_debit_of_transaction(tick, key)? } else { None };
        let Some(next) = next else { return self.books.book(key, rest, &portions, row) };
        let policy = self.policy;
        let passing = self.passing.entry(key).or_insert_with(|| {
            self.events.push(Reverse((next, PASSING_EVENT)));
            Passing { purse: Purse::new(policy), rest, last_row: row, arrivals: 0, next }
        });
        passing.last_row = row;
        passing.arrivals += 1;
        for portion in portions {
            passing.purse.put(portion)?;
        }
        Ok(())
    }

    /// The next debit of an address and asset within the transaction of `tick`.
    fn next_debit_of_transaction(
        &mut self,
        tick: Tick,
        (address, asset): (AddressId, AssetId),
    ) -> Result<Option<Tick>, AnalysisError> {
        let lane = self.ledger.debits(address)?;
        let mut place = lane.first_at_or_after(Tick(tick.0 + 1));
        while let Some(next) = lane.tick(place) {
            place += 1;
            self.touched += 1;
            if !self.ledger.same_transaction(tick, next)? {
                return Ok(None);
            }
            let entry = self.ledger.entry(next)?;
            if entry.asset == asset && !entry.amount.is_zero() {
                return Ok(Some(next));
            }
        }
        Ok(None)
    }

    /// A stop pays on what came in. Anything beyond that is its own money,
    /// which the trace knows nothing of.
    pub(super) fn passing_event(&mut self, tick: Tick) -> Result<(), AnalysisError> {
        let entry = self.ledger.entry(tick)?;
        let key = (entry.debtor, entry.asset);
        let Some(mut passing) = self.passing.remove(&key).filter(|p| p.next == tick) else {
            return Ok(());
        };
        let seed = self.seeded.get(&tick).copied();
        let part = self.part_of(tick)?;
        let own = entry.amount.subtract(part)?;
        passing.purse.drop_clean(part)?;
        let mut drawn = match seed {
            Some(_) => passing.purse.draw_tainted_first(own)?,
            None => passing.purse.draw(own)?,
        };
        drawn.unexplained = Amount::ZERO;
        match self.next_debit_of_transaction(tick, key)? {
            Some(next) => {
                passing.next = next;
                self.events.push(Reverse((next, PASSING_EVENT)));
                self.passing.insert(key, passing);
            }
            None => {
                let Passing { purse, rest, last_row, arrivals, .. } = passing;
                let left = purse.tainted();
                self.books.book_arrivals(key, rest, &left, last_row, arrivals)?;
            }
        }
        self.settle(tick, entry, drawn, seed)
    }
}
