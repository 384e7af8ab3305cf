//! Transactions in which several people mix their coins.
//!
//! Each rule is a pure function over a [`MixTransaction`]: values, scripts
//! and order of inputs and outputs, and the height. It answers with a
//! verdict that names the rule and what it saw. `finder.rs` runs them over a
//! chain. Definitions, sources and measured errors: `docs/methods/coinjoin.md`.
//!
//! What is not known of an input (a store that begins in the middle of the
//! chain) never proves a CoinJoin and never refutes one; the verdict counts it.

mod finder;
mod generic;
mod join_market;
mod possible;
mod shape;
#[cfg(test)]
mod tests;
mod totals;
mod wasabi;
mod whirlpool;

pub use finder::CoinJoinFinder;
pub use shape::{MixCoin, MixTransaction};
pub use totals::{KindTotals, totals};

use serde::Serialize;
use tracehound_model::Rule;

/// The rules together, for those who ask only whether a transaction is a
/// CoinJoin: raised whenever any of them can answer differently.
pub const COINJOIN: Rule = Rule { name: "coinjoin", version: 2 };

/// What kind of mixing, or what belongs to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CoinJoinKind {
    /// Wasabi Wallet 1, equal outputs of about 0.1 BTC.
    Wasabi1,
    /// Wasabi Wallet 2 and other WabiSabi coordinators, standard denominations.
    Wasabi2,
    /// Whirlpool (Samourai, Ashigaru): as many inputs as equal outputs.
    Whirlpool,
    /// JoinMarket: a taker and makers around one repeated value.
    JoinMarket,
    /// Equal outputs of as many people as give inputs, of no known wallet.
    Generic,
    /// One person's preparation of coins for Whirlpool.
    WhirlpoolTx0,
    /// A payment of coins that came out of Whirlpool.
    WhirlpoolPostMix,
}

impl CoinJoinKind {
    /// Every kind, those that mix first.
    pub const ALL: [Self; 7] = [
        Self::Wasabi1,
        Self::Wasabi2,
        Self::Whirlpool,
        Self::JoinMarket,
        Self::Generic,
        Self::WhirlpoolTx0,
        Self::WhirlpoolPostMix,
    ];

    /// Name as tables and flags write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wasabi1 => "wasabi1",
            Self::Wasabi2 => "wasabi2",
            Self::Whirlpool => "whirlpool",
            Self::JoinMarket => "joinmarket",
            Self::Generic => "generic",
            Self::WhirlpoolTx0 => "whirlpool-tx0",
            Self::WhirlpoolPostMix => "whirlpool-post-mix",
        }
    }

    /// Whether coins of several people are mixed in the transaction itself.
    #[must_use]
    pub fn mixes(self) -> bool {
        !matches!(self, Self::WhirlpoolTx0 | Self::WhirlpoolPostMix)
    }
}

/// What a rule says of a transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CoinJoinVerdict {
    /// The kind.
    pub kind: CoinJoinKind,
    /// The rule.
    pub rule: Rule,
    /// The value that is repeated, in satoshi; 0 where none is.
    pub denomination: u64,
    /// How many outputs have it.
    pub equal_outputs: u32,
    /// Inputs of which the data know no value or no script.
    pub unknown_inputs: u32,
}

/// The first rule that knows the transaction, the most specific first. All
/// but the one for preparations ask for two inputs and three payments.
#[must_use]
pub fn detect(transaction: &MixTransaction) -> Option<CoinJoinVerdict> {
    let mixes = [
        whirlpool::mix,
        wasabi::wasabi2,
        wasabi::wasabi1,
        join_market::join_market,
        generic::generic,
    ];
    let large = transaction.inputs.len() >= possible::LEAST_INPUTS
        && transaction.outputs.len() >= possible::LEAST_OUTPUTS;
    let prepared = || whirlpool::tx0(transaction);
    prepared().or_else(|| mixes.into_iter().filter(|_| large).find_map(|rule| rule(transaction)))
}
