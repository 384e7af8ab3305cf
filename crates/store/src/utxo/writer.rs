//! The writer: takes blocks in chain order and publishes them.
//!
//! Blocks collect in one growing segment in memory, which is written when it
//! would outgrow the budget or at a publish. A publish leaves few segments:
//! as long as the last ones together are at least as large as the one below
//! them, and all of them fit the budget, they are written again as one. So a
//! store that is published after every block rewrites each block about
//! log2(blocks) times and has about as many small segments, besides the
//! large ones that fill the budget.
//!
//! What breaks first as a chain outgrows the memory given: the spender of an
//! output is looked for in every segment above its own, so a spend of a very
//! old output, and the question who spends it, costs two cache misses for
//! each of them. At 1 GiB a segment holds about three million transactions.
//! The hash indexes (about 25 bytes a transaction) should fit the page cache.

use super::flush::write_segment;
use super::growing::Growing;
use super::index::write_merged;
use super::manifest::{MOST, UtxoIndexEntry, UtxoManifest, UtxoSegmentEntry};
use super::resolve::{Resolved, resolve};
use super::segment::UtxoSegment;
use super::validate::validate;
use super::{OutputLedger, UtxoOptions, UtxoSnapshot, UtxoStore};
use crate::folder::{self, BUILDING};
use crate::write::{Progress, Step, TemporaryFolder, replace_manifest};
use crate::{StoreError, widen};
use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use tracehound_model::{BlockHash, Chain, Height, UtxoBlock};

/// Takes blocks in chain order and publishes them.
///
/// Nothing is visible before [`UtxoWriter::publish`] has returned; dropping
/// the writer leaves the store as it was last published. After a failed call
/// the writer is as it was before it.
pub struct UtxoWriter {
    store: PathBuf,
    building: TemporaryFolder,
    memory: usize,
    progress: Progress,
    manifest: UtxoManifest,
    /// Segments on disk, published or not.
    below: UtxoSnapshot,
    growing: Growing,
    resolved: Resolved,
    any_order: bool,
    /// Segments written since the last publish, so that names stay apart.
    built: u64,
    _lock: File,
}

impl std::fmt::Debug for UtxoWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UtxoWriter").field("store", &self.store).finish_non_exhaustive()
    }
}

impl UtxoWriter {
    /// Takes the lock and cleans up after a writer that crashed.
    pub(crate) fn open(store: &UtxoStore, options: &UtxoOptions) -> Result<Self, StoreError> {
        let lock = folder::lock(store.folder())?;
        let (manifest, below) = store.published()?;
        folder::remove_orphans(store.folder(), manifest.names())?;
        let building = TemporaryFolder::create(store.folder().join(BUILDING))?;
        Ok(Self {
            store: store.folder().to_owned(),
            building,
            memory: options.memory,
            progress: options.progress(),
            manifest,
            growing: growing_on(&below),
            below,
            resolved: Resolved::default(),
            any_order: store.chain().utxo().is_some_and(|chain| chain.sorted_by_hash),
            built: 0,
            _lock: lock,
        })
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.below.state.chain
    }

