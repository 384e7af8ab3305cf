//! A store as a folder.

use crate::{Snapshot, StoreError, WriteOptions, Writer};
use std::path::Path;
use tracehound_model::{Chain, Height};

/// What a check found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What does not hold; empty for a sound store.
    pub faults: Vec<String>,
    /// Files no manifest names (left by an interrupted writer; harmless).
    pub orphans: Vec<String>,
}

/// A store folder of one chain.
#[derive(Debug)]
pub struct Store {}

#[allow(missing_docs, clippy::missing_errors_doc, clippy::unused_self)]
impl Store {
    /// Makes an empty store; refused if the folder holds one already.
    pub fn create(_folder: &Path, _chain: &Chain) -> Result<Self, StoreError> { unimplemented!() }
    pub fn open(_folder: &Path) -> Result<Self, StoreError> { unimplemented!() }
    /// Opens, or creates where there is none; refused if the store is of another chain.
    pub fn open_or_create(_folder: &Path, _chain: &Chain) -> Result<Self, StoreError> { unimplemented!() }
    pub fn folder(&self) -> &Path { unimplemented!() }
    pub fn chain(&self) -> &Chain { unimplemented!() }
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> { unimplemented!() }
    /// Takes the writer's lock; refused while another writer holds it.
    pub fn writer(&self, _options: WriteOptions) -> Result<Writer, StoreError> { unimplemented!() }
    /// Drops every block above `height`, as if it had never been seen.
    pub fn drop_above(&self, _height: Height, _options: WriteOptions) -> Result<(), StoreError> { unimplemented!() }
    /// Reads every byte; `progress(done, total)` in bytes.
    pub fn check(_folder: &Path, _progress: &mut dyn FnMut(u64, u64)) -> Result<CheckReport, StoreError> { unimplemented!() }
}
