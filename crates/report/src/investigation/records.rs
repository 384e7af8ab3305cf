//! What other rules found, and which rules spoke.

use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_model::{Address, Amount, Height, Rule, Timestamp};

/// A claim of another rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FindingRecord {
    /// The rule.
    pub rule: Rule,
    /// The parameters it ran with.
    pub parameters: BTreeMap<&'static str, String>,
    /// The claim in one sentence.
    pub claim: String,
    /// Addresses the claim is about, the most important first.
    pub subjects: Vec<Address>,
    /// The proof.
    pub evidence: Vec<EvidenceRecord>,
    /// What is known of its subjects, in their order.
    pub subject_names: Vec<String>,
}

/// One transfer that proves a step of a finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EvidenceRecord {
    /// Transaction, as its chain prints it.
    pub transaction: String,
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
    /// The amount for people.
    #[serde(skip)]
    pub amount_text: String,
}

/// A rule that spoke.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct RuleRecord {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// What it decides.
    pub decides: String,
}
