//! Blocks as nodes keep them, parsed and checked.
//!
//! `cursor.rs` reads bytes, `header.rs` headers, `transaction.rs` Bitcoin's
//! transactions and `shielded.rs` Zcash's, `merkle.rs` checks what the header
//! and the coinbase promise. Whatever is wrong is named by its place; no
//! claimed count sets memory aside before the bytes are there.

mod block;
mod cursor;
mod header;
mod merkle;
mod shielded;
#[cfg(test)]
mod tests;
mod transaction;

pub use block::{coinbase_height, parse_block, parse_transaction};
pub(crate) use header::meets_target;
pub use header::{RawHeader, parse_header, work_of};
pub(crate) use merkle::root as root_of;

/// What is wrong with the bytes of a block, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("byte {offset} of the block: {reason}")]
pub struct ParseError {
    /// Byte, counted from 0 at the start of the block.
    pub offset: usize,
    /// What is wrong.
    pub reason: String,
}

/// SHA-256 twice, in the order in which it is computed.
fn hash_twice(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    Sha256::digest(hasher.finalize()).into()
}

/// The other order.
pub(crate) fn reversed(mut hash: [u8; 32]) -> [u8; 32] {
    hash.reverse();
    hash
}
