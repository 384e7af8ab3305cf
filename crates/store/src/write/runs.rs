//! External sort by height: sorted runs, merged block by block.
//!
//! A run is what fitted in memory, sorted stably by height and, except for
//! the last, written to a file. Runs are merged oldest first, so rows of a
//! block come out in order of arrival. When as many runs have gathered as
//! may be open at once they are merged into one.

use super::block::SourcedRows;
use super::run_file::{RunFile, RunReader, RunWriter};
use crate::StoreError;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;
use tracehound_model::{Height, Transfer};

/// Runs of one level that are merged into one of the next.
const FAN_IN: usize = 64;

/// Everything collected so far.
#[derive(Debug)]
pub(crate) struct Runs {
    folder: PathBuf,
    width: usize,
    files: Vec<(u32, RunFile)>,
    memory: Option<SortedRows>,
    /// Blocks of the streamed base whose rows must be taken from here instead.
    exceptions: Option<RunFile>,
    named: u64,
}

/// Rows in memory and their order by height.
#[derive(Debug)]
struct SortedRows {
    rows: SourcedRows,
    order: Vec<usize>,
}

impl SortedRows {
    fn new(rows: SourcedRows) -> Self {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        // Stable, and quick if there is nothing to do.
        order.sort_by_key(|index| rows.transfers[*index].height);
        Self { rows, order }
    }

    fn get(&self, place: usize) -> Option<(&Transfer, u32)> {
        let index = *self.order.get(place)?;
        Some((&self.rows.transfers[index], self.rows.sources[index]))
    }
}

impl Runs {
    /// With files in `folder`, for address keys of `width` bytes.
    pub(crate) fn new(folder: PathBuf, width: usize) -> Self {
        Self { folder, width, files: Vec::new(), memory: None, exceptions: None, named: 0 }
    }

    /// Whether there are no rows but exceptions.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.memory.is_none()
    }

    /// A new file in the folder.
    pub(crate) fn create_file(&mut self) -> Result<RunWriter, StoreError> {
        self.named += 1;
        RunWriter::create(&self.folder.join(format!("run-{:06}", self.named)), self.width)
    }

    /// Says which blocks of the base are to be taken from a file instead.
    pub(crate) fn set_exceptions(&mut self, exceptions: Option<RunFile>) {
        self.exceptions = exceptions;
    }

    /// Sorts rows and writes them to a file.
    pub(crate) fn spill(&mut self, rows: SourcedRows) -> Result<(), StoreError> {
        let sorted = SortedRows::new(rows);
        let mut file = self.create_file()?;
        let mut place = 0;
        while let Some((row, source)) = sorted.get(place) {
            file.write(row, source)?;
            place += 1;
        }
        self.files.push((0, file.finish()?));
        self.merge_full_levels()
    }

    /// Sorts the last rows and keeps them in memory.
    pub(crate) fn keep(&mut self, rows: SourcedRows) {
        self.memory = (!rows.is_empty()).then(|| SortedRows::new(rows));
    }

    fn merge_full_levels(&mut self) -> Result<(), StoreError> {
        loop {
            let level = self.files.last().map_or(0, |(level, _)| *level);
            let start = self.files.partition_point(|(other, _)| *other > level);
            if self.files.len() - start < FAN_IN {
                return Ok(());
            }
            let mut file = self.create_file()?;
            let merged = self.files.split_off(start);
            let readers = merged.iter().map(|(_, run)| run.read().map(Box::new).map(Reader::File));
            let mut merger = Merger::new(readers.collect::<Result<_, _>>()?, false);
            let mut rows = SourcedRows::default();
            while merger.next_block(&mut rows)?.is_some() {
                file.write_all(&rows)?;
            }
            self.files.push((level + 1, file.finish()?));
            merged.into_iter().for_each(|(_, run)| run.remove());
        }
    }

    /// Reads everything from the start, block by block.
    pub(crate) fn merge(&self) -> Result<Merger<'_>, StoreError> {
        let files = self.exceptions.iter().chain(self.files.iter().map(|(_, run)| run));
        let mut readers = files
            .map(|run| run.read().map(Box::new).map(Reader::File))
            .collect::<Result<Vec<_>, _>>()?;
        readers.extend(self.memory.iter().map(|rows| Reader::Memory { rows, place: 0 }));
        Ok(Merger::new(readers, self.exceptions.is_some()))
    }
}

#[derive(Debug)]
enum Reader<'a> {
    File(Box<RunReader>),
    Memory { rows: &'a SortedRows, place: usize },
}

impl Reader<'_> {
    fn height(&self) -> Option<Height> {
        match self {
            Self::File(file) => file.peek().map(|(row, _)| row.height),
            Self::Memory { rows, place } => rows.get(*place).map(|(row, _)| row.height),
        }
    }

    /// Appends all rows of `height`.
    fn take_block(&mut self, height: Height, block: &mut SourcedRows) -> Result<(), StoreError> {
        match self {
            Self::File(file) => {
                while let Some((row, source)) = file.peek()
                    && row.height == height
                {
                    block.push(*row, *source);
                    file.advance()?;
                }
            }
            Self::Memory { rows, place } => {
                while let Some((row, source)) = rows.get(*place)
                    && row.height == height
                {
                    block.push(*row, source);
                    *place += 1;
                }
            }
        }
        Ok(())
    }
}

/// A block as it comes out of a merge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MergedBlock {
    /// Its height.
    pub(crate) height: Height,
    /// Its rows replace those of the streamed base.
    pub(crate) replaces_base: bool,
    /// It has rows the base has not seen.
    pub(crate) fresh: bool,
}

/// Reads runs block by block.
#[derive(Debug)]
pub(crate) struct Merger<'a> {
    readers: Vec<Reader<'a>>,
    heads: BinaryHeap<Reverse<(Height, usize)>>,
    /// Whether the first reader holds exceptions.
    exceptions: bool,
}

impl<'a> Merger<'a> {
    fn new(readers: Vec<Reader<'a>>, exceptions: bool) -> Self {
        let heads = readers.iter().enumerate();
        let heads = heads.filter_map(|(n, reader)| reader.height().map(|h| Reverse((h, n))));
        Self { heads: heads.collect(), readers, exceptions }
    }

    /// The height of the next block.
    pub(crate) fn peek(&self) -> Option<Height> {
        self.heads.peek().map(|Reverse((height, _))| *height)
    }

    /// Reads the next block into `block`, in order of arrival.
    pub(crate) fn next_block(
        &mut self,
        block: &mut SourcedRows,
    ) -> Result<Option<MergedBlock>, StoreError> {
        block.clear();
        let Some(height) = self.peek() else { return Ok(None) };
        let mut merged = MergedBlock { height, replaces_base: false, fresh: false };
        while let Some(Reverse((next, number))) = self.heads.peek().copied()
            && next == height
        {
            self.heads.pop();
            let reader = &mut self.readers[number];
            reader.take_block(height, block)?;
            self.heads.extend(reader.height().map(|next| Reverse((next, number))));
            if self.exceptions && number == 0 {
                merged.replaces_base = true;
            } else {
                merged.fresh = true;
            }
        }
        Ok(Some(merged))
    }

    /// Passes over blocks below `height`.
    pub(crate) fn skip_below(
        &mut self,
        height: Height,
        block: &mut SourcedRows,
    ) -> Result<(), StoreError> {
        while self.peek().is_some_and(|next| next < height) {
            self.next_block(block)?;
        }
        Ok(())
    }
}
