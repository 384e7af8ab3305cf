//! Reading a published state.
//!
//! A snapshot holds its segments open: a later publish adds segments and
//! removes folders, but what is mapped stays readable until the last clone
//! of the snapshot is dropped.

mod place;

use crate::descriptions::DescriptionFile;
use crate::file::{BlockRecord, LogRecord};
use crate::row_list::RowList;
use crate::segment::{Segment, key_hash};
use crate::{AddressId, AssetId, AssetRecord, RawRow, Row, RowId, StoreError, widen};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use tracehound_model::{Address, Asset, Chain, Height, Timestamp};

/// Rows verified and visited together by a scan.
const SCAN_CHUNK: usize = 8192;

/// A published state of a store; cheap to clone, unaffected by later publishes.
#[derive(Clone)]
pub struct Snapshot {
    state: Arc<State>,
}

struct State {
    chain: Chain,
    key_width: usize,
    segments: Vec<Arc<Segment>>,
    descriptions: Option<Arc<DescriptionFile>>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segments = self.state.segments.iter().map(|segment| &segment.entry.name);
        f.debug_struct("Snapshot")
            .field("chain", &self.state.chain)
            .field("rows", &self.row_count())
            .field("segments", &segments.collect::<Vec<_>>())
            .finish()
    }
}

impl Snapshot {
    pub(crate) fn new(
        chain: Chain,
        segments: Vec<Arc<Segment>>,
        descriptions: Option<Arc<DescriptionFile>>,
    ) -> Self {
        let key_width = widen::index(crate::segment::address_key_width(&chain));
        Self { state: Arc::new(State { chain, key_width, segments, descriptions }) }
    }

    pub(crate) fn segments(&self) -> &[Arc<Segment>] {
        &self.state.segments
    }

    pub(crate) fn descriptions(&self) -> Option<&Arc<DescriptionFile>> {
        self.state.descriptions.as_ref()
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.state.chain
    }

