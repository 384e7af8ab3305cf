//! A case over several chains as one value, and its outputs: `report.json`,
//! `crossings.csv`, `closing.csv`, a summary, and `report.html` with a picture.
//!
//! Each chain has a report of its own beside it; this one holds what ties
//! them together: crossings, one closing an asset over all chains, where the
//! money rests, and, apart from all of it, what is only probable.

mod build;
mod closing;
mod csv;
mod html;
mod picture;
mod places;
mod probable;
mod summary;

use crate::{DataFacts, Investigation, Money, Program, ReportError, RuleRecord, Share, SourceFile};
use serde::Serialize;
use std::io::Write;
use tracehound_analysis::cross::{Claim, CrossChain, CrossClosing, CrossOutcome, ProbableLeg};
use tracehound_model::{Case, Policy, Timestamp};

/// Everything a report over several chains is made from.
#[derive(Clone, Copy)]
pub struct CrossInput<'a> {
    /// The case as read.
    pub case: &'a Case,
    /// The chains that were traced, the first first.
    pub chains: &'a [CrossChain<'a>],
    /// The report of each.
    pub told: &'a [Investigation],
    /// The crossings that were given.
    pub claims: &'a [Claim],
    /// The trace.
    pub outcome: &'a CrossOutcome,
    /// Its closing lines.
    pub closings: &'a [CrossClosing],
    /// What is probable behind CoinJoins, with the number of the chain.
    pub probable: &'a [(usize, ProbableLeg)],
    /// The files of bridge events.
    pub sources: &'a [SourceFile],
    /// The command that makes this report again.
    pub command: &'a str,
    /// Version of the program.
    pub program_version: &'a str,
    /// Remarks for the reader, one sentence each.
    pub notes: &'a [String],
}

/// A trace over several chains resolved to plain values.
#[derive(Clone, Debug, Serialize)]
pub struct CrossInvestigation {
    /// [`crate::REPORT_VERSION`].
    pub report_version: u32,
    /// What made this report.
    pub program: Program,
    /// Short name of the case.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What happened.
    pub description: String,
    /// The chains, the first first.
    pub chains: Vec<ChainRecord>,
    /// The files of bridge events.
    pub events: Vec<SourceFile>,
    /// Remarks for the reader.
    pub notes: Vec<String>,
    /// What was stolen, as resolved.
    pub seeds: Vec<CrossSeed>,
    /// The policy whose figures come first.
    pub headline_policy: Policy,
    /// Crossings that taint reached under any policy, in the order of what was paid in.
    pub crossings: Vec<CrossingRecord>,
    /// Crossings given that no taint reached.
    pub untouched: usize,
    /// One a policy.
    pub policies: Vec<CrossPolicyRecord>,
    /// What is probable behind CoinJoins; part of no figure above.
    pub probable: Vec<ProbableRecord>,
    /// Rules that spoke.
    pub rules: Vec<RuleRecord>,
}

/// A chain of the case.
#[derive(Clone, Debug, Serialize)]
pub struct ChainRecord {
    /// CAIP-2.
    pub chain: String,
    /// Short name.
    pub name: String,
    /// Folder of its own report.
    pub folder: String,
    /// Its data; `None` for a chain that only bridges speak of.
    pub data: Option<DataFacts>,
}

/// A seed of the case.
#[derive(Clone, Debug, Serialize)]
pub struct CrossSeed {
    /// Its number.
    pub number: u32,
    /// Who lost the money.
    pub victim: String,
    /// What the seed is.
    pub description: String,
}

/// One side of a crossing.
#[derive(Clone, Debug, Serialize)]
pub struct SideRecord {
    /// CAIP-2 chain.
    pub chain: String,
    /// The transaction.
    pub transaction: Option<String>,
    /// Block time, UTC.
    pub time: Option<Timestamp>,
    /// Who was paid: the bridge, or the receiver.
    pub address: Option<String>,
    /// How much, by the data, or by the event where they do not hold it.
    pub amount: Option<Money>,
    /// Gives back what was paid in.
    pub refund: bool,
    /// Whether the data hold it.
    pub in_data: bool,
    /// Why the trace does not go on here, if it does not.
    pub problem: Option<String>,
}

