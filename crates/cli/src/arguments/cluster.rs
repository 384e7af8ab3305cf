//! Arguments of `tracehound cluster` and `tracehound coinjoin`.

use super::{StorePlace, height};
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;
use tracehound_model::{Address, Height, TransactionHash};

#[derive(Subcommand, Debug)]
pub(crate) enum ClusterVerb {
    /// Cluster a whole store; the result is kept beside it and grows with new blocks.
    Build(ClusterBuild),
    /// Show the cluster of an address.
    Show(ClusterShow),
    /// Show the shortest chain of transactions that joins two addresses.
    Explain(ClusterExplain),
    /// Show which outputs of a transaction heuristics take for change: evidence, not a merge.
    Change(ClusterChange),
    /// Cluster with change merged in, under a guard, and show what came of it.
    Merge(ClusterMerge),
    /// Estimated payments between all clusters, or all addresses, as a table.
    Payments(ClusterPayments),
}

#[derive(Args, Debug)]
pub(crate) struct ClusterPayments {
    /// Between addresses, not clusters.
    #[arg(long)]
    pub(crate) addresses: bool,
    /// One row for each party, with its totals and degrees, not one for each pair.
    #[arg(long)]
    pub(crate) totals: bool,
    /// Daily prices: CSV date,EUR,USD, or the JSON lines of GraphSense. Adds a column for each
    /// currency.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) prices: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: ClusterRules,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct ClusterChange {
    /// The transaction.
    pub(crate) transaction: TransactionHash,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct ClusterMerge {
    /// Heuristics that must agree, such as client,address-type.
    #[arg(long, value_delimiter = ',', required = true, value_name = "LIST")]
    pub(crate) heuristics: Vec<String>,
    /// Never join two clusters that both have more addresses than this.
    #[arg(long, default_value_t = 1_000, value_name = "COUNT")]
    pub(crate) most_members: u32,
    /// Never join clusters of different entities in these tags: CSV
    /// address,label,entity,category,source,confidence.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tags: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: ClusterRules,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct ClusterBuild {
    #[command(flatten)]
    pub(crate) rules: ClusterRules,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct ClusterShow {
    /// The address.
    pub(crate) address: Address,
    /// Show at most this many addresses.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
    /// Leave out this many before them.
    #[arg(long, default_value_t = 0)]
    pub(crate) skip: usize,
    #[command(flatten)]
    pub(crate) rules: ClusterRules,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct ClusterExplain {
    /// One address.
    pub(crate) from: Address,
    /// The other address.
    pub(crate) to: Address,
    /// Give up after looking at this many transactions.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) most_transactions: usize,
    #[command(flatten)]
    pub(crate) rules: ClusterRules,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Subcommand, Debug)]
pub(crate) enum CoinjoinVerb {
    /// Find CoinJoins in files of blocks, in lists of transactions, or in a store: rows
    /// txid,kind,rule.
    Detect(CoinjoinDetect),
}

#[derive(Args, Debug)]
pub(crate) struct CoinjoinDetect {
    /// Files of blocks (blk*.dat, raw blocks, JSON lines), a node's folder of them, or lists
    /// of transactions as CoinJoin studies keep them. Without any: the store.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) files: Vec<PathBuf>,
    /// Only these kinds, such as wasabi1,whirlpool.
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    pub(crate) kind: Vec<String>,
    /// First block of the store to look at.
    #[arg(long, value_parser = height, value_name = "HEIGHT", conflicts_with = "files")]
    pub(crate) from: Option<Height>,
    /// Last block of the store to look at.
    #[arg(long, value_parser = height, value_name = "HEIGHT", conflicts_with = "files")]
    pub(crate) until: Option<Height>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

/// What may join two addresses. The rule is multi-input, without CoinJoins and without bare
/// multisignatures.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct ClusterRules {
    /// Let CoinJoins join addresses too.
    #[arg(long)]
    pub(crate) with_coinjoins: bool,
    /// Let inputs of bare multisignatures join too.
    #[arg(long)]
    pub(crate) with_multisig: bool,
    /// Leave out what has the shape of a payjoin.
    #[arg(long)]
    pub(crate) without_payjoins: bool,
    /// Leave out this transaction: its evidence is withdrawn. May be repeated.
    #[arg(long, value_name = "TXID")]
    pub(crate) withdraw: Vec<TransactionHash>,
}
