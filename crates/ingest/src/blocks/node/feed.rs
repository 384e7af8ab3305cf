//! Fetches blocks ahead of who stores them.

use super::client::Client;
use super::fault::Fault;
use super::wire;
use crate::blocks::{BlockError, LeftOut, Position, SourcePlace};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use tracehound_model::{BlockHash, Chain, Height, UtxoBlock};

/// Bytes of JSON that the answer to one request should have.
const BATCH_BYTES: usize = 32 << 20;
/// Batches that are ready and not taken, at most.
const AHEAD: usize = 2;

/// What comes from the thread.
pub(super) enum Fed {
    /// The next blocks, and whether the node left out what inputs spend.
    Blocks {
        blocks: Vec<UtxoBlock>,
        without_prevout: bool,
    },
    /// The chain was reorganised below what was given: the feed ends.
    Reorganised(LeftOut),
    Failed(BlockError),
}

/// What to fetch.
pub(super) struct Order {
    pub(super) client: Arc<Client>,
    pub(super) chain: Chain,
    pub(super) heights: RangeInclusive<u64>,
    /// Hash of the block below the first, if known.
    pub(super) below: Option<BlockHash>,
    /// Blocks a request, at most.
    pub(super) batch: usize,
    /// Requests at once.
    pub(super) connections: usize,
    pub(super) retries: u32,
    pub(super) pause: Duration,
}

/// The receiving end; dropping it ends the thread.
pub(super) struct Feed {
    pub(super) receiver: Receiver<Fed>,
    client: Arc<Client>,
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.client.stop.store(true, Ordering::Relaxed);
    }
}

/// Starts the thread.
pub(super) fn start(order: Order) -> std::io::Result<Feed> {
    let (sender, receiver) = sync_channel(AHEAD);
    let client = Arc::clone(&order.client);
    std::thread::Builder::new().name("node-feed".to_owned()).spawn(move || {
        let mut thread = Thread { last: order.below, next: *order.heights.start(), size: 1, order };
        if let Err(end) = thread.run(&sender) {
            // Nobody listens if the source was dropped: then nothing is lost.
            let _ = sender.send(end);
        }
    })?;
    Ok(Feed { receiver, client })
}

impl Order {
    /// Fetches blocks in one request. Gives how many bytes they had, and
    /// whether the node left out what inputs spend; or the height of what failed.
    fn fetch(
        &self,
        hashes: &[BlockHash],
        heights: &[u64],
        blocks: &mut [UtxoBlock],
    ) -> Result<(usize, bool), (u64, Fault)> {
        let (mut bytes, mut without_prevout) = (0, false);
        let mut at = heights.first().copied().unwrap_or(0);
        let fetched = self.client.blocks(hashes, &mut |place, json| {
            bytes += json.len();
            let height = Height(heights[place]);
            let read = wire::read(json, hashes[place], height, &self.chain, &mut blocks[place]);
            without_prevout |= read.map_err(|reason| {
                at = heights[place];
                Fault::Final(reason)
            })?;
            Ok(())
        });
        fetched.map(|()| (bytes, without_prevout)).map_err(|fault| (at, fault))
    }
}

struct Thread {
    order: Order,
    /// Hash of the block sent last.
    last: Option<BlockHash>,
    next: u64,
    /// Blocks of the next requests, each.
    size: usize,
}

