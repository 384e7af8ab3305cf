//! The one value every output is written from: a trace resolved to plain text
//! and amounts. Its serde form is `report.json` (documented in
//! `docs/report.md`); raising [`REPORT_VERSION`] is the only way its shape
//! may change.
//!
//! Facts (transfers, amounts, order) and attributions (labels, entities,
//! kinds) live in different records: a [`TransferRecord`] holds facts only
//! and points to [`AddressRecord`]s, which carry each label with its source.

mod address;
mod build;
mod exchanges;
mod facts;
mod findings;
mod gather;
mod leg;
mod money;
mod outputs;
mod policy;
mod records;
mod rest;
mod totals;
mod values;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use address::AddressRecord;
pub use exchanges::{ExchangeRecord, ExchangedRecord, MarketRecord};
pub use leg::{LEG_RULE, LegRecord, NOT_CONTINUED};
pub use money::{AssetRecord, Money};
pub(crate) use money::{count_text, counted, difference_text, printable, spread};
pub use outputs::OutputTold;
pub use records::{EvidenceRecord, FindingRecord, RuleRecord};
pub use rest::RestGroup;
pub(crate) use rest::{explain_kind, kind_name};
pub(crate) use totals::entity_of;
pub use totals::{AssetTotals, ClosingRecord, EntityTotal, Range, StopTotal};
pub use values::{AssetPrices, ValueRecord};

use serde::Serialize;
use std::sync::Arc;
use tracehound_analysis::trace::TraceOutcome;
use tracehound_model::case::TraceOptions;
use tracehound_model::tag::StoppedBy;
use tracehound_model::{Amount, Case, Direction, Finding, Height, Policy, Tag, Timestamp};
use tracehound_store::Snapshot;

/// Version of the shape of `report.json`.
pub const REPORT_VERSION: u32 = 2;

/// Everything a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct InvestigationInput<'a> {
    /// The case as read.
    pub case: &'a Case,
    /// The state of the store that was traced.
    pub snapshot: &'a Snapshot,
    /// Every attribution the trace used.
    pub tags: &'a [Tag],
    /// The trace.
    pub outcome: &'a TraceOutcome,
    /// Findings of other rules over the same data.
    pub findings: &'a [Finding],
    /// The files read.
    pub sources: &'a [SourceFile],
    /// The command that makes this report again.
    pub command: &'a str,
    /// Version of the program.
    pub program_version: &'a str,
    /// Remarks for the reader, one sentence each.
    pub notes: &'a [String],
}

/// Everything a report of a trace over outputs is made from.
#[derive(Clone, Copy)]
pub struct OutputInvestigationInput<'a> {
    /// The case as read.
    pub case: &'a Case,
    /// The trace, told as transfers.
    pub told: &'a OutputTold<'a>,
    /// Every attribution the trace used.
    pub tags: &'a [Tag],
    /// Findings of other rules over the same data.
    pub findings: &'a [Finding],
    /// The files read.
    pub sources: &'a [SourceFile],
    /// The command that makes this report again.
    pub command: &'a str,
    /// Version of the program.
    pub program_version: &'a str,
    /// Remarks for the reader, one sentence each.
    pub notes: &'a [String],
}

/// One input file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct SourceFile {
    /// Its path as the case gives it.
    pub file: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Rows read.
    pub rows: u64,
    /// Rows refused and kept aside.
    pub broken: u64,
    /// Where it comes from.
    pub origin: String,
    /// Its licence.
    pub licence: String,
    /// What it was read as.
    pub format: String,
}

