//! From rows in chain order to segments.
//!
//! Gives addresses and assets their numbers in order of first appearance, so
//! that numbers depend on the chain alone: not on batches, not on where
//! segments end, and not on blocks that were dropped again. A segment is
//! closed, between blocks, before the memory its indexes need would exceed
//! the budget.

use super::address_map::AddressMap;
use super::repeated;
use super::segment_builder::SegmentBuilder;
use crate::manifest::SegmentEntry;
use crate::segment::{Segment, address_key_width, key_hash};
use crate::write::{Progress, Step};
use crate::{StoreError, widen};
use hashbrown::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use tracehound_model::{Address, Asset, Chain, Transfer, address};

/// Rows whose addresses are looked up together.
const BATCH: usize = 64;
/// Rows after which the budget is looked at again, if there is room for as many.
const PART: usize = 1024;
/// Addresses and rows of a segment are counted in 32 bits, assets in 28; a
/// segment is closed well before its rows run out.
const MOST_ASSETS: u64 = 1 << 28;
const MOST_ROWS: u64 = 1 << 31;
/// Segments of one publish have this many tags to themselves.
const TAGS_PER_PUBLISH: u64 = 1 << 24;
/// The last address number is left out so that counts fit 32 bits too.
pub(crate) const MOST_ADDRESSES: u64 = (1 << 32) - 1;

/// What a build needs to know.
pub(crate) struct BuildOptions {
    /// The chain.
    pub(crate) chain: Chain,
    /// Folder to build in.
    pub(crate) building: PathBuf,
    /// Number of the publish the segments are for.
    pub(crate) sequence: u64,
    /// Bytes of memory to stay below.
    pub(crate) memory: u64,
    /// Stop flag and reports.
    pub(crate) progress: Progress,
    /// Number of the first new segment among those of this publish.
    pub(crate) first_segment: u64,
    /// Most addresses, lowered by tests.
    pub(crate) most_addresses: u64,
}

/// Builds segments on top of others.
pub(crate) struct ChainBuilder {
    options: BuildOptions,
    key_width: u32,
    /// Kept segments, then finished ones.
    segments: Vec<Arc<Segment>>,
    kept: usize,
    current: Option<SegmentBuilder>,
    addresses: AddressMap,
    assets: HashMap<Asset, u32>,
    last_asset: Option<(Asset, u32)>,
    address_count: u64,
    asset_count: u64,
    /// Height, time and transaction of the block last begun.
    tip: Option<Transfer>,
}

impl ChainBuilder {
    /// Starts on top of `kept`.
    pub(crate) fn new(options: BuildOptions, kept: &[Arc<Segment>]) -> Self {
        let key_width = address_key_width(&options.chain);
        let last = kept.last().map(|segment| &segment.entry);
        Self {
            key_width,
            segments: kept.to_vec(),
            kept: kept.len(),
            current: None,
            addresses: AddressMap::new(widen::index(key_width)),
            assets: HashMap::new(),
            last_asset: None,
            address_count: last.map_or(0, SegmentEntry::end_address),
            asset_count: last.map_or(0, SegmentEntry::end_asset),
            tip: None,
            options,
        }
    }

    /// Height of the last block, of whichever segment.
    pub(crate) fn last_height(&self) -> Option<u64> {
        let finished = self.segments.last().map(|segment| segment.entry.last_height);
        self.current.as_ref().map(|current| current.entry().last_height).or(finished)
    }

    /// Adds whole blocks in chain order, all ordered by funding or none.
    pub(crate) fn add(&mut self, rows: &[Transfer], by_funding: bool) -> Result<(), StoreError> {
        let mut rest = rows;
        while !rest.is_empty() {
            self.options.progress.check_stop()?;
            self.close_if_full()?;
            let (part, later) = rest.split_at(self.part_length(rest));
            for batch in part.chunks(BATCH) {
                self.add_batch(batch, by_funding)?;
            }
            self.options.progress.written(widen::count(part.len()));
            rest = later;
        }
        Ok(())
    }

