//! Blocks from JSON lines: what bitcoin-etl writes, and the raw tables of
//! GraphSense.
//!
//! Blocks and transactions may lie in files of their own or together, in
//! several files, packed or not, and need not be sorted as long as what
//! belongs to a block does not lie too far apart. A block is given when all
//! its transactions have come and, where its Merkle root is stated, when the
//! root is met. A broken line is named, and its block left out.

mod bitcoin_etl;
mod detect;
mod graphsense;
mod index;
mod lines;
mod merge;
mod notes;
mod order;
mod record;
pub(super) mod script;
mod source;
mod start;
#[cfg(test)]
mod tests;

pub(super) use bitcoin_etl::FIRST_FINAL;
pub use detect::{BlockFormat, detect_block_source};
pub(super) use record::version;
pub use source::{JsonBlocks, open_json_blocks};