/// A trace resolved to plain values.
#[derive(Clone, Debug, Serialize)]
pub struct Investigation {
    /// [`REPORT_VERSION`].
    pub report_version: u32,
    /// What made this report.
    pub program: Program,
    /// The case.
    pub case: CaseFacts,
    /// The data it was traced in.
    pub data: DataFacts,
    /// Remarks for the reader.
    pub notes: Vec<String>,
    /// Assets that carried taint, coin first.
    pub assets: Vec<Arc<AssetRecord>>,
    /// What was stolen, as resolved.
    pub seeds: Vec<SeedFacts>,
    /// What each victim lost.
    pub victims: Vec<VictimTotal>,
    /// The policy whose figures come first: the first that conserves value.
    pub headline_policy: Policy,
    /// Lowest and highest figure over the policies that conserve value.
    pub ranges: Vec<Range>,
    /// Views in currencies, if the case has prices; nothing is booked by them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueRecord>,
    /// One report a policy, in the order asked for.
    pub policies: Vec<PolicyReport>,
    /// Findings of other rules.
    pub findings: Vec<FindingRecord>,
    /// Tokens seen leaving traced addresses and deliberately not followed.
    pub not_followed: Vec<NotFollowedRecord>,
    /// Rules that spoke in this report.
    pub rules: Vec<RuleRecord>,
    /// Every address named, with what is said of it.
    pub addresses: Vec<Arc<AddressRecord>>,
    /// Every transfer named, in chain order.
    pub transfers: Vec<TransferRecord>,
}

/// What made the report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Program {
    /// `tracehound`.
    pub name: &'static str,
    /// Its version.
    pub version: String,
    /// The command that makes this report again.
    pub command: String,
}

/// The case in words.
#[derive(Clone, Debug, Serialize)]
pub struct CaseFacts {
    /// Short name.
    pub name: String,
    /// Title.
    pub title: String,
    /// What happened.
    pub description: String,
    /// CAIP-2 chain.
    pub chain: String,
    /// Its short name.
    pub chain_name: String,
    /// Which way it was traced.
    pub direction: Direction,
    /// Every option of the trace.
    pub options: TraceOptions,
}

/// The data that were traced.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DataFacts {
    /// Digest over the content of the store.
    pub store_digest: String,
    /// Transfers in the store; of a chain of unspent outputs its transactions.
    pub transfers: u64,
    /// What `transfers` counts.
    pub counted: &'static str,
    /// First block with a transfer.
    pub first: Option<(Height, Timestamp)>,
    /// Last block with a transfer.
    pub last: Option<(Height, Timestamp)>,
    /// Blocks whose inner order was derived from funding.
    pub blocks_ordered_by_funding: u64,
    /// Blocks in all.
    pub blocks: u64,
    /// The files read.
    pub sources: Vec<SourceFile>,
}

/// One seed as resolved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SeedFacts {
    /// Number used by `by_victim` of closings.
    pub number: u32,
    /// Who lost the money.
    pub victim: String,
    /// What the seed is.
    pub description: String,
    /// The address, for an outflow.
    #[serde(serialize_with = "address::optional_text")]
    pub address: Option<Arc<AddressRecord>>,
    /// Transfers seeded.
    pub transfers: u64,
}

/// What a victim lost, per asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct VictimTotal {
    /// Who.
    pub victim: String,
    /// How much.
    pub stolen: Vec<Money>,
}

/// One transfer: facts only.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TransferRecord {
    /// Transaction.
    pub tx_hash: String,
    /// Block height.
    pub block: Height,
    /// Block time, UTC.
    pub time: Timestamp,
    /// Place of the transaction in its block, where the source says.
    pub position: Option<u32>,
    /// Place inside the transaction, where the source says.
    pub ordinal: Option<u32>,
    /// Whether the order inside the block was derived from funding.
    pub ordered_by_funding: bool,
    /// Debited.
    #[serde(serialize_with = "address::text")]
    pub from: Arc<AddressRecord>,
    /// Credited.
    #[serde(serialize_with = "address::text")]
    pub to: Arc<AddressRecord>,
    /// How much of what.
    pub value: Money,
}

/// Part of an amount that is one victim's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Share {
    /// Whose.
    pub victim: String,
    /// How much.
    pub amount: Money,
}

/// What a policy says of one transfer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TaintRecord {
    /// Index in [`Investigation::transfers`].
    pub transfer: usize,
    /// Tainted part.
    pub tainted: Money,
    /// Of which entered here.
    #[serde(skip_serializing_if = "Money::is_zero")]
    pub seeded: Money,
    /// Part of the transfer that no known inflow explains.
    #[serde(skip_serializing_if = "Money::is_zero")]
    pub unexplained: Money,
    /// Fewest hops from a seed.
    pub hops: u32,
    /// Tainted part per victim, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_victim: Vec<Share>,
}

