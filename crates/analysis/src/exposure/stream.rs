//! The log as a pass reads it: every entry in the order of the question.

use tracehound_model::{Amount, Direction};
use tracehound_store::{RawRow, RowId, Snapshot, StoreError};

/// Rows read together when the log is read backward.
const CHUNK: u64 = 1 << 16;

/// Entries in the order of a direction; backward, payer and payee change places.
pub trait Stream: Sync {
    /// Calls `visit` with each place, payer, payee, asset, and the amount if
    /// it is below 2^63 base units.
    ///
    /// # Errors
    /// If the store is damaged, or as `visit` says.
    fn visit<E: From<StoreError>>(
        &self,
        visit: impl FnMut(u64, RawRow) -> Result<(), E>,
    ) -> Result<(), E>;

    /// The amount at a place.
    ///
    /// # Errors
    /// If the store is damaged.
    fn amount(&self, place: u64) -> Result<Amount, StoreError>;

    /// How many places.
    fn length(&self) -> u64;

    /// The row of a place, and the place of a row.
    fn flip(&self, place: u64) -> u64;

    /// Which way.
    fn direction(&self) -> Direction;

    /// The same log the other way round.
    #[must_use]
    fn reversed(&self) -> Self;
}

/// A store's log.
#[derive(Clone, Debug)]
pub struct StoreStream<'s> {
    snapshot: &'s Snapshot,
    direction: Direction,
}

impl<'s> StoreStream<'s> {
    /// The log of a snapshot.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot, direction: Direction) -> Self {
        Self { snapshot, direction }
    }
}

/// An entry with payer and payee changed when it is read backward.
#[must_use]
pub(super) fn turned(row: RawRow, direction: Direction) -> RawRow {
    match direction {
        Direction::Forward => row,
        Direction::Backward => RawRow { from: row.to, to: row.from, ..row },
    }
}

impl Stream for StoreStream<'_> {
    fn visit<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(u64, RawRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let end = self.length();
        let mut outcome = Ok(());
        if self.direction == Direction::Forward {
            self.snapshot.scan_raw(RowId(0)..RowId(end), |row, raw| {
                if outcome.is_ok() {
                    outcome = visit(row.0, raw);
                }
            })?;
            return outcome;
        }
        let mut chunk = Vec::new();
        let mut until = end;
        while until > 0 {
            let start = until.saturating_sub(CHUNK);
            chunk.clear();
            self.snapshot
                .scan_raw(RowId(start)..RowId(until), |row, raw| chunk.push((row, raw)))?;
            for (row, raw) in chunk.iter().rev() {
                visit(end - 1 - row.0, turned(*raw, self.direction))?;
            }
            until = start;
        }
        outcome
    }

    fn amount(&self, place: u64) -> Result<Amount, StoreError> {
        Ok(self.snapshot.row(RowId(self.flip(place)))?.amount)
    }

    fn length(&self) -> u64 {
        self.snapshot.row_count()
    }

    fn flip(&self, place: u64) -> u64 {
        match self.direction {
            Direction::Forward => place,
            Direction::Backward => self.length().saturating_sub(1).saturating_sub(place),
        }
    }

    fn direction(&self) -> Direction {
        self.direction
    }

    fn reversed(&self) -> Self {
        let direction = match self.direction {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        };
        Self { snapshot: self.snapshot, direction }
    }
}