/// A crossing that taint reached.
#[derive(Clone, Debug, Serialize)]
pub struct CrossingRecord {
    /// Its number, from 1.
    pub number: usize,
    /// The bridge.
    pub bridge: String,
    /// The rule that paired the sides.
    pub rule: String,
    /// The key they share.
    pub key: Option<String>,
    /// Paid in.
    pub paid_in: SideRecord,
    /// Paid out.
    pub paid_out: Vec<SideRecord>,
    /// Whether taint is carried over.
    pub followed: bool,
    /// Why not, if it is not.
    pub problem: Option<String>,
    /// Fields that could not be compared.
    pub unchecked: Vec<String>,
    /// Where there is no counterpart: what could be it, never followed.
    pub candidates: Vec<CandidateRecord>,
    /// That it is none of these, from 0 to 1.
    pub none_of_them: Option<f64>,
}

/// What could be the other side.
#[derive(Clone, Debug, Serialize)]
pub struct CandidateRecord {
    /// Paid out.
    pub paid_out: SideRecord,
    /// From 0 to 1.
    pub probability: f64,
    /// The rule that named it.
    pub rule: String,
    /// How many candidates there are.
    pub ambiguity: usize,
}

/// What one policy says of a crossing.
#[derive(Clone, Debug, Serialize)]
pub struct CrossedRecord {
    /// Number of the crossing.
    pub crossing: usize,
    /// Tainted part of what was paid in.
    pub tainted: Money,
    /// Per seed; empty under poison.
    pub by_seed: Vec<SeedShare>,
    /// Tainted part of each part paid out, where it carries over.
    pub paid_out: Vec<Option<Money>>,
}

/// A part of an amount that is one seed's.
#[derive(Clone, Debug, Serialize)]
pub struct SeedShare {
    /// The seed.
    pub seed: u32,
    /// Whose, and how much.
    #[serde(flatten)]
    pub share: Share,
}

/// What was given on one chain for what was got on another.
#[derive(Clone, Debug, Serialize)]
pub struct ConversionRecord {
    /// Number of the crossing.
    pub crossing: usize,
    /// Which part of what was paid out, from 1.
    pub part: usize,
    /// Given, tainted part.
    pub gave: Money,
    /// Got for it here, tainted part.
    pub got: Money,
}

/// The closing line of one seed and asset over all chains.
#[derive(Clone, Debug, Serialize)]
pub struct CrossClosingRecord {
    /// The seed; `None` in the sum over all seeds.
    pub seed: Option<u32>,
    /// CAIP-2 chain of the asset.
    pub chain: String,
    /// Stolen.
    pub stolen: Money,
    /// Got by crossings.
    pub received: Money,
    /// Each of these.
    pub conversions: Vec<ConversionRecord>,
    /// Got for other stolen assets of the chain in exchanges inside one transaction.
    pub exchanged: Money,
    /// Each of these, in the sums over all seeds only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<ExchangeEntry>,
    /// Where it rests: kind and amount; `crossed-3` is what crossing 3 took along.
    pub rests: Vec<(String, Money)>,
    /// `stolen`, `received` and `exchanged` less the rests, exact decimal with sign.
    pub difference: String,
    /// Whether that is nothing.
    pub closes: bool,
}

/// What was got in one exchange inside one transaction, and for what.
#[derive(Clone, Debug, Serialize)]
pub struct ExchangeEntry {
    /// The transaction.
    pub transaction: String,
    /// The stolen part of what was given, by asset.
    pub gave: Vec<Money>,
    /// The stolen part of what was got of this asset.
    pub got: Money,
}