impl Thread {
    fn run(&mut self, sender: &SyncSender<Fed>) -> Result<(), Fed> {
        let mut mismatches = 0;
        while self.next <= *self.order.heights.end() {
            let (mut blocks, without_prevout) = self.batch()?;
            let linked = self.linked(&blocks);
            blocks.truncate(linked);
            let Some(highest) = blocks.last() else {
                self.still_the_same(&mut mismatches)?;
                continue;
            };
            (self.last, self.next) = (Some(highest.hash), highest.height.0 + 1);
            if sender.send(Fed::Blocks { blocks, without_prevout }).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Fetches and reads the next blocks, over several connections.
    fn batch(&mut self) -> Result<(Vec<UtxoBlock>, bool), Fed> {
        let connections = self.order.connections.max(1);
        let heights: Vec<u64> =
            (self.next..=*self.order.heights.end()).take(self.size * connections).collect();
        let hashes = match self.order.client.hashes(&heights) {
            Ok(hashes) => hashes,
            Err(Fault::OutOfRange) => return Err(self.reorganised("became shorter")),
            Err(fault) => return Err(self.failed(self.next, fault)),
        };
        let mut blocks = vec![UtxoBlock::default(); heights.len()];
        let share = heights.len().div_ceil(connections).max(1);
        let parts = hashes.chunks(share).zip(heights.chunks(share)).zip(blocks.chunks_mut(share));
        let order = &self.order;
        let fetched: Vec<_> = std::thread::scope(|scope| {
            let part = |((hashes, heights), blocks)| {
                scope.spawn(move || order.fetch(hashes, heights, blocks))
            };
            let threads: Vec<_> = parts.map(part).collect();
            let panicked =
                |_| Err((0, Fault::Final("a thread that reads blocks failed".to_owned())));
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
        });
        let (mut bytes, mut without_prevout) = (0, false);
        for part in fetched {
            let (read, bare) = part.map_err(|(height, fault)| self.failed(height, fault))?;
            bytes += read;
            without_prevout |= bare;
        }
        let average = (bytes / heights.len().max(1)).max(1);
        self.size = (BATCH_BYTES / average).min(self.size * 4).clamp(1, self.order.batch.max(1));
        Ok((blocks, without_prevout))
    }

    /// How many of these blocks follow one another and the last one sent.
    fn linked(&self, blocks: &[UtxoBlock]) -> usize {
        let mut last = self.last;
        let follows = |block: &&UtxoBlock| {
            let follows = last.is_none_or(|last| block.previous == last);
            last = Some(block.hash);
            follows
        };
        blocks.iter().take_while(follows).count()
    }

    /// The next block does not follow the last: either the hashes were asked
    /// for while the node changed branches, or what was sent is off the chain.
    fn still_the_same(&self, mismatches: &mut u32) -> Result<(), Fed> {
        let below = self.next.saturating_sub(1);
        let same = match self.order.client.hashes(&[below]) {
            Ok(hashes) => hashes.first().copied() == self.last,
            Err(Fault::OutOfRange) => false,
            Err(fault) => return Err(self.failed(below, fault)),
        };
        if !same {
            return Err(self.reorganised("was reorganised"));
        }
        *mismatches += 1;
        if *mismatches > self.order.retries {
            let reason = "its blocks do not follow one another, however often it is asked; the node or something between is damaged";
            return Err(self.failed(self.next, Fault::Final(reason.to_owned())));
        }
        std::thread::sleep(self.order.pause);
        Ok(())
    }

    fn place(&self, height: u64) -> SourcePlace {
        let source = PathBuf::from(self.order.client.base());
        SourcePlace { source, at: Position::Height(Height(height)) }
    }

    fn reorganised(&self, how: &str) -> Fed {
        let below = self.next.saturating_sub(1);
        let reason = format!(
            "the chain of the node {how} at or below block {below} while it was read; this run ends there, and the next one replaces what is off the chain"
        );
        Fed::Reorganised(LeftOut { place: self.place(self.next), reason, broken: false })
    }

    fn failed(&self, height: u64, fault: Fault) -> Fed {
        Fed::Failed(error(self.place(height), fault))
    }
}

/// A fault that repetition did not cure.
pub(super) fn error(place: SourcePlace, fault: Fault) -> BlockError {
    let reason = match fault {
        Fault::Final(reason) | Fault::Passing(reason) => reason,
        Fault::WarmUp(doing) => format!("the node is starting: {doing}"),
        Fault::NewCookie => "the node refuses its cookie".to_owned(),
        Fault::OutOfRange => "the node has no block there".to_owned(),
    };
    BlockError::broken(place, reason)
}
