//! A trace as people and programs read it: terminal summary, JSON, CSV, HTML.
//!
//! [`Investigation::build`] resolves a trace's store numbers into plain
//! values once; every output is a view of that one value, so no two outputs
//! can disagree. Nothing here reads a clock, an environment variable or the
//! order of a hash map: the same inputs give the same bytes. Attributions
//! (who an address is said to be) are kept apart from facts (what the chain
//! shows) in every output and always carry their source.

mod cross;
mod csv;
mod error;
mod html;
mod investigation;
mod json;
pub mod look_up;
mod summary;

pub use cross::{
    CandidateRecord, ChainRecord, ConversionRecord, CrossClosingRecord, CrossInput,
    CrossInvestigation, CrossPolicyRecord, CrossSeed, CrossedRecord, CrossingRecord, ExchangeEntry,
    MixRecord, PlaceRecord, ProbablePlace, ProbableRecord, SeedShare, SideRecord,
};
pub use error::ReportError;
pub use investigation::{
    AddressRecord, AssetPrices, AssetRecord, AssetTotals, CaseFacts, CleanInflowRecord,
    ClosingRecord, DataFacts, EntityTotal, EvidenceRecord, ExchangeRecord, ExchangedRecord,
    FindingRecord, GapRecord, Investigation, InvestigationInput, LEG_RULE, LegRecord, MarketRecord,
    Money, NOT_CONTINUED, NotFollowedRecord, OutputInvestigationInput, OutputTold, PolicyReport,
    Program, REPORT_VERSION, Range, RestGroup, RuleRecord, SeedFacts, Share, SourceFile, StopTotal,
    TaintRecord, Terminal, TransferRecord, ValueRecord, VictimTotal,
};
