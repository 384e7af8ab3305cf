//! A ledger that lives in memory, with lanes found by looking at every entry.

use tracehound_analysis::trace::{Entry, Lane, Ledger, Tick};
use tracehound_model::Direction;
use tracehound_store::{AddressId, StoreError};

#[derive(Clone, Debug)]
pub struct MemoryLedger {
    /// Entries in chain order.
    pub entries: Vec<Entry>,
    /// Number of the transaction of each entry, rising.
    pub transactions: Vec<u32>,
    pub direction: Direction,
}

#[derive(Debug)]
pub struct MemoryLane(Vec<u64>);

impl Lane for MemoryLane {
    fn tick(&self, index: usize) -> Option<Tick> {
        self.0.get(index).copied().map(Tick)
    }

    fn first_at_or_after(&self, tick: Tick) -> usize {
        self.0.partition_point(|at| *at < tick.0)
    }
}

impl MemoryLedger {
    /// A ledger in which every entry is a transaction of its own.
    pub fn new(entries: Vec<Entry>, direction: Direction) -> Self {
        let transactions = (0..entries.len() as u32).collect();
        Self { entries, transactions, direction }
    }

    pub fn at(&self, tick: u64) -> Entry {
        let entry = self.entries[self.flip(tick) as usize];
        match self.direction {
            Direction::Forward => entry,
            Direction::Backward => {
                Entry { debtor: entry.creditor, creditor: entry.debtor, ..entry }
            }
        }
    }

    fn lane(&self, wanted: impl Fn(Entry) -> bool) -> MemoryLane {
        MemoryLane((0..self.length()).filter(|tick| wanted(self.at(*tick))).collect())
    }
}

impl Ledger for MemoryLedger {
    type Lane<'a> = MemoryLane;

    fn entry(&self, tick: Tick) -> Result<Entry, StoreError> {
        Ok(self.at(tick.0))
    }

    fn debits(&self, address: AddressId) -> Result<MemoryLane, StoreError> {
        Ok(self.lane(|entry| entry.debtor == address))
    }

    fn credits(&self, address: AddressId) -> Result<MemoryLane, StoreError> {
        Ok(self.lane(|entry| entry.creditor == address))
    }

    fn degree(&self, address: AddressId) -> Result<u64, StoreError> {
        let touching = self
            .entries
            .iter()
            .map(|e| u64::from(e.debtor == address) + u64::from(e.creditor == address));
        Ok(touching.sum())
    }

    fn same_transaction(&self, one: Tick, other: Tick) -> Result<bool, StoreError> {
        let of = |tick: Tick| self.transactions[self.flip(tick.0) as usize];
        Ok(of(one) == of(other))
    }

    fn flip(&self, place: u64) -> u64 {
        match self.direction {
            Direction::Forward => place,
            Direction::Backward => self.length().saturating_sub(1).saturating_sub(place),
        }
    }

    fn length(&self) -> u64 {
        self.entries.len() as u64
    }

    fn direction(&self) -> Direction {
        self.direction
    }
}
