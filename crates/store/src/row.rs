//! What a snapshot says of rows and assets.

use crate::{AddressId, AssetId};
use tracehound_model::{Amount, Asset, Height, Timestamp, TransactionHash, TransferKind};

/// One transfer as stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Debited address.
    pub from: AddressId,
    /// Credited address.
    pub to: AddressId,
    /// What was moved.
    pub asset: AssetId,
    /// What moved it.
    pub kind: TransferKind,
    /// How much, in base units.
    pub amount: Amount,
}

/// One transfer without its 256-bit amount, for passes over the whole log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawRow {
    /// Debited address.
    pub from: AddressId,
    /// Credited address.
    pub to: AddressId,
    /// What was moved.
    pub asset: AssetId,
    /// How much if below 2^63 base units; otherwise ask [`crate::Snapshot::row`].
    pub amount: Option<u64>,
}

/// Where a row stands in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Block height.
    pub height: Height,
    /// Block time.
    pub timestamp: Timestamp,
    /// Place of the transaction in its block, if the source gave one.
    pub position: Option<u32>,
    /// Place in the transaction, if the source gave one.
    pub ordinal: Option<u32>,
    /// The transaction.
    pub transaction: TransactionHash,
    /// Whether the order inside this block was derived from funding.
    pub ordered_by_funding: bool,
}

/// An asset with what its sources say of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssetRecord {
    /// The asset.
    pub asset: Asset,
    /// The symbol shown, which anybody may choose.
    pub symbol: Option<String>,
    /// Decimals for display.
    pub decimals: Option<u8>,
}
