//! What can be wrong with a file about a mixer, with the place and the cure.

use std::path::PathBuf;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MixerError {
    /// The file system refused, or a compressed file is damaged.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Broken at a line.
    #[error("{}: line {line}: {reason}", file.display())]
    Line {
        /// Which file.
        file: PathBuf,
        /// Line, counted from 1.
        line: u64,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Broken as a whole.
    #[error("{}: {reason}", file.display())]
    File {
        /// Which file or folder.
        file: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
}
