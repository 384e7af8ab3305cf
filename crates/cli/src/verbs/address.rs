//! `tracehound address`: what a store knows of an address.

use super::transfer_table::{self, AssetText, TransferRecord};
use super::utxo;
use crate::arguments::{AddressQuery, Common};
use crate::place::{self, Opened};
use crate::{Finish, output};
use anyhow::Context;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Address, Amount, Timestamp};
use tracehound_store::{AddressId, AssetId, RowId, Snapshot};

#[derive(Serialize)]
struct AddressRecord {
    address: Address,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    transfers_in: u64,
    transfers_out: u64,
    assets: Vec<AssetSums>,
    transfers: Vec<TransferRecord>,
}

#[derive(Serialize)]
struct AssetSums {
    #[serde(flatten)]
    asset: AssetText,
    received: String,
    sent: String,
    /// Received less sent; absent where more was sent than these data show received.
    balance: Option<String>,
}

pub(crate) fn run(common: &Common, arguments: &AddressQuery) -> anyhow::Result<Finish> {
    let address = arguments.address;
    let snapshot = match place::open(common, &arguments.store, address.utxo_chain().as_ref())? {
        Opened::Transfers(_, snapshot) => snapshot,
        Opened::Outputs(_, snapshot) => {
            let (limit, since, at_height) = (arguments.limit, arguments.since, arguments.at_height);
            let query = utxo::address::Query { address, limit, since, at_height };
            return utxo::address::run(&snapshot, &query, common.json);
        }
    };
    let id = snapshot
        .address_id(&address)?
        .with_context(|| format!("{address} is not in this store; ingest its transfers"))?;
    let record = read(&snapshot, id, arguments)?;
    if common.json {
        output::json(&record)?;
    } else {
        print(&record);
    }
    Ok(Finish::Done)
}

fn read(
    snapshot: &Snapshot,
    id: AddressId,
    arguments: &AddressQuery,
) -> anyhow::Result<AddressRecord> {
    let (incoming, outgoing) = (snapshot.incoming(id)?, snapshot.outgoing(id)?);
    let rows: BTreeSet<RowId> = incoming.iter().chain(outgoing.iter()).collect();
    let time = |row: Option<&RowId>| -> anyhow::Result<Option<Timestamp>> {
        row.map(|row| Ok(snapshot.place(*row)?.timestamp)).transpose()
    };
    let since = arguments.since.map(|t| snapshot.first_row_at_time(t)).transpose()?;
    let chosen = rows.iter().rev().take_while(|row| since.is_none_or(|since| **row >= since));
    let mut transfers = chosen
        .take(arguments.limit)
        .map(|row| TransferRecord::read(snapshot, *row))
        .collect::<anyhow::Result<Vec<_>>>()?;
    transfers.reverse();
    Ok(AddressRecord {
        address: arguments.address,
        first_seen: time(rows.first())?,
        last_seen: time(rows.last())?,
        // A count of rows fits 64 bits.
        transfers_in: incoming.len() as u64,
        transfers_out: outgoing.len() as u64,
        assets: sums(snapshot, id, &rows)?,
        transfers,
    })
}

fn sums(
    snapshot: &Snapshot,
    id: AddressId,
    rows: &BTreeSet<RowId>,
) -> anyhow::Result<Vec<AssetSums>> {
    let mut sums: BTreeMap<AssetId, (Amount, Amount)> = BTreeMap::new();
    for row in rows {
        let row = snapshot.row(*row)?;
        let (received, sent) = sums.entry(row.asset).or_default();
        if row.to == id {
            *received = received.add(row.amount)?;
        }
        if row.from == id {
            *sent = sent.add(row.amount)?;
        }
    }
    sums.into_iter()
        .map(|(asset, (received, sent))| {
            let asset = transfer_table::describe(snapshot, asset)?;
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

fn print(record: &AddressRecord) {
    let seen =
        |time: &Option<Timestamp>| time.map_or_else(|| "never".to_owned(), |t| t.to_string());
    println!("{}", record.address);
    println!("first seen {}, last seen {}", seen(&record.first_seen), seen(&record.last_seen));
    println!("{} transfers in, {} out", record.transfers_in, record.transfers_out);
    for sums in &record.assets {
        let balance = sums.balance.as_ref().map_or_else(
            || "sent more than these data show received".to_owned(),
            |balance| format!("balance in these data {balance}"),
        );
        println!(
            "  {}: received {}, sent {}, {balance}",
            sums.asset.symbol, sums.received, sums.sent
        );
    }
    println!();
    transfer_table::print(&record.transfers);
}
