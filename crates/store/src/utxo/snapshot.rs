//! A published state of a store of unspent-output chains: its blocks, and
//! what is asked of the whole. What an analysis asks is in [`super::reader`].

use super::index::{MergedIndex, Unit, units};
use super::segment::UtxoSegment;
use super::tables::{BLOCK_STATED, BlockRecord};
use super::{BlockPlace, OutputLedger, TransactionId, TransactionView};
use crate::{AddressId, StoreError, widen};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use tracehound_model::{
    BlockHash, Chain, Height, Satoshi, StatedOutput, Timestamp, TransactionHash, UtxoBlock,
    UtxoInput, UtxoOutput, UtxoTransaction,
};

/// A published state of a store; cheap to clone, unaffected by later publishes.
#[derive(Clone)]
pub struct UtxoSnapshot {
    pub(crate) state: Arc<State>,
}

pub(crate) struct State {
    pub(crate) chain: Chain,
    pub(crate) segments: Vec<Arc<UtxoSegment>>,
    pub(crate) indexes: Vec<Arc<MergedIndex>>,
    /// Where names and addresses are looked for, lowest first.
    pub(crate) units: Vec<Unit>,
}

impl fmt::Debug for UtxoSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segments = self.segments().iter().map(|segment| &segment.entry.name);
        f.debug_struct("UtxoSnapshot")
            .field("chain", &self.state.chain)
            .field("transactions", &self.transaction_count())
            .field("segments", &segments.collect::<Vec<_>>())
            .finish()
    }
}

impl UtxoSnapshot {
    /// A state of these segments and of those indexes whose segments they have.
    pub(crate) fn new(
        chain: Chain,
        segments: Vec<Arc<UtxoSegment>>,
        mut indexes: Vec<Arc<MergedIndex>>,
    ) -> Self {
        indexes.retain(|index| index.entry.range().end <= segments.len());
        let units = units(segments.len(), &indexes);
        Self { state: Arc::new(State { chain, segments, indexes, units }) }
    }

    /// An empty state.
    pub(crate) fn empty(chain: Chain) -> Self {
        Self::new(chain, Vec::new(), Vec::new())
    }

    pub(crate) fn segments(&self) -> &[Arc<UtxoSegment>] {
        &self.state.segments
    }

