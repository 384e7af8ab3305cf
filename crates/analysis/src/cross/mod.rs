//! One case over several chains: a trace goes on where a bridge paid out.
//!
//! Start at [`trace_over_chains`] (`driver.rs`). Crossings come as plain
//! [`Claim`]s, made from pairs of bridge events by whoever reads those;
//! `place.rs` finds their two sides in the chains' data, `share.rs` says how
//! much of what was paid out is tainted, and `closing.rs` adds up what each
//! chain received and where it rests. `probable.rs` goes on behind CoinJoins
//! with expected amounts, apart from all this. Definitions:
//! `docs/methods/crossings.md`.

mod claim;
mod closing;
mod driver;
mod leg;
mod outcome;
mod place;
mod probable;
mod share;

pub use claim::{Candidate, Claim, ClaimSide};
pub use closing::{CrossClosing, CrossRest, closings};
pub use driver::trace_over_chains;
pub use leg::{ChainData, ChainLeg, CrossChain, LegOutcome};
pub use outcome::{CrossOutcome, CrossPolicy, CrossedTaint, PartTaint, SeedAmount};
pub use place::{Crossing, Entry, Part, Spot};
pub use probable::{EqualOutputs, Mix, ProbableLeg, probable_leg};
pub use share::shares;

use tracehound_model::Rule;

/// The driver as a rule: raised whenever the same case can give other figures.
pub const RULE: Rule = Rule { name: "cross-chain", version: 1 };
