//! From a source to a sink: where the last run ended, on the best chain, in
//! steps that are each safe from a crash.

use super::quarantine::Quarantine;
use super::{BlockError, BlockSink, BlockSource, LeftOut, SourceProgress};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracehound_model::{Chain, Height, UtxoBlock};

/// Transactions between two checkpoints.
const CHECKPOINT: u64 = 4_000_000;
/// Left-out places kept in a summary; the quarantine file has all of them.
const MOST_KEPT: usize = 20;

/// What is called with the progress of a run.
pub type OnBlockProgress = Arc<dyn Fn(SourceProgress) + Send + Sync>;

/// How to read.
#[derive(Clone)]
pub struct BlockIngestOptions {
    /// Last block to read.
    pub until: Option<Height>,
    /// Publish after so many transactions.
    pub checkpoint: u64,
    /// File for what was left out; made only if something was.
    pub quarantine: Option<PathBuf>,
    /// Set by another thread to stop; what was published stays.
    pub stop: Option<Arc<AtomicBool>>,
    /// Called after each block.
    pub on_progress: Option<OnBlockProgress>,
}

impl Default for BlockIngestOptions {
    fn default() -> Self {
        Self {
            until: None,
            checkpoint: CHECKPOINT,
            quarantine: None,
            stop: None,
            on_progress: None,
        }
    }
}

impl fmt::Debug for BlockIngestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockIngestOptions")
            .field("until", &self.until)
            .field("checkpoint", &self.checkpoint)
            .field("quarantine", &self.quarantine)
            .finish_non_exhaustive()
    }
}

/// What a run did.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct BlockIngestSummary {
    /// The chain.
    pub chain: Chain,
    /// Blocks added.
    pub blocks: u64,
    /// Transactions added.
    pub transactions: u64,
    /// Inputs added.
    pub inputs: u64,
    /// Outputs added.
    pub outputs: u64,
    /// First and last block added.
    pub range: Option<(Height, Height)>,
    /// Height above which blocks that are no longer on the best chain were
    /// taken away first; absent if there were none.
    pub dropped_above: Option<Height>,
    /// Broken places of the source.
    pub broken: u64,
    /// Sound blocks off the best chain.
    pub stale: u64,
    /// What a reader should know of the blocks, in sentences.
    pub notes: Vec<String>,
    /// The first of the broken and stale places, in words.
    pub left_out: Vec<String>,
    /// File with all of them.
    pub quarantine_file: Option<PathBuf>,
}

/// Reads all blocks of a source that a sink does not hold yet.
///
/// # Errors
/// Any of [`BlockError`]. Whole blocks before the error are published, unless
/// the user stopped the run or the sink is what failed.
pub fn ingest_blocks(
    source: &mut dyn BlockSource,
    sink: &mut dyn BlockSink,
    options: &BlockIngestOptions,
) -> Result<BlockIngestSummary, BlockError> {
    let mut run = Run::new(source.chain().clone(), options);
    run.find_start(source, sink)?;
    let mut block = UtxoBlock::default();
    let mut since_checkpoint = 0_u64;
    loop {
        let more = source.next_block(&mut block);
        run.take_left_out(source)?;
        match more {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                sink.publish()?;
                return Err(error);
            }
        }
        if options.until.is_some_and(|until| block.height > until) {
            break;
        }
        if options.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(BlockError::Stopped);
        }
        if let Err(error) = sink.push(&block) {
            sink.publish()?;
            let (height, hash, error) = (block.height, block.hash, Box::new(error));
            return Err(BlockError::Refused { height, hash, error });
        }
        run.count(&block);
        // Counts of a block fit 64 bits.
        since_checkpoint += block.transactions.len() as u64;
        if since_checkpoint >= options.checkpoint {
            sink.publish()?;
            since_checkpoint = 0;
        }
        if let Some(on_progress) = &options.on_progress {
            on_progress(source.progress());
        }
    }
    sink.publish()?;
    run.summary.notes = source.notes();
    run.finish()
}

struct Run {
    summary: BlockIngestSummary,
    quarantine: Option<Quarantine>,
}

impl Run {
    fn new(chain: Chain, options: &BlockIngestOptions) -> Self {
        let summary = BlockIngestSummary {
            chain,
            blocks: 0,
            transactions: 0,
            inputs: 0,
            outputs: 0,
            range: None,
            dropped_above: None,
            broken: 0,
            stale: 0,
            notes: Vec::new(),
            left_out: Vec::new(),
            quarantine_file: None,
        };
        Self { summary, quarantine: options.quarantine.clone().map(Quarantine::new) }
    }

    /// Goes back to the last block that source and sink share.
    fn find_start(
        &mut self,
        source: &mut dyn BlockSource,
        sink: &mut dyn BlockSink,
    ) -> Result<(), BlockError> {
        let known = sink.known()?;
        let shared = source.start_above(&known)?;
        let Some((tip, hash)) = known.last().copied() else { return Ok(()) };
        match shared {
            Some(height) if height == tip => Ok(()),
            Some(height) => {
                sink.drop_above(Some(height))?;
                self.summary.dropped_above = Some(height);
                Ok(())
            }
            None => Err(BlockError::NoSharedBlock { tip, hash }),
        }
    }

    fn take_left_out(&mut self, source: &mut dyn BlockSource) -> Result<(), BlockError> {
        for left in source.left_out() {
            let LeftOut { place, reason, broken } = &left;
            *(if *broken { &mut self.summary.broken } else { &mut self.summary.stale }) += 1;
            if self.summary.left_out.len() < MOST_KEPT {
                self.summary.left_out.push(format!("{place}: {reason}"));
            }
            if let Some(quarantine) = &mut self.quarantine {
                quarantine.write(&left)?;
            }
        }
        Ok(())
    }

    fn count(&mut self, block: &UtxoBlock) {
        let summary = &mut self.summary;
        summary.blocks += 1;
        // Counts of a block fit 64 bits.
        summary.transactions += block.transactions.len() as u64;
        summary.inputs += block.inputs.len() as u64;
        summary.outputs += block.outputs.len() as u64;
        let first = summary.range.map_or(block.height, |(first, _)| first);
        summary.range = Some((first, block.height));
    }

    fn finish(self) -> Result<BlockIngestSummary, BlockError> {
        let Self { mut summary, quarantine } = self;
        if let Some(quarantine) = quarantine {
            summary.quarantine_file = quarantine.finish()?;
        }
        Ok(summary)
    }
}