    /// How many segments hold the blocks.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.segments().len()
    }

    /// How many blocks.
    #[must_use]
    pub fn block_count(&self) -> u64 {
        self.segments().iter().map(|segment| segment.entry.blocks).sum()
    }

    /// How many outputs.
    #[must_use]
    pub fn output_count(&self) -> u64 {
        self.segments().iter().map(|segment| segment.entry.outputs).sum()
    }

    /// How many inputs.
    #[must_use]
    pub fn input_count(&self) -> u64 {
        self.segments().iter().map(|segment| segment.entry.inputs).sum()
    }

    /// How many inputs spend outputs that lie outside the data.
    #[must_use]
    pub fn unresolved_inputs(&self) -> u64 {
        self.segments().iter().map(|segment| segment.entry.outside_inputs).sum()
    }

    /// The parts of the store and their bytes, over all segments.
    #[must_use]
    pub fn parts(&self) -> Vec<(&'static str, u64)> {
        let kinds = crate::file::FileKind::UTXO_SEGMENT;
        let size = |place: usize| {
            let files = self.segments().iter().map(|segment| segment.files()[place]);
            files.filter_map(|file| file.header().file_length()).sum()
        };
        let parts = kinds.iter().enumerate();
        let mut parts: Vec<_> =
            parts.map(|(place, kind)| (kind.file_name(), size(place))).collect();
        let merged = self.state.indexes.iter().flat_map(|index| index.files());
        let merged = merged.filter_map(|file| file.header().file_length()).sum();
        parts.push(("merged indexes", merged));
        parts
    }

    /// The last block.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn tip(&self) -> Result<Option<BlockPlace>, StoreError> {
        match self.segments().last() {
            Some(segment) => self.block_at(Height(segment.entry.end_height() - 1)),
            None => Ok(None),
        }
    }

    /// The block at a height.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn block_at(&self, height: Height) -> Result<Option<BlockPlace>, StoreError> {
        match self.locate_block(height) {
            Some((segment, place)) => block_place(segment, place).map(Some),
            None => Ok(None),
        }
    }

    /// Heights and hashes of all blocks, lowest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn block_hashes(&self) -> Result<Vec<(Height, BlockHash)>, StoreError> {
        let mut hashes = Vec::new();
        for segment in self.segments() {
            for block in segment.blocks.records::<BlockRecord>(0..segment.blocks.record_count())? {
                hashes.push((Height(block.height), BlockHash(block.hash)));
            }
        }
        Ok(hashes)
    }

    /// The segment of a height, and the place of the block in it.
    pub(crate) fn locate_block(&self, height: Height) -> Option<(&UtxoSegment, usize)> {
        let segments = self.segments();
        let place = segments.partition_point(|segment| segment.entry.end_height() <= height.0);
        let segment = segments.get(place)?;
        let place = height.0.checked_sub(segment.entry.first_height)?;
        Some((segment, widen::index64(place)))
    }

    /// The block at a height as its source gave it. What the source stated
    /// of outputs that are known is given in full, and empty payloads begin at 0.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] if there is no such block, or [`StoreError::Damaged`].
    pub fn read_block(&self, height: Height) -> Result<UtxoBlock, StoreError> {
        let Some((segment, place)) = self.locate_block(height) else {
            let (number, count) = (height.0, self.block_count());
            return Err(StoreError::NoSuch { what: "block at height", number, count });
        };
        let record = segment.block(place)?;
        let mut block = UtxoBlock {
            height,
            hash: BlockHash(record.hash),
            previous: BlockHash(record.previous),
            timestamp: Timestamp(record.timestamp),
            ..UtxoBlock::default()
        };
        for local in segment.block_transactions(place)? {
            self.read_transaction(segment, local, &mut block)?;
        }
        if record.flags & BLOCK_STATED == 0 {
            block.stated.clear();
        }
        Ok(block)
    }

    fn read_transaction(
        &self,
        segment: &UtxoSegment,
        local: u32,
        block: &mut UtxoBlock,
    ) -> Result<(), StoreError> {
        let view = segment.view(widen::index(local))?;
        let (_, inputs, outputs) = segment.ranges(widen::index(local))?;
        block.transactions.push(UtxoTransaction {
            hash: TransactionHash(*segment.hash(widen::index(local))?),
            // All of a segment's numbers fit 32 bits.
            first_input: widen::low(widen::count(block.inputs.len())),
            first_output: widen::low(widen::count(block.outputs.len())),
            version: view.fields.version,
            lock_time: view.fields.lock_time,
            virtual_size: view.fields.virtual_size,
            coinbase: view.fields.coinbase,
            replaceable: view.fields.replaceable,
        });
        for (number, input) in inputs.zip(view.inputs) {
            block.inputs.push(match input.spends() {
                Some(output) => {
                    UtxoInput { transaction: self.hash(output.transaction)?, index: output.index }
                }
                None => {
                    let outside = segment.outside_input(widen::low(widen::count(number)))?;
                    UtxoInput { transaction: TransactionHash(outside.hash), index: outside.index }
                }
            });
            let address = input.address().map(|id| self.address(id)).transpose()?;
            block.stated.push(StatedOutput { value: input.value().unwrap_or_default(), address });
        }
        for (number, output) in outputs.zip(view.outputs) {
            let bytes = segment.payload(widen::low(widen::count(number)))?;
            let start = widen::low(widen::count(block.payloads.len()));
            block.payloads.extend_from_slice(bytes);
            let end = widen::low(widen::count(block.payloads.len()));
            block.outputs.push(UtxoOutput {
                value: output.value(),
                address: output.address().map(|id| self.address(id)).transpose()?,
                payload: if bytes.is_empty() { 0..0 } else { start..end },
            });
        }
        Ok(())
    }

    /// What an address held after the block at `height`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn balance(&self, address: AddressId, height: Height) -> Result<Satoshi, StoreError> {
        let end = self.first_above(height)?;
        let mut balance = Satoshi(0);
        for output in self.outputs_to(address)? {
            if output.transaction >= end || self.spender(output)?.is_some_and(|s| s < end) {
                continue;
            }
            let outputs = self.transaction(output.transaction)?.outputs;
            let value = outputs.get(widen::index(output.index)).map_or(Satoshi(0), |o| o.value());
            let limit = u64::MAX;
            let sum = balance.checked_add(value);
            balance = sum.ok_or(StoreError::TooMany { what: "satoshi at one address", limit })?;
        }
        Ok(balance)
    }

    /// Digest over the content of the published state: equal content, equal
    /// digest, however it was split into segments.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn digest(&self) -> Result<String, StoreError> {
        super::digest::content_digest(self)
    }

    /// Visits the transactions of a range, segment by segment.
    pub(crate) fn scan_segments(
        &self,
        range: Range<TransactionId>,
        visit: &mut dyn FnMut(TransactionView<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for segment in self.segments() {
            let base = segment.entry.first_transaction;
            let start = u64::from(range.start.0).max(base);
            let end = u64::from(range.end.0).min(segment.entry.end_transaction());
            for number in start..end {
                visit(segment.view(widen::index64(number - base))?)?;
            }
        }
        Ok(())
    }
}

/// A block of a segment.
pub(crate) fn block_place(segment: &UtxoSegment, place: usize) -> Result<BlockPlace, StoreError> {
    let block = segment.block(place)?;
    let local = segment.block_transactions(place)?;
    let first = segment.first_transaction();
    // A segment's last transaction has a number that fits 32 bits.
    let id = |local: u32| TransactionId(first.saturating_add(local));
    Ok(BlockPlace {
        height: Height(block.height),
        hash: BlockHash(block.hash),
        timestamp: Timestamp(block.timestamp),
        transactions: id(local.start)..id(local.end),
    })
}
