//! Rows that come in chain order above the tip go straight into segments.
//!
//! Should a later row break the order, what was streamed becomes part of the
//! base of a merge. For that it must be known what each source had listed:
//! the source of each block is noted where it changes, and the raw rows of
//! the few blocks for which that is not enough (several sources, or rows left
//! out) are kept in a file of exceptions.

use super::assemble::assemble;
use super::block::{SeenTransactions, SourcedRows, settled_prefix};
use super::rebuild::{Contradictions, Recorded};
use super::run_file::{RunFile, RunWriter};
use super::runs::Runs;
use crate::StoreError;
use crate::build::ChainBuilder;
use crate::segment::Segment;
use std::sync::Arc;
use tracehound_model::{Height, Transfer};

/// See the module.
pub(crate) struct Streaming {
    builder: ChainBuilder,
    /// Rows of the last block, which may go on.
    open: SourcedRows,
    seen: SeenTransactions,
    sources: Vec<(Height, u32)>,
    exceptions: Option<RunWriter>,
    contradictions: Contradictions,
}

/// What a stream leaves behind.
pub(crate) struct Streamed {
    /// All segments, those it started on included.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// See [`super::existing::Base`].
    pub(crate) sources: Vec<(Height, u32)>,
    /// Blocks that must be read from here instead.
    pub(crate) exceptions: Option<RunFile>,
    /// What contradicted what.
    pub(crate) contradictions: Contradictions,
}

impl Streaming {
    /// Starts on a builder whose last block is below all rows to come.
    pub(crate) fn new(builder: ChainBuilder) -> Self {
        Self {
            builder,
            open: SourcedRows::default(),
            seen: SeenTransactions::default(),
            sources: Vec::new(),
            exceptions: None,
            contradictions: Contradictions::default(),
        }
    }

    /// The height below which no row may come any more.
    pub(crate) fn height(&self) -> Option<Height> {
        self.open.last_height()
    }

    /// Adds rows of one source with rising heights.
    pub(crate) fn push(
        &mut self,
        rows: &[Transfer],
        source: u32,
        runs: &mut Runs,
    ) -> Result<(), StoreError> {
        let mut rest = rows;
        if let Some(height) = self.height() {
            let same = rest.iter().take_while(|row| row.height == height).count();
            self.open.extend(&rest[..same], source);
            rest = &rest[same..];
        }
        let Some(last) = rest.last() else { return Ok(()) };
        self.close_block(runs)?;
        let open = rest.iter().rev().take_while(|row| row.height == last.height).count();
        let (whole, open) = rest.split_at(rest.len() - open);
        self.add_whole_blocks(whole, source, runs)?;
        self.open.extend(open, source);
        Ok(())
    }

    fn close_block(&mut self, runs: &mut Runs) -> Result<(), StoreError> {
        let mut open = std::mem::take(&mut self.open);
        match open.one_source() {
            Some(source) => self.add_whole_blocks(&open.transfers, source, runs)?,
            None => self.add_unsettled(&open, runs)?,
        }
        open.clear();
        self.open = open;
        Ok(())
    }

    fn add_whole_blocks(
        &mut self,
        rows: &[Transfer],
        source: u32,
        runs: &mut Runs,
    ) -> Result<(), StoreError> {
        let mut rest = rows;
        while let Some(first) = rest.first() {
            let settled = settled_prefix(rest, &mut self.seen);
            let height = first.height;
            if settled > 0 {
                self.note_source(height, source);
                self.builder.add(&rest[..settled], false)?;
                rest = &rest[settled..];
                continue;
            }
            let length = rest.iter().take_while(|row| row.height == height).count();
            let mut block = SourcedRows::default();
            block.extend(&rest[..length], source);
            self.add_unsettled(&block, runs)?;
            rest = &rest[length..];
        }
        Ok(())
    }

    fn note_source(&mut self, height: Height, source: u32) {
        if self.sources.last().is_none_or(|(_, last)| *last != source) {
            self.sources.push((height, source));
        }
    }

    fn add_unsettled(&mut self, block: &SourcedRows, runs: &mut Runs) -> Result<(), StoreError> {
        let (Some(height), Some(source)) = (block.last_height(), block.sources.first()) else {
            return Ok(());
        };
        let assembled = assemble(block)?;
        self.note_source(height, *source);
        let lossless =
            assembled.rows.len() == block.len() && assembled.contradicting_positions == 0;
        if !lossless || block.one_source().is_none() {
            let file = match &mut self.exceptions {
                Some(file) => file,
                None => self.exceptions.insert(runs.create_file()?),
            };
            file.write_all(block)?;
        }
        self.contradictions.record(Recorded::of(height, &assembled));
        self.builder.add(&assembled.rows, assembled.by_funding)
    }

    /// Ends the stream and finishes its last segment.
    pub(crate) fn finish(mut self, runs: &mut Runs) -> Result<Streamed, StoreError> {
        self.close_block(runs)?;
        Ok(Streamed {
            segments: self.builder.finish()?,
            sources: self.sources,
            exceptions: self.exceptions.map(RunWriter::finish).transpose()?,
            contradictions: self.contradictions,
        })
    }
}
