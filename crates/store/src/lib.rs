//! The chain store: build, publish, open, snapshot, check.
//!
//! One folder holds one chain. Transfers lie in *segments* of consecutive
//! blocks, immutable once published; a manifest names the segments and is
//! replaced by one atomic rename. Within a segment rows are in chain order
//! (the *log*), each address lists the rows it sends and receives (the
//! *index*), and addresses, assets and transactions have dense numbers.
//! `docs/format.md` draws every byte.
//!
//! A reader starts at [`Store`], then [`Snapshot`]; writing starts at
//! [`Writer`]. The limits: 2^32 - 1 addresses and 2^28 assets a store, and
//! one block must fit in the memory a writer is given.

mod build;
mod check;
mod descriptions;
mod digest;
mod error;
mod file;
mod folder;
mod ids;
mod kind;
mod manifest;
mod mmap;
mod published;
mod row;
mod row_list;
mod segment;
mod snapshot;
mod store;
pub mod utxo;
mod widen;
mod write;

pub use check::CheckReport;
pub use error::StoreError;
pub use ids::{AddressId, AssetId, RowId};
pub use kind::{StoreKind, store_kind};
pub use row::{AssetRecord, Place, RawRow, Row};
pub use row_list::RowList;
pub use snapshot::Snapshot;
pub use store::Store;
pub use write::{AssetDescription, PublishSummary, Step, WriteOptions, Writer};

/// Name and version of the rule that orders a block whose source gives no
/// positions; raised whenever the same transfers can come out in another order.
pub const FUNDING_ORDER: &str = "funding-order/1";
