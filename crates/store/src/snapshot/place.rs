//! Where rows stand in the chain, and which rows a transaction has.

use super::Snapshot;
use crate::file::{BLOCK_BY_FUNDING, BlockRecord, TransactionRecord, known};
use crate::segment::Segment;
use crate::{Place, RowId, StoreError, widen};
use std::ops::Range;
use tracehound_model::{Height, Timestamp, TransactionHash};

/// A row's transaction as a segment keeps it.
struct Found<'s> {
    segment: &'s Segment,
    /// The row's place in the segment.
    local: usize,
    block: &'s BlockRecord,
    transaction: &'s TransactionRecord,
    /// The transaction's number in the segment.
    number: usize,
}

impl Snapshot {
    fn find(&self, row: RowId) -> Result<Found<'_>, StoreError> {
        let (segment, local) = self.locate(row)?;
        let at_or_before = |first: u32| widen::index(first) <= local;
        let number = segment.first_block_where_not(|block| at_or_before(block.first_row))?;
        let Some(number) = number.checked_sub(1) else {
            return Err(segment.blocks.damaged("the first block does not begin at row 0"));
        };
        let block = segment.block(number)?;
        let transactions = segment.block_transactions(number)?;
        let inside = transactions.partition_point(|t| at_or_before(t.first_row)).checked_sub(1);
        let Some((inside, transaction)) =
            inside.and_then(|place| Some((place, transactions.get(place)?)))
        else {
            let detail = format!("block {} does not begin with a transaction", block.height);
            return Err(segment.transactions.damaged(detail));
        };
        let number = widen::index(block.first_transaction) + inside;
        Ok(Found { segment, local, block, transaction, number })
    }

    /// Where a row stands in the chain.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    pub fn place(&self, row: RowId) -> Result<Place, StoreError> {
        let Found { segment, local, block, transaction, .. } = self.find(row)?;
        Ok(Place {
            height: Height(block.height),
            timestamp: Timestamp(block.timestamp),
            position: known(transaction.position),
            ordinal: known(*segment.ordinals.record(local)?),
            transaction: TransactionHash(transaction.hash),
            ordered_by_funding: block.flags & BLOCK_BY_FUNDING != 0,
        })
    }

    /// The rows of a row's transaction.
    ///
    /// # Errors
    /// As [`Snapshot::place`].
    pub fn transaction_of(&self, row: RowId) -> Result<Range<RowId>, StoreError> {
        let Found { segment, number, .. } = self.find(row)?;
        rows_of(segment, number)
    }

    /// Rows of a transaction.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    pub fn transaction(&self, hash: &TransactionHash) -> Result<Option<Range<RowId>>, StoreError> {
        for segment in self.state.segments.iter().rev() {
            if let Some(number) = segment.find_transaction(hash)? {
                return rows_of(segment, widen::index(number)).map(Some);
            }
        }
        Ok(None)
    }
}

/// Rows of a segment's transaction, as the store numbers them.
fn rows_of(segment: &Segment, transaction: usize) -> Result<Range<RowId>, StoreError> {
    let rows = segment.transaction_rows(transaction)?;
    let row = |local| RowId(segment.entry.first_row + widen::count(local));
    Ok(row(rows.start)..row(rows.end))
}
