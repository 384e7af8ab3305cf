//! A node as a source of blocks.

use super::check::check;
use super::client::{ChainInfo, Client};
use super::fault::{Fault, PRUNED};
use super::feed::{self, Fed, Feed, Order, error};
use super::options::NodeOptions;
use crate::blocks::{
    BlockError, BlockSource, LeftOut, Position, SourcePlace, SourceProgress, SourceUnit,
};
use std::path::PathBuf;
use std::sync::Arc;
use tracehound_model::{BlockHash, Chain, Height, UtxoBlock};

/// Blocks of a node; see the module.
pub struct NodeSource {
    options: NodeOptions,
    client: Arc<Client>,
    info: ChainInfo,
    /// The first block to give.
    start: u64,
    /// The last block to give; `None` if nothing is deep enough.
    end: Option<u64>,
    /// Hash of the block below the first, if known.
    below: Option<BlockHash>,
    feed: Option<Feed>,
    ready: std::vec::IntoIter<UtxoBlock>,
    given: u64,
    ended: bool,
    said_bare: bool,
    left_out: Vec<LeftOut>,
    notes: Vec<String>,
}

impl NodeSource {
    /// Reaches a node, waits for it if it is starting, and checks that it is
    /// on the chain asked for.
    ///
    /// # Errors
    /// [`BlockError::Broken`], saying what the node said and what to do.
    pub fn connect(options: NodeOptions) -> Result<Self, BlockError> {
        let whole = SourcePlace { source: PathBuf::from(&options.url), at: Position::Whole };
        let client =
            Client::new(&options).map_err(|reason| BlockError::broken(whole.clone(), reason))?;
        let fail = |fault| error(whole.clone(), fault);
        let info = client.chain_info().map_err(fail)?;
        check(&client, &info, &options.chain).map_err(fail)?;
        let deep = info.blocks.checked_sub(options.confirmations.max(1) - 1);
        let end = deep.map(|deep| options.to.map_or(deep, |to| deep.min(to.0)));
        let mut notes = Vec::new();
        if info.initialblockdownload {
            notes.push(format!(
                "the node is still downloading: it has {} of {} blocks",
                info.blocks, info.headers
            ));
        }
        Ok(Self {
            start: options.from.map_or(0, |from| from.0),
            client: Arc::new(client),
            options,
            info,
            end,
            below: None,
            feed: None,
            ready: Vec::new().into_iter(),
            given: 0,
            ended: false,
            said_bare: false,
            left_out: Vec::new(),
            notes,
        })
    }

    fn place(&self, at: Position) -> SourcePlace {
        SourcePlace { source: PathBuf::from(self.client.base()), at }
    }

    /// Starts fetching.
    fn begin(&mut self) -> Result<Option<Feed>, BlockError> {
        let Some(end) = self.end.filter(|end| *end >= self.start) else { return Ok(None) };
        if let Some(lowest) =
            self.info.pruneheight.filter(|lowest| self.info.pruned && self.start < *lowest)
        {
            let reason = format!("the node has blocks from {lowest} on only. {PRUNED}");
            return Err(BlockError::broken(
                self.place(Position::Height(Height(self.start))),
                reason,
            ));
        }
        let order = Order {
            client: Arc::clone(&self.client),
            chain: self.options.chain.clone(),
            heights: self.start..=end,
            below: self.below,
            batch: self.options.batch,
            connections: self.options.connections,
            retries: self.options.retries,
            pause: self.options.pause,
        };
        let place = self.place(Position::Whole);
        feed::start(order).map(Some).map_err(|error| BlockError::Io { place, error })
    }

    /// What the node has at a height; `None` above its tip.
    fn hash_at(&self, height: Height) -> Result<Option<BlockHash>, BlockError> {
        match self.client.hashes(&[height.0]) {
            Ok(hashes) => Ok(hashes.first().copied()),
            Err(Fault::OutOfRange) => Ok(None),
            Err(fault) => Err(error(self.place(Position::Height(height)), fault)),
        }
    }

    /// Goes on above a block that is known.
    fn go_on(&mut self, (height, hash): (Height, BlockHash)) -> Result<Option<Height>, BlockError> {
        let next = height.0.saturating_add(1);
        if self.start > next {
            let reason = format!(
                "it was asked for blocks from {} on, and the store ends at {}; leave the first block out, or use another store",
                self.start, height.0
            );
            return Err(BlockError::broken(self.place(Position::Whole), reason));
        }
        (self.start, self.below) = (next, Some(hash));
        Ok(Some(height))
    }
}

impl BlockSource for NodeSource {
    fn chain(&self) -> &Chain {
        &self.options.chain
    }

    /// A node that has not come as far as the store contradicts nothing; it
    /// then gives nothing.
    fn start_above(&mut self, known: &[(Height, BlockHash)]) -> Result<Option<Height>, BlockError> {
        let Some(top) = known.last() else { return Ok(None) };
        let (mut contradicted, mut compared) = (false, false);
        for block in known.iter().rev() {
            let Some(hash) = self.hash_at(block.0)? else { continue };
            compared = true;
            if hash == block.1 {
                return self.go_on(if contradicted { *block } else { *top });
            }
            contradicted = true;
        }
        if !compared {
            let reason = format!(
                "the node has come to block {} and the store to {}; wait until the node has caught up",
                self.info.blocks, top.0.0
            );
            return Err(BlockError::broken(self.place(Position::Whole), reason));
        }
        Ok(None)
    }

    fn next_block(&mut self, block: &mut UtxoBlock) -> Result<bool, BlockError> {
        loop {
            if let Some(next) = self.ready.next() {
                *block = next;
                self.given += 1;
                return Ok(true);
            }
            if self.ended {
                return Ok(false);
            }
            if self.feed.is_none() {
                self.feed = self.begin()?;
            }
            let fed = self.feed.as_ref().and_then(|feed| feed.receiver.recv().ok());
            self.ended = !matches!(fed, Some(Fed::Blocks { .. }));
            match fed {
                Some(Fed::Blocks { blocks, without_prevout }) => {
                    if without_prevout && !self.said_bare {
                        self.said_bare = true;
                        self.notes.push(BARE.to_owned());
                    }
                    self.ready = blocks.into_iter();
                }
                Some(Fed::Reorganised(left_out)) => self.left_out.push(left_out),
                Some(Fed::Failed(error)) => return Err(error),
                None => {}
            }
        }
    }

    fn progress(&self) -> SourceProgress {
        let total = self.end.map_or(0, |end| (end + 1).saturating_sub(self.start));
        SourceProgress { done: self.given, total: Some(total), unit: SourceUnit::Blocks }
    }

    fn left_out(&mut self) -> Vec<LeftOut> {
        std::mem::take(&mut self.left_out)
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

const BARE: &str = "the node does not say what inputs spend (nodes do since version 23): values and addresses of inputs come from outputs read before, and are unknown where those were not read";
