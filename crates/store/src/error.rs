//! What can go wrong with a store.

use crate::StoreKind;
use std::path::PathBuf;
use tracehound_model::{Chain, Height, Timestamp, TransactionHash};

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
    /// Written by another version of the program.
    #[error("{}: format version {found}, but this program reads version {known}; use the program that wrote it, or ingest the sources again", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version the file names.
        found: u32,
        /// The version this program reads and writes.
        known: u32,
    },
    /// A folder without a manifest.
    #[error("{}: no store here; name a store folder, or ingest transfers to make one", path.display())]
    NotAStore {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that cannot be made a new store.
    #[error("{}: there is a store here already; open it, or name another folder", path.display())]
    AlreadyAStore {
        /// The folder.
        path: PathBuf,
    },
    /// The store holds another chain.
    #[error("{}: the store holds chain {found}, not {wanted}; name another folder for {wanted}", path.display())]
    OtherChain {
        /// The folder.
        path: PathBuf,
        /// The chain of the store.
        found: Chain,
        /// The chain asked for.
        wanted: Chain,
    },
    /// The store holds another kind of chain.
    #[error("{}: a store of {found}, not of {wanted}; name another folder", path.display())]
    OtherKind {
        /// The manifest.
        path: PathBuf,
        /// What the store is.
        found: StoreKind,
        /// What was asked for.
        wanted: StoreKind,
    },
    /// A block that cannot follow the last one, or contradicts itself.
    #[error("block {height}: {detail}; one of the sources is wrong")]
    BadBlock {
        /// Its height.
        height: Height,
        /// What does not hold.
        detail: String,
    },
    /// An input that cannot be true beside what the store holds.
    #[error(
        "input {input} of transaction {} at height {height}: {detail}; one of the sources is wrong",
        printed(transaction)
    )]
    BadSpend {
        /// Its block.
        height: Height,
        /// Its transaction.
        transaction: TransactionHash,
        /// Its place among the inputs of the transaction.
        input: u32,
        /// What does not hold.
        detail: String,
    },
    /// Another writer is at work.
    #[error("{}: another writer holds this store; wait until it has finished", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A number space is used up.
    #[error("the store cannot hold more than {limit} {what}; split the data over several stores")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: u64,
    },
    /// A field's value that the format cannot hold.
    #[error(
        "transaction {transaction} at height {height}: {what} cannot be stored; leave the row out or correct it"
    )]
    Unrepresentable {
        /// The field and its value.
        what: String,
        /// The row's transaction.
        transaction: TransactionHash,
        /// The row's block.
        height: Height,
    },
    /// One block with two times.
    #[error("height {height} has two times: {} in transaction {first_transaction}, {} in transaction {second_transaction}; one of the sources is wrong", first.0, second.0)]
    TwoTimes {
        /// The block.
        height: Height,
        /// The time seen first.
        first: Timestamp,
        /// A transaction with the first time.
        first_transaction: TransactionHash,
        /// The time that contradicts it.
        second: Timestamp,
        /// A transaction with the second time.
        second_transaction: TransactionHash,
    },
    /// A block older than the one below it.
    #[error("height {height} (transaction {transaction}) has time {}, earlier than {} at height {below}; one of the sources is wrong", time.0, time_below.0)]
    TimeBackwards {
        /// The block.
        height: Height,
        /// A transaction of it.
        transaction: TransactionHash,
        /// Its time.
        time: Timestamp,
        /// The last block below it.
        below: Height,
        /// The time of that block.
        time_below: Timestamp,
    },
    /// One transaction in two blocks.
    #[error(
        "transaction {transaction} stands at height {first} and at height {second}; one of the sources is wrong, or the chain was reorganised: drop the blocks above the fork first"
    )]
    TwoHeights {
        /// The transaction.
        transaction: TransactionHash,
        /// The lower height.
        first: Height,
        /// The higher height.
        second: Height,
    },
    /// A number that names nothing in this snapshot.
    #[error("{what} {number} does not exist; the store has {count}")]
    NoSuch {
        /// What was asked for.
        what: &'static str,
        /// Its number.
        number: u64,
        /// How many there are.
        count: u64,
    },
    /// The writer met an error before.
    #[error("{}: an earlier error ended this writer; open a new one and write again", path.display())]
    WriterFailed {
        /// The store.
        path: PathBuf,
    },
    /// The stop flag was set; nothing was published.
    #[error("stopped on request; the store is as it was last published")]
    Stopped,
}

impl StoreError {
    /// Wraps an operating system error with its file.
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// A fault in the bytes of `path`.
    pub(crate) fn damaged(path: &std::path::Path, detail: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), detail: detail.into() }
    }
}

/// A transaction of an unspent-output chain, as such chains print it.
pub(crate) fn printed(transaction: &TransactionHash) -> String {
    transaction.to_string().trim_start_matches("0x").to_owned()
}
