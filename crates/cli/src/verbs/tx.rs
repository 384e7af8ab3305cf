//! `tracehound tx`: a transaction.

use super::{tag, transfer_table};
use crate::arguments::{Common, TxQuery};
use crate::place::{self, Opened};
use crate::{Finish, output};
use anyhow::Context;
use tracehound_report::look_up::{NetEffectRecord, TransferRecord};
use tracehound_store::{RowId, Snapshot, StoreError};

pub(crate) fn run(common: &Common, arguments: &TxQuery) -> anyhow::Result<Finish> {
    let snapshot = match place::open(common, &arguments.store, None)? {
        Opened::Transfers(_, snapshot) => snapshot,
        Opened::Outputs(_, snapshot) => {
            return super::utxo::tx::run(&snapshot, &arguments.hash, common.json);
        }
    };
    if arguments.net {
        return net(common, arguments, &snapshot);
    }
    let rows = snapshot.transaction(&arguments.hash)?.with_context(|| missing(arguments))?;
    let records = (rows.start.0..rows.end.0)
        .map(|row| TransferRecord::read(&snapshot, RowId(row)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    if common.json {
        output::json(&records)?;
    } else {
        transfer_table::print(&records);
    }
    Ok(Finish::Done)
}

fn missing(arguments: &TxQuery) -> String {
    format!("transaction {} is not in this store; ingest its block", arguments.hash)
}

/// What the transaction came to. Kept tags may name markets.
fn net(common: &Common, arguments: &TxQuery, snapshot: &Snapshot) -> anyhow::Result<Finish> {
    let (tags, _) = tag::kept(common, snapshot.chain(), |address| snapshot.address_id(address))?;
    let record = NetEffectRecord::read(snapshot, &arguments.hash, &tags)?
        .with_context(|| missing(arguments))?;
    if common.json {
        output::json(&record)?;
        return Ok(Finish::Done);
    }
    let mut table = output::table(&["address", "", "amount", "asset", ""], &[2]);
    for line in &record.lines {
        table.add_row([
            line.address.to_string(),
            line.side.to_owned(),
            line.amount.clone(),
            line.asset.symbol.clone(),
            if line.market { "market".to_owned() } else { String::new() },
        ]);
    }
    println!("{table}");
    for market in &record.markets {
        println!("{} is taken for a market by: {}", market.address, market.reason);
    }
    if record.implied > 0 {
        println!(
            "{} movements of the wrapped coin follow from what its contract was paid or paid out; no transfer lists them.",
            record.implied
        );
    }
    Ok(Finish::Done)
}
