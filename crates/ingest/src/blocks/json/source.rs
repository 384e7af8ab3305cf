//! A set of files as one source of blocks.

use super::detect::{BlockFormat, probe};
use super::index::{BlockIndex, Expect, JsonFile, Known, broken};
use super::merge::{Item, Merge};
use super::order::{Order, order};
use super::record::Record;
use super::start::{Start, start};
use crate::blocks::parts::finish;
use crate::blocks::{
    BlockError, BlockSource, LeftOut, Position, SourcePlace, SourceProgress, SourceUnit,
};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use tracehound_model::{BlockHash, Chain, Height, TransactionHash, UtxoBlock};

/// Bytes of transactions that wait for the rest of their blocks, at most.
const WAITING: usize = 1 << 30;

/// Transactions of a block that is not complete.
#[derive(Default)]
struct Waiting {
    records: Vec<Record>,
    seen: HashSet<TransactionHash>,
    lines: u64,
    bytes: usize,
    /// A line of it that cannot be read: it will never be complete.
    broken: Option<(SourcePlace, String)>,
}

/// Blocks of JSON lines; see the module.
pub struct JsonBlocks {
    chain: Chain,
    index: BlockIndex,
    merge: Merge,
    waiting: BTreeMap<u64, Waiting>,
    waiting_bytes: usize,
    limit: usize,
    /// Broken lines that name no block.
    nameless: Vec<(SourcePlace, String)>,
    /// Height of the block given or left out last.
    done: Option<u64>,
    total_bytes: u64,
    left_out: Vec<LeftOut>,
    notes: super::notes::Notes,
    first: SourcePlace,
}

/// Opens files of JSON lines, in any order, as one source.
///
/// # Errors
/// [`BlockError::Io`], or [`BlockError::Broken`] if a file is of no known format.
pub fn open_json_blocks(paths: &[PathBuf], chain: &Chain) -> Result<JsonBlocks, BlockError> {
    let whole = |path: &Path| SourcePlace { source: path.to_owned(), at: Position::Whole };
    let mut files = Vec::with_capacity(paths.len());
    let mut total_bytes = 0;
    for path in paths {
        let size = std::fs::metadata(path)
            .map_err(|error| BlockError::Io { place: whole(path), error })?
            .len();
        let Some((format, first)) = probe(path)? else {
            return Err(BlockError::broken(whole(path), UNKNOWN));
        };
        total_bytes += size;
        files.push(JsonFile { path: path.clone(), format, first, starts: None });
    }
    let formats: HashSet<_> =
        files.iter().map(|file| file.format == BlockFormat::GraphSense).collect();
    if let ([file, ..], true) = (files.as_slice(), formats.len() > 1) {
        return Err(BlockError::broken(whole(&file.path), MIXED));
    }
    let mut index = BlockIndex::read(&mut files)?;
    Ok(JsonBlocks {
        chain: chain.clone(),
        merge: Merge::new(&files, chain.clone()),
        waiting: BTreeMap::new(),
        waiting_bytes: 0,
        limit: WAITING,
        nameless: Vec::new(),
        done: None,
        total_bytes,
        left_out: index.take_left_out(),
        index,
        notes: super::notes::Notes::default(),
        first: whole(paths.first().map_or(Path::new(""), PathBuf::as_path)),
    })
}

const UNKNOWN: &str = "its first line is neither a block nor a transaction as bitcoin-etl or GraphSense write them (one JSON object a line)";
const MIXED: &str = "files of bitcoin-etl and of GraphSense do not go into one run, because they name outputs differently; read them into stores of their own";

