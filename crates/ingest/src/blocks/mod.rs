//! Blocks of unspent-output chains, from whatever holds them.
//!
//! A [`BlockSource`] gives [`tracehound_model::UtxoBlock`]s in chain order; a
//! [`BlockSink`] takes them. What a source cannot give is named by its place.

mod error;
mod sink;
mod source;

pub use error::{BlockError, Position, SourcePlace};
pub use sink::BlockSink;
pub use source::{BlockSource, LeftOut, SourceProgress, SourceUnit};
