//! Block files as Bitcoin Core writes them: magic, length, block, again and
//! again in `blkNNNNN.dat`; each byte XOR-ed with `xor.dat` by its place in
//! its file where that is present (Bitcoin Core 28).

use super::chain::GeneratedBlock;
use super::raw::mine;
use crate::random::Random;
use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::{Path, PathBuf};

/// How to write them.
#[derive(Clone, Debug)]
pub struct BlockFileOptions {
    /// Four bytes before each block.
    pub magic: [u8; 4],
    /// A file that has reached so many bytes is followed by the next.
    pub file_bytes: u64,
    /// Key of `xor.dat`; all zeros is written too and changes nothing.
    pub key: Option<[u8; 8]>,
    /// So many blocks at a time are brought into random order; 1 keeps theirs.
    pub window: usize,
    /// A stale rival follows every so many blocks, never the last one.
    pub stale_every: Option<u32>,
}

impl Default for BlockFileOptions {
    /// Regtest, 128 MiB, in order, nothing stale.
    fn default() -> Self {
        Self {
            magic: [0xfa, 0xbf, 0xb5, 0xda],
            file_bytes: 128 << 20,
            key: None,
            window: 1,
            stale_every: None,
        }
    }
}

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BlockFileTotals {
    /// Blocks of the chain.
    pub blocks: u64,
    /// Blocks beside it.
    pub stale: u64,
    /// Transactions, inputs (without coinbases') and outputs of the chain.
    pub transactions: u64,
    /// See `transactions`.
    pub inputs: u64,
    /// See `transactions`.
    pub outputs: u64,
    /// Files.
    pub files: u32,
    /// Their bytes.
    pub bytes: u64,
}

struct Files<'o> {
    folder: PathBuf,
    options: &'o BlockFileOptions,
    file: Option<BufWriter<File>>,
    at: u64,
    totals: BlockFileTotals,
}

impl Files<'_> {
    fn block(&mut self, block: &[u8]) -> Result<()> {
        if self.at >= self.options.file_bytes {
            self.close()?;
        }
        let length = u32::try_from(block.len()).map_err(std::io::Error::other)?;
        let mut record = self.options.magic.to_vec();
        record.extend_from_slice(&length.to_le_bytes());
        record.extend_from_slice(block);
        if let Some(key) = self.options.key {
            for (place, byte) in (self.at..).zip(&mut record) {
                *byte ^= key[(place % 8) as usize];
            }
        }
        if self.file.is_none() {
            let name = format!("blk{:05}.dat", self.totals.files);
            self.file = Some(BufWriter::new(File::create(self.folder.join(name))?));
            self.totals.files += 1;
        }
        if let Some(file) = &mut self.file {
            file.write_all(&record)?;
        }
        self.at += record.len() as u64;
        self.totals.bytes += record.len() as u64;
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.at = 0;
        self.file.take().map_or(Ok(()), |mut file| file.flush())
    }
}

/// Writes the blocks into `folder`, which must exist. `each` sees every block
/// before it is let go.
///
/// # Errors
/// Those of the file system.
pub fn write_block_files(
    folder: &Path,
    blocks: impl Iterator<Item = GeneratedBlock>,
    options: &BlockFileOptions,
    mut each: impl FnMut(&GeneratedBlock),
) -> Result<BlockFileTotals> {
    let totals = BlockFileTotals::default();
    let mut files = Files { folder: folder.to_owned(), options, file: None, at: 0, totals };
    if let Some(key) = options.key {
        std::fs::write(folder.join("xor.dat"), key)?;
    }
    let mut random = Random::new(0);
    let mut window: Vec<Vec<u8>> = Vec::new();
    let mut rival: Option<Vec<u8>> = None;
    for block in blocks {
        each(&block);
        // The last block never gets here with a rival of its own height.
        if let Some(rival) = rival.take() {
            window.push(rival);
            files.totals.stale += 1;
        }
        files.totals.blocks += 1;
        files.totals.transactions += block.block.transactions.len() as u64;
        files.totals.inputs += block.block.inputs.len() as u64;
        files.totals.outputs += block.block.outputs.len() as u64;
        let due = |every: u32| files.totals.blocks.is_multiple_of(u64::from(every.max(1)));
        if options.stale_every.is_some_and(due) {
            rival = Some(rival_of(&block.raw));
        }
        window.push(block.raw);
        if window.len() >= options.window {
            if options.window > 1 {
                random.shuffle(&mut window);
            }
            window.drain(..).try_for_each(|raw| files.block(&raw))?;
        }
    }
    random.shuffle(&mut window);
    window.drain(..).try_for_each(|raw| files.block(&raw))?;
    files.close()?;
    Ok(files.totals)
}

/// The same transactions under another header.
fn rival_of(raw: &[u8]) -> Vec<u8> {
    let mut header = [0; 80];
    header.copy_from_slice(&raw[..80]);
    header[68] ^= 1;
    mine(&mut header);
    [&header, &raw[80..]].concat()
}
