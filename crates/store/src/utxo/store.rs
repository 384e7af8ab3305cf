//! A store of an unspent-output chain as a folder.

use super::index::MergedIndex;
use super::manifest::{UtxoIndexEntry, UtxoManifest, UtxoSegmentEntry};
use super::segment::UtxoSegment;
use super::{UtxoOptions, UtxoSnapshot, UtxoWriter};
use crate::manifest::MANIFEST;
use crate::{CheckReport, StoreError, folder};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracehound_model::{Chain, Height};

/// How often a reader starts again because a publish replaced what it was opening.
const ATTEMPTS: u32 = 100;

/// A store folder of one chain whose transactions spend outputs.
///
/// The folder belongs to Tracehound alone: files are mapped into memory, and
/// another program that truncates one of them ends this process.
#[derive(Debug)]
pub struct UtxoStore {
    folder: PathBuf,
    chain: Chain,
    /// The last snapshot taken, so that the next one maps only what is new.
    last: Mutex<Option<(UtxoManifest, UtxoSnapshot)>>,
}

impl UtxoStore {
    /// Makes an empty store; refused if the folder holds one already.
    ///
    /// # Errors
    /// [`StoreError::AlreadyAStore`], or [`StoreError::Io`].
    pub fn create(folder: &Path, chain: &Chain) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(StoreError::io(folder))?;
        let _lock = folder::lock(folder)?;
        if folder.join(MANIFEST).exists() {
            return Err(StoreError::AlreadyAStore { path: folder.to_owned() });
        }
        let manifest = UtxoManifest::empty(chain).to_bytes();
        let file = folder::write_next_manifest(folder, &manifest)?;
        file.sync_all().map_err(StoreError::io(folder))?;
        folder::rename_next_manifest(folder)?;
        folder::sync_folder(folder)?;
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
        let store = Self { folder: folder.to_owned(), chain, last: Mutex::new(None) };
        store.snapshot()?;
        Ok(store)
    }

    /// Opens, or creates where there is none; refused if the store is of another chain.
    ///
    /// # Errors
    /// [`StoreError::OtherChain`], and those of [`UtxoStore::open`] and [`UtxoStore::create`].
    pub fn open_or_create(folder: &Path, chain: &Chain) -> Result<Self, StoreError> {
        let store = match Self::open(folder) {
            Err(StoreError::NotAStore { .. }) => Self::create(folder, chain)?,
            other => other?,
        };
        if store.chain == *chain {
            return Ok(store);
        }
        let (path, found) = (folder.to_owned(), store.chain);
        Err(StoreError::OtherChain { path, found, wanted: chain.clone() })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
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
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut manifest = UtxoManifest::read(&self.folder)?;
        for _ in 0..ATTEMPTS {
            if let Some((known, snapshot)) = last.as_ref()
                && *known == manifest
            {
                return Ok((manifest, snapshot.clone()));
            }
            let known = last.as_ref().map(|(_, snapshot)| snapshot);
            match self.open_segments(&manifest, known) {
                Ok(snapshot) => {
                    *last = Some((manifest.clone(), snapshot.clone()));
                    return Ok((manifest, snapshot));
                }
                Err(StoreError::Io { path, source }) if source.kind() == ErrorKind::NotFound => {
                    // A publish may have removed it since the manifest was read.
                    let now = UtxoManifest::read(&self.folder)?;
                    if now == manifest {
                        return Err(StoreError::damaged(&path, "missing"));
                    }
                    manifest = now;
                }
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Locked { path: self.folder.clone() })
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
                None => UtxoSegment::open(&self.folder.join(&entry.name), entry).map(Arc::new),
            };
        let segments = manifest.segments.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let open =
            |entry: &UtxoIndexEntry| match known_indexes.iter().find(|index| index.entry == *entry)
            {
                Some(index) => Ok(Arc::clone(index)),
                None => MergedIndex::open(&self.folder.join(&entry.name), entry, &segments)
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
