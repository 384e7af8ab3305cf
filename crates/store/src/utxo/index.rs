//! Indexes over several segments.
//!
//! Each segment has indexes of its own names and addresses. A chain of many
//! segments would make a look-up ask each of them, so those of neighbouring
//! segments are also merged: whenever the last indexes together hold at least
//! as many keys as the one below, all of them become one. Of `n` segments
//! about log2(n) indexes are left to ask, and each key is copied as often.
//! What is merged only repeats what the segments hold: a reorganisation
//! drops the indexes it touches, and nothing is lost.

use super::UtxoSnapshot;
use super::manifest::UtxoIndexEntry;
use super::segment::UtxoSegment;
use crate::file::{FileKind, PagedFile, WrittenFile};
use crate::folder::sync_folder;
use crate::segment::{HashIndex, key_hash, merge_hash_indexes};
use crate::write::Step;
use crate::{StoreError, widen};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A mapped index of several segments. Its numbers count from the first
/// transaction and the first new address of the first segment.
#[derive(Debug)]
pub(crate) struct MergedIndex {
    pub(crate) entry: UtxoIndexEntry,
    pub(crate) names: HashIndex,
    pub(crate) addresses: HashIndex,
}

/// Something to ask for a name or an address.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// One segment by its own indexes.
    Segment(usize),
    /// Several by the index at this place.
    Merged(usize),
}

/// What there is to ask in a state of `segments` segments, lowest first.
pub(crate) fn units(segments: usize, indexes: &[Arc<MergedIndex>]) -> Vec<Unit> {
    let (mut units, mut next) = (Vec::new(), 0);
    for (place, index) in indexes.iter().enumerate() {
        let range = index.entry.range();
        units.extend((next..range.start).map(Unit::Segment));
        units.push(Unit::Merged(place));
        next = range.end;
    }
    units.extend((next..segments).map(Unit::Segment));
    units
}

impl MergedIndex {
    /// Maps the files of `folder`; `segments` are those of the state.
    pub(crate) fn open(
        folder: &Path,
        entry: &UtxoIndexEntry,
        segments: &[Arc<UtxoSegment>],
    ) -> Result<Self, StoreError> {
        let covered = segments.get(entry.range()).unwrap_or_default();
        let sum = |keys: fn(&UtxoSegment) -> u64| covered.iter().map(|s| keys(s)).sum();
        let open = |kind, count| HashIndex::open(folder, kind, entry.tag, count);
        Ok(Self {
            names: open(FileKind::UtxoHashIndex, sum(|s| s.entry.transactions))?,
            addresses: open(FileKind::UtxoAddressIndex, sum(|s| s.entry.addresses))?,
            entry: entry.clone(),
        })
    }

    /// Its files' kinds, in the order of [`MergedIndex::files`].
    pub(crate) const KINDS: [FileKind; 2] = [FileKind::UtxoHashIndex, FileKind::UtxoAddressIndex];

    /// Its files.
    pub(crate) fn files(&self) -> [&PagedFile; 2] {
        [self.names.file(), self.addresses.file()]
    }

    /// Compares it with the keys of its segments, which must be sound.
    pub(crate) fn check(&self, segments: &[Arc<UtxoSegment>]) -> Result<(), StoreError> {
        let covered = segments.get(self.entry.range()).unwrap_or_default();
        let Some(first) = covered.first() else { return Ok(()) };
        let local = |number: u32, base: u64, start: fn(&UtxoSegment) -> u64| {
            let number = base + u64::from(number);
            let place = covered.partition_point(|s| start(s) <= number).saturating_sub(1);
            (&covered[place], widen::index64(number - start(&covered[place])))
        };
        self.names.check(|number| {
            let base = first.entry.first_transaction;
            let (segment, number) = local(number, base, |s| s.entry.first_transaction);
            Ok(key_hash(0, segment.hash(number)?))
        })?;
        self.addresses.check(|number| {
            let base = first.entry.first_address;
            let (segment, number) = local(number, base, |s| s.entry.first_address);
            Ok(key_hash(0, segment.address_key(number)?))
        })
    }
}

/// Writes the index of the segments in `entry` into a new folder inside
/// `building`, out of the indexes that `state` has of them, and syncs it.
pub(crate) fn write_merged(
    building: &Path,
    state: &UtxoSnapshot,
    entry: &UtxoIndexEntry,
    on_step: &dyn Fn(Step),
) -> Result<MergedIndex, StoreError> {
    let folder = building.join(&entry.name);
    std::fs::create_dir(&folder).map_err(StoreError::io(&folder))?;
    let range = entry.range();
    let inside = state.unit_sources().filter(|(covered, ..)| range.contains(&covered.start));
    let (mut names, mut addresses) = (Vec::new(), Vec::new());
    let base = &state.segments()[range.start];
    for (covered, own_names, own_addresses) in inside {
        let first = &state.segments()[covered.start];
        // All of a store's numbers fit 32 bits.
        names.push((own_names, first.first_transaction() - base.first_transaction()));
        addresses.push((own_addresses, first.first_address() - base.first_address()));
    }
    let write = |kind, sources| merge_hash_indexes(&folder, kind, entry.tag, sources);
    let written = std::thread::scope(|scope| {
        let other = scope.spawn(|| write(FileKind::UtxoHashIndex, names.as_slice()));
        let written = write(FileKind::UtxoAddressIndex, addresses.as_slice())?;
        match other.join() {
            Ok(other) => Ok::<_, StoreError>([written, other?]),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })?;
    on_step(Step::SegmentWritten);
    written.into_iter().try_for_each(WrittenFile::sync)?;
    sync_folder(&folder)?;
    on_step(Step::SegmentSynced);
    MergedIndex::open(&folder, entry, state.segments())
}

impl UtxoSnapshot {
    /// Fetches what looking up many names will need.
    pub(crate) fn touch_names(&self, hashes: &[u64]) -> Result<(), StoreError> {
        touch(self.unit_sources().map(|(_, names, _)| names), hashes)
    }

    /// Fetches what looking up many addresses will need.
    pub(crate) fn touch_addresses(&self, hashes: &[u64]) -> Result<(), StoreError> {
        touch(self.unit_sources().map(|(_, _, addresses)| addresses), hashes)
    }

    /// The segments that each unit covers with its indexes, lowest first.
    pub(crate) fn unit_sources(
        &self,
    ) -> impl Iterator<Item = (Range<usize>, &HashIndex, &HashIndex)> + Clone {
        self.state.units.iter().map(|unit| match *unit {
            Unit::Segment(place) => {
                let segment = &self.segments()[place];
                (place..place + 1, &segment.hash_index, &segment.address_index)
            }
            Unit::Merged(place) => {
                let index = &self.state.indexes[place];
                (index.entry.range(), &index.names, &index.addresses)
            }
        })
    }
}

/// Each loop is short, so that the processor runs ahead and waits for many
/// cache misses together.
fn touch<'a>(
    indexes: impl Iterator<Item = &'a HashIndex> + Clone,
    hashes: &[u64],
) -> Result<(), StoreError> {
    for index in indexes.clone() {
        hashes.iter().for_each(|hash| index.touch_directory(*hash));
    }
    for index in indexes {
        hashes.iter().try_for_each(|hash| index.touch_entries(*hash))?;
    }
    Ok(())
}
