//! Bodies read and parsed on a thread of their own, ahead of the taker.

use super::container::Container;
use super::scan::Entry;
use crate::blocks::BlockError;
use crate::blocks::raw::parse_block;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use tracehound_model::UtxoBlock;
use tracehound_model::chain::UtxoParameters;

/// Blocks parsed and not yet taken: enough to bridge a pause of either side.
const BLOCKS_AHEAD: usize = 16;

/// The thread's end here.
pub(super) struct Ahead {
    blocks: Receiver<Result<UtxoBlock, BlockError>>,
    /// Blocks given back, whose memory the thread uses again.
    empty: Sender<UtxoBlock>,
}

impl Ahead {
    /// Starts to read at an entry.
    pub(super) fn start(
        files: Arc<Vec<Container>>,
        entries: Arc<Vec<Entry>>,
        from: usize,
        chain: &'static UtxoParameters,
    ) -> Self {
        let (full, blocks) = sync_channel(BLOCKS_AHEAD);
        let (empty, given_back) = channel();
        // It ends by itself once nobody takes its blocks.
        std::thread::spawn(move || {
            run(&files, entries.get(from..).unwrap_or_default(), chain, &full, &given_back);
        });
        Self { blocks, empty }
    }

    /// Takes the next block into `block`, giving back what was there.
    pub(super) fn next(&mut self, block: &mut UtxoBlock) -> Result<(), BlockError> {
        let next = self.blocks.recv().map_err(|_| BlockError::Stopped)??;
        let used = std::mem::replace(block, next);
        // The thread may have ended already.
        let _ = self.empty.send(used);
        Ok(())
    }
}

fn run(
    files: &[Container],
    entries: &[Entry],
    chain: &UtxoParameters,
    full: &SyncSender<Result<UtxoBlock, BlockError>>,
    given_back: &Receiver<UtxoBlock>,
) {
    let mut bytes = Vec::new();
    for entry in entries {
        let mut block = given_back.try_recv().unwrap_or_default();
        let read = read(files, entry, chain, &mut bytes, &mut block).map(|()| block);
        let failed = read.is_err();
        if full.send(read).is_err() || failed {
            return;
        }
    }
}

fn read(
    files: &[Container],
    entry: &Entry,
    chain: &UtxoParameters,
    bytes: &mut Vec<u8>,
    block: &mut UtxoBlock,
) -> Result<(), BlockError> {
    let file = fill(files, entry, bytes)?;
    // A place in a block fits 64 bits.
    let place = |offset: usize| file.place(entry.offset + offset as u64);
    let length = parse_block(bytes, chain, block)
        .map_err(|error| BlockError::broken(place(error.offset), error.reason))?;
    if length != bytes.len() {
        let reason = format!("{} bytes follow the block's transactions", bytes.len() - length);
        return Err(BlockError::broken(place(length), reason));
    }
    Ok(())
}

fn fill<'f>(
    files: &'f [Container],
    entry: &Entry,
    bytes: &mut Vec<u8>,
) -> Result<&'f Container, BlockError> {
    let file = usize::try_from(entry.file).ok().and_then(|number| files.get(number));
    let file = file.ok_or(BlockError::Stopped)?;
    bytes.resize(usize::try_from(entry.length).unwrap_or(0), 0);
    file.read_at(entry.offset, bytes)?;
    Ok(file)
}

/// The bytes of a block, and its file.
pub(super) fn body<'f>(
    files: &'f [Container],
    entry: &Entry,
) -> Result<(&'f Container, Vec<u8>), BlockError> {
    let mut bytes = Vec::new();
    let file = fill(files, entry, &mut bytes)?;
    Ok((file, bytes))
}
