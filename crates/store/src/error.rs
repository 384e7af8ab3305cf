//! What can go wrong with a store.

use std::path::PathBuf;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// Bytes that are not what was written.
    #[error("{}: damaged: {detail}; restore the store from a backup or ingest its sources again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold, and where.
        detail: String,
    },
}