impl JsonBlocks {
    /// Reads one line and files it where it belongs.
    fn absorb(&mut self, item: Item) -> Result<(), BlockError> {
        match item {
            Item::Transaction(record) => self.add(*record)?,
            Item::Block(header) => {
                if self.done.is_none_or(|done| header.height > done) {
                    self.index.insert(header, self.merge.place());
                    self.left_out.extend(self.index.take_left_out());
                }
            }
            Item::Broken { reason, height } => {
                let place = self.merge.place();
                match height {
                    Some(height) if self.awaits(height) => {
                        let waiting = self.waiting.entry(height).or_default();
                        waiting.broken.get_or_insert_with(|| (place.clone(), reason.clone()));
                    }
                    Some(_) => {}
                    None => self.nameless.push((place.clone(), reason.clone())),
                }
                self.left_out.push(broken(place, reason));
            }
        }
        Ok(())
    }

    fn awaits(&self, height: u64) -> bool {
        self.done.is_none_or(|done| height > done) && self.index.get(height).is_some()
    }

    fn add(&mut self, record: Record) -> Result<(), BlockError> {
        let height = record.height;
        if self.done.is_some_and(|done| height <= done) {
            return Ok(());
        }
        let Some(known) = self.index.get(height) else {
            self.notes.without_block(|| self.merge.place());
            return Ok(());
        };
        if record.block.is_some_and(|hash| hash != known.header.hash) {
            self.notes.off_chain(|| self.merge.place());
            return Ok(());
        }
        let waiting = self.waiting.entry(height).or_default();
        waiting.lines += 1;
        if waiting.seen.insert(record.parts.hash) {
            let size = record.parts.size();
            waiting.bytes += size;
            self.waiting_bytes += size;
            waiting.records.push(record);
        }
        if self.waiting_bytes > self.limit && self.target() != Some(height) {
            return self.give_up_waiting();
        }
        Ok(())
    }

    /// Height of the block that is to be given next.
    fn target(&self) -> Option<u64> {
        self.index.above(self.done).map(|known| known.header.height)
    }

    /// Too much waits for the lowest block. If a line was met that cannot be
    /// read and names no block, it is taken to be of that one.
    fn give_up_waiting(&mut self) -> Result<(), BlockError> {
        let target = self.target().unwrap_or(0);
        let waiting = self.waiting.entry(target).or_default();
        if let Some(broken) = self.nameless.pop() {
            waiting.broken = Some(broken);
            return Ok(());
        }
        let (have, size) = (waiting.records.len(), self.limit >> 20);
        let reason = format!(
            "block {target} is not complete ({have} of its transactions have come) and {size} MiB of later ones wait for it: a line of it is missing, or the files are not sorted; sort the transactions by block_number"
        );
        Err(BlockError::broken(self.merge.place(), reason))
    }

    /// Whether everything of a block has come.
    fn complete(&self, height: u64) -> bool {
        let Some(known) = self.index.get(height) else { return false };
        let waiting = self.waiting.get(&height);
        if waiting.is_some_and(|waiting| waiting.broken.is_some()) {
            return true;
        }
        match known.expect {
            Expect::Transactions(count) => {
                waiting.is_some_and(|waiting| widen(waiting.records.len()) >= count)
            }
            Expect::Lines(lines) => waiting.is_some_and(|waiting| waiting.lines >= lines),
            Expect::Unknown => self.merge.lowest().is_none_or(|lowest| lowest > height),
        }
    }

    /// Gives a block whose transactions have all come, or will never come;
    /// `false` if it is left out.
    fn give(&mut self, height: u64, block: &mut UtxoBlock) -> bool {
        self.done = Some(height);
        let Some(known) = self.index.get(height).cloned() else { return false };
        let header = &known.header;
        let waiting = self.waiting.remove(&height).unwrap_or_default();
        self.waiting_bytes = self.waiting_bytes.saturating_sub(waiting.bytes);
        if let Some(reason) = incomplete(&known, &waiting) {
            if waiting.lines == 0 && waiting.broken.is_none() {
                self.notes.empty(height, || known.place.clone());
            } else {
                self.left_out.push(broken(known.place.clone(), reason));
            }
            return false;
        }
        let mut records = waiting.records;
        match order(&mut records, header.merkle_root) {
            Order::Sure => {}
            Order::Guessed if self.chain.utxo().is_some_and(|chain| chain.sorted_by_hash) => {}
            Order::Guessed => self.notes.guessed_order(),
            Order::OtherRoot => {
                let reason = format!(
                    "the transactions of block {} do not give its Merkle root: one is missing, changed or of another block; the block is left out",
                    header.height
                );
                self.left_out.push(broken(known.place.clone(), reason));
                return false;
            }
        }
        block.clear();
        block.height = Height(header.height);
        block.hash = header.hash;
        block.previous = header.previous;
        block.timestamp = header.timestamp;
        for record in &records {
            record.parts.append_to(block);
            self.notes.shielded(record.shielded);
        }
        self.notes.stated_dropped(finish(block));
        true
    }
}

