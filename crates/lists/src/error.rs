//! What can be wrong with a list, with the place and the cure.

use std::path::PathBuf;

/// Why a list was not taken. Nothing stored is lost by any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The file system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Nothing in it.
    #[error("{}: the file is empty; download it again", file.display())]
    Empty {
        /// Which file.
        file: PathBuf,
    },
    /// No list we read.
    #[error(
        "{}: not a sanctions list that is known here ({found}); give OFAC's SDN_ADVANCED.XML, SDN.XML or sdn.csv, the UN consolidated XML, the EU's FSF XML, the UK Sanctions List as XML or CSV, or FollowTheMoney JSON lines", file.display()
    )]
    Unknown {
        /// Which file.
        file: PathBuf,
        /// What it begins with.
        found: String,
    },
    /// Broken at a byte.
    #[error("{}: byte {byte}: {reason}; download it again", file.display())]
    Broken {
        /// Which file.
        file: PathBuf,
        /// Byte of the unpacked text.
        byte: u64,
        /// What is wrong.
        reason: String,
    },
    /// Broken in a row.
    #[error("{}: line {line}: {reason}", file.display())]
    Row {
        /// Which file.
        file: PathBuf,
        /// Line, counted from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The publisher states another number of records than the file holds.
    #[error(
        "{}: the list says it has {stated} records and {found} were read; it is incomplete: download it again", file.display()
    )]
    Count {
        /// Which file.
        file: PathBuf,
        /// What the file says.
        stated: u64,
        /// What it holds.
        found: u64,
    },
    /// Nothing listed: a list without entries is no list.
    #[error("{}: no entry was found in it; download it again", file.display())]
    NoEntry {
        /// Which file.
        file: PathBuf,
    },
    /// No publication date in the file, and none given.
    #[error("{}: the file does not say when it was published; give --date YYYY-MM-DD", file.display())]
    NoDate {
        /// Which file.
        file: PathBuf,
    },
    /// Another list than the one that was to come.
    #[error("{}: it is the list {found}, not {wanted}; nothing was taken", file.display())]
    OtherList {
        /// Which file.
        file: PathBuf,
        /// What it is.
        found: String,
        /// What was wanted.
        wanted: String,
    },
    /// Published after now.
    #[error(
        "{}: it says it was published on {date}, which is in the future (today is {today}); correct the clock or the file", file.display()
    )]
    Future {
        /// Which file.
        file: PathBuf,
        /// What the file says.
        date: String,
        /// The day of the import.
        today: String,
    },
    /// Much smaller than the one before.
    #[error(
        "{}: {what} fell from {before} to {after}, more than {percent} %; if the publisher really removed so many, give --force", file.display()
    )]
    Shrunk {
        /// Which file.
        file: PathBuf,
        /// Entries or addresses.
        what: &'static str,
        /// How many the snapshot before had.
        before: usize,
        /// How many this one has.
        after: usize,
        /// The limit.
        percent: usize,
    },
    /// A stored snapshot that is not what was stored.
    #[error("{}: damaged: {reason}; import the list again", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No snapshot answers.
    #[error("no snapshot of {list} {wanted}; `tracehound lists status` shows what there is")]
    NoSnapshot {
        /// Which list.
        list: String,
        /// What was asked for.
        wanted: String,
    },
}
