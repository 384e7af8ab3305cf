//! Adding transfers.

use crate::StoreError;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tracehound_model::{Asset, Transfer};

/// A point of a publish at which a crash must leave the last published state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Segment files are written, not yet synced.
    SegmentWritten,
}

/// How to write.
#[derive(Clone, Default)]
pub struct WriteOptions {
    /// Bytes of memory a build may take (0: 1 GiB).
    pub memory: u64,
    /// Where to spill sorted runs; the store folder if absent.
    pub temporary: Option<PathBuf>,
    /// Polled; when set the writer stops and publishes nothing.
    pub stop: Option<Arc<AtomicBool>>,
    /// Called at each step of a publish (tests kill the process here).
    pub on_step: Option<Arc<dyn Fn(Step) + Send + Sync>>,
    /// Called with (rows written, rows in all) while building.
    pub on_progress: Option<Arc<dyn Fn(u64, u64) + Send + Sync>>,
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
    /// Transfers now in the store.
    pub rows: u64,
    /// Whether anything was published at all.
    pub changed: bool,
}

/// Collects transfers in any order and publishes them at once.
pub struct Writer {}

#[allow(clippy::missing_errors_doc, clippy::unused_self)]
impl Writer {
    /// Starts a new source: rows without ordinals are told apart from equal
    /// rows by their occurrence *within one source*.
    pub fn begin_source(&mut self) -> Result<(), StoreError> { unimplemented!() }
    /// Adds transfers, in any order (chain order is fastest).
    pub fn push(&mut self, _transfers: &[Transfer]) -> Result<(), StoreError> { unimplemented!() }
    /// Records what a source says of an asset.
    pub fn describe(&mut self, _description: AssetDescription) -> Result<(), StoreError> { unimplemented!() }
    /// Sorts, merges with what the store holds, removes duplicates, publishes.
    pub fn publish(self) -> Result<PublishSummary, StoreError> { unimplemented!() }
}
