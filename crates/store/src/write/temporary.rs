//! Folders of a writer that do not outlive it.

use crate::StoreError;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder that goes when it is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    pub(crate) path: PathBuf,
}

impl TemporaryFolder {
    /// At `path`, whether it is there or not.
    pub(crate) fn create(path: PathBuf) -> Result<Self, StoreError> {
        fs::create_dir_all(&path).map_err(StoreError::io(&path))?;
        Ok(Self { path })
    }

    /// A folder inside `parent` that no other writer has.
    pub(crate) fn create_in(parent: &Path) -> Result<Self, StoreError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        fs::create_dir_all(parent).map_err(StoreError::io(parent))?;
        // Relaxed: only the number itself matters.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("tracehound-sort-{}-{count}", std::process::id()));
        fs::create_dir(&path).map_err(StoreError::io(&path))?;
        Ok(Self { path })
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What cannot be removed is an orphan that the next writer removes.
        let _ = fs::remove_dir_all(&self.path);
    }
}
