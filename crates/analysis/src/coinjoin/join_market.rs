//! JoinMarket: a taker pays makers to mix with.
//!
//! Source: the rules of GraphSense and of Dumplings as collected by
//! Stockinger et al. (PETS 2026). Their stated confidence is 49 percent: the
//! shape is not specific.

use super::shape::MixTransaction;
use super::{CoinJoinKind, CoinJoinVerdict};
use tracehound_model::Rule;

/// Name and version of the rule.
pub(super) const JOIN_MARKET: Rule = Rule { name: "joinmarket", version: 1 };

/// Least outputs of the repeated value.
const LEAST_EQUAL: usize = 3;
/// Transactions with so many inputs must look like several wallets'.
const MANY_INPUTS: usize = 50;
/// Most inputs a participant, and least outputs a participant (tenths).
const MOST_INPUTS_EACH: usize = 20;
const LEAST_OUTPUTS_EACH: usize = 17;
/// What the largest input may bring beyond the repeated value and the
/// largest change: fees (satoshi).
const FEES: u64 = 10_000;

/// JoinMarket.
pub(super) fn join_market(transaction: &MixTransaction) -> Option<CoinJoinVerdict> {
    let repeated = transaction.repeated()?;
    let (count, outputs) = (repeated.count, transaction.outputs.len());
    let others: Vec<u64> =
        transaction.output_values().filter(|value| *value != repeated.value).collect();
    let only_one_repeats = {
        let mut sorted = others.clone();
        sorted.sort_unstable();
        sorted.windows(2).all(|pair| pair[0] != pair[1])
    };
    let largest = transaction.inputs.iter().filter_map(|input| input.value).max();
    let change = others.iter().max().copied().unwrap_or(0);
    let covered =
        largest.is_none_or(|largest| largest <= repeated.value.saturating_add(change) + FEES);
    let inputs = transaction.inputs.len();
    let several_wallets = inputs < MANY_INPUTS
        || (inputs <= count * MOST_INPUTS_EACH && outputs * 10 >= count * LEAST_OUTPUTS_EACH);
    let fits = count >= LEAST_EQUAL
        && transaction.data.is_empty()
        && count * 2 >= outputs
        && count <= transaction.distinct_payers()
        && transaction.outputs_differ()
        && !others.is_empty()
        && only_one_repeats
        && covered
        && several_wallets;
    fits.then(|| transaction.verdict(CoinJoinKind::JoinMarket, JOIN_MARKET, repeated))
}
