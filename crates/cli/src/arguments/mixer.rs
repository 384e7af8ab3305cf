//! Arguments of `mixer`.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;
use tracehound_model::Height;

#[derive(Subcommand, Debug)]
pub(crate) enum MixerVerb {
    /// Tie withdrawals to deposits, each pair with its rule and evidence, as CSV.
    Links(MixerLinks),
    /// Show among how many deposits withdrawals hide, and what each rule leaves of that.
    Anonymity(MixerAnonymity),
    /// Rank groups of withdrawals for one depositor's deposits, or say that they cannot be told.
    Groups(MixerGroups),
}

/// The events and what is known besides.
#[derive(Args, Debug)]
pub(crate) struct MixerSources {
    /// Folder of a mixer's event files, such as deposits_eth_0.1.json.gz, or one such file.
    #[arg(value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub(crate) events: PathBuf,
    /// CSV of transactions: hash, from; block, timestamp, gas_price, relayed where known.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) transactions: Option<PathBuf>,
    /// CSV of payments between addresses: from, to; block where known.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) transfers: Option<PathBuf>,
    /// CSV of who first paid for an address's gas: address, funder.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) funders: Option<PathBuf>,
    /// CSV of claims of mining rewards: points; block where known.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) claims: Option<PathBuf>,
    /// CSV of known depositors: transaction, address; or published links, whose depositors are taken.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) depositors: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct MixerLinks {
    #[command(flatten)]
    pub(crate) sources: MixerSources,
    /// CSV of published links to measure the rules by; never used to find any.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) truth: Option<PathBuf>,
    /// Only these rules, such as same-address,lone-pair, or all with the baselines
    /// [default: every rule but the baselines].
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    pub(crate) rule: Vec<String>,
    /// File for the pairs [default: standard output].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct MixerAnonymity {
    #[command(flatten)]
    pub(crate) sources: MixerSources,
    /// As it was after this block [default: after the last].
    #[arg(long, value_parser = super::height, value_name = "BLOCK")]
    pub(crate) at: Option<Height>,
    /// Only these rules, or all with the baselines [default: every rule but the baselines].
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    pub(crate) rule: Vec<String>,
    /// File for the set of every withdrawal, as CSV.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct MixerGroups {
    #[command(flatten)]
    pub(crate) sources: MixerSources,
    /// The depositor's deposits: a CSV with a column transaction (and leaf_index and pool where one
    /// transaction made deposits of others), or transaction hashes, one a line.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) deposits: PathBuf,
    /// Candidates to show.
    #[arg(long, default_value = "10", value_name = "COUNT")]
    pub(crate) show: usize,
}
