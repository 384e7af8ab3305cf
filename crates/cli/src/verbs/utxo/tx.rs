//! `tracehound tx` on a chain of unspent outputs.

use super::find;
use crate::{Finish, output};
use comfy_table::Table;
use tracehound_model::TransactionHash;
use tracehound_report::look_up::TransactionRecord;
use tracehound_store::utxo::OutputLedger;

/// Looks a transaction up and prints it.
pub(crate) fn run(
    ledger: &dyn OutputLedger,
    hash: &TransactionHash,
    json: bool,
) -> anyhow::Result<Finish> {
    let record = TransactionRecord::read(ledger, find(ledger, hash)?)?;
    if json {
        output::json(&record)?;
    } else {
        let (symbol, _) = ledger.chain().native_coin();
        print(&record, symbol);
    }
    Ok(Finish::Done)
}

fn print(record: &TransactionRecord, symbol: &str) {
    println!("{}", record.transaction);
    println!(
        "block {}, {}, place {}",
        record.block.height, record.block.timestamp, record.position
    );
    let fee = match (&record.fee, record.coinbase) {
        (_, true) => "coinbase: it makes new coins and takes the block's fees".to_owned(),
        (Some(fee), _) => format!("fee {fee} {symbol}"),
        (None, _) => "fee not known: the value of an input is not in these data".to_owned(),
    };
    let size = record.virtual_size.map_or_else(String::new, |size| format!(", {size} vbytes"));
    let replaceable = if record.replaceable { ", signals replacement (BIP 125)" } else { "" };
    println!("{fee}{size}{replaceable}");
    println!();
    let mut table = output::table(&["input", "spends", "address", symbol], &[3]);
    for input in &record.inputs {
        let unknown = || "not known".to_owned();
        table.add_row([
            input.index.to_string(),
            input.spends.clone().unwrap_or_else(|| "outside the data".to_owned()),
            input.address.map_or_else(unknown, |address| address.to_string()),
            input.value.clone().unwrap_or_else(unknown),
        ]);
    }
    if !record.inputs.is_empty() {
        println!("{table}\n");
    }
    println!("{}", outputs(record, symbol));
}

fn outputs(record: &TransactionRecord, symbol: &str) -> Table {
    let mut table = output::table(&["output", "spent by", "address", symbol], &[3]);
    for output in &record.outputs {
        let spent = output.spent_by.clone();
        let data = output.payload.as_ref().map(|payload| format!("data {payload}"));
        let whom = output.address.map(|address| address.to_string()).or(data);
        table.add_row([
            output.index.to_string(),
            spent.unwrap_or_else(|| "unspent in these data".to_owned()),
            whom.unwrap_or_default(),
            output.value.clone(),
        ]);
    }
    table
}
