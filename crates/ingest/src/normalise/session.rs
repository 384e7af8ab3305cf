//! What the files of a run tell about each other, and what the store knows:
//! block times, places of transactions, failed transactions, decimals.

use super::values::{RowError, TimeReader};
use crate::IngestError;
use crate::pipeline::{BlockClock, Positions};
use crate::source::{Binder, Role, Row};
use hashbrown::HashMap;
use std::path::{Path, PathBuf};
use tracehound_model::{Address, Chain, Height, Timestamp, TransactionHash, genuine};
use tracehound_store::{Snapshot, StoreError};

/// What a receipt says beyond the transaction's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Receipt {
    /// Whether the transaction failed.
    pub(crate) failed: bool,
    /// The contract it created.
    pub(crate) created: Option<Address>,
}

/// Knowledge shared by the readers of a run.
pub(crate) struct Session {
    /// The chain of the store.
    pub(crate) chain: Chain,
    /// The store before this run, if it holds anything.
    snapshot: Option<Snapshot>,
    /// Times of blocks seen in this run.
    pub(crate) clock: BlockClock,
    /// Places of transactions.
    pub(crate) positions: Positions,
    /// Receipts worth remembering: failures and creations.
    pub(crate) receipts: HashMap<TransactionHash, Receipt>,
    /// Whether receipts were given at all.
    pub(crate) has_receipts: bool,
    /// Decimals given by a tokens file.
    pub(crate) decimals: HashMap<Address, u8>,
    /// Times that the caller states for files without any.
    stated_times: HashMap<PathBuf, Timestamp>,
}

impl Session {
    /// A session over a store; `None` or an empty store knows nothing.
    pub(crate) fn new(chain: Chain, snapshot: Option<Snapshot>) -> Self {
        Self {
            chain,
            snapshot: snapshot.filter(|snapshot| snapshot.row_count() > 0),
            clock: BlockClock::default(),
            positions: Positions::default(),
            receipts: HashMap::new(),
            has_receipts: false,
            decimals: HashMap::new(),
            stated_times: HashMap::new(),
        }
    }

    /// The same session with times for files that give none.
    pub(crate) fn with_times(mut self, times: &[(PathBuf, Timestamp)]) -> Self {
        self.stated_times = times.iter().cloned().collect();
        self
    }

    /// The time stated for a file without any.
    pub(crate) fn stated_time(&self, file: &Path) -> Option<Timestamp> {
        self.stated_times.get(file).copied()
    }

    /// Whether any block's time is known.
    pub(crate) fn has_times(&self) -> bool {
        self.snapshot.is_some() || !self.clock.is_empty()
    }

    /// Time of a block, from this run or from the store.
    pub(crate) fn time_of(&self, height: Height) -> Result<Option<Timestamp>, StoreError> {
        if let Some(time) = self.clock.time_of(height) {
            return Ok(Some(time));
        }
        let Some(snapshot) = &self.snapshot else {
            return Ok(None);
        };
        let row = snapshot.first_row_at_height(height)?;
        if row.0 >= snapshot.row_count() {
            return Ok(None);
        }
        let place = snapshot.place(row)?;
        Ok((place.height == height).then_some(place.timestamp))
    }

    /// Notes that a row dates a block; an error says which rule it breaks.
    pub(crate) fn date(&mut self, height: Height, time: Timestamp) -> Result<(), RowError> {
        if self.clock.observe(height, time).map_err(RowError::Broken)? {
            // A block new to this run: the store may know better.
            self.check_store(height, time)?;
        }
        Ok(())
    }

    fn check_store(&self, height: Height, time: Timestamp) -> Result<(), RowError> {
        let Some(snapshot) = &self.snapshot else {
            return Ok(());
        };
        let mut known = Vec::new();
        match snapshot.tip() {
            Some(tip) if tip.0 < height => known.push(tip),
            _ => {
                let row = snapshot.first_row_at_height(height)?;
                let before = row.0.checked_sub(1).map(tracehound_store::RowId);
                let after = (row.0 < snapshot.row_count()).then_some(row);
                for row in before.into_iter().chain(after) {
                    let place = snapshot.place(row)?;
                    known.push((place.height, place.timestamp));
                }
            }
        }
        known.into_iter().try_for_each(|(other, other_time)| {
            BlockClock::compare(height, time, other, other_time, "in the store")
                .map_err(RowError::Broken)
        })
    }

    /// Decimals of a token from a tokens file, the store or the list of
    /// genuine contracts.
    pub(crate) fn decimals_of(&self, contract: &Address) -> Result<Option<u8>, StoreError> {
        if let Some(decimals) = self.decimals.get(contract) {
            return Ok(Some(*decimals));
        }
        if let Some(snapshot) = &self.snapshot
            && let Some(id) = snapshot.asset_id(&tracehound_model::Asset::Token(*contract))?
            && let Some(decimals) = snapshot.asset(id)?.decimals
        {
            return Ok(Some(decimals));
        }
        Ok(genuine::find(&self.chain, contract).map(|token| token.decimals))
    }
}

/// Times of rows: the file's own column, or the block's time from elsewhere.
pub(crate) struct Times {
    column: Option<usize>,
    reader: TimeReader,
    last: Option<(Height, Timestamp)>,
}

impl Times {
    /// Takes the time column if the file has one.
    pub(crate) fn bind(columns: &mut Binder<'_>) -> Result<Self, IngestError> {
        let column = columns.take(Role::Time, &["block_timestamp", "timestamp"])?;
        Ok(Self { column, reader: TimeReader::default(), last: None })
    }

    /// Whether the file has no time column.
    pub(crate) fn lacking(&self) -> bool {
        self.column.is_none()
    }

    /// Time of a row of the block at `height`.
    pub(crate) fn of(
        &mut self,
        row: &impl Row,
        height: Height,
        session: &Session,
    ) -> Result<Timestamp, RowError> {
        if let Some(column) = self.column {
            return self.reader.read(row.cell(column), "timestamp");
        }
        match self.last {
            Some((last, time)) if last == height => Ok(time),
            _ => {
                let time = session.time_of(height)?.ok_or_else(|| {
                    RowError::Broken(format!(
                        "the time of block {height} is not known; add a blocks file that covers it"
                    ))
                })?;
                self.last = Some((height, time));
                Ok(time)
            }
        }
    }
}
