//! A store as a folder.

use crate::descriptions::DescriptionFile;
use crate::folder;
use crate::manifest::{MANIFEST, Manifest};
use crate::segment::{Segment, address_key_width};
use crate::{CheckReport, Snapshot, StoreError, WriteOptions, Writer};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracehound_model::{Chain, Height};

/// How often a reader starts again because a publish replaced what it was opening.
const ATTEMPTS: u32 = 100;

/// A store folder of one chain.
///
/// The folder belongs to Tracehound alone: files are mapped into memory, and
/// another program that truncates one of them ends this process.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    chain: Chain,
    /// The last snapshot taken, so that the next one maps only what is new.
    last: Mutex<Option<(Manifest, Snapshot)>>,
}

impl Store {
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
        let file = folder::write_next_manifest(folder, &Manifest::empty(chain).to_bytes())?;
        file.sync_all().map_err(StoreError::io(folder))?;
        folder::rename_next_manifest(folder)?;
        folder::sync_folder(folder)?;
        Self::open(folder)
    }

    /// Opens a store, checking its manifest and the headers and lengths of
    /// its files; their pages are verified as they are read.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], [`StoreError::UnknownVersion`],
    /// [`StoreError::Damaged`] or [`StoreError::Io`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let manifest = folder::read_manifest(folder)?;
        let chain = manifest.chain(&folder.join(MANIFEST))?;
        let store = Self { folder: folder.to_owned(), chain, last: Mutex::new(None) };
        store.snapshot()?;
        Ok(store)
    }

    /// Opens, or creates where there is none; refused if the store is of another chain.
    ///
    /// # Errors
    /// [`StoreError::OtherChain`], and those of [`Store::open`] and [`Store::create`].
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
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(self.published()?.1)
    }

    /// The manifest published last and its segments.
    pub(crate) fn published(&self) -> Result<(Manifest, Snapshot), StoreError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut manifest = folder::read_manifest(&self.folder)?;
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
                    let now = folder::read_manifest(&self.folder)?;
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
        manifest: &Manifest,
        known: Option<&Snapshot>,
    ) -> Result<Snapshot, StoreError> {
        let known = known.map(Snapshot::segments).unwrap_or_default();
        let width = address_key_width(&self.chain);
        let open = |entry: &crate::manifest::SegmentEntry| match known
            .iter()
            .find(|segment| segment.entry == *entry)
        {
            Some(segment) => Ok(Arc::clone(segment)),
            None => Segment::open(&self.folder.join(&entry.name), entry, width).map(Arc::new),
        };
        let segments = manifest.segments.iter().map(open).collect::<Result<_, _>>()?;
        let descriptions = match &manifest.descriptions {
            Some(entry) => Some(Arc::new(DescriptionFile::open(&self.folder, entry)?)),
            None => None,
        };
        Ok(Snapshot::new(self.chain.clone(), segments, descriptions))
    }

    /// Takes the writer's lock; refused while another writer holds it.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Damaged`] or [`StoreError::Io`].
    pub fn writer(&self, options: WriteOptions) -> Result<Writer, StoreError> {
        Writer::open(self, options)
    }

    /// Drops every block above `height`, as if it had never been seen.
    ///
    /// # Errors
    /// As [`Store::writer`] and [`Writer::publish`].
    pub fn drop_above(&self, height: Height, options: WriteOptions) -> Result<(), StoreError> {
        Writer::open(self, options)?.drop_above(height)
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
        crate::check::check(folder, progress)
    }
}
