//! What can be wrong with a source of blocks, and where.

use std::fmt;
use std::io;
use std::path::PathBuf;
use tracehound_model::{BlockHash, Height};
use tracehound_store::StoreError;

/// A place in a source of blocks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourcePlace {
    /// The file, or the address of the node.
    pub source: PathBuf,
    /// Where in it.
    pub at: Position,
}

/// Where in a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Position {
    /// A byte, counted from 0 at the start of the unpacked file.
    Byte(u64),
    /// A line, counted from 1.
    Line(u64),
    /// A block of a node.
    Height(Height),
    /// The source as a whole.
    Whole,
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.source.display();
        match self.at {
            Position::Byte(byte) => write!(f, "{source}, byte {byte}"),
            Position::Line(line) => write!(f, "{source}, line {line}"),
            Position::Height(height) => write!(f, "{source}, block {}", height.0),
            Position::Whole => write!(f, "{source}"),
        }
    }
}

/// Why blocks cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The operating system or the network refused.
    #[error("{place}: {error}")]
    Io {
        /// Where.
        place: SourcePlace,
        /// What it said.
        error: io::Error,
    },
    /// What lies there is not what it should be.
    #[error("{place}: {reason}")]
    Broken {
        /// Where.
        place: SourcePlace,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The store refused a block.
    #[error("block {height} ({hash}): {error}")]
    Refused {
        /// Its height.
        height: Height,
        /// Its hash.
        hash: BlockHash,
        /// Why.
        error: Box<StoreError>,
    },
    /// Nothing that the store holds is on the source's chain.
    #[error(
        "the source does not hold block {tip} ({hash}), the store's last, nor one below it that it could go on from; give the blocks from there on, or name another store"
    )]
    NoSharedBlock {
        /// Height of the store's last block.
        tip: Height,
        /// Its hash.
        hash: BlockHash,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user stopped the run; what was published stays.
    #[error("stopped")]
    Stopped,
}

impl BlockError {
    /// Something broken at a place.
    #[must_use]
    pub fn broken(place: SourcePlace, reason: impl Into<String>) -> Self {
        Self::Broken { place, reason: reason.into() }
    }
}