    /// How many rows, up to the end of a block, fit before the budget must be looked at.
    fn part_length(&self, rows: &[Transfer]) -> usize {
        let room = self.options.memory.saturating_sub(self.memory()) / 128;
        let part = widen::index64(room).clamp(1, PART).min(rows.len());
        let block = rows[part - 1].height;
        part + rows[part..].iter().take_while(|row| row.height == block).count()
    }

    fn memory(&self) -> u64 {
        self.addresses.memory() + self.current.as_ref().map_or(0, SegmentBuilder::memory)
    }

    fn close_if_full(&mut self) -> Result<(), StoreError> {
        let full = self.current.as_ref().is_some_and(|current| current.entry().rows >= MOST_ROWS);
        if full || self.current.is_some() && self.memory() > self.options.memory {
            self.close()?;
            // What is known of older addresses spares look-ups, as long as there is room for it.
            if self.addresses.memory() > self.options.memory / 2 {
                self.addresses = AddressMap::new(widen::index(self.key_width));
            }
        }
        Ok(())
    }

    /// Adds rows that continue the last block or begin new ones.
    fn add_batch(&mut self, rows: &[Transfer], by_funding: bool) -> Result<(), StoreError> {
        let mut keys = [[0_u8; address::KEY_LENGTH]; 2 * BATCH];
        let mut hashes = [0_u64; 2 * BATCH];
        let width = widen::index(self.key_width);
        let addresses = rows.iter().flat_map(|row| [&row.from, &row.to]);
        for ((key, hash), address) in keys.iter_mut().zip(&mut hashes).zip(addresses) {
            *key = address.to_key();
            *hash = self.addresses.hash(&key[..width]);
        }
        self.addresses.touch(&hashes[..2 * rows.len()]);
        let pairs = keys.chunks_exact(2).zip(hashes.chunks_exact(2));
        for (row, (keys, hashes)) in rows.iter().zip(pairs) {
            self.add_row(row, keys, hashes, by_funding)?;
        }
        Ok(())
    }

    #[inline]
    fn add_row(
        &mut self,
        row: &Transfer,
        keys: &[[u8; address::KEY_LENGTH]],
        hashes: &[u64],
        by_funding: bool,
    ) -> Result<(), StoreError> {
        let same_block = self.tip.as_ref().is_some_and(|tip| tip.height == row.height);
        if !same_block {
            self.refuse_backwards(row)?;
            self.current()?.block(row, by_funding)?;
        }
        let tip = self.tip.as_ref();
        if !same_block || tip.is_none_or(|tip| tip.transaction != row.transaction) {
            self.current()?.transaction(row)?;
            self.tip = Some(*row);
        }
        let width = widen::index(self.key_width);
        let from = self.address_number(&keys[0][..width], hashes[0])?;
        let to = self.address_number(&keys[1][..width], hashes[1])?;
        let asset = self.asset_number(&row.asset)?;
        self.current()?.row(row, from, to, asset)
    }

    fn current(&mut self) -> Result<&mut SegmentBuilder, StoreError> {
        if self.current.is_none() {
            let begun = self.begin()?;
            return Ok(self.current.insert(begun));
        }
        match &mut self.current {
            Some(current) => Ok(current),
            None => unreachable!("returned above"),
        }
    }

    fn begin(&self) -> Result<SegmentBuilder, StoreError> {
        let last = self.segments.last().map(|segment| &segment.entry);
        let number = self.options.first_segment + widen::count(self.segments.len() - self.kept);
        if number >= TAGS_PER_PUBLISH {
            return Err(StoreError::TooMany { what: "segments in one publish", limit: number });
        }
        let sequence = self.options.sequence;
        let entry = SegmentEntry {
            name: format!("segment-{sequence:08}-{number:04}"),
            tag: sequence.saturating_mul(TAGS_PER_PUBLISH).saturating_add(number),
            first_row: last.map_or(0, SegmentEntry::end_row),
            rows: 0,
            wide: 0,
            first_transaction: last.map_or(0, SegmentEntry::end_transaction),
            transactions: 0,
            first_address: self.address_count,
            addresses: 0,
            first_asset: self.asset_count,
            assets: 0,
            blocks: 0,
            blocks_by_funding: 0,
            first_height: 0,
            first_timestamp: 0,
            last_height: 0,
            last_timestamp: 0,
        };
        SegmentBuilder::begin(&self.options.building, entry, self.key_width)
    }

