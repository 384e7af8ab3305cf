//! Exposures as a verdict carries them, and the same again.

mod question;

pub use question::{AddressBook, Known, Question, gather, state_of};

use crate::exposed::{ExposureFact, ExposureInput};
use crate::policy::Side;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tracehound_analysis::exposure::{Backing, Label, OnDemand, RULE, on_demand};
use tracehound_analysis::trace::StoreLedger;
use tracehound_analysis::{AnalysisError, AssetText};
use tracehound_lists::AddressIndex;
use tracehound_model::{Address, Direction, Policy};
use tracehound_store::{AddressId, Place, RowId, Snapshot, StoreError};
use tracehound_tags::TagIndex;

/// Why exposures could not be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExposureError {
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// They could not be computed.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// Nothing is in the store.
    #[error("the store is empty; ingest its transfers")]
    Empty,
    /// Another store than the one a verdict was made in.
    #[error(
        "the verdict was made in a store of {chain} with {rows} transfers; name it with --store"
    )]
    OtherStore {
        /// Its chain.
        chain: String,
        /// Transfers it had.
        rows: u64,
    },
    /// The same store, but of another history.
    #[error(
        "the store is of another history than the verdict's (its transfer {rows} is of another transaction)"
    )]
    OtherHistory {
        /// Transfers it had.
        rows: u64,
    },
}

/// Rows that can matter to one address, at most.
const MOST_ROWS: u64 = 5_000_000;

/// Exposures of addresses in a store, or in its first rows.
pub struct Exposures<'s> {
    snapshot: &'s Snapshot,
    question: Arc<Question>,
    rows: u64,
    addresses: u32,
    last: Place,
}

impl<'s> Exposures<'s> {
    /// In the whole store.
    ///
    /// # Errors
    /// [`ExposureError`].
    pub fn new(
        snapshot: &'s Snapshot,
        index: Option<&TagIndex>,
        lists: &AddressIndex,
    ) -> Result<Self, ExposureError> {
        let (rows, addresses) = (snapshot.row_count(), snapshot.address_count());
        Self::within(snapshot, index, lists, (rows, addresses))
    }

    /// In the whole store, with a question that was gathered before.
    ///
    /// # Errors
    /// [`ExposureError`].
    pub fn asking(snapshot: &'s Snapshot, question: Arc<Question>) -> Result<Self, ExposureError> {
        let (rows, addresses) = (snapshot.row_count(), snapshot.address_count());
        Self::of_state(snapshot, question, (rows, addresses))
    }

    /// In the store as it was when a verdict was made.
    ///
    /// # Errors
    /// [`ExposureError`].
    pub fn again(
        snapshot: &'s Snapshot,
        index: Option<&TagIndex>,
        lists: &AddressIndex,
        then: &ExposureInput,
    ) -> Result<Self, ExposureError> {
        let chain = snapshot.chain();
        if chain.to_string() != then.chain || snapshot.row_count() < then.rows {
            return Err(ExposureError::OtherStore { chain: then.chain.clone(), rows: then.rows });
        }
        let same = Self::within(snapshot, index, lists, (then.rows, then.addresses))?;
        if chain.transaction_text(&same.last.transaction) != then.last_transaction {
            return Err(ExposureError::OtherHistory { rows: then.rows });
        }
        Ok(same)
    }

    fn within(
        snapshot: &'s Snapshot,
        index: Option<&TagIndex>,
        lists: &AddressIndex,
        (rows, addresses): (u64, u32),
    ) -> Result<Self, ExposureError> {
        let question = Arc::new(gather(&Known { snapshot, addresses }, index, lists, 0)?);
        Self::of_state(snapshot, question, (rows, addresses))
    }

    fn of_state(
        snapshot: &'s Snapshot,
        question: Arc<Question>,
        (rows, addresses): (u64, u32),
    ) -> Result<Self, ExposureError> {
        let last = rows.checked_sub(1).ok_or(ExposureError::Empty)?;
        let last = snapshot.place(RowId(last))?;
        Ok(Self { snapshot, question, rows, addresses, last })
    }

    /// Of one address; of one that is not in the store there are none.
    ///
    /// # Errors
    /// [`ExposureError`].
    pub fn of(&self, address: &Address, stop: &AtomicBool) -> Result<ExposureInput, ExposureError> {
        let id = self.snapshot.address_id(address)?.filter(|id| id.0 < self.addresses);
        let mut facts = Vec::new();
        if let Some(id) = id {
            for direction in [Direction::Forward, Direction::Backward] {
                facts.extend(self.found(id, direction, stop)?);
            }
        }
        Ok(ExposureInput {
            rule: format!("{}/{}", RULE.name, RULE.version),
            policy: Policy::Haircut.to_string(),
            chain: self.snapshot.chain().to_string(),
            rows: self.rows,
            addresses: self.addresses,
            tip: self.last.height.0,
            tip_time: self.last.timestamp,
            last_transaction: self.snapshot.chain().transaction_text(&self.last.transaction),
            tagged: self.question.digest.clone(),
            facts,
        })
    }

    fn found(
        &self,
        id: AddressId,
        direction: Direction,
        stop: &AtomicBool,
    ) -> Result<Vec<ExposureFact>, ExposureError> {
        let ledger = StoreLedger::new(self.snapshot, direction, RowId(self.rows));
        let request = &self.question.request;
        let found = on_demand(&ledger, request, Policy::Haircut, id, MOST_ROWS, Some(stop))?;
        self.facts(direction, &found)
    }

    fn facts(
        &self,
        direction: Direction,
        found: &OnDemand,
    ) -> Result<Vec<ExposureFact>, ExposureError> {
        let side = match direction {
            Direction::Forward => Side::Received,
            Direction::Backward => Side::Sent,
        };
        let mut facts = Vec::new();
        for exposure in &found.assets {
            let asset = AssetText::of(self.snapshot, exposure.asset)?;
            for figure in &exposure.figures {
                let Label::Category(label) = &figure.label else { continue };
                let same = |b: &&Backing| (b.asset, &b.label) == (exposure.asset, &figure.label);
                let backing = found.backings.iter().find(same);
                let witness = backing.and_then(|backing| backing.witness.as_ref());
                let mut rows = witness.map(|witness| witness.rows.clone()).unwrap_or_default();
                rows.sort_unstable();
                let entity = self.question.end_of(self.snapshot, direction, &rows)?;
                let path = rows.iter().map(|row| self.transaction(*row));
                facts.push(ExposureFact {
                    side,
                    asset: asset.caip19.clone(),
                    symbol: asset.symbol.clone(),
                    decimals: asset.decimals,
                    label: label.clone(),
                    direct: figure.direct,
                    indirect: figure.indirect,
                    total: exposure.total,
                    fewest_hops: figure.fewest_hops,
                    // Read backward, what comes last was first.
                    last: self.snapshot.place(figure.first.max(figure.last))?.timestamp,
                    entity,
                    path: path.collect::<Result<_, ExposureError>>()?,
                });
            }
        }
        Ok(facts)
    }

    fn transaction(&self, row: RowId) -> Result<String, ExposureError> {
        let place = self.snapshot.place(row)?;
        Ok(self.snapshot.chain().transaction_text(&place.transaction))
    }
}
