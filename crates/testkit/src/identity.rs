//! Names of synthetic things: addresses, tokens and transactions.
//!
//! The first eight bytes are a bijection of the number under one salt, so
//! two numbers of one realm and seed never collide; realms are told apart by
//! their salt.

use crate::random::mix;
use tracehound_model::{Address, TransactionHash};

/// Whose numbers these are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Realm {
    /// Ordinary addresses of a synthetic chain.
    Background = 1,
    /// Token contracts.
    Token = 2,
    /// Addresses of a planted theft.
    Planted = 3,
    /// Transactions of a synthetic chain.
    BackgroundTransaction = 4,
    /// Transactions of a planted theft.
    PlantedTransaction = 5,
    /// Addresses of a small world.
    World = 6,
    /// Transactions of a small world.
    WorldTransaction = 7,
}

/// Salt of a realm under a seed.
#[must_use]
pub fn salt(realm: Realm, seed: u64) -> u64 {
    mix(seed ^ mix(realm as u64))
}

/// Address number `number` under a [`salt`].
#[must_use]
pub fn address(salt: u64, number: u64) -> Address {
    let head = mix(number ^ salt);
    let tail = mix(head ^ salt.rotate_left(32));
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&head.to_be_bytes());
    bytes[8..16].copy_from_slice(&tail.to_be_bytes());
    bytes[16..].copy_from_slice(&((head ^ tail) as u32).to_be_bytes());
    Address::evm(bytes)
}

/// Transaction number `number` under a [`salt`].
#[must_use]
pub fn transaction(salt: u64, number: u64) -> TransactionHash {
    let mut bytes = [0; 32];
    let mut word = number ^ salt;
    for chunk in bytes.chunks_exact_mut(8) {
        word = mix(word);
        chunk.copy_from_slice(&word.to_be_bytes());
    }
    TransactionHash(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_do_not_collide() {
        let salts = [salt(Realm::Background, 1), salt(Realm::Planted, 1), salt(Realm::Planted, 2)];
        let addresses: HashSet<_> =
            salts.iter().flat_map(|&s| (0..10_000).map(move |n| address(s, n))).collect();
        assert_eq!(addresses.len(), 30_000);
        let hashes: HashSet<_> =
            salts.iter().flat_map(|&s| (0..10_000).map(move |n| transaction(s, n))).collect();
        assert_eq!(hashes.len(), 30_000);
    }
}
