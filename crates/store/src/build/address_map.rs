//! Address keys to numbers, in memory, while a segment is built.
//!
//! Open addressing over one array of (hash bits, entry) and one of (key,
//! number). A general hash map would do, but this one can be *touched*: the
//! builder asks for a batch of rows at once, so that their cache misses
//! overlap instead of following one another, which more than halves the cost
//! of a row. The hash is seeded per run: what an attacker wrote into a chain
//! cannot have been made for it.

use crate::segment::key_hash;
use crate::widen;
use std::hash::{BuildHasher, Hasher, RandomState};

const FIRST_SLOTS: usize = 1024;

/// See the module.
#[derive(Debug)]
pub(crate) struct AddressMap {
    width: usize,
    seed: u64,
    /// Upper half of the hash, then entry + 1; zero if free.
    slots: Vec<u64>,
    /// Key and number, `width + 4` bytes each.
    entries: Vec<u8>,
    count: u32,
}

impl AddressMap {
    /// For keys of `width` bytes.
    pub(crate) fn new(width: usize) -> Self {
        let seed = RandomState::new().build_hasher().finish();
        Self { width, seed, slots: vec![0; FIRST_SLOTS], entries: Vec::new(), count: 0 }
    }

    /// Bytes it takes.
    pub(crate) fn memory(&self) -> u64 {
        8 * widen::count(self.slots.len()) + widen::count(self.entries.len())
    }

    /// All keys with their numbers, in the order in which they were added.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&[u8], u32)> {
        self.entries.chunks_exact(self.width + 4).map(|entry| {
            let (key, number) = entry.split_at(self.width);
            (key, number.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
        })
    }

    /// The hash to pass to the other functions.
    #[inline]
    pub(crate) fn hash(&self, key: &[u8]) -> u64 {
        key_hash(self.seed, key)
    }

    #[inline]
    fn first_slot(&self, hash: u64) -> usize {
        // The number of slots is a power of two.
        widen::index64(hash) & (self.slots.len() - 1)
    }

    /// Fetches what [`AddressMap::find`] will need for many hashes at once.
    /// Each loop is short, so that the processor runs ahead and waits for
    /// many cache misses together.
    pub(crate) fn touch(&self, hashes: &[u64]) {
        let mut seen = 0;
        for hash in hashes {
            seen ^= self.slots[self.first_slot(*hash)];
        }
        let stride = self.width + 4;
        for hash in hashes {
            if let Some(entry) = self.candidates(*hash).next() {
                // An entry may lie across two cache lines.
                let start = entry * stride;
                seen ^= u64::from(self.entries[start] ^ self.entries[start + stride - 1]);
            }
        }
        std::hint::black_box(seen);
    }

    /// Entries whose hash bits fit, in the order of their slots.
    #[inline]
    fn candidates(&self, hash: u64) -> impl Iterator<Item = usize> + '_ {
        let mut place = self.first_slot(hash);
        std::iter::from_fn(move || {
            loop {
                let slot = self.slots[place];
                if slot == 0 {
                    return None;
                }
                place = (place + 1) & (self.slots.len() - 1);
                if widen::high(slot) == widen::high(hash) {
                    return Some(widen::index(widen::low(slot)) - 1);
                }
            }
        })
    }

    /// The number of a key.
    #[inline]
    pub(crate) fn find(&self, hash: u64, key: &[u8]) -> Option<u32> {
        self.candidates(hash).find_map(|entry| {
            let start = entry * (self.width + 4);
            let (known, number) = self.entries[start..start + self.width + 4].split_at(self.width);
            let number = number.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
            number.filter(|_| equal(known, key))
        })
    }

    /// Adds a key that is not there yet. Fewer than 2^32 - 1 keys exist,
    /// since each has a number below that.
    pub(crate) fn insert(&mut self, hash: u64, key: &[u8], number: u32) {
        if widen::index(self.count) >= self.slots.len() / 8 * 5 {
            self.grow();
        }
        self.entries.extend_from_slice(key);
        self.entries.extend_from_slice(&number.to_le_bytes());
        self.count += 1;
        self.place(hash, self.count);
    }

    fn place(&mut self, hash: u64, entry: u32) {
        let mut place = self.first_slot(hash);
        while self.slots[place] != 0 {
            place = (place + 1) & (self.slots.len() - 1);
        }
        self.slots[place] = widen::join(widen::high(hash), entry);
    }

    fn grow(&mut self) {
        let slots = 2 * self.slots.len();
        self.slots = Vec::new();
        self.slots = vec![0; slots];
        let stride = self.width + 4;
        for entry in 0..self.count {
            let start = widen::index(entry) * stride;
            let hash = key_hash(self.seed, &self.entries[start..start + self.width]);
            self.place(hash, entry + 1);
        }
    }
}

/// Compares two keys of one length, word by word: most comparisons find
/// equal keys, so leaving early gains nothing and a call costs.
#[inline]
fn equal(a: &[u8], b: &[u8]) -> bool {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let words = a
        .iter()
        .zip(b)
        .fold(0, |differing, (a, b)| differing | (u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b)));
    let rest = a_rest.iter().zip(b_rest).fold(0, |differing, (a, b)| differing | (a ^ b));
    words == 0 && rest == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_a_plain_map() {
        let mut map = AddressMap::new(21);
        let key = |n: u32| {
            let mut key = [0; 21];
            key[3..7].copy_from_slice(&n.to_be_bytes());
            key
        };
        for number in 0..5000 {
            let hash = map.hash(&key(number));
            assert_eq!(map.find(hash, &key(number)), None);
            map.insert(hash, &key(number), 7 * number);
        }
        map.touch(&(0..6000).map(|number| map.hash(&key(number))).collect::<Vec<_>>());
        for number in 0..6000 {
            let hash = map.hash(&key(number));
            let expected = (number < 5000).then_some(7 * number);
            assert_eq!(map.find(hash, &key(number)), expected);
        }
    }
}