    /// How many transfers.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.state.segments.last().map_or(0, |segment| segment.entry.end_row())
    }

    /// How many addresses.
    #[must_use]
    pub fn address_count(&self) -> u32 {
        // The manifest's check keeps the count within 32 bits.
        self.state.segments.last().map_or(0, |segment| widen::low(segment.entry.end_address()))
    }

    /// How many assets.
    #[must_use]
    pub fn asset_count(&self) -> u32 {
        // The manifest's check keeps the count within 32 bits.
        self.state.segments.last().map_or(0, |segment| widen::low(segment.entry.end_asset()))
    }

    /// How many transactions.
    #[must_use]
    pub fn transaction_count(&self) -> u64 {
        self.state.segments.last().map_or(0, |segment| segment.entry.end_transaction())
    }

    /// How many segments hold the rows; a reader may ask each address of each of them.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.state.segments.len()
    }

    /// Height and time of the last block with a transfer.
    #[must_use]
    pub fn tip(&self) -> Option<(Height, Timestamp)> {
        let entry = &self.state.segments.last()?.entry;
        Some((Height(entry.last_height), Timestamp(entry.last_timestamp)))
    }

    /// Height and time of the first block with a transfer.
    #[must_use]
    pub fn start(&self) -> Option<(Height, Timestamp)> {
        let entry = &self.state.segments.first()?.entry;
        Some((Height(entry.first_height), Timestamp(entry.first_timestamp)))
    }

    /// Digest over the content of the published state (equal content, equal digest),
    /// independent of how it was split into segments.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    pub fn content_digest(&self) -> Result<String, StoreError> {
        crate::digest::content_digest(self)
    }

    /// The number of an address, if it appears in the store.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    pub fn address_id(&self, address: &Address) -> Result<Option<AddressId>, StoreError> {
        let key = address.to_key();
        let (key, rest) = key.split_at(self.state.key_width);
        if rest.iter().any(|byte| *byte != 0) {
            // No address of this chain is so long.
            return Ok(None);
        }
        let hash = key_hash(0, key);
        for segment in &self.state.segments {
            if let Some(id) = segment.find_address(key, hash)? {
                return Ok(Some(AddressId(id)));
            }
        }
        Ok(None)
    }

    /// The address with a number.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    pub fn address(&self, id: AddressId) -> Result<Address, StoreError> {
        let segments = &self.state.segments;
        let number = u64::from(id.0);
        let place = segments.partition_point(|segment| segment.entry.end_address() <= number);
        let Some(segment) = segments.get(place) else {
            let count = u64::from(self.address_count());
            return Err(StoreError::NoSuch { what: "address", number, count });
        };
        let key = segment.address_key(widen::index64(number - segment.entry.first_address))?;
        Address::from_key(key)
            .map_err(|e| segment.addresses.damaged(format!("number {number}: {e}")))
    }

    /// The number of an asset, if it appears in the store.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    pub fn asset_id(&self, asset: &Asset) -> Result<Option<AssetId>, StoreError> {
        let key = asset.to_key();
        for segment in &self.state.segments {
            if let Some(id) = segment.find_asset(&key)? {
                return Ok(Some(AssetId(id)));
            }
        }
        Ok(None)
    }

    /// The asset with a number, and what its sources say of it.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    pub fn asset(&self, id: AssetId) -> Result<AssetRecord, StoreError> {
        let segments = &self.state.segments;
        let number = u64::from(id.0);
        let place = segments.partition_point(|segment| segment.entry.end_asset() <= number);
        let Some(segment) = segments.get(place) else {
            let count = u64::from(self.asset_count());
            return Err(StoreError::NoSuch { what: "asset", number, count });
        };
        let key = segment.asset_key(widen::index64(number - segment.entry.first_asset))?;
        let asset = Asset::from_key(key)
            .map_err(|e| segment.assets.damaged(format!("number {number}: {e}")))?;
        let described = match &self.state.descriptions {
            Some(file) => file.find(key)?,
            None => None,
        };
        let chain = &self.state.chain;
        let own_symbol = asset.own_symbol(chain).map(str::to_owned);
        Ok(AssetRecord {
            asset,
            symbol: own_symbol.or_else(|| described.and_then(|record| record.symbol())),
            decimals: asset.own_decimals(chain).or_else(|| described.and_then(|r| r.decimals())),
        })
    }

    /// The segment of a row and its number there.
    #[inline]
    pub(crate) fn locate(&self, row: RowId) -> Result<(&Segment, usize), StoreError> {
        let segments = &self.state.segments;
        let place = match segments.as_slice() {
            [_] => 0,
            segments => segments.partition_point(|segment| segment.entry.end_row() <= row.0),
        };
        match segments.get(place) {
            Some(segment) if row.0 < segment.entry.end_row() => {
                Ok((segment, widen::index64(row.0 - segment.entry.first_row)))
            }
            _ => Err(StoreError::NoSuch { what: "row", number: row.0, count: self.row_count() }),
        }
    }

    /// A row.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    #[inline]
    pub fn row(&self, row: RowId) -> Result<Row, StoreError> {
        let (segment, local) = self.locate(row)?;
        segment.row(local)
    }

    /// Calls `visit` for each row of the range in order, at streaming speed.
    /// Rows past the end are not an error: there are none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    pub fn scan(
        &self,
        rows: Range<RowId>,
        mut visit: impl FnMut(RowId, Row),
    ) -> Result<(), StoreError> {
        self.scan_records(rows, |segment, first, records| {
            for (row, record) in (first..).zip(records) {
                visit(RowId(row), segment.decode(record)?);
            }
            Ok(())
        })
    }

    /// Like [`Snapshot::scan`] without kinds and without building 256-bit
    /// amounts, at memory speed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    pub fn scan_raw(
        &self,
        rows: Range<RowId>,
        mut visit: impl FnMut(RowId, RawRow),
    ) -> Result<(), StoreError> {
        self.scan_records(rows, |_, first, records| {
            for (row, record) in (first..).zip(records) {
                let raw = RawRow {
                    from: AddressId(record.from),
                    to: AddressId(record.to),
                    asset: AssetId(record.asset()),
                    amount: record.small_amount(),
                };
                visit(RowId(row), raw);
            }
            Ok(())
        })
    }

    fn scan_records(
        &self,
        rows: Range<RowId>,
        mut visit: impl FnMut(&Segment, u64, &[LogRecord]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for segment in &self.state.segments {
            let base = segment.entry.first_row;
            let mut start = rows.start.0.max(base);
            let end = rows.end.0.min(segment.entry.end_row());
            while start < end {
                let next = end.min(start + widen::count(SCAN_CHUNK));
                let local = widen::index64(start - base)..widen::index64(next - base);
                visit(segment, start, segment.log.records(local)?)?;
                start = next;
            }
        }
        Ok(())
    }

    /// Rows that debit the address.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    #[inline]
    pub fn outgoing(&self, address: AddressId) -> Result<RowList<'_>, StoreError> {
        let mut list = RowList::default();
        for segment in &self.state.segments {
            list.push_part(segment.entry.first_row, segment.outgoing.rows_of(address.0)?);
        }
        Ok(list)
    }

    /// Rows that credit the address.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    #[inline]
    pub fn incoming(&self, address: AddressId) -> Result<RowList<'_>, StoreError> {
        let mut list = RowList::default();
        for segment in &self.state.segments {
            list.push_part(segment.entry.first_row, segment.incoming.rows_of(address.0)?);
        }
        Ok(list)
    }

    /// Says that this row will be read soon. Several of these in a row let
    /// the processor fetch from memory at once what it would otherwise wait
    /// for one by one.
    #[inline]
    pub fn prefetch(&self, row: RowId) {
        if let Ok((segment, local)) = self.locate(row) {
            segment.log.touch(local, size_of::<LogRecord>());
        }
    }

    /// First row at or after a time (the row count if none).
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    pub fn first_row_at_time(&self, time: Timestamp) -> Result<RowId, StoreError> {
        let segments = &self.state.segments;
        let place = segments.partition_point(|segment| segment.entry.last_timestamp < time.0);
        self.first_row_where_not(place, |block| block.timestamp < time.0)
    }

    /// First row at or after a height (the row count if none).
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a page does not match its checksum.
    pub fn first_row_at_height(&self, height: Height) -> Result<RowId, StoreError> {
        let segments = &self.state.segments;
        let place = segments.partition_point(|segment| segment.entry.last_height < height.0);
        self.first_row_where_not(place, |block| block.height < height.0)
    }

    fn first_row_where_not(
        &self,
        segment: usize,
        below: impl Fn(&BlockRecord) -> bool,
    ) -> Result<RowId, StoreError> {
        let Some(segment) = self.state.segments.get(segment) else {
            return Ok(RowId(self.row_count()));
        };
        let block = segment.first_block_where_not(below)?;
        let local = segment.block_first_row(block)?;
        Ok(RowId(segment.entry.first_row + widen::count(local)))
    }

    /// Number of blocks whose inner order was derived from funding, and of blocks in all.
    ///
    /// # Errors
    /// None at present; the counts are part of the manifest.
    pub fn blocks_ordered_by_funding(&self) -> Result<(u64, u64), StoreError> {
        let entries = self.state.segments.iter().map(|segment| &segment.entry);
        Ok(entries.fold((0, 0), |(funding, blocks), entry| {
            (funding + entry.blocks_by_funding, blocks + entry.blocks)
        }))
    }
}