/// Why a block is left out, if it lacks something.
fn incomplete(known: &Known, waiting: &Waiting) -> Option<String> {
    let height = known.header.height;
    if let Some((place, reason)) = &waiting.broken {
        return Some(format!(
            "block {height} is left out, because {place} cannot be read: {reason}"
        ));
    }
    let found = widen(waiting.records.len());
    match known.expect {
        Expect::Transactions(count) if found != count => Some(format!(
            "block {height} has {count} transactions, and {found} of them are in the files; it is left out"
        )),
        Expect::Lines(count) if waiting.lines != count => Some(format!(
            "{count} lines of block {height} were counted and {} can be read; it is left out",
            waiting.lines
        )),
        _ if found == 0 => Some(format!("block {height} has no transactions in the files")),
        _ => None,
    }
}

/// A length as a number; no platform has lengths past 64 bits.
fn widen(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl BlockSource for JsonBlocks {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn start_above(&mut self, known: &[(Height, BlockHash)]) -> Result<Option<Height>, BlockError> {
        let reason = match start(&self.index, known) {
            Start::Beginning => return Ok(None),
            Start::Above(height) => {
                self.done = Some(height.0);
                if self.index.above(self.done).is_some_and(|next| {
                    next.header.height == height.0 + 1
                        && next.header.previous == BlockHash::default()
                }) && self.index.get(height.0).is_none()
                {
                    self.notes.unchecked_join(height);
                }
                return Ok(Some(height));
            }
            Start::Gap { known, first } => format!(
                "the files begin at block {first} and the store ends at {}; give the blocks between as well, or use another store",
                known.0
            ),
            Start::OtherBranch { first } => format!(
                "the files begin at block {first} on another branch than the store; give files that reach down to where the branches part"
            ),
        };
        Err(BlockError::broken(self.first.clone(), reason))
    }

    fn next_block(&mut self, block: &mut UtxoBlock) -> Result<bool, BlockError> {
        while let Some(target) = self.target() {
            if self.complete(target) {
                if self.give(target, block) {
                    return Ok(true);
                }
            } else if let Some(item) = self.merge.next_item()? {
                self.absorb(item)?;
            } else if self.give(target, block) {
                return Ok(true);
            }
        }
        // What is left belongs to no block above; a block among it may.
        while let Some(item) = self.merge.next_item()? {
            self.absorb(item)?;
            if self.target().is_some() {
                return self.next_block(block);
            }
        }
        Ok(false)
    }

    fn progress(&self) -> SourceProgress {
        let done = self.merge.consumed().min(self.total_bytes);
        SourceProgress { done, total: Some(self.total_bytes), unit: SourceUnit::Bytes }
    }

    fn left_out(&mut self) -> Vec<LeftOut> {
        self.left_out.extend(self.notes.take_left_out());
        std::mem::take(&mut self.left_out)
    }

    fn notes(&mut self) -> Vec<String> {
        self.notes.take()
    }
}

impl JsonBlocks {
    /// Height of the last block that the files name.
    #[must_use]
    pub fn last_height(&self) -> Option<Height> {
        self.index.last().map(|known| Height(known.header.height))
    }

    #[cfg(test)]
    pub(super) fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }
}