/// Money at rest at one entity.
#[derive(Clone, Debug, Serialize)]
pub struct PlaceRecord {
    /// CAIP-2 chain.
    pub chain: String,
    /// The entity as attributed, or a description.
    pub entity: String,
    /// Whether a source names it.
    pub named: bool,
    /// Kind of place.
    pub kind: String,
    /// How much.
    pub amount: Money,
    /// At how many addresses.
    pub addresses: usize,
}

/// One policy over all chains.
#[derive(Clone, Debug, Serialize)]
pub struct CrossPolicyRecord {
    /// The policy.
    pub policy: Policy,
    /// Whether what goes in must equal what is booked.
    pub conserves: bool,
    /// Rounds until nothing new came over.
    pub rounds: u32,
    /// What crossed.
    pub crossed: Vec<CrossedRecord>,
    /// The sum over all seeds, one an asset.
    pub totals: Vec<CrossClosingRecord>,
    /// One a seed and asset.
    pub closings: Vec<CrossClosingRecord>,
    /// Where it rests, chain by chain, largest first within an asset; what
    /// crossed is left out.
    pub places: Vec<PlaceRecord>,
}

/// What is probable behind CoinJoins that one policy ended in.
#[derive(Clone, Debug, Serialize)]
pub struct ProbableRecord {
    /// CAIP-2 chain.
    pub chain: String,
    /// The policy whose certain part ended there.
    pub from_policy: Policy,
    /// The policy by which it is followed from there.
    pub followed_by: Policy,
    /// The CoinJoins.
    pub mixes: Vec<MixRecord>,
    /// All that went in.
    pub tainted: Money,
    /// Not placed in any output.
    pub unplaced: Money,
    /// Where the expected amounts rest, by kind.
    pub rests: Vec<(String, Money)>,
    /// Where they rest, address by address, largest first.
    pub places: Vec<ProbablePlace>,
    /// Whether the expected amounts and what is not placed are what went in.
    pub closes: bool,
}

/// A CoinJoin that taint went into.
#[derive(Clone, Debug, Serialize)]
pub struct MixRecord {
    /// The transaction.
    pub transaction: String,
    /// The value that its equal outputs have.
    pub denomination: Money,
    /// How many there are: the anonymity set.
    pub anonymity_set: u32,
    /// That a tainted coin is in a given one of them.
    pub probability: f64,
    /// Tainted inputs.
    pub inputs: u32,
    /// What went in.
    pub tainted: Money,
    /// Expected taint of each equal output.
    pub expected: Money,
    /// Not placed: above the repeated value, or lost to rounding.
    pub unplaced: Money,
}

/// Expected money at rest at an address.
#[derive(Clone, Debug, Serialize)]
pub struct ProbablePlace {
    /// The address, or the transaction that holds it.
    pub address: String,
    /// Who is said to be behind it.
    pub entity: Option<String>,
    /// Kind of place.
    pub kind: String,
    /// Expected amount.
    pub expected: Money,
}

impl CrossInvestigation {
    /// Whether every closing line of every policy, and every probable leg by
    /// itself, closes to the last base unit.
    #[must_use]
    pub fn closes(&self) -> bool {
        let lines = self.policies.iter().flat_map(|p| p.closings.iter().chain(&p.totals));
        lines.into_iter().all(|line| line.closes) && self.probable.iter().all(|leg| leg.closes)
    }

    /// The policy whose figures come first.
    #[must_use]
    pub fn headline(&self) -> Option<&CrossPolicyRecord> {
        self.policies.iter().find(|policy| policy.policy == self.headline_policy)
    }

    /// Writes `report.json`.
    ///
    /// # Errors
    /// [`ReportError::Json`] or [`ReportError::Io`] if `out` refuses.
    pub fn write_json(&self, mut out: impl Write) -> Result<(), ReportError> {
        serde_json::to_writer_pretty(&mut out, self)?;
        out.write_all(b"\n")?;
        Ok(())
    }

    /// Short name of a chain.
    pub(crate) fn chain_name<'a>(&'a self, chain: &'a str) -> &'a str {
        self.chains.iter().find(|known| known.chain == chain).map_or(chain, |known| &known.name)
    }
}
