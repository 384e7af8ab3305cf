//! Blocks of unspent-output chains, from whatever holds them.
//!
//! A [`BlockSource`] gives [`tracehound_model::UtxoBlock`]s in chain order; a
//! [`BlockSink`] takes them. What a source cannot give is named by its place.

mod error;
mod json;
mod node;
mod number;
mod parts;
mod sink;
mod source;

pub use error::{BlockError, Position, SourcePlace};
pub use json::{BlockFormat, JsonBlocks, detect_block_source, open_json_blocks};
pub use node::{NodeAuth, NodeOptions, NodeSource};
pub use sink::BlockSink;
pub use source::{BlockSource, LeftOut, SourceProgress, SourceUnit};
