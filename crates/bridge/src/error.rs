//! Why a file of bridge events was refused.

use std::path::PathBuf;

/// Why reading stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BridgeError {
    /// The file or folder could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// One row is broken.
    #[error("{}, line {line}: {problem}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// Its line, counted from 1; of JSON, the number of the record.
        line: u64,
        /// The offending value and the cure.
        problem: String,
    },
    /// Nothing that is known was found.
    #[error(
        "no bridge events in {0}; give a folder with *.facts files, Connector's sample.json, input.csv and label.csv, or tables whose first line names the columns of docs/methods/bridges.md"
    )]
    Nothing(String),
}

impl BridgeError {
    /// A broken row.
    pub(crate) fn row(path: &std::path::Path, line: u64, problem: impl Into<String>) -> Self {
        Self::Row { path: path.to_owned(), line, problem: problem.into() }
    }
}
