//! The chain store: build, publish, open, snapshot, check.
//!
//! One folder holds one chain. Transfers lie in *segments* of consecutive
//! blocks, immutable once published; a manifest names the segments and is
//! replaced by one atomic rename. Within a segment rows are in chain order
//! (the *log*), each address lists the rows it sends and receives (the
//! *index*), and addresses, assets and transactions have dense numbers.
//! `docs/format.md` draws every byte.

mod error;
mod ids;
mod snapshot;
mod store;
mod writer;

pub use error::StoreError;
pub use ids::{AddressId, AssetId, RowId};
pub use snapshot::{AssetRecord, Place, Row, RowList, Snapshot};
pub use store::{CheckReport, Store};
pub use writer::{AssetDescription, PublishSummary, Step, WriteOptions, Writer};
