//! Equal outputs of as many people as give inputs.
//!
//! Source: `is_coinjoin` of BlockSci (Kalodner et al. 2020, section on
//! CoinJoins; Goldfeder et al. 2018). Values that tokens on top of Bitcoin
//! use for their markers are left out.

use super::shape::MixTransaction;
use super::{CoinJoinKind, CoinJoinVerdict};
use tracehound_model::Rule;

/// Name and version of the rule.
pub(super) const GENERIC: Rule = Rule { name: "generic-coinjoin", version: 1 };

/// Output values of token protocols (satoshi).
const MARKERS: [u64; 2] = [546, 2_730];

/// Any other CoinJoin.
pub(super) fn generic(transaction: &MixTransaction) -> Option<CoinJoinVerdict> {
    let outputs = transaction.outputs.len();
    let participants = outputs.div_ceil(2);
    let repeated = transaction.repeated()?;
    let fits = participants <= transaction.inputs.len()
        && participants <= transaction.distinct_payers()
        && repeated.count == participants
        && !MARKERS.contains(&repeated.value);
    fits.then(|| transaction.verdict(CoinJoinKind::Generic, GENERIC, repeated))
}
