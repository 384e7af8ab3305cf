//! A block of a chain that keeps its state as unspent outputs, as a source
//! gives it, before its spends are resolved and it has a place in a store.
//!
//! Everything of a block lies in a few flat lists, so that a reader fills
//! and empties one value for the whole chain without allocating anew.

use crate::{Address, Height, Timestamp, TransactionHash};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Hash of a block, in the order in which it is printed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct BlockHash(pub [u8; 32]);

/// Not the hash of a block.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" is not a block hash; give 64 hexadecimal digits")]
pub struct BlockHashError(pub String);

impl FromStr for BlockHash {
    type Err = BlockHashError;

    fn from_str(text: &str) -> Result<Self, BlockHashError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        crate::address::parse_hex(digits).map(Self).ok_or_else(|| BlockHashError(text.to_owned()))
    }
}

impl fmt::Display for BlockHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::hash::to_hex(&self.0))
    }
}

impl fmt::Debug for BlockHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An amount of a chain of Bitcoin's family, in its smallest unit (satoshi).
/// No such chain can hold more than 63 bits of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Satoshi(pub u64);

impl Satoshi {
    /// Sum; `None` past 64 bits, which only broken data reach.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference; `None` below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Sum of many; `None` past 64 bits.
    #[must_use]
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self(0), Self::checked_add)
    }
}

impl From<Satoshi> for crate::Amount {
    fn from(satoshi: Satoshi) -> Self {
        Self::from_u64(satoshi.0)
    }
}

/// One block.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UtxoBlock {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: BlockHash,
    /// Hash of the block before it; zeros where the source does not say.
    pub previous: BlockHash,
    /// Its time as the miner wrote it: may lie before that of the block below.
    pub timestamp: Timestamp,
    /// Its transactions, in block order.
    pub transactions: Vec<UtxoTransaction>,
    /// Inputs of all transactions. A coinbase has none.
    pub inputs: Vec<UtxoInput>,
    /// What the source itself says of the output that each input spends: as
    /// many as there are inputs, or none. A store that knows the output
    /// checks them; one that does not keeps them.
    pub stated: Vec<StatedOutput>,
    /// Outputs of all transactions.
    pub outputs: Vec<UtxoOutput>,
    /// What follows `OP_RETURN` in outputs that carry data.
    pub payloads: Vec<u8>,
}

/// One transaction of a [`UtxoBlock`]. Its inputs and outputs reach up to the
/// first ones of the next transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UtxoTransaction {
    /// Its name, in the order in which it is printed.
    pub hash: TransactionHash,
    /// Index of its first input in the block.
    pub first_input: u32,
    /// Index of its first output in the block.
    pub first_output: u32,
    /// Version field.
    pub version: i32,
    /// Lock time field.
    pub lock_time: u32,
    /// Virtual size in bytes (BIP 141): a quarter of the weight, rounded up;
    /// 0 where the source does not say.
    pub virtual_size: u32,
    /// Whether it is the block's coinbase.
    pub coinbase: bool,
    /// Whether any input signals replaceability (sequence below 0xfffffffe, BIP 125).
    pub replaceable: bool,
}

/// One input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UtxoInput {
    /// The transaction whose output is spent.
    pub transaction: TransactionHash,
    /// Which of its outputs.
    pub index: u32,
}

impl UtxoInput {
    /// An input of which the source does not say what it spends. It is the
    /// outpoint that names no output in Bitcoin (the one of a coinbase's
    /// input), and several inputs of one block may have it.
    pub const NOT_STATED: Self = Self { transaction: TransactionHash([0; 32]), index: u32::MAX };
}

/// A spent output as the source of the spend describes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatedOutput {
    /// How much.
    pub value: Satoshi,
    /// What it paid; `None` if it paid nothing with a name, or the source does not say.
    pub address: Option<Address>,
}

/// One output.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UtxoOutput {
    /// How much.
    pub value: Satoshi,
    /// What it pays; `None` if it carries data and nobody can spend it.
    pub address: Option<Address>,
    /// Bytes of [`UtxoBlock::payloads`] that it carries.
    pub payload: Range<u32>,
}

impl UtxoBlock {
    /// Empties it for the next block, keeping its memory.
    pub fn clear(&mut self) {
        self.transactions.clear();
        self.inputs.clear();
        self.stated.clear();
        self.outputs.clear();
        self.payloads.clear();
    }

    /// Inputs of the transaction at `index`; empty past the end.
    #[must_use]
    pub fn inputs_of(&self, index: usize) -> &[UtxoInput] {
        let range = self.range(index, self.inputs.len(), |t| t.first_input);
        self.inputs.get(range).unwrap_or_default()
    }

    /// Outputs of the transaction at `index`; empty past the end.
    #[must_use]
    pub fn outputs_of(&self, index: usize) -> &[UtxoOutput] {
        let range = self.range(index, self.outputs.len(), |t| t.first_output);
        self.outputs.get(range).unwrap_or_default()
    }

    fn range(
        &self,
        index: usize,
        end: usize,
        first: impl Fn(&UtxoTransaction) -> u32,
    ) -> Range<usize> {
        // Indexes within a block fit 32 bits, so they fit a usize.
        let start = |t: &UtxoTransaction| first(t) as usize;
        let from = self.transactions.get(index).map_or(end, start);
        let to = self.transactions.get(index + 1).map_or(end, start);
        from..to.max(from)
    }
}
