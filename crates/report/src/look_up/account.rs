//! What a store knows of an account.

use super::TransferRecord;
use crate::ReportError;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::AssetText;
use tracehound_model::{Address, Amount, Timestamp};
use tracehound_store::{AddressId, AssetId, RowId, Snapshot, StoreError};

/// Which of its transfers are asked for.
#[derive(Clone, Copy, Debug)]
pub struct AccountQuery {
    /// At most so many, the latest.
    pub limit: usize,
    /// Only from this time on.
    pub since: Option<Timestamp>,
}

/// An account.
#[derive(Serialize)]
pub struct AccountRecord {
    /// Its address.
    pub address: Address,
    /// Time of its first transfer.
    pub first_seen: Option<Timestamp>,
    /// Time of its last.
    pub last_seen: Option<Timestamp>,
    /// Transfers to it.
    pub transfers_in: u64,
    /// Transfers from it.
    pub transfers_out: u64,
    /// Sums by asset.
    pub assets: Vec<AssetSums>,
    /// The transfers asked for, oldest first.
    pub transfers: Vec<TransferRecord>,
}

/// Sums in one asset, in whole units.
#[derive(Serialize)]
pub struct AssetSums {
    /// The asset.
    #[serde(flatten)]
    pub asset: AssetText,
    /// Received.
    pub received: String,
    /// Sent.
    pub sent: String,
    /// Received less sent; absent where more was sent than these data show received.
    pub balance: Option<String>,
}

impl AccountRecord {
    /// Reads what a store knows of an address.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn read(
        snapshot: &Snapshot,
        id: AddressId,
        query: &AccountQuery,
    ) -> Result<Self, ReportError> {
        let (incoming, outgoing) = (snapshot.incoming(id)?, snapshot.outgoing(id)?);
        let rows: BTreeSet<RowId> = incoming.iter().chain(outgoing.iter()).collect();
        let time = |row: Option<&RowId>| -> Result<Option<Timestamp>, ReportError> {
            row.map(|row| Ok(snapshot.place(*row)?.timestamp)).transpose()
        };
        let since = query.since.map(|t| snapshot.first_row_at_time(t)).transpose()?;
        let chosen = rows.iter().rev().take_while(|row| since.is_none_or(|since| **row >= since));
        let mut transfers = chosen
            .take(query.limit)
            .map(|row| TransferRecord::read(snapshot, *row))
            .collect::<Result<Vec<_>, StoreError>>()?;
        transfers.reverse();
        Ok(Self {
            address: snapshot.address(id)?,
            first_seen: time(rows.first())?,
            last_seen: time(rows.last())?,
            // A count of rows fits 64 bits.
            transfers_in: incoming.len() as u64,
            transfers_out: outgoing.len() as u64,
            assets: sums(snapshot, id, &rows)?,
            transfers,
        })
    }
}

fn sums(
    snapshot: &Snapshot,
    id: AddressId,
    rows: &BTreeSet<RowId>,
) -> Result<Vec<AssetSums>, ReportError> {
    let sum = |source| ReportError::Sum { what: "the amounts of an address", source };
    let mut sums: BTreeMap<AssetId, (Amount, Amount)> = BTreeMap::new();
    for row in rows {
        let row = snapshot.row(*row)?;
        let (received, sent) = sums.entry(row.asset).or_default();
        if row.to == id {
            *received = received.add(row.amount).map_err(sum)?;
        }
        if row.from == id {
            *sent = sent.add(row.amount).map_err(sum)?;
        }
    }
    sums.into_iter()
        .map(|(asset, (received, sent))| {
            let asset = AssetText::of(snapshot, asset)?;
            let balance = received.subtract(sent).ok().map(|b| b.to_decimal(asset.decimals));
            Ok(AssetSums {
                received: received.to_decimal(asset.decimals),
                sent: sent.to_decimal(asset.decimals),
                balance,
                asset,
            })
        })
        .collect()
}
