//! Reading a published state.

use crate::{AddressId, AssetId, RowId, StoreError};
use std::ops::Range;
use tracehound_model::{
    Address, Amount, Asset, Chain, Height, Timestamp, TransactionHash, TransferKind,
};

/// One transfer as stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Debited address.
    pub from: AddressId,
    /// Credited address.
    pub to: AddressId,
    /// What was moved.
    pub asset: AssetId,
    /// What moved it.
    pub kind: TransferKind,
    /// How much, in base units.
    pub amount: Amount,
}

/// Where a row stands in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Block height.
    pub height: Height,
    /// Block time.
    pub timestamp: Timestamp,
    /// Place of the transaction in its block, if the source gave one.
    pub position: Option<u32>,
    /// Place in the transaction, if the source gave one.
    pub ordinal: Option<u32>,
    /// The transaction.
    pub transaction: TransactionHash,
    /// Whether the order inside this block was derived from funding.
    pub ordered_by_funding: bool,
}

/// An asset with what its sources say of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssetRecord {
    /// The asset.
    pub asset: Asset,
    /// The symbol shown, which anybody may choose.
    pub symbol: Option<String>,
    /// Decimals for display.
    pub decimals: Option<u8>,
}

/// Ascending rows of one address in one direction.
#[derive(Clone, Debug)]
pub struct RowList<'a> {
    parts: Vec<(u64, &'a [u32])>,
}

impl RowList<'_> {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(|(_, rows)| rows.len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The row at `index`.
    #[must_use]
    pub fn get(&self, _index: usize) -> Option<RowId> {
        unimplemented!()
    }

    /// Index of the first row at or after `row` (`len()` if none).
    #[must_use]
    pub fn first_at_or_after(&self, _row: RowId) -> usize {
        unimplemented!()
    }

    /// All rows, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = RowId> + '_ {
        self.parts.iter().flat_map(|(base, rows)| rows.iter().map(move |r| RowId(base + u64::from(*r))))
    }
}

/// A published state of a store; cheap to clone, unaffected by later publishes.
#[derive(Clone, Debug)]
pub struct Snapshot {}

#[allow(missing_docs, clippy::missing_errors_doc, clippy::unused_self)]
impl Snapshot {
    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &Chain { unimplemented!() }
    /// How many transfers.
    #[must_use]
    pub fn row_count(&self) -> u64 { unimplemented!() }
    /// How many addresses.
    #[must_use]
    pub fn address_count(&self) -> u32 { unimplemented!() }
    /// How many assets.
    #[must_use]
    pub fn asset_count(&self) -> u32 { unimplemented!() }
    /// How many transactions.
    #[must_use]
    pub fn transaction_count(&self) -> u64 { unimplemented!() }
    /// Height and time of the last block with a transfer.
    #[must_use]
    pub fn tip(&self) -> Option<(Height, Timestamp)> { unimplemented!() }
    /// Heights and times of the first block with a transfer.
    pub fn start(&self) -> Option<(Height, Timestamp)> { unimplemented!() }
    /// Digest over the content of the published state (equal content, equal digest),
    /// independent of how it was split into segments.
    pub fn content_digest(&self) -> Result<String, StoreError> { unimplemented!() }

    pub fn address_id(&self, _address: &Address) -> Result<Option<AddressId>, StoreError> { unimplemented!() }
    pub fn address(&self, _id: AddressId) -> Result<Address, StoreError> { unimplemented!() }
    pub fn asset_id(&self, _asset: &Asset) -> Result<Option<AssetId>, StoreError> { unimplemented!() }
    pub fn asset(&self, _id: AssetId) -> Result<AssetRecord, StoreError> { unimplemented!() }

    pub fn row(&self, _row: RowId) -> Result<Row, StoreError> { unimplemented!() }
    /// Calls `visit` for each row of the range in order, at streaming speed.
    pub fn scan(&self, _rows: Range<RowId>, _visit: impl FnMut(RowId, Row)) -> Result<(), StoreError> { unimplemented!() }
    /// Rows that debit the address.
    pub fn outgoing(&self, _address: AddressId) -> Result<RowList<'_>, StoreError> { unimplemented!() }
    /// Rows that credit the address.
    pub fn incoming(&self, _address: AddressId) -> Result<RowList<'_>, StoreError> { unimplemented!() }
    /// Hints that these rows will be read soon.
    pub fn prefetch(&self, _row: RowId) { unimplemented!() }

    pub fn place(&self, _row: RowId) -> Result<Place, StoreError> { unimplemented!() }
    /// Rows of a transaction.
    pub fn transaction(&self, _hash: &TransactionHash) -> Result<Option<Range<RowId>>, StoreError> { unimplemented!() }
    /// First row at or after a time (the row count if none).
    pub fn first_row_at_time(&self, _time: Timestamp) -> Result<RowId, StoreError> { unimplemented!() }
    /// First row at or after a height (the row count if none).
    pub fn first_row_at_height(&self, _height: Height) -> Result<RowId, StoreError> { unimplemented!() }
    /// Number of blocks whose inner order was derived from funding, and of blocks in all.
    pub fn blocks_ordered_by_funding(&self) -> Result<(u64, u64), StoreError> { unimplemented!() }
}
