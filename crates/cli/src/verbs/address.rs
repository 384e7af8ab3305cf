//! `tracehound address`: what a store knows of an address.

use super::{transfer_table, utxo};
use crate::arguments::{AddressQuery, Common};
use crate::place::{self, Opened};
use crate::{Finish, output};
use anyhow::Context;
use tracehound_model::Timestamp;
use tracehound_report::look_up::{AccountQuery, AccountRecord, OutputAddressQuery};

pub(crate) fn run(common: &Common, arguments: &AddressQuery) -> anyhow::Result<Finish> {
    let address = arguments.address;
    let snapshot = match place::open(common, &arguments.store, address.utxo_chain().as_ref())? {
        Opened::Transfers(_, snapshot) => snapshot,
        Opened::Outputs(_, snapshot) => {
            let (limit, since, at_height) = (arguments.limit, arguments.since, arguments.at_height);
            let query = OutputAddressQuery { address, limit, since, at_height };
            return utxo::address::run(&snapshot, &query, common.json);
        }
    };
    let id = snapshot
        .address_id(&address)?
        .with_context(|| format!("{address} is not in this store; ingest its transfers"))?;
    let query = AccountQuery { limit: arguments.limit, since: arguments.since };
    let record = AccountRecord::read(&snapshot, id, &query)?;
    if common.json {
        output::json(&record)?;
    } else {
        print(&record);
    }
    Ok(Finish::Done)
}

fn print(record: &AccountRecord) {
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
