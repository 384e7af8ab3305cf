//! Arguments of `exposure`.

use super::StorePlace;
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;
use tracehound_model::Address;

/// Which way money is asked about.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExposureSide {
    /// Where what it received came from.
    Received,
    /// Where what it sent went.
    Sent,
    /// Both.
    Both,
}

#[derive(Args, Debug)]
pub(crate) struct Exposure {
    /// Addresses, of an account chain or of one of unspent outputs.
    #[arg(required_unless_present = "build")]
    pub(crate) addresses: Vec<Address>,
    /// Which way.
    #[arg(long, value_enum, default_value_t = ExposureSide::Both)]
    pub(crate) side: ExposureSide,
    /// Further packs of tags for this question only, in any form `tag import` reads.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tags: Vec<PathBuf>,
    /// Leave out tags whose source is less sure than this, 0 to 100.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) confidence: u8,
    /// Transfers of the chain's coin below this many whole coins carry no category on.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) dust: Option<String>,
    /// Give up when more transfers than this can matter to one address.
    #[arg(long, default_value_t = 5_000_000, value_name = "ROWS")]
    pub(crate) most_rows: u64,
    /// Compute the exposures of every address and keep them beside the store.
    #[arg(long, conflicts_with = "addresses")]
    pub(crate) build: bool,
    /// Answer from what --build kept: figures of the pro rata policy, without paths.
    #[arg(long, conflicts_with = "build")]
    pub(crate) table: bool,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct Deposits {
    /// Further packs of tags for this question only, in any form `tag import` reads.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tags: Vec<PathBuf>,
    /// Only deposit addresses of this service.
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<String>,
    /// Also show addresses with one match only: a customer who moved on by himself looks the same.
    #[arg(long)]
    pub(crate) weak: bool,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}
