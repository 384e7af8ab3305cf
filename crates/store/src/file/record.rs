//! Records as they lie in a payload, little-endian, naturally aligned.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[cfg(target_endian = "big")]
compile_error!("records are read in place as little-endian numbers");

/// Stands for "the source does not say" in positions and ordinals.
pub(crate) const UNKNOWN: u32 = u32::MAX;
/// Set in [`BlockRecord::flags`] where the inner order was derived from funding.
pub(crate) const BLOCK_BY_FUNDING: u32 = 1;
/// Set in [`LogRecord::amount_high`] where the rest indexes the wide amounts.
pub(crate) const WIDE_FLAG: u32 = 1 << 31;

/// One transfer.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct LogRecord {
    /// Number of the debited address.
    pub(crate) from: u32,
    /// Number of the credited address.
    pub(crate) to: u32,
    /// Number of the asset in the upper 28 bits, kind in the lower four.
    pub(crate) asset_and_kind: u32,
    /// Lower half of the amount, or index of a wide amount.
    pub(crate) amount_low: u32,
    /// Upper half of the amount, or [`WIDE_FLAG`] alone.
    pub(crate) amount_high: u32,
}

impl LogRecord {
    /// Number of the asset.
    #[inline]
    pub(crate) fn asset(&self) -> u32 {
        self.asset_and_kind >> 4
    }

    /// Number of the kind.
    #[inline]
    pub(crate) fn kind(&self) -> u8 {
        self.asset_and_kind.to_le_bytes()[0] & 15
    }

    /// The amount if it is below 2^63.
    #[inline]
    pub(crate) fn small_amount(&self) -> Option<u64> {
        let amount = crate::widen::join(self.amount_high, self.amount_low);
        (self.amount_high & WIDE_FLAG == 0).then_some(amount)
    }
}

/// One transaction.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct TransactionRecord {
    /// Its hash.
    pub(crate) hash: [u8; 32],
    /// Its first row in the segment.
    pub(crate) first_row: u32,
    /// Its place in the block, or [`UNKNOWN`].
    pub(crate) position: u32,
}

/// One block.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct BlockRecord {
    /// Its height.
    pub(crate) height: u64,
    /// Its time.
    pub(crate) timestamp: i64,
    /// Its first transaction in the segment.
    pub(crate) first_transaction: u32,
    /// Its first row in the segment.
    pub(crate) first_row: u32,
    /// [`BLOCK_BY_FUNDING`] or zero.
    pub(crate) flags: u32,
    /// Zero.
    pub(crate) reserved: u32,
}

/// A stored position or ordinal as an option.
#[inline]
pub(crate) fn known(stored: u32) -> Option<u32> {
    (stored != UNKNOWN).then_some(stored)
}

/// An optional position or ordinal as stored. The writer refuses the value
/// [`UNKNOWN`] itself before it comes here.
#[inline]
pub(crate) fn stored(known: Option<u32>) -> u32 {
    known.unwrap_or(UNKNOWN)
}
