//! `tracehound output`: one output, where it came from and what spent it.

use super::{OutputName, find};
use crate::{Finish, output};
use serde::Serialize;
use tracehound_report::look_up::{BlockLine, OutputLine, output_of};
use tracehound_store::utxo::{OutputId, OutputLedger};

#[derive(Serialize)]
struct Record {
    transaction: String,
    block: BlockLine,
    #[serde(flatten)]
    output: OutputLine,
    /// Block of the transaction that spends it.
    spent_in: Option<BlockLine>,
}

/// Looks an output up and prints it.
pub(crate) fn run(
    ledger: &dyn OutputLedger,
    name: OutputName,
    json: bool,
) -> anyhow::Result<Finish> {
    let transaction = find(ledger, &name.transaction)?;
    let id = OutputId { transaction, index: name.index };
    let line = output_of(ledger, id)?;
    let spender = ledger.spender(id)?;
    let record = Record {
        transaction: ledger.chain().transaction_text(&name.transaction),
        block: BlockLine::from(&ledger.block(transaction)?),
        output: line,
        spent_in: match spender {
            Some(spender) => Some(BlockLine::from(&ledger.block(spender)?)),
            None => None,
        },
    };
    if json {
        output::json(&record)?;
    } else {
        print(&record, ledger.chain().native_coin().0);
    }
    Ok(Finish::Done)
}

fn print(record: &Record, symbol: &str) {
    let output = &record.output;
    println!("{}:{}", record.transaction, output.index);
    println!("{} {symbol}", output.value);
    match &output.address {
        Some(address) => println!("pays {address} ({})", output.kind),
        None => println!("carries data, nobody can spend it"),
    }
    if let Some(payload) = &output.payload {
        println!("data {payload}");
    }
    println!("made in block {}, {}", record.block.height, record.block.timestamp);
    match (&output.spent_by, &record.spent_in) {
        (Some(spender), Some(block)) => {
            println!("spent by {spender} in block {}, {}", block.height, block.timestamp);
        }
        _ => println!("unspent in these data"),
    }
}
