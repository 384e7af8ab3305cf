//! Heights and times of synthetic blocks: one block every so many seconds.
//!
//! Background and plants share a schedule, so that a block has one time
//! whoever made its transfers.

use tracehound_model::{Height, Timestamp};

/// When the blocks of a synthetic chain are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// Height of block number 0.
    pub first_height: u64,
    /// Time of block number 0.
    pub first_timestamp: i64,
    /// Seconds between blocks.
    pub block_seconds: u32,
}

impl Default for Schedule {
    /// Twelve-second blocks from the height and time of Ethereum's merge.
    fn default() -> Self {
        Self { first_height: 15_537_394, first_timestamp: 1_663_224_179, block_seconds: 12 }
    }
}

impl Schedule {
    /// Height of block number `block`.
    #[must_use]
    pub fn height(&self, block: u64) -> Height {
        Height(self.first_height + block)
    }

    /// Time of block number `block`.
    #[must_use]
    pub fn timestamp(&self, block: u64) -> Timestamp {
        Timestamp(self.first_timestamp + block as i64 * i64::from(self.block_seconds))
    }
}
