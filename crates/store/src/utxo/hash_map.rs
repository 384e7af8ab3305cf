//! Names of transactions to their numbers, in memory, while a segment grows.
//!
//! Open addressing over (hash bits, number) beside a plain list of names, as
//! in [`crate::build::AddressMap`]: the slots of many names are fetched at
//! once, and the hash is seeded per run, because names can be ground.

use crate::segment::key_hash;
use crate::widen;
use std::hash::{BuildHasher, Hasher, RandomState};

const FIRST_SLOTS: usize = 1024;

/// See the module. Of two transactions with one name it knows the later.
#[derive(Debug)]
pub(crate) struct HashMap {
    seed: u64,
    /// Upper half of the hash, then number + 1; zero if free.
    slots: Vec<u64>,
    used: usize,
    /// Names by number.
    hashes: Vec<[u8; 32]>,
}

impl HashMap {
    pub(crate) fn new() -> Self {
        let seed = RandomState::new().build_hasher().finish();
        Self { seed, slots: vec![0; FIRST_SLOTS], used: 0, hashes: Vec::new() }
    }

    /// Names by number.
    pub(crate) fn hashes(&self) -> &[[u8; 32]] {
        &self.hashes
    }

    /// Bytes it takes.
    pub(crate) fn memory(&self) -> usize {
        8 * self.slots.len() + 32 * self.hashes.capacity()
    }

    /// The hash to pass to [`HashMap::find`].
    #[inline]
    pub(crate) fn hash(&self, name: &[u8; 32]) -> u64 {
        key_hash(self.seed, name)
    }

    #[inline]
    fn first_slot(&self, hash: u64) -> usize {
        // The number of slots is a power of two.
        widen::index64(hash) & (self.slots.len() - 1)
    }

    /// Fetches what [`HashMap::find`] will need for many hashes at once.
    pub(crate) fn touch(&self, hashes: &[u64]) {
        let mut seen = 0;
        for hash in hashes {
            seen ^= self.slots[self.first_slot(*hash)];
        }
        for hash in hashes {
            let slot = self.slots[self.first_slot(*hash)];
            if slot != 0 && widen::high(slot) == widen::high(*hash) {
                let name = self.hashes.get(widen::index(widen::low(slot)) - 1);
                seen ^= name.map_or(0, |name| u64::from(name[0]));
            }
        }
        std::hint::black_box(seen);
    }

    /// The number of a name.
    #[inline]
    pub(crate) fn find(&self, hash: u64, name: &[u8; 32]) -> Option<u32> {
        self.slot_of(hash, name).and_then(|place| widen::low(self.slots[place]).checked_sub(1))
    }

    /// The slot of a name that is known.
    #[inline]
    fn slot_of(&self, hash: u64, name: &[u8; 32]) -> Option<usize> {
        let mut place = self.first_slot(hash);
        loop {
            let slot = self.slots[place];
            if slot == 0 {
                return None;
            }
            let number = widen::index(widen::low(slot)) - 1;
            if widen::high(slot) == widen::high(hash) && self.hashes[number] == *name {
                return Some(place);
            }
            place = (place + 1) & (self.slots.len() - 1);
        }
    }

    /// Adds the name of the next transaction; returns the earlier one that had it.
    /// Fewer than 2^32 - 1 are added.
    pub(crate) fn push(&mut self, name: [u8; 32]) -> Option<u32> {
        if self.used >= self.slots.len() / 8 * 5 {
            self.grow();
        }
        let hash = self.hash(&name);
        let known = self.slot_of(hash, &name);
        let earlier = known.map(|place| widen::low(self.slots[place]) - 1);
        self.hashes.push(name);
        let slot = widen::join(widen::high(hash), widen::low(widen::count(self.hashes.len())));
        match known {
            Some(place) => self.slots[place] = slot,
            None => self.place(slot, hash),
        }
        earlier
    }

    fn place(&mut self, slot: u64, hash: u64) {
        let mut place = self.first_slot(hash);
        while self.slots[place] != 0 {
            place = (place + 1) & (self.slots.len() - 1);
        }
        self.slots[place] = slot;
        self.used += 1;
    }

    fn grow(&mut self) {
        let slots = 2 * self.slots.len();
        self.slots = Vec::new();
        self.rebuild(slots);
    }

    /// Forgets all but the first `count` names.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.hashes.truncate(count);
        self.rebuild(self.slots.len());
    }

    fn rebuild(&mut self, slots: usize) {
        self.slots = vec![0; slots];
        self.used = 0;
        for number in 0..self.hashes.len() {
            let name = self.hashes[number];
            let hash = self.hash(&name);
            let slot = widen::join(widen::high(hash), widen::low(widen::count(number + 1)));
            match self.slot_of(hash, &name) {
                Some(place) => self.slots[place] = slot,
                None => self.place(slot, hash),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_a_plain_map_with_repeats_and_after_truncation() {
        let name = |n: u32| {
            let mut name = [0; 32];
            name[5..9].copy_from_slice(&(n % 4000).to_be_bytes());
            name
        };
        let mut map = HashMap::new();
        for number in 0..5000_u32 {
            let earlier = map.push(name(number));
            assert_eq!(earlier, number.checked_sub(4000));
        }
        let found = |map: &HashMap, n: u32| map.find(map.hash(&name(n)), &name(n));
        map.touch(&(0..50).map(|n| map.hash(&name(n))).collect::<Vec<_>>());
        for n in 0..4000 {
            assert_eq!(found(&map, n), Some(if n < 1000 { n + 4000 } else { n }));
        }
        map.truncate(3500);
        for n in 0..4000 {
            assert_eq!(found(&map, n), (n < 3500).then_some(n));
        }
    }
}
