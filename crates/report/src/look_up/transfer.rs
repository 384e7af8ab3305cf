//! Transfers, resolved for people and for JSON.

use serde::Serialize;
use tracehound_analysis::AssetText;
use tracehound_model::{Address, Amount, Timestamp, TransferKind};
use tracehound_store::{RowId, Snapshot, StoreError};

/// One transfer, resolved.
#[derive(Serialize)]
pub struct TransferRecord {
    /// Its number in the store.
    pub row: u64,
    /// The transaction.
    pub transaction: String,
    /// Block.
    pub height: u64,
    /// Time of the block.
    pub timestamp: Timestamp,
    /// Place in the block, where known.
    pub position: Option<u32>,
    /// Place in the transaction, where known.
    pub ordinal: Option<u32>,
    /// How it was made.
    pub kind: TransferKind,
    /// Who paid.
    pub from: Address,
    /// Who was paid.
    pub to: Address,
    /// The asset, by its CAIP-19 name.
    pub asset: String,
    /// Its symbol; a counterfeit says so.
    pub symbol: String,
    /// Decimal text in whole units; base units where the decimals are unknown.
    pub amount: String,
    /// In base units.
    pub amount_base_units: Amount,
}

impl TransferRecord {
    /// Reads a row.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn read(snapshot: &Snapshot, id: RowId) -> Result<Self, StoreError> {
        let (row, place) = (snapshot.row(id)?, snapshot.place(id)?);
        let asset = AssetText::of(snapshot, row.asset)?;
        Ok(Self {
            row: id.0,
            transaction: snapshot.chain().transaction_text(&place.transaction),
            height: place.height.0,
            timestamp: place.timestamp,
            position: place.position,
            ordinal: place.ordinal,
            kind: row.kind,
            from: snapshot.address(row.from)?,
            to: snapshot.address(row.to)?,
            amount: row.amount.to_decimal(asset.decimals),
            amount_base_units: row.amount,
            asset: asset.caip19,
            symbol: asset.symbol,
        })
    }
}

/// One line: when, from whom to whom, how much, by which transaction.
impl std::fmt::Display for TransferRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { timestamp, from, to, amount, symbol, transaction, .. } = self;
        write!(f, "{timestamp}  {from} -> {to}  {amount} {symbol}  {transaction}")
    }
}
