//! What gives blocks.

use super::{BlockError, SourcePlace};
use tracehound_model::{BlockHash, Chain, Height, UtxoBlock};

/// Where blocks come from: a folder of block files, a file of JSON lines, a node.
pub trait BlockSource {
    /// The chain whose blocks it gives.
    fn chain(&self) -> &Chain;

    /// Starts above a block that is known already. A source whose best chain
    /// does not contain that block answers with the highest block of `known`
    /// (lowest first) that it does contain, `None` if there is none; it
    /// then starts above that one.
    ///
    /// # Errors
    /// Any of [`BlockError`].
    fn start_above(&mut self, known: &[(Height, BlockHash)]) -> Result<Option<Height>, BlockError>;

    /// Reads the next block, in chain order, into `block`, whose memory is
    /// reused; `false` at the end.
    ///
    /// # Errors
    /// Any of [`BlockError`]. After an error the source is not asked again.
    fn next_block(&mut self, block: &mut UtxoBlock) -> Result<bool, BlockError>;

    /// How far it has come.
    fn progress(&self) -> SourceProgress;

    /// What it left out since it was last asked: broken blocks, and blocks
    /// off the best chain.
    fn left_out(&mut self) -> Vec<LeftOut>;

    /// What a reader should know of the blocks given since it was last
    /// asked, in sentences: nothing is lost, but less is known than could be.
    fn notes(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Something that a source holds and does not give.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftOut {
    /// Where it lies.
    pub place: SourcePlace,
    /// Why it is left out and what to do.
    pub reason: String,
    /// Whether it is broken; otherwise it is sound and off the best chain.
    pub broken: bool,
}

/// How far a source has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourceProgress {
    /// Units given.
    pub done: u64,
    /// Units in all, if known.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: SourceUnit,
}

/// What a source counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceUnit {
    /// Bytes of files.
    Bytes,
    /// Blocks.
    Blocks,
}
