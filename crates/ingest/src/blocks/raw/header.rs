//! Headers of blocks.
//!
//! Sources: Bitcoin's block header (80 bytes); Dogecoin's merged mining
//! (`CAuxPow`, version bit 0x100); Zcash protocol specification, section 7.6
//! (140 bytes and an Equihash solution).

use super::cursor::Cursor;
use super::{ParseError, hash_twice, reversed};
use ruint::aliases::U256;
use tracehound_model::chain::BlockForm;
use tracehound_model::{BlockHash, Timestamp};

/// Version bit of a block that carries the proof of another chain.
const MERGED: i32 = 0x100;

/// What a header says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawHeader {
    /// Version field.
    pub version: i32,
    /// Hash of the block.
    pub hash: BlockHash,
    /// Hash of the block before it.
    pub previous: BlockHash,
    /// Merkle root of its transactions, in the order in which it is printed.
    pub merkle_root: [u8; 32],
    /// Time as the miner wrote it.
    pub timestamp: Timestamp,
    /// Target in its compact form.
    pub bits: u32,
    /// Bytes of the header, with what stands between it and the transactions.
    pub length: usize,
}

/// Reads a header.
///
/// # Errors
/// [`ParseError`] if the bytes end within it.
pub fn parse_header(bytes: &[u8], form: BlockForm) -> Result<RawHeader, ParseError> {
    let mut cursor = Cursor::new(bytes);
    header(&mut cursor, form)
}

pub(super) fn header(cursor: &mut Cursor<'_>, form: BlockForm) -> Result<RawHeader, ParseError> {
    let start = cursor.at();
    let version = cursor.i32()?;
    let previous = BlockHash(cursor.hash()?);
    let merkle_root = cursor.hash()?;
    if form == BlockForm::Shielded {
        // Commitment to the shielded part.
        cursor.take(32)?;
    }
    let time = cursor.u32()?;
    let bits = cursor.u32()?;
    if form == BlockForm::Shielded {
        cursor.take(32)?;
        cursor.bytes()?;
    } else {
        cursor.take(4)?;
    }
    let hash = BlockHash(reversed(hash_twice(&[cursor.since(start)])));
    if form == BlockForm::MergedMining && version & MERGED != 0 {
        proof_of_other_chain(cursor)?;
    }
    Ok(RawHeader {
        version,
        hash,
        previous,
        merkle_root,
        timestamp: Timestamp(i64::from(time)),
        bits,
        length: cursor.at() - start,
    })
}

/// The other chain's coinbase, two merkle branches, and its header.
fn proof_of_other_chain(cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
    super::transaction::skip(cursor)?;
    cursor.take(32)?;
    for _ in 0..2 {
        let hashes = cursor.count("hashes of a merkle branch", 32)?;
        cursor.take(hashes * 32)?;
        cursor.take(4)?;
    }
    cursor.take(80)?;
    Ok(())
}

/// Expected number of hashes that a block with this target takes:
/// 2^256 / (target + 1); 0 for a target that no block may have.
#[must_use]
pub fn work_of(bits: u32) -> U256 {
    let target = target_of(bits);
    if target.is_zero() {
        return U256::ZERO;
    }
    // (2^256 - target - 1) / (target + 1) + 1, as Bitcoin's nodes compute it.
    let next = target.wrapping_add(U256::from(1));
    if next.is_zero() { U256::from(1) } else { (!target / next).wrapping_add(U256::from(1)) }
}

/// The target that a compact form stands for; 0 if it is negative or too large.
fn target_of(bits: u32) -> U256 {
    let (size, mantissa) = (bits >> 24, bits & 0x007f_ffff);
    if bits & 0x0080_0000 != 0 {
        return U256::ZERO;
    }
    let mantissa = U256::from(mantissa);
    // Both shifts are below 2^11; the sizes are at most 255.
    let shift = |bytes: u32| usize::try_from(bytes * 8).unwrap_or(usize::MAX);
    match size {
        0..=3 => mantissa >> shift(3 - size),
        4..=34 => mantissa.checked_shl(shift(size - 3)).unwrap_or(U256::ZERO),
        _ => U256::ZERO,
    }
}

/// Whether a hash meets its own header's target: says of loose bytes that they
/// are a block's header.
pub(crate) fn meets_target(header: &RawHeader) -> bool {
    U256::from_be_bytes(header.hash.0) <= target_of(header.bits)
}
