//! The chain as a trace sees it: entries in order, each with a debtor and a creditor.
//!
//! A backward trace (source of funds) is the forward engine on a reversed
//! ledger: the last entry comes first and debtor and creditor change places.
//! So every rule below is written once, in terms of *ticks*, which always
//! rise. Forward, tick = row; backward, tick = end - 1 - row.

use std::ops::Range;
use tracehound_model::{Amount, Direction};
use tracehound_store::{AddressId, AssetId, RowId, RowList, Snapshot, StoreError};

/// Place of an entry in the order of the trace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tick(pub u64);

/// One transfer, in the direction of the trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Whose holding falls.
    pub debtor: AddressId,
    /// Whose holding rises.
    pub creditor: AddressId,
    /// Of what.
    pub asset: AssetId,
    /// By how much.
    pub amount: Amount,
}

/// The entries of one address on one side, rising.
pub trait Lane {
    /// The tick at `index`, `None` past the end.
    fn tick(&self, index: usize) -> Option<Tick>;
    /// Index of the first tick at or after `tick`.
    fn first_at_or_after(&self, tick: Tick) -> usize;
}

/// What a trace reads.
pub trait Ledger: Sync {
    /// How this ledger lists an address's entries.
    type Lane<'a>: Lane
    where
        Self: 'a;

    /// The entry at a tick.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn entry(&self, tick: Tick) -> Result<Entry, StoreError>;
    /// Entries that debit an address.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn debits(&self, address: AddressId) -> Result<Self::Lane<'_>, StoreError>;
    /// Entries that credit an address.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn credits(&self, address: AddressId) -> Result<Self::Lane<'_>, StoreError>;
    /// Entries of an address on both sides, the whole store counted.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn degree(&self, address: AddressId) -> Result<u64, StoreError>;
    /// Whether two entries are of one transaction.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn same_transaction(&self, one: Tick, other: Tick) -> Result<bool, StoreError>;
    /// The row behind a tick, and the tick of a row: the map is its own inverse.
    fn flip(&self, place: u64) -> u64;
    /// Number of entries.
    fn length(&self) -> u64;
    /// Which way.
    fn direction(&self) -> Direction;

    /// The ticks of the transaction that a tick belongs to.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn transaction(&self, tick: Tick) -> Result<Range<Tick>, StoreError> {
        let (mut start, mut end) = (tick, Tick(tick.0 + 1));
        while start.0 > 0 && self.same_transaction(tick, Tick(start.0 - 1))? {
            start.0 -= 1;
        }
        while end.0 < self.length() && self.same_transaction(tick, end)? {
            end.0 += 1;
        }
        Ok(start..end)
    }

    /// The entries of some ticks.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn entries(&self, ticks: Range<Tick>) -> Result<Vec<Entry>, StoreError> {
        (ticks.start.0..ticks.end.0).map(|tick| self.entry(Tick(tick))).collect()
    }

    /// Hints that these entries will be read soon.
    fn touch(&self, _tick: Tick) {}

    /// The row behind a tick.
    fn row(&self, tick: Tick) -> RowId {
        RowId(self.flip(tick.0))
    }

    /// The tick of a row.
    fn tick(&self, row: RowId) -> Tick {
        Tick(self.flip(row.0))
    }
}

/// A store's rows before `end`, in either direction.
#[derive(Clone, Debug)]
pub struct StoreLedger<'s> {
    snapshot: &'s Snapshot,
    direction: Direction,
    end: u64,
}

impl<'s> StoreLedger<'s> {
    /// The rows before `end` (the as-of time), read in `direction`.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot, direction: Direction, end: RowId) -> Self {
        Self { snapshot, direction, end: end.0.min(snapshot.row_count()) }
    }

    fn lane<'a>(&self, rows: RowList<'a>) -> StoreLane<'a> {
        let length = rows.first_at_or_after(RowId(self.end));
        StoreLane { rows, length, direction: self.direction, end: self.end }
    }
}