    /// Blocks come with rising heights and times that do not fall.
    fn refuse_backwards(&self, row: &Transfer) -> Result<(), StoreError> {
        let finished = self.segments.last().map(|segment| &segment.entry);
        let Some(last) = self.current.as_ref().map(SegmentBuilder::entry).or(finished) else {
            return Ok(());
        };
        if row.timestamp.0 >= last.last_timestamp {
            return Ok(());
        }
        Err(StoreError::TimeBackwards {
            height: row.height,
            transaction: row.transaction,
            time: row.timestamp,
            below: tracehound_model::Height(last.last_height),
            time_below: tracehound_model::Timestamp(last.last_timestamp),
        })
    }

    #[inline]
    fn address_number(&mut self, key: &[u8], hash: u64) -> Result<u32, StoreError> {
        if let Some(number) = self.addresses.find(hash, key) {
            return Ok(number);
        }
        let number = match self.older_address(key)? {
            Some(number) => number,
            None => self.new_address(key)?,
        };
        self.addresses.insert(hash, key, number);
        Ok(number)
    }

    /// Asks the finished segments, the first of which has most addresses.
    fn older_address(&self, key: &[u8]) -> Result<Option<u32>, StoreError> {
        if self.segments.is_empty() {
            return Ok(None);
        }
        let hash = key_hash(0, key);
        for segment in &self.segments {
            if let Some(number) = segment.find_address(key, hash)? {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    fn new_address(&mut self, key: &[u8]) -> Result<u32, StoreError> {
        let limit = self.options.most_addresses;
        if self.address_count >= limit {
            return Err(StoreError::TooMany { what: "addresses", limit });
        }
        self.current()?.new_address(key)?;
        self.address_count += 1;
        // Below the limit, which is below 2^32.
        Ok(widen::low(self.address_count - 1))
    }

    #[inline]
    fn asset_number(&mut self, asset: &Asset) -> Result<u32, StoreError> {
        if let Some((last, number)) = &self.last_asset
            && last == asset
        {
            return Ok(*number);
        }
        let number = match self.assets.get(asset) {
            Some(number) => *number,
            None => self.new_or_older_asset(asset)?,
        };
        self.last_asset = Some((*asset, number));
        Ok(number)
    }

    fn new_or_older_asset(&mut self, asset: &Asset) -> Result<u32, StoreError> {
        let key = asset.to_key();
        let mut number = None;
        for segment in &self.segments {
            number = number.or(segment.find_asset(&key)?);
        }
        let number = match number {
            Some(number) => number,
            None if self.asset_count >= MOST_ASSETS => {
                return Err(StoreError::TooMany { what: "assets", limit: MOST_ASSETS });
            }
            None => {
                self.current()?.new_asset(&key)?;
                self.asset_count += 1;
                // Below 2^28.
                widen::low(self.asset_count - 1)
            }
        };
        self.assets.insert(*asset, number);
        Ok(number)
    }

    /// Finishes the segment being written, if any.
    fn close(&mut self) -> Result<(), StoreError> {
        let Some(current) = self.current.take() else { return Ok(()) };
        let progress = &self.options.progress;
        let entry = current.finish(&|step: Step| progress.step(step))?;
        let folder = self.options.building.join(&entry.name);
        let segment = Segment::open(&folder, &entry, self.key_width)?;
        repeated::refuse_within(&segment)?;
        for other in &self.segments {
            self.options.progress.check_stop()?;
            repeated::refuse_between(other, &segment)?;
        }
        self.segments.push(Arc::new(segment));
        Ok(())
    }

    /// Finishes the build; returns the kept segments and the new ones.
    pub(crate) fn finish(mut self) -> Result<Vec<Arc<Segment>>, StoreError> {
        self.close()?;
        Ok(self.segments)
    }
}

/// The width that a chain's keys are cut to, and whether `address` fits it.
pub(crate) fn fits(address: &Address, key_width: u32) -> bool {
    address.payload().len() < widen::index(key_width)
}
