//! Merging collected rows with what the store holds.
//!
//! First a probe finds the lowest block that would change, so that reading a
//! file again writes nothing and a change touches no segment below it. Then
//! the segments from there on are built anew from their own rows and the
//! collected ones.

use super::assemble::{Assembled, assemble};
use super::block::SourcedRows;
use super::existing::Base;
use super::options::Progress;
use super::runs::Runs;
use crate::StoreError;
use crate::build::ChainBuilder;
use crate::segment::Segment;
use std::sync::Arc;
use tracehound_model::Height;

/// Segments below this many rows are always joined with what comes after.
const SMALL_SEGMENT: u64 = 1 << 16;
/// Bytes of the budget for each row of a joined segment: it must fit into
/// one, or it would be split and joined again with every publish.
const BUDGET_PER_JOINED_ROW: u64 = 48;

/// What contradicted what in one block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recorded {
    height: Height,
    rows: u64,
    positions: u64,
}

impl Recorded {
    pub(crate) fn of(height: Height, assembled: &Assembled) -> Self {
        let (rows, positions) = (assembled.contradicting_rows, assembled.contradicting_positions);
        Self { height, rows, positions }
    }
}

/// Contradictions by height, so that a block assembled twice counts once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contradictions {
    blocks: Vec<Recorded>,
}

impl Contradictions {
    /// Adds those of a block above all others.
    pub(crate) fn record(&mut self, recorded: Recorded) {
        if recorded.rows + recorded.positions > 0 {
            self.blocks.push(recorded);
        }
    }

    /// Forgets those from a height on.
    pub(crate) fn forget_from(&mut self, height: Height) {
        let keep = self.blocks.partition_point(|recorded| recorded.height < height);
        self.blocks.truncate(keep);
    }

    /// Rows that were left out.
    pub(crate) fn rows(&self) -> u64 {
        self.blocks.iter().map(|recorded| recorded.rows).sum()
    }

    /// Transactions with more than one position.
    pub(crate) fn positions(&self) -> u64 {
        self.blocks.iter().map(|recorded| recorded.positions).sum()
    }
}

/// The lowest block that collected rows would change.
pub(crate) fn first_change(
    base: &Base,
    runs: &Runs,
    contradictions: &mut Contradictions,
    progress: &Progress,
) -> Result<Option<Height>, StoreError> {
    let mut merger = runs.merge()?;
    let (mut block, mut existing) = (SourcedRows::default(), SourcedRows::default());
    if let Some(lowest) = merger.peek() {
        contradictions.forget_from(lowest);
    }
    while let Some(merged) = merger.next_block(&mut block)? {
        progress.check_stop()?;
        let by_funding = base.read_block(merged.height, &mut existing)?;
        let Some(by_funding) = by_funding else { return Ok(Some(merged.height)) };
        let assembled = if merged.replaces_base {
            assemble(&block)?
        } else {
            let known = existing.len();
            existing.append(&block);
            let assembled = assemble(&existing)?;
            existing.transfers.truncate(known);
            assembled
        };
        if assembled.rows != existing.transfers || assembled.by_funding != by_funding {
            return Ok(Some(merged.height));
        }
        contradictions.record(Recorded::of(merged.height, &assembled));
    }
    Ok(None)
}

/// The segment from which to build if rows come on top of all: small
/// segments at the end are joined with them, so that there are never many
/// and each row is written anew only a few times.
pub(crate) fn first_joined(segments: &[Arc<Segment>], new_rows: u64, budget: u64) -> usize {
    let (mut first, mut rows) = (segments.len(), new_rows);
    while let Some(segment) = first.checked_sub(1).and_then(|last| segments.get(last)) {
        let tail = segment.entry.rows;
        if tail > SMALL_SEGMENT.max(2 * rows) || rows + tail > budget / BUDGET_PER_JOINED_ROW {
            break;
        }
        (first, rows) = (first - 1, rows + tail);
    }
    first
}

/// Writes the blocks of the base from segment `first` on, up to `last`.
pub(crate) fn copy_blocks(
    base: &Base,
    first: usize,
    last: Option<Height>,
    builder: &mut ChainBuilder,
) -> Result<(), StoreError> {
    let mut blocks = base.blocks_from(first);
    let mut rows = SourcedRows::default();
    while let Some(height) = blocks.peek()? {
        if last.is_some_and(|last| height > last) {
            break;
        }
        let by_funding = blocks.next_block(&mut rows)?;
        builder.add(&rows.transfers, by_funding)?;
    }
    Ok(())
}

/// Builds anew from segment `first` on, merging in the collected rows.
pub(crate) fn merge_blocks(
    base: &Base,
    first: usize,
    runs: &Runs,
    contradictions: &mut Contradictions,
    builder: &mut ChainBuilder,
) -> Result<(), StoreError> {
    let mut blocks = base.blocks_from(first);
    let mut merger = runs.merge()?;
    let (mut existing, mut block) = (SourcedRows::default(), SourcedRows::default());
    if let Some(start) = builder.last_height() {
        merger.skip_below(Height(start.saturating_add(1)), &mut block)?;
        contradictions.forget_from(Height(start.saturating_add(1)));
    } else {
        contradictions.forget_from(Height(0));
    }
    loop {
        let (old, new) = (blocks.peek()?, merger.peek());
        let Some(height) = old.into_iter().chain(new).min() else { return Ok(()) };
        if new != Some(height) {
            let by_funding = blocks.next_block(&mut existing)?;
            builder.add(&existing.transfers, by_funding)?;
            continue;
        }
        let merged = merger.next_block(&mut block)?;
        let replaced = merged.is_some_and(|merged| merged.replaces_base);
        if old == Some(height) && replaced {
            blocks.skip_block();
        } else if old == Some(height) {
            blocks.next_block(&mut existing)?;
            existing.append(&block);
            std::mem::swap(&mut existing, &mut block);
        }
        let assembled = assemble(&block)?;
        contradictions.record(Recorded::of(height, &assembled));
        builder.add(&assembled.rows, assembled.by_funding)?;
    }
}