/// A [`RowList`] cut at the end of the ledger and turned in its direction.
#[derive(Debug)]
pub struct StoreLane<'a> {
    rows: RowList<'a>,
    length: usize,
    direction: Direction,
    end: u64,
}

impl Lane for StoreLane<'_> {
    fn tick(&self, index: usize) -> Option<Tick> {
        if index >= self.length {
            return None;
        }
        match self.direction {
            Direction::Forward => self.rows.get(index).map(|row| Tick(row.0)),
            Direction::Backward => {
                self.rows.get(self.length - 1 - index).map(|row| Tick(self.end - 1 - row.0))
            }
        }
    }

    fn first_at_or_after(&self, tick: Tick) -> usize {
        match self.direction {
            Direction::Forward => self.rows.first_at_or_after(RowId(tick.0)).min(self.length),
            Direction::Backward => {
                // Ticks at or after `tick` are rows at or before its row.
                let Some(row) = self.end.checked_sub(tick.0.saturating_add(1)) else {
                    return self.length;
                };
                let rows_up_to = self.rows.first_at_or_after(RowId(row + 1)).min(self.length);
                self.length - rows_up_to
            }
        }
    }
}

impl Ledger for StoreLedger<'_> {
    type Lane<'a>
        = StoreLane<'a>
    where
        Self: 'a;

    fn entry(&self, tick: Tick) -> Result<Entry, StoreError> {
        let row = self.snapshot.row(self.row(tick))?;
        let (debtor, creditor) = match self.direction {
            Direction::Forward => (row.from, row.to),
            Direction::Backward => (row.to, row.from),
        };
        Ok(Entry { debtor, creditor, asset: row.asset, amount: row.amount })
    }

    fn debits(&self, address: AddressId) -> Result<StoreLane<'_>, StoreError> {
        match self.direction {
            Direction::Forward => self.snapshot.outgoing(address),
            Direction::Backward => self.snapshot.incoming(address),
        }
        .map(|rows| self.lane(rows))
    }

    fn credits(&self, address: AddressId) -> Result<StoreLane<'_>, StoreError> {
        match self.direction {
            Direction::Forward => self.snapshot.incoming(address),
            Direction::Backward => self.snapshot.outgoing(address),
        }
        .map(|rows| self.lane(rows))
    }

    fn touch(&self, tick: Tick) {
        self.snapshot.prefetch(self.row(tick));
    }

    fn degree(&self, address: AddressId) -> Result<u64, StoreError> {
        let (out, into) = (self.snapshot.outgoing(address)?, self.snapshot.incoming(address)?);
        // A list's length is a count of rows, which fits 64 bits.
        Ok(out.len() as u64 + into.len() as u64)
    }

    fn same_transaction(&self, one: Tick, other: Tick) -> Result<bool, StoreError> {
        let other = self.row(other);
        Ok(self.snapshot.transaction_of(self.row(one))?.contains(&other))
    }

    fn transaction(&self, tick: Tick) -> Result<Range<Tick>, StoreError> {
        let rows = self.snapshot.transaction_of(self.row(tick))?;
        // A ledger ends with a block, so it holds a transaction whole or not at all.
        Ok(match self.direction {
            Direction::Forward => Tick(rows.start.0)..Tick(rows.end.0.min(self.end)),
            Direction::Backward => {
                let last = rows.end.0.min(self.end) - 1;
                Tick(self.flip(last))..Tick(self.flip(rows.start.0) + 1)
            }
        })
    }

    fn flip(&self, place: u64) -> u64 {
        match self.direction {
            Direction::Forward => place,
            Direction::Backward => (self.end).saturating_sub(1).saturating_sub(place),
        }
    }

    fn length(&self) -> u64 {
        self.end
    }

    fn direction(&self) -> Direction {
        self.direction
    }
}
