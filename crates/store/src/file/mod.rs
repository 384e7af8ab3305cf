//! One file of a store: its frame (header, payload, page checksums), the
//! records in its payload, writing it once and reading it with every page
//! verified on first touch. `docs/format.md` draws the bytes.

mod header;
mod paged;
mod record;
mod writer;

pub(crate) use header::{FORMAT_VERSION, FileKind, PAGE_LENGTH};
pub(crate) use paged::PagedFile;
pub(crate) use record::{
    BLOCK_BY_FUNDING, BlockRecord, LogRecord, TransactionRecord, UNKNOWN, WIDE_FLAG, known, stored,
};
pub(crate) use writer::{FileWriter, WrittenFile};