    /// Heights and hashes of all blocks, lowest first, those not yet published included.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn known(&self) -> Result<Vec<(Height, BlockHash)>, StoreError> {
        let mut known = self.below.block_hashes()?;
        let growing = self.growing.blocks.iter();
        known.extend(growing.map(|block| (Height(block.height), BlockHash(block.hash))));
        Ok(known)
    }

    /// The last block, published or not.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn tip(&self) -> Result<Option<(Height, BlockHash)>, StoreError> {
        match self.growing.blocks.last() {
            Some(block) => Ok(Some((Height(block.height), BlockHash(block.hash)))),
            None => Ok(self.below.tip()?.map(|block| (block.height, block.hash))),
        }
    }

    /// Takes the block that follows the last one; the first may have any height.
    ///
    /// # Errors
    /// [`StoreError::BadBlock`] or [`StoreError::BadSpend`] if it cannot be
    /// true, [`StoreError::TooMany`], [`StoreError::Stopped`],
    /// [`StoreError::Damaged`] or [`StoreError::Io`].
    pub fn push(&mut self, block: &UtxoBlock) -> Result<(), StoreError> {
        self.progress.check_stop()?;
        validate(block, self.tip()?)?;
        self.refuse_too_many(block)?;
        if !self.growing.is_empty()
            && (self.growing.memory() >= self.memory || self.growing.overflows_with(block))
        {
            self.flush()?;
        }
        resolve(block, &mut self.growing, &self.below, self.any_order, &mut self.resolved)?;
        self.growing.add(block, &self.resolved);
        Ok(())
    }

    fn refuse_too_many(&self, block: &UtxoBlock) -> Result<(), StoreError> {
        let growing = &self.growing;
        let transactions = u64::from(growing.first_transaction)
            + widen::count(growing.transactions.len() + block.transactions.len());
        if transactions > MOST {
            return Err(StoreError::TooMany { what: "transactions", limit: MOST });
        }
        // At most: each output and each stated address is a new one.
        let addresses = u64::from(growing.first_address)
            + u64::from(growing.new_addresses)
            + widen::count(block.outputs.len() + block.stated.len());
        if addresses > MOST {
            return Err(StoreError::TooMany { what: "addresses", limit: MOST });
        }
        Ok(())
    }

    /// Writes the growing segment and begins the next.
    fn flush(&mut self) -> Result<(), StoreError> {
        let mut entry = self.growing.entry();
        (entry.name, entry.tag) = self.next_name("segment");
        let (progress, building) = (&self.progress, &self.building.path);
        write_segment(building, &self.growing, &entry, &|step| progress.step(step))?;
        let segment = UtxoSegment::open(&building.join(&entry.name), &entry)?;
        let mut segments = self.below.segments().to_vec();
        segments.push(Arc::new(segment));
        let indexes = self.below.state.indexes.clone();
        self.below = UtxoSnapshot::new(self.chain().clone(), segments, indexes);
        self.growing = growing_on(&self.below);
        self.merge_indexes()
    }

    /// Name and tag of the next folder.
    fn next_name(&mut self, kind: &str) -> (String, u64) {
        let (sequence, number) = (self.manifest.sequence + 1, self.built);
        self.built += 1;
        (format!("{kind}-{sequence:08}-{number:04}"), sequence << 24 | number)
    }

    /// Parts that a segment within the budget can have, about.
    fn most_parts(&self) -> u64 {
        widen::count(self.memory / BYTES_PER_PART)
    }

    /// Merges the last indexes where that keeps their number small. Segments
    /// that are to be written again as one are left out.
    fn merge_indexes(&mut self) -> Result<(), StoreError> {
        let segments = self.below.segments();
        let most = self.most_parts();
        let lasting = segments.iter().rposition(|segment| 2 * parts(&segment.entry) > most);
        let lasting = lasting.map_or(0, |place| place + 1);
        let units = self.below.unit_sources().map(|(range, ..)| {
            let keys = |s: &Arc<UtxoSegment>| s.entry.transactions + s.entry.addresses + 1;
            (range.clone(), segments[range].iter().map(keys).sum::<u64>())
        });
        let units: Vec<_> = units.take_while(|(range, _)| range.end <= lasting).collect();
        let Some(((last, size), lower)) = units.split_last() else { return Ok(()) };
        let (mut first, mut total) = (last.start, *size);
        for (range, size) in lower.iter().rev() {
            if *size > total {
                break;
            }
            (first, total) = (range.start, total + size);
        }
        if first == last.start {
            return Ok(());
        }
        let (count, first_segment) = (widen::count(last.end - first), widen::count(first));
        let (name, tag) = self.next_name("index");
        let entry = UtxoIndexEntry { name, tag, first_segment, segments: count };
        let progress = &self.progress;
        let on_step = |step| progress.step(step);
        let index = write_merged(&self.building.path, &self.below, &entry, &on_step)?;
        let mut indexes = self.below.state.indexes.clone();
        let kept = indexes.partition_point(|index| index.entry.range().end <= first);
        let replaced = indexes.split_off(kept);
        self.remove_unpublished(replaced.iter().map(|index| index.entry.name.as_str()));
        indexes.push(Arc::new(index));
        let segments = self.below.segments().to_vec();
        self.below = UtxoSnapshot::new(self.chain().clone(), segments, indexes);
        Ok(())
    }

    /// Removes folders that no publish will name. What cannot be removed
    /// goes with the writer.
    fn remove_unpublished<'a>(&self, names: impl Iterator<Item = &'a str>) {
        for name in names {
            let _ = std::fs::remove_dir_all(self.building.path.join(name));
        }
    }

    /// Makes what it took visible and safe from a crash.
    ///
    /// # Errors
    /// [`StoreError::Stopped`], [`StoreError::Damaged`] or [`StoreError::Io`].
    pub fn publish(&mut self) -> Result<(), StoreError> {
        self.progress.check_stop()?;
        if !self.growing.is_empty() {
            self.flush()?;
            self.merge_last_segments()?;
        }
        let last = &self.manifest;
        let next = UtxoManifest {
            sequence: last.sequence + 1,
            segments: self.below.segments().iter().map(|segment| segment.entry.clone()).collect(),
            indexes: self.below.state.indexes.iter().map(|index| index.entry.clone()).collect(),
            ..last.clone()
        };
        if next.segments == last.segments {
            return Ok(());
        }
        let known: HashSet<&str> = last.names().collect();
        for name in next.names().filter(|name| !known.contains(name)) {
            let (from, to) = (self.building.path.join(name), self.store.join(name));
            // An earlier attempt at this publish may have moved it.
            if from.exists() {
                std::fs::rename(&from, to).map_err(StoreError::io(&from))?;
            }
            self.progress.step(Step::SegmentRenamed);
        }
        replace_manifest(&self.store, &next.to_bytes(), &self.progress)?;
        self.manifest = next;
        self.built = 0;
        folder::remove_orphans(&self.store, self.manifest.names().chain([BUILDING]))?;
        self.progress.step(Step::Cleaned);
        Ok(())
    }

    /// Writes the last segments again as one where that keeps their number small.
    fn merge_last_segments(&mut self) -> Result<(), StoreError> {
        let segments = self.below.segments().iter();
        let sizes: Vec<u64> = segments.map(|segment| parts(&segment.entry)).collect();
        let mut first = sizes.len().saturating_sub(1);
        let mut total = sizes.last().copied().unwrap_or(0);
        let most = self.most_parts();
        while first > 0 && sizes[first - 1] <= total && total + sizes[first - 1] <= most {
            first -= 1;
            total += sizes[first];
        }
        if first + 1 >= sizes.len() {
            return Ok(());
        }
        self.rewrite_from(first, None)?;
        self.flush()
    }

    /// Takes away all blocks above a height; all of them with `None`. The
    /// writer is then as if it had never seen them.
    ///
    /// # Errors
    /// As [`UtxoWriter::push`].
    pub fn drop_above(&mut self, height: Option<Height>) -> Result<(), StoreError> {
        let Some((tip, _)) = self.tip()? else { return Ok(()) };
        if height.is_some_and(|height| height >= tip) {
            return Ok(());
        }
        if !self.growing.is_empty() {
            self.flush()?;
        }
        let segments = self.below.segments();
        // The first segment of which something goes.
        let first = segments
            .partition_point(|s| height.is_some_and(|height| s.entry.end_height() - 1 <= height.0));
        match height {
            Some(height) => self.rewrite_from(first, Some(height)),
            None => {
                self.below = UtxoSnapshot::empty(self.chain().clone());
                self.growing = growing_on(&self.below);
                Ok(())
            }
        }
    }

    /// Takes the blocks of the segments from `first` on out of them and
    /// pushes them again, those at or below `height` if one is given.
    fn rewrite_from(&mut self, first: usize, height: Option<Height>) -> Result<(), StoreError> {
        let before = self.below.clone();
        let kept = before.segments()[..first].to_vec();
        self.below = UtxoSnapshot::new(self.chain().clone(), kept, before.state.indexes.clone());
        self.growing = growing_on(&self.below);
        let result = self.push_again(&before, first, height);
        if result.is_err() {
            self.below = before;
            self.growing = growing_on(&self.below);
            return result;
        }
        let replaced = before.segments()[first..].iter().map(|segment| &segment.entry.name);
        self.remove_unpublished(replaced.map(String::as_str));
        Ok(())
    }

    fn push_again(
        &mut self,
        before: &UtxoSnapshot,
        first: usize,
        height: Option<Height>,
    ) -> Result<(), StoreError> {
        for segment in &before.segments()[first..] {
            for number in segment.entry.first_height..segment.entry.end_height() {
                if height.is_some_and(|height| number > height.0) {
                    return Ok(());
                }
                self.push(&before.read_block(Height(number))?)?;
            }
        }
        Ok(())
    }
}

/// Bytes that a part of a segment takes while it grows, about.
const BYTES_PER_PART: usize = 64;

/// Size of a segment: its transactions, inputs, outputs and new addresses.
fn parts(entry: &UtxoSegmentEntry) -> u64 {
    entry.transactions + entry.inputs + entry.outputs + entry.addresses + 1
}

/// An empty segment on top of others.
fn growing_on(below: &UtxoSnapshot) -> Growing {
    Growing::new(below.transaction_count(), below.address_count())
}
