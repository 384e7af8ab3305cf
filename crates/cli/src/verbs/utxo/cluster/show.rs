//! `tracehound cluster show`: the addresses of a cluster.

use super::{current, number, rule};
use crate::arguments::{ClusterShow, Common};
use crate::progress::Spinner;
use crate::{Finish, output, place};
use anyhow::Context;
use serde::Serialize;
use tracehound_analysis::cluster::{self, ClusterIndex};
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_model::{Address, Height};
use tracehound_store::utxo::{OutputLedger, TransactionView};

#[derive(Serialize)]
struct Record {
    /// The cluster's number: its smallest member.
    cluster: u32,
    rules: String,
    size: usize,
    members: Vec<Address>,
    /// Blocks of the first and last transaction of the members shown.
    first_block: Option<Height>,
    last_block: Option<Height>,
}

/// Finds the cluster and prints it.
pub(crate) fn run(common: &Common, arguments: &ClusterShow) -> anyhow::Result<Finish> {
    let likely = arguments.address.utxo_chain();
    let (store, snapshot) = place::open_outputs(common, &arguments.store, likely.as_ref())?;
    let ledger: &dyn OutputLedger = &snapshot;
    let address = number(ledger, &arguments.address)?;
    let finder = CoinJoinFinder::new(ledger);
    // Where the store cannot be read, nothing is joined; the scan itself then says so.
    let mixes = |view: &TransactionView<'_>| finder.mixes(view).unwrap_or(true);
    let rule = rule(ledger, &arguments.rules, &mixes)?;
    let spinner = Spinner::start(common, "clustering");
    let clusters = current(ledger, store.folder(), &rule)?;
    let index = ClusterIndex::new(&clusters);
    let found = cluster::summary(ledger, &index, address, arguments.skip, arguments.limit)?;
    drop(spinner);
    let found = found.context("the address is not in the clusters")?;
    let members = found.members.iter().map(|id| ledger.address(*id));
    let record = Record {
        cluster: found.cluster.0,
        rules: clusters.rules().to_owned(),
        size: found.size,
        members: members.collect::<Result<_, _>>()?,
        first_block: found.first,
        last_block: found.last,
    };
    if common.json {
        output::json(&record)?;
    } else {
        print(&record, arguments.skip);
    }
    Ok(Finish::Done)
}

fn print(record: &Record, skip: usize) {
    let word = if record.size == 1 { "address" } else { "addresses" };
    println!("cluster {}: {} {word}", record.cluster, record.size);
    for member in &record.members {
        println!("  {member}");
    }
    let shown = skip + record.members.len();
    if shown < record.size {
        println!("  {} more; give --skip {shown}", record.size - shown);
    }
    if let (Some(first), Some(last)) = (record.first_block, record.last_block) {
        println!("those shown were active in blocks {first} to {last}");
    }
    println!("rules: {}", record.rules);
    println!("a structural claim about keys, not about people; `cluster explain A B` shows why");
}
