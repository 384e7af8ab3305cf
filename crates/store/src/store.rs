//! A store as a folder.

use crate::descriptions::DescriptionFile;
use crate::folder;
use crate::manifest::{MANIFEST, Manifest};
use crate::published::{self, Published};
use crate::segment::{Segment, address_key_width};
use crate::{CheckReport, Snapshot, StoreError, WriteOptions, Writer};
use std::path::Path;
use std::sync::Arc;
use tracehound_model::{Chain, Height};

/// A store folder of one chain.
///
/// The folder belongs to Tracehound alone: files are mapped into memory, and
/// another program that truncates one of them ends this process.
#[derive(Debug)]
pub struct Store {
    chain: Chain,
    published: Published<Manifest, Snapshot>,
}

impl Store {
    /// Makes an empty store; refused if the folder holds one already.
    ///
    /// # Errors
    /// [`StoreError::AlreadyAStore`], or [`StoreError::Io`].
    pub fn create(folder: &Path, chain: &Chain) -> Result<Self, StoreError> {
        published::create(folder, &Manifest::empty(chain).to_bytes())?;
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
        let store = Self { chain, published: Published::new(folder) };
        store.snapshot()?;
        Ok(store)
    }

    /// Opens, or creates where there is none; refused if the store is of another chain.
    ///
    /// # Errors
    /// [`StoreError::OtherChain`], and those of [`Store::open`] and [`Store::create`].
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
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(self.published()?.1)
    }

    /// The manifest published last and its segments.
    pub(crate) fn published(&self) -> Result<(Manifest, Snapshot), StoreError> {
        self.published
            .current(folder::read_manifest, |manifest, known| self.open_segments(manifest, known))
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
            None => Segment::open(&self.folder().join(&entry.name), entry, width).map(Arc::new),
        };
        let segments = manifest.segments.iter().map(open).collect::<Result<_, _>>()?;
        let descriptions = match &manifest.descriptions {
            Some(entry) => Some(Arc::new(DescriptionFile::open(self.folder(), entry)?)),
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
