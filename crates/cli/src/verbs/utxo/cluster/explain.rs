//! `tracehound cluster explain`: the transactions that join two addresses.

use super::{number, rule};
use crate::arguments::{ClusterExplain, Common};
use crate::progress::Spinner;
use crate::{Finish, output, place};
use serde::Serialize;
use tracehound_analysis::cluster::{self, Explanation, Link};
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_model::{Address, Height, Timestamp};
use tracehound_store::utxo::{OutputLedger, TransactionView};

#[derive(Serialize)]
struct Record {
    from: Address,
    to: Address,
    /// `joined`, `apart` or `given-up`.
    answer: &'static str,
    rules: String,
    /// A shortest chain of transactions from the first address to the second.
    chain: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    transaction: String,
    height: Height,
    timestamp: Timestamp,
    from: Address,
    to: Address,
    rule: String,
}

/// Explains and prints.
pub(crate) fn run(common: &Common, arguments: &ClusterExplain) -> anyhow::Result<Finish> {
    let likely = arguments.from.utxo_chain();
    let (_, snapshot) = place::open_outputs(common, &arguments.store, likely.as_ref())?;
    let ledger: &dyn OutputLedger = &snapshot;
    let (from, to) = (number(ledger, &arguments.from)?, number(ledger, &arguments.to)?);
    let finder = CoinJoinFinder::new(ledger);
    // Where the store cannot be read, nothing is joined; the scan itself then says so.
    let mixes = |view: &TransactionView<'_>| finder.mixes(view).unwrap_or(true);
    let rule = rule(ledger, &arguments.rules, &mixes)?;
    let spinner = Spinner::start(common, "searching");
    let explanation = cluster::explain(ledger, &rule, from, to, arguments.most_transactions)?;
    drop(spinner);
    let (answer, links) = match &explanation {
        Explanation::Chain(links) => ("joined", links.as_slice()),
        Explanation::Apart => ("apart", &[][..]),
        Explanation::GivenUp { .. } => ("given-up", &[][..]),
    };
    let chain = links.iter().map(|link| step(ledger, link)).collect::<anyhow::Result<Vec<_>>>()?;
    let record = Record {
        from: ledger.address(from)?,
        to: ledger.address(to)?,
        answer,
        rules: rule.describe(),
        chain,
    };
    if common.json {
        output::json(&record)?;
    } else {
        print(&record, &explanation);
    }
    Ok(Finish::Done)
}

fn step(ledger: &dyn OutputLedger, link: &Link) -> anyhow::Result<Step> {
    let block = ledger.block(link.transaction)?;
    Ok(Step {
        transaction: ledger.chain().transaction_text(&ledger.hash(link.transaction)?),
        height: block.height,
        timestamp: block.timestamp,
        from: ledger.address(link.from)?,
        to: ledger.address(link.to)?,
        rule: format!("{}/{}", link.rule.name, link.rule.version),
    })
}

fn print(record: &Record, explanation: &Explanation) {
    match explanation {
        Explanation::Apart => println!("no chain of transactions joins them under these rules"),
        Explanation::GivenUp { transactions } => println!(
            "none found within {transactions} transactions; longer chains may exist, \
             give --most-transactions a larger number"
        ),
        Explanation::Chain(links) if links.is_empty() => println!("one and the same address"),
        Explanation::Chain(links) => {
            let count = links.len();
            let word = if count == 1 { "transaction joins" } else { "transactions join" };
            println!("{count} {word} them; each spends from both addresses of its line:");
            println!("\n  {}", record.from);
            for step in &record.chain {
                println!("    | {}", step.transaction);
                println!("    | block {}, {}, {}", step.height, step.timestamp, step.rule);
                println!("  {}", step.to);
            }
            println!();
        }
    }
    println!("rules: {}", record.rules);
}
