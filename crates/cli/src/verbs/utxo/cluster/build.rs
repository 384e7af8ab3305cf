//! `tracehound cluster build`: clusters of a whole store, kept beside it.

use super::{current, file_of, rule};
use crate::arguments::{ClusterBuild, Common};
use crate::progress::Spinner;
use crate::{Finish, output, place};
use serde::Serialize;
use std::path::Path;
use tracehound_analysis::cluster::Clustering;
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_model::Address;
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputLedger, TransactionView};

/// Clusters named in the summary.
const LARGEST: usize = 10;

#[derive(Serialize)]
struct Record {
    rules: String,
    transactions: u32,
    addresses: u32,
    clusters: usize,
    /// Clusters of more than one address.
    joined: usize,
    largest: Vec<Large>,
    file: String,
}

#[derive(Serialize)]
struct Large {
    cluster: u32,
    /// The smallest member, for `cluster show`.
    address: Address,
    size: u32,
}

/// Builds and prints.
pub(crate) fn run(common: &Common, arguments: &ClusterBuild) -> anyhow::Result<Finish> {
    let (store, snapshot) = place::open_outputs(common, &arguments.store, None)?;
    let ledger: &dyn OutputLedger = &snapshot;
    let finder = CoinJoinFinder::new(ledger);
    // Where the store cannot be read, nothing is joined; the scan itself then says so.
    let mixes = |view: &TransactionView<'_>| finder.mixes(view).unwrap_or(true);
    let rule = rule(ledger, &arguments.rules, &mixes)?;
    let spinner = Spinner::start(common, "clustering");
    let clusters = current(ledger, store.folder(), &rule)?;
    let record = summarise(ledger, &clusters, &file_of(store.folder()))?;
    drop(spinner);
    if common.json {
        output::json(&record)?;
    } else {
        print(&record);
    }
    Ok(Finish::Done)
}

fn summarise(
    ledger: &dyn OutputLedger,
    clusters: &Clustering,
    file: &Path,
) -> anyhow::Result<Record> {
    let labels = clusters.labels();
    let mut sizes = vec![0_u32; labels.len()];
    for label in &labels {
        // A label is an address number, smaller than the count of labels.
        if let Some(size) = sizes.get_mut(*label as usize) {
            *size += 1;
        }
    }
    let mut largest: Vec<(u32, u32)> =
        (0..).zip(&sizes).filter(|(_, size)| **size > 1).map(|(id, size)| (*size, id)).collect();
    let joined = largest.len();
    largest.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    largest.truncate(LARGEST);
    let named = largest.into_iter().map(|(size, cluster)| {
        Ok(Large { cluster, address: ledger.address(AddressId(cluster))?, size })
    });
    Ok(Record {
        rules: clusters.rules().to_owned(),
        transactions: clusters.end().0,
        addresses: ledger.address_count(),
        clusters: clusters.count(),
        joined,
        largest: named.collect::<anyhow::Result<_>>()?,
        file: file.display().to_string(),
    })
}

fn print(record: &Record) {
    println!(
        "{} clusters over {} addresses in {} transactions; {} of more than one address",
        record.clusters, record.addresses, record.transactions, record.joined
    );
    if !record.largest.is_empty() {
        println!("largest:");
    }
    for large in &record.largest {
        println!("  {} addresses, with {}", large.size, large.address);
    }
    println!("rules: {}", record.rules);
    println!("kept in {}", record.file);
}
