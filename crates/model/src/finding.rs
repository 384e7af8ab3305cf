//! Findings: claims with the rule that made them and the transfers that prove them.

use crate::{Address, Amount, Height, Timestamp, TransactionHash};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A named, versioned rule. Its page in `docs/methods/` defines it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
pub struct Rule {
    /// Name, such as `equal-split`.
    pub name: &'static str,
    /// Raised whenever the rule can answer differently on the same input.
    pub version: u32,
}

/// One transfer that proves a step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// Transaction.
    pub transaction: TransactionHash,
    /// Block height.
    pub height: Height,
    /// Block time.
    pub timestamp: Timestamp,
    /// Place inside the transaction where the source gives one.
    pub ordinal: Option<u32>,
    /// Debited address.
    pub from: Address,
    /// Credited address.
    pub to: Address,
    /// CAIP-19 asset.
    pub asset: String,
    /// Base units.
    pub amount: Amount,
}

/// A structural claim about transfers: what the rule says, with parameters and proof.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The parameters it ran with.
    pub parameters: BTreeMap<&'static str, String>,
    /// The claim in one sentence.
    pub claim: String,
    /// Addresses the claim is about, the most important first.
    pub subjects: Vec<Address>,
    /// The proof.
    pub evidence: Vec<Evidence>,
}
