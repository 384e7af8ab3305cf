//! What can go wrong while reading files.

use std::path::{Path, PathBuf};
use tracehound_store::StoreError;

/// A row that could not be read.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct BrokenRow {
    /// Row of data, counted from 1 (the header is not counted).
    pub row: u64,
    /// Line of the file, counted from 1, where the file has lines.
    pub line: Option<u64>,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for BrokenRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "row {} (line {line}): {}", self.row, self.reason),
            None => write!(f, "row {}: {}", self.row, self.reason),
        }
    }
}

/// Why files could not be read into a store, or a store not written out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The operating system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// No byte in it.
    #[error("{}: the file is empty; export it again", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// A compressed file that ends early.
    #[error("{}: the {compression} data end before they are complete, so the file was cut off; fetch it again (nothing was published)", file.display())]
    Truncated {
        /// The file.
        file: PathBuf,
        /// How it is packed.
        compression: crate::Compression,
    },
    /// Bytes that cannot be decoded.
    #[error("{}: {detail}; the file is damaged or cut off, fetch or export it again (nothing was published)", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What the decoder said.
        detail: String,
    },
    /// Neither a table of text nor Parquet.
    #[error("{}: {detail}; give a comma-separated table in UTF-8 or a Parquet file", file.display())]
    NotATable {
        /// The file.
        file: PathBuf,
        /// What was seen instead.
        detail: String,
    },
    /// Fields separated by something other than commas.
    #[error("{}: the fields are separated by {found}; write the table with commas", file.display())]
    WrongDelimiter {
        /// The file.
        file: PathBuf,
        /// `tabs` or `semicolons`.
        found: &'static str,
    },
    /// No known format has these columns.
    #[error("{}: no known format has these columns: {found}; nearest is {nearest}, which also needs {missing}; rename the columns or convert to the plain schema (docs/plain-schema.md)", file.display())]
    UnknownColumns {
        /// The file.
        file: PathBuf,
        /// Columns of the file.
        found: String,
        /// The most similar format.
        nearest: crate::Format,
        /// What it would still need.
        missing: String,
    },
    /// A column of a type that cannot hold what it should.
    #[error("{}: column \"{column}\" has type {found}, but {expected} is needed; write the column again in that type", file.display())]
    ColumnType {
        /// The file.
        file: PathBuf,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// A format without times, and no file of the run or block of the store has them.
    #[error("{}: row 1: {format} files give no time; add the blocks file of the same range to the same run", file.display())]
    NoTimes {
        /// The file.
        file: PathBuf,
        /// Its format.
        format: crate::Format,
    },
    /// More broken rows than allowed.
    #[error("{}: {broken} of {rows} rows cannot be read, more than the {limit} allowed; nothing was published; first: {}", file.display(), list(first))]
    TooManyBroken {
        /// The file.
        file: PathBuf,
        /// Rows that cannot be read.
        broken: u64,
        /// Rows in all.
        rows: u64,
        /// The share allowed, as text.
        limit: String,
        /// The first few.
        first: Vec<BrokenRow>,
    },
    /// A row of a list that cannot be read; lists are read whole or not at all.
    #[error("{}: {row}", file.display())]
    ListRow {
        /// The file.
        file: PathBuf,
        /// The row and what is wrong with it.
        row: BrokenRow,
    },
    /// Rows without block or time, and nobody says when they happened.
    #[error("{}: the rows carry neither block nor time; state one, as `time = \"2016-08-02\"` under [[transfers]] in case.toml or with --time", file.display())]
    Undated {
        /// The file.
        file: PathBuf,
    },
    /// A format of another kind of chain.
    #[error("{}: {format} files are read for EVM chains (eip155:…) only, and the store is of {}; for chains of Bitcoin's family give blocks, or a table txid,from,to,amount", file.display(), chain.short_name())]
    UnsupportedChain {
        /// The chain of the store.
        chain: tracehound_model::Chain,
        /// The file.
        file: PathBuf,
        /// Its format.
        format: crate::Format,
    },
    /// Somebody asked to stop.
    #[error("stopped; nothing was published")]
    Stopped,
    /// The store could not take or give rows.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing an export failed.
    #[error("the export could not be written: {detail}")]
    Export {
        /// The reason.
        detail: String,
    },
}

impl IngestError {
    pub(crate) fn io(file: &Path, source: std::io::Error) -> Self {
        Self::Io { file: file.to_owned(), source }
    }
}

fn list(rows: &[BrokenRow]) -> String {
    rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
