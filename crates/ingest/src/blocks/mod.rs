//! Blocks of unspent-output chains, from whatever holds them.
//!
//! A [`BlockSource`] gives [`tracehound_model::UtxoBlock`]s in chain order; a
//! [`BlockSink`] takes them. What a source cannot give is named by its place.

mod error;
mod files;
mod json;
mod mix_lines;
mod node;
mod number;
mod parts;
mod pipeline;
mod quarantine;
pub mod raw;
mod sink;
mod source;

pub use error::{BlockError, Position, SourcePlace};
pub use files::{BlockFiles, is_block_file};
pub use json::{BlockFormat, JsonBlocks, detect_block_source, open_json_blocks};
pub use mix_lines::{is_mix_list, read_mix_list};
pub use node::{NodeAuth, NodeOptions, NodeSource};
pub use pipeline::{BlockIngestOptions, BlockIngestSummary, OnBlockProgress, ingest_blocks};
pub use sink::BlockSink;
pub use source::{BlockSource, LeftOut, SourceProgress, SourceUnit};
