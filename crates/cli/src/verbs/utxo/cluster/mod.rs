//! `tracehound cluster`: which addresses one rule says are controlled together.

mod build;
mod change;
mod explain;
mod payments;
mod show;

pub(crate) use build::run as build;
pub(crate) use change::{evidence, merge};
pub(crate) use explain::run as explain;
pub(crate) use payments::run as payments;
pub(crate) use show::run as show;

use super::find;
use crate::arguments::ClusterRules;
use anyhow::Context;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tracehound_analysis::cluster::{ClusterError, Clustering, MultiInput, Payjoin};
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_model::Address;
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputLedger, TransactionView};

/// Transactions with more inputs are not taken for payjoins.
const MOST_PAYJOIN_INPUTS: u32 = 8;

/// Where the clusters of a store lie: beside it, because they can be made anew.
pub(super) fn file_of(store: &Path) -> PathBuf {
    Clustering::path_beside(store)
}

/// The rule that the arguments ask for.
pub(crate) fn rule<'a>(
    ledger: &dyn OutputLedger,
    rules: &ClusterRules,
    mixes: &'a (dyn Fn(&TransactionView<'_>) -> bool + Sync),
) -> anyhow::Result<MultiInput<'a>> {
    let withdrawn: anyhow::Result<BTreeSet<_>> =
        rules.withdraw.iter().map(|hash| find(ledger, hash)).collect();
    Ok(MultiInput {
        coinjoin: (!rules.with_coinjoins).then(|| CoinJoinFinder::filter(mixes)),
        merge_multisig: rules.with_multisig,
        payjoin: rules.without_payjoins.then_some(Payjoin { most_inputs: MOST_PAYJOIN_INPUTS }),
        withdrawn: withdrawn?,
        off: false,
    })
}

/// The clusters kept beside a store, brought up to its last block and kept
/// again; made anew where there are none, or those of other rules or another chain.
pub(crate) fn current(
    ledger: &dyn OutputLedger,
    store: &Path,
    rule: &MultiInput<'_>,
) -> anyhow::Result<Clustering> {
    let (file, threads) = (file_of(store), std::thread::available_parallelism());
    let threads = threads.map_or(1, usize::from);
    if file.exists() {
        match Clustering::load(&file, ledger) {
            Ok(mut clusters) if clusters.rules() == rule.describe() => {
                let before = clusters.end();
                clusters.extend(ledger, rule, threads)?;
                if clusters.end() != before {
                    clusters.save(&file)?;
                }
                return Ok(clusters);
            }
            Ok(_) | Err(ClusterError::OtherChain { .. } | ClusterError::Damaged { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let clusters = Clustering::build(ledger, rule, threads)?;
    clusters.save(&file)?;
    Ok(clusters)
}

/// The number of an address in the store.
pub(crate) fn number(ledger: &dyn OutputLedger, address: &Address) -> anyhow::Result<AddressId> {
    let address = address.on(ledger.chain());
    ledger
        .address_id(&address)?
        .with_context(|| format!("{address} is not in this store; ingest the blocks that pay it"))
}
