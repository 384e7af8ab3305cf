//! Transfers from files into the chain store.
//!
//! A file's format is recognised by its content, never by its name: bytes at
//! the front say how it is packed, column names say whose export it is.
//! Every reader ends in one [`tracehound_model::Transfer`] a row, or in a
//! reason why the row moves nothing or cannot be read. Broken rows are kept
//! aside with file, row and reason; a file with too many of them is refused
//! and nothing of the run is published.
//!
//! Limits: transfers of EVM chains, and undated ones of any chain; a column that holds amounts as floating-point
//! numbers is refused, because such a column has lost digits already.

mod address_list;
pub mod blocks;
mod error;
mod export;
mod normalise;
mod pipeline;
mod price_list;
mod publisher;
mod source;
mod tag_list;
mod transaction_list;

pub use address_list::read_address_list;
pub use error::{BrokenRow, IngestError};
pub use export::{ExportFormat, export, write_plain_parquet};
pub use pipeline::{
    FileSummary, IngestOptions, IngestSummary, Progress, PublishedLabel, Stage, Told, file_sha256,
    ingest, read_told,
};
pub use price_list::read_daily_prices;
pub use publisher::{FetchError, PUBLISHERS, Publisher, fetch};
pub use source::{Compression, Format, detect};
pub use tag_list::read_tags;
pub use transaction_list::read_transaction_list;
