//! `tracehound address` on a chain of unspent outputs.

use super::coins;
use crate::{Finish, output};
use anyhow::Context;
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_model::{Address, Height, Satoshi, Timestamp};
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputLedger, TransactionId};

/// What is asked.
pub(crate) struct Query {
    pub(crate) address: Address,
    pub(crate) limit: usize,
    pub(crate) since: Option<Timestamp>,
    /// The last block that counts.
    pub(crate) at_height: Option<Height>,
}

#[derive(Serialize)]
struct Record {
    address: Address,
    kind: &'static str,
    /// The last block that counts; absent for the whole store.
    at_height: Option<Height>,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    outputs_received: u64,
    transactions_spending: u64,
    received: String,
    spent: String,
    balance: String,
    balance_satoshi: u64,
    history: Vec<Line>,
}

/// What one transaction did to the address.
#[derive(Serialize)]
struct Line {
    transaction: String,
    height: Height,
    timestamp: Timestamp,
    received: String,
    spent: String,
}

/// Received and spent in one transaction.
#[derive(Clone, Copy, Default)]
struct Sums {
    received: u64,
    spent: u64,
}

/// Looks an address up and prints it.
pub(crate) fn run(ledger: &dyn OutputLedger, query: &Query, json: bool) -> anyhow::Result<Finish> {
    let address = query.address.on(ledger.chain());
    let id = ledger.address_id(&address)?.with_context(|| {
        format!("{address} is not in this store; ingest the blocks that pay it")
    })?;
    let record = read(ledger, id, query)?;
    if json {
        output::json(&record)?;
    } else {
        print(&record, ledger.chain().native_coin().0);
    }
    Ok(Finish::Done)
}

fn read(ledger: &dyn OutputLedger, id: AddressId, query: &Query) -> anyhow::Result<Record> {
    let end = match query.at_height {
        Some(height) => ledger.first_above(height)?,
        None => TransactionId(ledger.transaction_count()),
    };
    let (outputs, spends) = (ledger.outputs_to(id)?, ledger.spends_from(id)?);
    let outputs: Vec<_> = outputs.into_iter().filter(|output| output.transaction < end).collect();
    let spends: Vec<_> = spends.into_iter().filter(|spend| *spend < end).collect();
    let mut sums: BTreeMap<TransactionId, Sums> = BTreeMap::new();
    for transaction in outputs.iter().map(|output| output.transaction).chain(spends.clone()) {
        if let std::collections::btree_map::Entry::Vacant(vacant) = sums.entry(transaction) {
            vacant.insert(sums_in(ledger, transaction, id)?);
        }
    }
    let (mut received, mut spent) = (Satoshi(0), Satoshi(0));
    for line in sums.values() {
        let add = |a: Satoshi, b: u64| a.checked_add(Satoshi(b)).context("a sum past 64 bits");
        (received, spent) = (add(received, line.received)?, add(spent, line.spent)?);
    }
    // Spends of outputs from before the data take more than these data show coming.
    let balance = received.checked_sub(spent).unwrap_or_default();
    let time = |id: Option<&TransactionId>| -> anyhow::Result<Option<Timestamp>> {
        id.map(|id| Ok(ledger.block(*id)?.timestamp)).transpose()
    };
    let address = ledger.address(id)?;
    let chain = ledger.chain();
    Ok(Record {
        address,
        kind: address.kind().name(),
        at_height: query.at_height,
        first_seen: time(sums.keys().next())?,
        last_seen: time(sums.keys().next_back())?,
        // Counts of a list fit 64 bits.
        outputs_received: outputs.len() as u64,
        transactions_spending: spends.len() as u64,
        received: coins(chain, received),
        spent: coins(chain, spent),
        balance: coins(chain, balance),
        balance_satoshi: balance.0,
        history: history(ledger, &sums, query)?,
    })
}

/// What one transaction pays to and takes from an address.
fn sums_in(
    ledger: &dyn OutputLedger,
    transaction: TransactionId,
    id: AddressId,
) -> anyhow::Result<Sums> {
    let view = ledger.transaction(transaction)?;
    let outputs = view.outputs.iter().filter(|output| output.address() == Some(id));
    let inputs = view.inputs.iter().filter(|input| input.address() == Some(id));
    let sum = |values: &mut dyn Iterator<Item = Satoshi>| {
        Satoshi::sum(values).context("a sum past 64 bits").map(|sum| sum.0)
    };
    Ok(Sums {
        received: sum(&mut outputs.map(|output| output.value()))?,
        spent: sum(&mut inputs.filter_map(|input| input.value()))?,
    })
}

/// The latest lines asked for, oldest first.
fn history(
    ledger: &dyn OutputLedger,
    sums: &BTreeMap<TransactionId, Sums>,
    query: &Query,
) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (id, sums) in sums.iter().rev().take(query.limit) {
        let block = ledger.block(*id)?;
        if query.since.is_some_and(|since| block.timestamp < since) {
            break;
        }
        lines.push(Line {
            transaction: ledger.chain().transaction_text(&ledger.hash(*id)?),
            height: block.height,
            timestamp: block.timestamp,
            received: coins(ledger.chain(), Satoshi(sums.received)),
            spent: coins(ledger.chain(), Satoshi(sums.spent)),
        });
    }
    lines.reverse();
    Ok(lines)
}

fn print(record: &Record, symbol: &str) {
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
