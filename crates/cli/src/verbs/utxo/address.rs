//! `tracehound address` on a chain of unspent outputs.

use crate::{Finish, output};
use anyhow::Context;
use tracehound_model::Timestamp;
use tracehound_report::look_up::{OutputAddressQuery, OutputAddressRecord};
use tracehound_store::utxo::OutputLedger;

/// Looks an address up and prints it.
pub(crate) fn run(
    ledger: &dyn OutputLedger,
    query: &OutputAddressQuery,
    json: bool,
) -> anyhow::Result<Finish> {
    let address = query.address.on(ledger.chain());
    let id = ledger.address_id(&address)?.with_context(|| {
        format!("{address} is not in this store; ingest the blocks that pay it")
    })?;
    let record = OutputAddressRecord::read(ledger, id, query)?;
    if json {
        output::json(&record)?;
    } else {
        print(&record, ledger.chain().native_coin().0);
    }
    Ok(Finish::Done)
}

fn print(record: &OutputAddressRecord, symbol: &str) {
    let seen =
        |time: Option<Timestamp>| time.map_or_else(|| "never".to_owned(), |time| format!("{time}"));
    println!("{} ({})", record.address, record.kind);
    if let Some(height) = record.at_height {
        println!("as of block {height}");
    }
    println!("first seen {}, last seen {}", seen(record.first_seen), seen(record.last_seen));
    println!(
        "{} outputs received, {} transactions spending",
        record.outputs_received, record.transactions_spending
    );
    println!(
        "received {}, spent {}, balance in these data {} {symbol}",
        record.received, record.spent, record.balance
    );
    println!();
    let header = ["time (UTC)", "block", "transaction", "spent", "received"];
    let mut table = output::table(&header, &[4]);
    for line in &record.history {
        table.add_row([
            line.timestamp.to_string(),
            line.height.to_string(),
            line.transaction.clone(),
            line.spent.clone(),
            line.received.clone(),
        ]);
    }
    println!("{table}");
}
