//! Records of a segment's tables as they lie in their files. Outputs and
//! inputs lie as an analysis reads them ([`super::record`]).

use super::TransactionFields;
use tracehound_model::UtxoTransaction;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Stands for "none" where a number of a transaction is expected.
pub(crate) const NONE: u32 = u32::MAX;
/// Bytes of an address key: a kind and a payload of up to 32 bytes.
pub(crate) const KEY_WIDTH: u32 = 33;

/// Set in [`TransactionRecord::size_and_flags`] of a coinbase.
const COINBASE: u32 = 1 << 31;
/// Set there if an input signals replaceability.
const REPLACEABLE: u32 = 1 << 30;
/// What a virtual size must stay below; a Bitcoin block has at most a million.
pub(crate) const MOST_VIRTUAL_SIZE: u32 = 1 << 30;
/// Set in [`BlockRecord::flags`] where the source states what inputs spend.
pub(crate) const BLOCK_STATED: u32 = 1;

/// One transaction.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct TransactionRecord {
    /// Its first input in the segment.
    pub(crate) first_input: u32,
    /// Its first output in the segment.
    pub(crate) first_output: u32,
    version: i32,
    lock_time: u32,
    /// Virtual size in the lower 30 bits, then the flags.
    size_and_flags: u32,
}

impl TransactionRecord {
    /// A transaction whose inputs and outputs begin here. Its virtual size
    /// is below [`MOST_VIRTUAL_SIZE`].
    pub(crate) fn new(transaction: &UtxoTransaction, first_input: u32, first_output: u32) -> Self {
        let coinbase = if transaction.coinbase { COINBASE } else { 0 };
        let replaceable = if transaction.replaceable { REPLACEABLE } else { 0 };
        Self {
            first_input,
            first_output,
            version: transaction.version,
            lock_time: transaction.lock_time,
            size_and_flags: transaction.virtual_size | coinbase | replaceable,
        }
    }

    /// What it says of itself.
    #[inline]
    pub(crate) fn fields(&self) -> TransactionFields {
        TransactionFields {
            version: self.version,
            lock_time: self.lock_time,
            virtual_size: self.size_and_flags & (MOST_VIRTUAL_SIZE - 1),
            coinbase: self.size_and_flags & COINBASE != 0,
            replaceable: self.size_and_flags & REPLACEABLE != 0,
        }
    }
}

/// One block.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct BlockRecord {
    /// Its height.
    pub(crate) height: u64,
    /// Its time.
    pub(crate) timestamp: i64,
    /// Its hash.
    pub(crate) hash: [u8; 32],
    /// Hash of the block below, or zeros.
    pub(crate) previous: [u8; 32],
    /// Its first transaction in the segment.
    pub(crate) first_transaction: u32,
    /// [`BLOCK_STATED`] or zero.
    pub(crate) flags: u32,
}

/// One spend of an output of a lower segment.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct SpendBelow {
    /// The transaction whose output is spent, by its number in the store.
    pub(crate) transaction: u32,
    /// Which of its outputs.
    pub(crate) index: u32,
    /// The transaction that spends it, by its number in the segment.
    pub(crate) spender: u32,
}

/// One input whose output lies outside the data.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct OutsideInput {
    /// Its number in the segment.
    pub(crate) input: u32,
    /// Which output it spends of the transaction below.
    pub(crate) index: u32,
    /// The transaction whose output it spends.
    pub(crate) hash: [u8; 32],
}

/// One output that carries data.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct PayloadRecord {
    /// Its number in the segment.
    pub(crate) output: u32,
    /// Where its bytes begin; they end where the next ones begin.
    pub(crate) start: u32,
}

const _: () = assert!(size_of::<TransactionRecord>() == 20 && size_of::<BlockRecord>() == 88);
const _: () = assert!(size_of::<SpendBelow>() == 12 && size_of::<OutsideInput>() == 40);
const _: () = assert!(size_of::<PayloadRecord>() == 8);
