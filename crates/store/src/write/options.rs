//! How to write, and what came of it.

use crate::StoreError;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tracehound_model::Asset;

/// Memory a build may take if the caller does not say.
const DEFAULT_MEMORY: u64 = 1 << 30;

/// A point of a publish at which a crash must leave the last published state
/// (up to [`Step::ManifestSynced`]) or the new one (from [`Step::ManifestRenamed`] on).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Files of a segment are written, not yet synced.
    SegmentWritten,
    /// They and their folder are synced.
    SegmentSynced,
    /// A segment folder has its final name.
    SegmentRenamed,
    /// The asset descriptions are written and synced.
    DescriptionsSynced,
    /// The names in the store folder are synced.
    FolderSynced,
    /// The next manifest is written under a temporary name.
    ManifestWritten,
    /// It is synced.
    ManifestSynced,
    /// It has replaced the last one.
    ManifestRenamed,
    /// Its name is synced: the publish will survive a power cut.
    Published,
    /// What it no longer names is removed.
    Cleaned,
}

impl Step {
    /// Every step, in the order in which a publish first reaches them.
    pub const ALL: [Self; 10] = [
        Self::SegmentWritten,
        Self::SegmentSynced,
        Self::SegmentRenamed,
        Self::DescriptionsSynced,
        Self::FolderSynced,
        Self::ManifestWritten,
        Self::ManifestSynced,
        Self::ManifestRenamed,
        Self::Published,
        Self::Cleaned,
    ];
}

/// How to write.
#[derive(Clone, Default)]
pub struct WriteOptions {
    /// Bytes of memory a build may take (0: 1 GiB). One block must fit.
    pub memory: u64,
    /// Where to spill sorted runs; the store folder if absent.
    pub temporary: Option<PathBuf>,
    /// Polled; when set the writer stops and publishes nothing.
    pub stop: Option<Arc<AtomicBool>>,
    /// Called at each step of a publish (tests kill the process here).
    pub on_step: Option<Arc<dyn Fn(Step) + Send + Sync>>,
    /// Called with (rows written, rows in all as far as known) while building.
    pub on_progress: Option<Arc<dyn Fn(u64, u64) + Send + Sync>>,
}

impl fmt::Debug for WriteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteOptions")
            .field("memory", &self.memory)
            .field("temporary", &self.temporary)
            .finish_non_exhaustive()
    }
}

impl WriteOptions {
    /// The budget in bytes.
    pub(crate) fn budget(&self) -> u64 {
        if self.memory == 0 { DEFAULT_MEMORY } else { self.memory }
    }
}

/// Symbol and decimals a source gives for an asset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssetDescription {
    /// The asset.
    pub asset: Asset,
    /// Its symbol as shown.
    pub symbol: Option<String>,
    /// Its decimals.
    pub decimals: Option<u8>,
}

/// What a publish did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishSummary {
    /// Transfers that were new.
    pub added: u64,
    /// Transfers the store (or this batch) already had.
    pub duplicates: u64,
    /// Statements that contradict an earlier one about the same transfer,
    /// transaction or asset; the first was kept.
    pub conflicts: u64,
    /// Transfers now in the store.
    pub rows: u64,
    /// Whether anything was published at all.
    pub changed: bool,
}

/// The caller's stop flag and reports, as a build uses them.
#[derive(Clone)]
pub(crate) struct Progress {
    options: WriteOptions,
    written: Arc<AtomicU64>,
    expected: Arc<AtomicU64>,
}

impl Progress {
    pub(crate) fn new(options: &WriteOptions) -> Self {
        Self { options: options.clone(), written: Arc::default(), expected: Arc::default() }
    }

    /// Fails if the caller asked to stop.
    pub(crate) fn check_stop(&self) -> Result<(), StoreError> {
        match &self.options.stop {
            // Relaxed: the flag hands over nothing but itself.
            Some(stop) if stop.load(Ordering::Relaxed) => Err(StoreError::Stopped),
            _ => Ok(()),
        }
    }

    /// Says that so many more rows will be written.
    pub(crate) fn expect(&self, rows: u64) {
        self.expected.fetch_add(rows, Ordering::Relaxed);
    }

    /// Says that so many more rows have been written.
    pub(crate) fn written(&self, rows: u64) {
        let written = self.written.fetch_add(rows, Ordering::Relaxed) + rows;
        if let Some(report) = &self.options.on_progress {
            report(written, self.expected.load(Ordering::Relaxed).max(written));
        }
    }

    /// Reports a step.
    pub(crate) fn step(&self, step: Step) {
        if let Some(report) = &self.options.on_step {
            report(step);
        }
    }
}
