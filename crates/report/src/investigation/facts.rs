//! The look-ups a report makes in a store, and nothing else of it.
//!
//! A seam for tests: a report's wording and layout are checked on a dozen
//! rows in memory without building a store on disk.

use tracehound_model::{Address, Chain, Height, Rule, Timestamp};
use tracehound_store::{AddressId, AssetId, AssetRecord, Place, Row, RowId, Snapshot, StoreError};

/// Stores of more transfers than this are not read whole for the sake of a digest.
const MOST_DIGESTED: u64 = 10_000_000;

/// Facts about the data as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Extent {
    pub(crate) digest: String,
    pub(crate) rows: u64,
    /// What `rows` counts.
    pub(crate) counted: &'static str,
    pub(crate) first: Option<(Height, Timestamp)>,
    pub(crate) last: Option<(Height, Timestamp)>,
    pub(crate) blocks_ordered_by_funding: u64,
    pub(crate) blocks: u64,
}

/// Answers about single rows, addresses and assets.
pub(crate) trait ChainFacts {
    fn chain(&self) -> &Chain;
    fn row(&self, row: RowId) -> Result<Row, StoreError>;
    fn place(&self, row: RowId) -> Result<Place, StoreError>;
    fn address(&self, id: AddressId) -> Result<Address, StoreError>;
    fn asset(&self, id: AssetId) -> Result<AssetRecord, StoreError>;
    fn extent(&self) -> Result<Extent, StoreError>;
    /// The rule that followed the money.
    fn engine(&self) -> Rule {
        tracehound_analysis::trace::RULE
    }
}

impl ChainFacts for Snapshot {
    fn chain(&self) -> &Chain {
        Snapshot::chain(self)
    }

    fn row(&self, row: RowId) -> Result<Row, StoreError> {
        Snapshot::row(self, row)
    }

    fn place(&self, row: RowId) -> Result<Place, StoreError> {
        Snapshot::place(self, row)
    }

    fn address(&self, id: AddressId) -> Result<Address, StoreError> {
        Snapshot::address(self, id)
    }

    fn asset(&self, id: AssetId) -> Result<AssetRecord, StoreError> {
        Snapshot::asset(self, id)
    }

    fn extent(&self) -> Result<Extent, StoreError> {
        let (blocks_ordered_by_funding, blocks) = self.blocks_ordered_by_funding()?;
        Ok(Extent {
            digest: if self.row_count() > MOST_DIGESTED {
                "not computed for a store of this size; `tracehound store info --digest` does"
                    .to_owned()
            } else {
                self.content_digest()?
            },
            rows: self.row_count(),
            counted: "transfers",
            first: self.start(),
            last: self.tip(),
            blocks_ordered_by_funding,
            blocks,
        })
    }
}
