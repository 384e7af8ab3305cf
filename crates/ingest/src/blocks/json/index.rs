//! Which blocks a set of files holds: read once before the transactions, so
//! that it is known when a block is complete and which of two at one height counts.

use super::detect::{BlockFormat, LineKind};
use super::lines::Lines;
use super::record::Header;
use crate::blocks::{BlockError, LeftOut, SourcePlace};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// When all transactions of a block have come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Expect {
    /// So many different ones.
    Transactions(u64),
    /// So many lines, for nobody else says how many there are.
    Lines(u64),
    /// When the files have gone past it.
    Unknown,
}

/// A block that the files name.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) header: Header,
    pub(super) expect: Expect,
    /// The line that names it.
    pub(super) place: SourcePlace,
}

/// A file and what its first line is.
#[derive(Clone, Debug)]
pub(super) struct JsonFile {
    pub(super) path: PathBuf,
    pub(super) format: BlockFormat,
    pub(super) first: LineKind,
    /// Height of its first transaction; `None` if it has none.
    pub(super) starts: Option<u64>,
}

/// Every block by height.
#[derive(Default, Debug)]
pub(super) struct BlockIndex {
    blocks: BTreeMap<u64, Known>,
    left_out: Vec<LeftOut>,
}

impl BlockIndex {
    /// Reads the blocks of all files; where no file names blocks, what the
    /// transactions say of them.
    pub(super) fn read(files: &mut [JsonFile]) -> Result<Self, BlockError> {
        let mut index = Self::default();
        let (blocks, transactions): (Vec<_>, Vec<_>) =
            files.iter_mut().partition(|file| file.first == LineKind::Block);
        let counting = blocks.is_empty();
        for file in blocks {
            index.read_blocks(file)?;
        }
        for file in transactions {
            index.read_transactions(file, counting)?;
        }
        Ok(index)
    }

    fn read_blocks(&mut self, file: &mut JsonFile) -> Result<(), BlockError> {
        let mut lines = Lines::open(&file.path, Arc::new(AtomicU64::new(0)))?;
        let format = file.format;
        while let Some(line) = lines.next_line()? {
            let header = match line {
                Ok(line) if LineKind::of(line) == LineKind::Transaction => {
                    if file.starts.is_none() {
                        file.starts = format.height_in(line);
                    }
                    continue;
                }
                Ok(line) => format.block(line),
                Err(reason) => Err(reason),
            };
            match header {
                Ok(header) => self.insert(header, lines.place()),
                Err(reason) => self.left_out.push(broken(lines.place(), reason)),
            }
        }
        Ok(())
    }

    /// Reads the first line, or every line where they have to be counted.
    fn read_transactions(&mut self, file: &mut JsonFile, count: bool) -> Result<(), BlockError> {
        let mut lines = Lines::open(&file.path, Arc::new(AtomicU64::new(0)))?;
        let format = file.format;
        while let Some(line) = lines.next_line()? {
            let height = line.as_ref().ok().and_then(|line| format.height_in(line));
            file.starts = file.starts.or(height);
            if !count {
                return Ok(());
            }
            match line.and_then(|line| format.head(line)) {
                Ok(head) => self.count(head, lines.place())?,
                Err(reason) => return Err(uncountable(lines.place(), &reason)),
            }
        }
        Ok(())
    }

    /// Adds a block. Of two at one height the one written later counts, for
    /// a stream that follows a chain writes the corrected block later.
    pub(super) fn insert(&mut self, header: Header, place: SourcePlace) {
        let expect = header.transactions.map_or(Expect::Unknown, Expect::Transactions);
        let known = Known { header, expect, place };
        match self.blocks.entry(known.header.height) {
            Entry::Vacant(vacant) => {
                vacant.insert(known);
            }
            Entry::Occupied(mut occupied) => {
                let before = occupied.get();
                if before.header.hash == known.header.hash {
                    return;
                }
                let reason = format!(
                    "block {} with hash {} is replaced by the one with hash {} at {}",
                    before.header.height, before.header.hash, known.header.hash, known.place
                );
                self.left_out.push(LeftOut { place: before.place.clone(), reason, broken: false });
                occupied.insert(known);
            }
        }
    }

    /// Counts a transaction towards its block.
    fn count(&mut self, head: Header, place: SourcePlace) -> Result<(), BlockError> {
        match self.blocks.entry(head.height) {
            Entry::Vacant(vacant) => {
                vacant.insert(Known { header: head, expect: Expect::Lines(1), place });
            }
            Entry::Occupied(mut occupied) => {
                let known = occupied.get_mut();
                if known.header.hash != head.hash {
                    let reason = format!(
                        "block {} has hash {} here and {} at {}; give the file of blocks too, so that it is known which counts",
                        head.height, head.hash, known.header.hash, known.place
                    );
                    return Err(BlockError::broken(place, reason));
                }
                if let Expect::Lines(lines) = &mut known.expect {
                    *lines += 1;
                }
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, height: u64) -> Option<&Known> {
        self.blocks.get(&height)
    }

    /// The lowest block above a height.
    pub(super) fn above(&self, height: Option<u64>) -> Option<&Known> {
        use std::ops::Bound;
        let start = height.map_or(Bound::Unbounded, Bound::Excluded);
        self.blocks.range((start, Bound::Unbounded)).next().map(|(_, known)| known)
    }

    pub(super) fn last(&self) -> Option<&Known> {
        self.blocks.values().next_back()
    }

    /// What it left out since last asked.
    pub(super) fn take_left_out(&mut self) -> Vec<LeftOut> {
        std::mem::take(&mut self.left_out)
    }
}

pub(super) fn broken(place: SourcePlace, reason: impl Into<String>) -> LeftOut {
    LeftOut { place, reason: reason.into(), broken: true }
}

fn uncountable(place: SourcePlace, reason: &str) -> BlockError {
    BlockError::broken(
        place,
        format!(
            "{reason}. No file of blocks says how many transactions each has, so it cannot be told which block this line belongs to; give the file of blocks too, or mend the line"
        ),
    )
}
