//! A store of an unspent-output chain as a folder.

use super::index::MergedIndex;
use super::manifest::{UtxoIndexEntry, UtxoManifest, UtxoSegmentEntry};
use super::segment::UtxoSegment;
use super::{UtxoOptions, UtxoSnapshot, UtxoWriter};
use crate::manifest::MANIFEST;
use crate::published::{self, Published};
use crate::{CheckReport, StoreError};
use std::path::Path;
use std::sync::Arc;
use tracehound_model::{Chain, Height};

/// A store folder of one chain whose transactions spend outputs.
///
/// The folder belongs to Tracehound alone: files are mapped into memory, and
/// another program that truncates one of them ends this process.
#[derive(Debug)]
pub struct UtxoStore {
    chain: Chain,
    published: Published<UtxoManifest, UtxoSnapshot>,
}

impl UtxoStore {
    /// Makes an empty store; refused if the folder holds one already.
    ///
    /// # Errors
    /// [`StoreError::AlreadyAStore`], or [`StoreError::Io`].
    pub fn create(folder: &Path, chain: &Chain) -> Result<Self, StoreError> {
        published::create(folder, &UtxoManifest::empty(chain).to_bytes())?;
        Self::open(folder)
    }

    /// Opens a store, checking its manifest and the headers and lengths of
    /// its files; their pages are verified as they are read.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], [`StoreError::OtherKind`],
    /// [`StoreError::UnknownVersion`], [`StoreError::Damaged`] or [`StoreError::Io`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let manifest = UtxoManifest::read(folder)?;
        let chain = manifest.chain(&folder.join(MANIFEST))?;
        let store = Self { chain, published: Published::new(folder) };
        store.snapshot()?;
        Ok(store)
    }

    /// Opens, or creates where there is none; refused if the store is of another chain.
    ///
    /// # Errors
    /// [`StoreError::OtherChain`], and those of [`UtxoStore::open`] and [`UtxoStore::create`].
    pub fn open_or_create(folder: &Path, chain: &Chain) -> Result<Self, StoreError> {
        let create = || Self::create(folder, chain);
        published::of_chain(folder, chain, Self::open(folder), create, Self::chain)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.published.folder
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The state published last.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::Io`].
    pub fn snapshot(&self) -> Result<UtxoSnapshot, StoreError> {
        Ok(self.published()?.1)
    }

    /// The manifest published last and its segments.
    pub(crate) fn published(&self) -> Result<(UtxoManifest, UtxoSnapshot), StoreError> {
        self.published
            .current(UtxoManifest::read, |manifest, known| self.open_segments(manifest, known))
    }

    fn open_segments(
        &self,
        manifest: &UtxoManifest,
        known: Option<&UtxoSnapshot>,
    ) -> Result<UtxoSnapshot, StoreError> {
        let known_indexes = known.map(|known| known.state.indexes.as_slice()).unwrap_or_default();
        let known = known.map(UtxoSnapshot::segments).unwrap_or_default();
        let open =
            |entry: &UtxoSegmentEntry| match known.iter().find(|segment| segment.entry == *entry) {
                Some(segment) => Ok(Arc::clone(segment)),
                None => UtxoSegment::open(&self.folder().join(&entry.name), entry).map(Arc::new),
            };
        let segments = manifest.segments.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let open =
            |entry: &UtxoIndexEntry| match known_indexes.iter().find(|index| index.entry == *entry)
            {
                Some(index) => Ok(Arc::clone(index)),
                None => MergedIndex::open(&self.folder().join(&entry.name), entry, &segments)
                    .map(Arc::new),
            };
        let indexes = manifest.indexes.iter().map(open).collect::<Result<_, _>>()?;
        Ok(UtxoSnapshot::new(self.chain.clone(), segments, indexes))
    }

    /// Takes the writer's lock; refused while another writer holds it.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Damaged`] or [`StoreError::Io`].
    pub fn writer(&self, options: UtxoOptions) -> Result<UtxoWriter, StoreError> {
        UtxoWriter::open(self, &options)
    }

    /// Drops every block above `height`, all of them with `None`, as if they
    /// had never been seen, and publishes.
    ///
    /// # Errors
    /// As [`UtxoStore::writer`] and [`UtxoWriter::publish`].
    pub fn drop_above(
        &self,
        height: Option<Height>,
        options: UtxoOptions,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer(options)?;
        writer.drop_above(height)?;
        writer.publish()
    }

    /// Reads every byte; `progress(done, total)` in bytes.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], or [`StoreError::Io`] if the folder cannot
    /// be read at all; everything else is a fault in the report.
    pub fn check(
        folder: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<CheckReport, StoreError> {
        super::check::check(folder, progress)
    }
}