/// Taint at rest at one address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Terminal {
    /// Where.
    #[serde(serialize_with = "address::text")]
    pub address: Arc<AddressRecord>,
    /// In which group of the closing line.
    pub group: RestGroup,
    /// Category name, `held`, `burnt` or `cut-…`.
    pub kind: String,
    /// How much.
    pub tainted: Money,
    /// How much per victim, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_victim: Vec<Share>,
    /// Tainted transfers that arrived.
    pub arrivals: u32,
    /// Index of the last of them in [`Investigation::transfers`].
    pub last_transfer: usize,
    /// Its time.
    pub last_seen: Timestamp,
    /// Who can stop it.
    pub stopped_by: StoppedBy,
    /// Whom to ask, where somebody can.
    pub ask: Option<String>,
}

/// Outflows that no known inflow explains.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct GapRecord {
    /// Where.
    #[serde(serialize_with = "address::text")]
    pub address: Arc<AddressRecord>,
    /// Credits read, opening balance included.
    pub inflow: Money,
    /// Debits read.
    pub outflow: Money,
    /// The part nothing explains.
    pub unexplained: Money,
    /// The debits concerned.
    pub transfers: Vec<usize>,
}

/// Other money that mixed with taint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CleanInflowRecord {
    /// Where.
    #[serde(serialize_with = "address::text")]
    pub address: Arc<AddressRecord>,
    /// How much, opening balance included.
    pub amount: Money,
    /// Of which held when taint first arrived.
    pub opening: Money,
    /// How many credits.
    pub credits: u32,
}

/// A token that was not followed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NotFollowedRecord {
    /// The token.
    pub asset: Arc<AssetRecord>,
    /// Why.
    pub reason: String,
    /// Transfers seen.
    pub transfers: u32,
    /// Index of an example.
    pub example: usize,
}

/// One policy's results.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyReport {
    /// The policy.
    pub policy: Policy,
    /// Whether what goes in must equal what is booked.
    pub conserves: bool,
    /// Transfers read.
    pub touched: u64,
    /// Totals and closing line, one an asset in the order of [`Investigation::assets`].
    pub totals: Vec<AssetTotals>,
    /// Closing lines, one a seed and asset.
    pub closings: Vec<ClosingRecord>,
    /// Exchanges of tainted money inside one transaction, in chain order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<ExchangeRecord>,
    /// Where taint rests, largest first within an asset.
    pub terminals: Vec<Terminal>,
    /// Outflows no known inflow explains, largest first within an asset.
    pub gaps: Vec<GapRecord>,
    /// Where other money mixed in, largest first within an asset.
    pub clean_inflows: Vec<CleanInflowRecord>,
    /// Tainted transfers in chain order.
    pub transfers: Vec<TaintRecord>,
    /// Of these, those that end at a bridge, a mixer or a swapper.
    pub legs: Vec<LegRecord>,
}

impl Investigation {
    /// The report of the headline policy.
    #[must_use]
    pub fn headline(&self) -> Option<&PolicyReport> {
        self.policies.iter().find(|p| p.policy == self.headline_policy)
    }

    /// Whether every closing line of every policy closes to the last base unit.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.policies.iter().filter(|p| p.conserves).all(|policy| {
            policy.totals.iter().all(|t| t.closes) && policy.closings.iter().all(|c| c.closes)
        })
    }

    /// Whether the money was followed back to its origins.
    #[must_use]
    pub fn is_backward(&self) -> bool {
        self.case.direction == Direction::Backward
    }

    /// Policies that conserve value.
    pub(crate) fn conserving(&self) -> impl Iterator<Item = &PolicyReport> {
        self.policies.iter().filter(|p| p.conserves)
    }

    /// Lowest and highest value of one figure over the conserving policies.
    pub(crate) fn range_of(
        &self,
        asset: usize,
        figure: impl Fn(&AssetTotals) -> Amount,
    ) -> Option<(Money, Money)> {
        let totals = || self.conserving().filter_map(|p| p.totals.get(asset));
        let asset = self.assets.get(asset)?;
        let low = totals().map(&figure).min()?;
        let high = totals().map(&figure).max()?;
        Some((Money::of(asset, low), Money::of(asset, high)))
    }
}
