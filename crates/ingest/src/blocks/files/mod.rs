//! Blocks from files: a node's `blk*.dat`, or raw blocks.
//!
//! A first pass reads headers alone and finds the best chain (`scan.rs`,
//! `best.rs`); then bodies are read in chain order and parsed on a thread
//! ahead of whoever takes them (`ahead.rs`).

mod ahead;
mod best;
mod container;
mod scan;

use super::raw::coinbase_height;
use super::{BlockError, BlockSource, LeftOut, Position, SourcePlace, SourceProgress, SourceUnit};
use ahead::Ahead;
pub(super) use container::front;
use container::{Container, io_error};
use scan::{Entry, Found};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracehound_model::chain::{BlockForm, UTXO_CHAINS, UtxoParameters};
use tracehound_model::{BlockHash, Chain, Height, UtxoBlock};

/// A source of blocks in files.
pub struct BlockFiles {
    chain: Chain,
    parameters: &'static UtxoParameters,
    files: Arc<Vec<Container>>,
    /// Blocks of the best chain, lowest first.
    entries: Arc<Vec<Entry>>,
    first_height: Height,
    /// Index of the next entry to give.
    next: usize,
    ahead: Option<Ahead>,
    left_out: Vec<LeftOut>,
    bytes_done: u64,
    bytes: u64,
}

impl BlockFiles {
    /// Finds the blocks in files, and in the `blk*.dat` files of folders. The
    /// chain is told by a node's frames unless it is given; raw blocks
    /// without frames are Bitcoin's unless another chain is given.
    /// `first_height` is that of the lowest block, where neither it nor its
    /// coinbase says.
    ///
    /// # Errors
    /// Any of [`BlockError`]: a file that cannot be read, holds no blocks, or
    /// is of another chain.
    pub fn open(
        paths: &[PathBuf],
        chain: Option<&Chain>,
        first_height: Option<Height>,
    ) -> Result<Self, BlockError> {
        let mut files = Vec::new();
        for path in block_paths(paths)? {
            files.push(Container::open(&path)?);
        }
        let parameters = tell_chain(&files, chain)?;
        let mut found = Found::default();
        let mut kept = Vec::with_capacity(files.len());
        for (number, file) in (0..).zip(files) {
            let is_framed = scan::chain_of(&file)?.is_some_and(|c| c.magic == parameters.magic);
            if is_framed || scan::is_unused(&file)? {
                found.framed(number, &file, parameters)?;
                kept.push(file);
            } else {
                let (file, bytes) = file.into_memory()?;
                found.loose(number, &file, &bytes, parameters)?;
                kept.push(file);
            }
        }
        Self::assemble(kept, found, parameters, first_height)
    }

    fn assemble(
        files: Vec<Container>,
        found: Found,
        parameters: &'static UtxoParameters,
        first_height: Option<Height>,
    ) -> Result<Self, BlockError> {
        let best = best::best(&found.entries);
        let mut left_out = found.left_out;
        for (place, connects) in best.stale {
            left_out.push(off_chain(&files, &found.entries[place], connects));
        }
        let entries: Vec<Entry> = best.chain.iter().map(|place| found.entries[*place]).collect();
        let chain: Chain = parameters.id.parse().map_err(|error| {
            let at = SourcePlace { source: PathBuf::from(parameters.id), at: Position::Whole };
            BlockError::broken(at, format!("{error}"))
        })?;
        let first_height = match entries.first() {
            Some(first) => height_of(&files, first, parameters, first_height)?,
            None => Height(0),
        };
        let bytes = entries.iter().map(|entry| u64::from(entry.length)).sum();
        Ok(Self {
            chain,
            parameters,
            files: Arc::new(files),
            entries: Arc::new(entries),
            first_height,
            next: 0,
            ahead: None,
            left_out,
            bytes_done: 0,
            bytes,
        })
    }

    /// How many blocks the best chain has.
    #[must_use]
    pub fn block_count(&self) -> usize {
        self.entries.len()
    }

    fn height(&self, index: usize) -> Height {
        // A count of blocks fits 64 bits.
        Height(self.first_height.0 + index as u64)
    }
}

impl BlockSource for BlockFiles {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn start_above(&mut self, known: &[(Height, BlockHash)]) -> Result<Option<Height>, BlockError> {
        self.ahead = None;
        self.next = 0;
        for (height, hash) in known.iter().rev() {
            let index = height.0.checked_sub(self.first_height.0);
            let index = index.and_then(|index| usize::try_from(index).ok());
            let Some(index) = index else { continue };
            if self.entries.get(index).is_some_and(|entry| entry.hash == *hash) {
                self.next = index + 1;
                return Ok(Some(*height));
            }
            // The files may begin right above what is known.
            let above = self.entries.get(index + 1);
            if above.is_some_and(|entry| entry.previous == *hash) {
                self.next = index + 1;
                return Ok(Some(*height));
            }
        }
        let first = self.entries.first();
        let below = known.iter().rev().find(|(height, hash)| {
            height.0 + 1 == self.first_height.0 && first.is_some_and(|e| e.previous == *hash)
        });
        Ok(below.map(|(height, _)| *height))
    }

