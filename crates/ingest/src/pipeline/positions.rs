//! Places of transactions in their blocks, by hash.
//!
//! Older token transfer exports leave the place out, but the transactions or
//! receipts of the same run have it. 24 bytes a transaction: half of the hash
//! tells transactions apart as surely as the whole.

use tracehound_model::TransactionHash;

/// Collects places, then answers.
#[derive(Default)]
pub(crate) struct Positions {
    places: Vec<([u8; 16], u32)>,
    sorted: bool,
}

impl Positions {
    /// Adds a transaction.
    pub(crate) fn add(&mut self, transaction: &TransactionHash, position: u32) {
        self.places.push((half(transaction), position));
        self.sorted = false;
    }

    /// Makes what was added ready to be asked for.
    pub(crate) fn sort(&mut self) {
        self.places.sort_unstable();
        self.places.dedup();
        self.sorted = true;
    }

    /// Place of a transaction, if it was given.
    pub(crate) fn of(&self, transaction: &TransactionHash) -> Option<u32> {
        debug_assert!(self.sorted || self.places.is_empty(), "sorted before it is asked");
        let wanted = half(transaction);
        let found = self.places.binary_search_by_key(&wanted, |place| place.0).ok()?;
        Some(self.places[found].1)
    }
}

fn half(transaction: &TransactionHash) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&transaction.0[..16]);
    half
}
