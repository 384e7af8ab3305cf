//! Reading blocks back as the transfers they were made of.

use super::block::{PUBLISHED, SourcedRows};
use crate::file::{BLOCK_BY_FUNDING, known};
use crate::segment::Segment;
use crate::{Snapshot, StoreError, widen};
use tracehound_model::{Height, Timestamp, TransactionHash, Transfer};

/// What a merge starts from: the published segments, and on top of them
/// those streamed since, with what is needed to treat their rows as if they
/// had not been written yet.
#[derive(Debug)]
pub(crate) struct Base {
    /// The segments.
    pub(crate) snapshot: Snapshot,
    /// From each height on, the source of streamed rows; below the first, published.
    pub(crate) sources: Vec<(Height, u32)>,
}

impl Base {
    /// The source of the rows of a block.
    fn source(&self, height: Height) -> u32 {
        let after = self.sources.partition_point(|(from, _)| *from <= height);
        after.checked_sub(1).map_or(PUBLISHED, |place| self.sources[place].1)
    }

    /// The height of the last block.
    pub(crate) fn tip(&self) -> Option<Height> {
        self.snapshot.tip().map(|(height, _)| height)
    }

    /// The number of the first segment that ends at or above a height.
    pub(crate) fn segment_at(&self, height: Height) -> usize {
        let segments = self.snapshot.segments();
        segments.partition_point(|segment| segment.entry.last_height < height.0)
    }

    /// Reads the block at a height; returns whether it was ordered by
    /// funding, or nothing if there is no such block.
    pub(crate) fn read_block(
        &self,
        height: Height,
        rows: &mut SourcedRows,
    ) -> Result<Option<bool>, StoreError> {
        rows.clear();
        let Some(segment) = self.snapshot.segments().get(self.segment_at(height)) else {
            return Ok(None);
        };
        let number = segment.first_block_where_not(|block| block.height < height.0)?;
        if number >= segment.block_count() || segment.block(number)?.height != height.0 {
            return Ok(None);
        }
        self.read(segment, number, rows).map(Some)
    }

    /// Appends the rows of a block; returns whether it was ordered by funding.
    fn read(
        &self,
        segment: &Segment,
        number: usize,
        rows: &mut SourcedRows,
    ) -> Result<bool, StoreError> {
        let block = segment.block(number)?;
        let height = Height(block.height);
        let source = self.source(height);
        let first = widen::index(block.first_transaction);
        for place in 0..segment.block_transactions(number)?.len() {
            let transaction = segment.transaction(first + place)?;
            for local in segment.transaction_rows(first + place)? {
                let row = segment.row(local)?;
                let transfer = Transfer {
                    height,
                    timestamp: Timestamp(block.timestamp),
                    position: known(transaction.position),
                    transaction: TransactionHash(transaction.hash),
                    ordinal: known(*segment.ordinals.record(local)?),
                    kind: row.kind,
                    from: self.snapshot.address(row.from)?,
                    to: self.snapshot.address(row.to)?,
                    asset: self.snapshot.asset(row.asset)?.asset,
                    amount: row.amount,
                };
                rows.push(transfer, source);
            }
        }
        Ok(block.flags & BLOCK_BY_FUNDING != 0)
    }

    /// All blocks from a segment on.
    pub(crate) fn blocks_from(&self, segment: usize) -> Blocks<'_> {
        Blocks { base: self, segment, block: 0 }
    }
}

/// Goes through the blocks of a base.
#[derive(Debug)]
pub(crate) struct Blocks<'a> {
    base: &'a Base,
    segment: usize,
    block: usize,
}

impl Blocks<'_> {
    /// The height of the next block.
    pub(crate) fn peek(&self) -> Result<Option<Height>, StoreError> {
        match self.base.snapshot.segments().get(self.segment) {
            Some(segment) => Ok(Some(Height(segment.block(self.block)?.height))),
            None => Ok(None),
        }
    }

    /// Reads the next block into `rows`; returns whether it was ordered by funding.
    pub(crate) fn next_block(&mut self, rows: &mut SourcedRows) -> Result<bool, StoreError> {
        rows.clear();
        let Some(segment) = self.base.snapshot.segments().get(self.segment) else {
            return Ok(false);
        };
        let by_funding = self.base.read(segment, self.block, rows)?;
        self.block += 1;
        if self.block >= segment.block_count() {
            (self.segment, self.block) = (self.segment + 1, 0);
        }
        Ok(by_funding)
    }

    /// Passes over the next block.
    pub(crate) fn skip_block(&mut self) {
        self.block += 1;
        let segment = self.base.snapshot.segments().get(self.segment);
        if segment.is_some_and(|segment| self.block >= segment.block_count()) {
            (self.segment, self.block) = (self.segment + 1, 0);
        }
    }
}