    fn next_block(&mut self, block: &mut UtxoBlock) -> Result<bool, BlockError> {
        let Some(entry) = self.entries.get(self.next).copied() else { return Ok(false) };
        let start = self.next;
        let ahead = self.ahead.get_or_insert_with(|| {
            Ahead::start(Arc::clone(&self.files), Arc::clone(&self.entries), start, self.parameters)
        });
        ahead.next(block)?;
        block.height = self.height(self.next);
        self.next += 1;
        self.bytes_done += u64::from(entry.length);
        Ok(true)
    }

    fn progress(&self) -> SourceProgress {
        SourceProgress { done: self.bytes_done, total: Some(self.bytes), unit: SourceUnit::Bytes }
    }

    fn left_out(&mut self) -> Vec<LeftOut> {
        std::mem::take(&mut self.left_out)
    }
}

/// Files as given, folders by the node's block files in them, in order.
fn block_paths(paths: &[PathBuf]) -> Result<Vec<PathBuf>, BlockError> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|error| io_error(path, error))? {
            let file = entry.map_err(|error| io_error(path, error))?.path();
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("blk") && name.contains(".dat") {
                inside.push(file);
            }
        }
        if inside.is_empty() {
            let place = SourcePlace { source: path.clone(), at: Position::Whole };
            return Err(BlockError::broken(
                place,
                "no blk*.dat files here; name the node's `blocks` folder or single files",
            ));
        }
        inside.sort();
        all.append(&mut inside);
    }
    Ok(all)
}

fn tell_chain(
    files: &[Container],
    given: Option<&Chain>,
) -> Result<&'static UtxoParameters, BlockError> {
    let bitcoin = Chain::bitcoin();
    let wanted = given.map(|chain| {
        chain.utxo().ok_or_else(|| {
            let place = SourcePlace { source: PathBuf::from(chain.as_str()), at: Position::Whole };
            BlockError::broken(place, "not a chain of unspent outputs that this program knows")
        })
    });
    let wanted = wanted.transpose()?;
    let mut told: Option<&'static UtxoParameters> = None;
    for file in files {
        let Some(found) = scan::chain_of(file)? else { continue };
        let expected = wanted.or(told);
        if let Some(expected) = expected.filter(|expected| expected.magic != found.magic) {
            let reason = format!(
                "a block file of {}, not of {}; read one chain at a time",
                found.name, expected.name
            );
            return Err(BlockError::broken(file.place(0), reason));
        }
        told = Some(found);
    }
    let fallback = || bitcoin.utxo();
    wanted.or(told).or_else(fallback).ok_or_else(|| {
        let place = SourcePlace { source: PathBuf::from("bitcoin"), at: Position::Whole };
        BlockError::broken(place, "no parameters")
    })
}

fn off_chain(files: &[Container], entry: &Entry, connects: bool) -> LeftOut {
    let reason = if connects {
        format!("block {} is not on the chain with most work", entry.hash)
    } else {
        format!(
            "block {} stands on {}, which is not in these files; add the file that holds it",
            entry.hash, entry.previous
        )
    };
    let place = usize::try_from(entry.file).ok().and_then(|number| files.get(number));
    let place = place
        .map(|file| file.place(entry.offset))
        .unwrap_or(SourcePlace { source: PathBuf::new(), at: Position::Whole });
    LeftOut { place, reason, broken: false }
}

fn height_of(
    files: &[Container],
    first: &Entry,
    chain: &UtxoParameters,
    given: Option<Height>,
) -> Result<Height, BlockError> {
    if first.previous == BlockHash::default() {
        return Ok(Height(0));
    }
    if first.previous.to_string() == chain.genesis {
        return Ok(Height(1));
    }
    if let Some(height) = given {
        return Ok(height);
    }
    let (file, bytes) = ahead::body(files, first)?;
    coinbase_height(&bytes, chain).ok_or_else(|| {
        let cure = match chain.form {
            BlockForm::Bitcoin => "; give its height, or the blocks from the first one on",
            _ => "; give its height",
        };
        BlockError::broken(
            file.place(first.offset),
            format!("block {} does not say its height{cure} (--first-height)", first.hash),
        )
    })
}

/// Whether a file looks like blocks: a node's frames, or a header that meets
/// its own target.
///
/// # Errors
/// If the file cannot be read.
pub fn is_block_file(path: &Path, chain: Option<&Chain>) -> Result<bool, BlockError> {
    if path.is_dir() {
        return Ok(block_paths(&[path.to_owned()]).is_ok());
    }
    let front = container::front(path, scan::LONGEST_HEADER)?;
    if UTXO_CHAINS.iter().any(|chain| front.starts_with(&chain.magic)) {
        return Ok(true);
    }
    let bitcoin = Chain::bitcoin();
    let form = chain.unwrap_or(&bitcoin).utxo().map_or(BlockForm::Bitcoin, |chain| chain.form);
    // The proof of another chain may be longer than what was read.
    let form = if form == BlockForm::MergedMining { BlockForm::Bitcoin } else { form };
    Ok(super::raw::parse_header(&front, form).is_ok_and(|h| super::raw::meets_target(&h)))
}
