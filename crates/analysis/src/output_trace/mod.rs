//! Following stolen money output by output, on chains of unspent outputs.
//!
//! Start at [`trace_outputs`]: it runs one engine (`engine.rs`) per policy,
//! which settles transactions in chain order; `lots.rs` says how a
//! transaction deals its inputs out to its outputs and the fee. Two drivers
//! give the same answer: one goes from spender to spender, the other passes
//! once over the whole chain in the order in which it lies on disk.
//! `backward.rs` follows money back to where it came from.

mod backward;
mod block_order;
mod drivers;
mod engine;
mod lots;
mod outcome;
mod request;
mod resolve;
mod stops;

pub use drivers::{trace_outputs, trace_outputs_in_one_pass};
pub use lots::{Lot, Lots, deal};
pub use outcome::{Arrival, Flow, Holder, Mixing, OutputBooking, OutputTrace, OutputTraceOutcome};
pub use request::{IsCoinJoin, OutputSeed, OutputTraceRequest};
pub(crate) use resolve::first_after;
pub use resolve::resolve_outputs;

use tracehound_model::Rule;

/// The engine as a rule: raised whenever the same request can give other figures.
pub const RULE: Rule = Rule { name: "output-trace", version: 1 };

/// A 32-bit number as an index; widens on every target the store compiles for.
#[inline]
pub(crate) const fn index(value: u32) -> usize {
    value as usize
}
