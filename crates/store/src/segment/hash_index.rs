//! From a key to its number, by hash: for addresses, assets and transactions.
//!
//! Entries (upper half of the key's hash, number) are sorted; a directory over
//! the leading hash bits finds the handful that can match, and 32 stored hash
//! bits rule out nearly all others, so that a key that is absent costs two
//! cache misses and one that is present a third, for the comparison with the
//! key itself. The hash is our own and unkeyed, because files must not differ
//! from run to run; somebody who grinds keys with equal hashes can slow a
//! look-up down but cannot change its answer.

use crate::file::{FileKind, FileWriter, PagedFile, WrittenFile};
use crate::{StoreError, widen};
use std::path::Path;

/// Most directory bits: the upper half of the hash has no more.
const MOST_BITS: u32 = 30;

/// The hash of a key; part of the format. `seed` is zero in files.
#[inline]
pub(crate) fn key_hash(seed: u64, key: &[u8]) -> u64 {
    const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
    const SECOND: u64 = 0xd6e8_feb8_6659_fd93;
    let mut hash = seed ^ widen::count(key.len()).wrapping_mul(FIRST);
    let (words, rest) = key.as_chunks::<8>();
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word), FIRST);
    }
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hash = mix(hash, u64::from_le_bytes(word), FIRST);
    }
    hash = (hash ^ hash >> 29).wrapping_mul(SECOND);
    hash ^ hash >> 32
}

#[inline]
fn mix(hash: u64, word: u64, factor: u64) -> u64 {
    let product = (hash ^ word).wrapping_mul(factor);
    product ^ product >> 32
}

/// Directory bits for `count` entries: about four entries a bucket.
fn directory_bits(count: u64) -> u32 {
    (count / 4).checked_ilog2().map_or(0, |bits| (bits + 1).min(MOST_BITS))
}

/// The bucket of a hash whose upper half is `top`.
#[inline]
fn bucket(top: u32, bits: u32) -> usize {
    // For zero bits a 32-bit shift by 32 would overflow.
    widen::index64(u64::from(top) << bits >> 32)
}

/// Writes an index file. `tops[n]` is the upper half of the hash of key `n`.
pub(crate) fn write_hash_index(
    folder: &Path,
    kind: FileKind,
    tag: u64,
    tops: &[u32],
) -> Result<WrittenFile, StoreError> {
    let count = widen::count(tops.len());
    let bits = directory_bits(count);
    let mut starts = vec![0_u32; (1 << bits) + 1];
    for top in tops {
        starts[bucket(*top, bits) + 1] += 1;
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut file = FileWriter::create(folder, kind, 4, tag)?;
    for start in &starts {
        file.write(&start.to_le_bytes())?;
    }
    let mut entries = vec![0_u64; tops.len()];
    for (number, top) in (0_u32..).zip(tops) {
        let place = &mut starts[bucket(*top, bits)];
        entries[widen::index(*place)] = widen::join(*top, number);
        *place += 1;
    }
    // Each start has moved to the end of its bucket, the start of the next.
    let mut start = 0;
    for end in &starts[..1 << bits] {
        entries[start..widen::index(*end)].sort_unstable();
        start = widen::index(*end);
    }
    for entry in &entries {
        file.write(&widen::high(*entry).to_le_bytes())?;
        file.write(&widen::low(*entry).to_le_bytes())?;
    }
    file.finish(count)
}

/// Entries of a source read at once by a merge.
const MERGE_CHUNK: usize = 1 << 14;

/// Writes the index of all keys of several indexes. The numbers of each rise
/// by its offset; offsets rise from one to the next by its number of keys.
/// Only streams: the directory is found by a pass of its own.
pub(crate) fn merge_hash_indexes(
    folder: &Path,
    kind: FileKind,
    tag: u64,
    sources: &[(&HashIndex, u32)],
) -> Result<WrittenFile, StoreError> {
    let count: u64 = sources.iter().map(|(index, _)| widen::count(index.count)).sum();
    let bits = directory_bits(count);
    let mut file = FileWriter::create(folder, kind, 4, tag)?;
    let (mut next_bucket, mut place) = (0, 0_u32);
    merge(sources, |entry| {
        while next_bucket <= bucket(entry.top, bits) {
            file.write(&place.to_le_bytes())?;
            next_bucket += 1;
        }
        place += 1;
        Ok(())
    })?;
    while next_bucket <= 1 << bits {
        file.write(&place.to_le_bytes())?;
        next_bucket += 1;
    }
    merge(sources, |entry| {
        file.write(&entry.top.to_le_bytes())?;
        file.write(&entry.number.to_le_bytes())
    })?;
    file.finish(count)
}

/// Visits the entries of all sources in order.
fn merge(
    sources: &[(&HashIndex, u32)],
    mut visit: impl FnMut(HashEntry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut cursors = Vec::with_capacity(sources.len());
    for (index, offset) in sources {
        cursors.push(Cursor { index, offset: *offset, place: 0, chunk: &[] });
    }
    loop {
        let mut least: Option<(HashEntry, usize)> = None;
        for (number, cursor) in cursors.iter_mut().enumerate() {
            if let Some(entry) = cursor.peek()?
                && least.is_none_or(|(known, _)| entry < known)
            {
                least = Some((entry, number));
            }
        }
        let Some((entry, number)) = least else { return Ok(()) };
        visit(entry)?;
        cursors[number].chunk = &cursors[number].chunk[1..];
    }
}

/// Where a merge stands in one source.
struct Cursor<'a> {
    index: &'a HashIndex,
    offset: u32,
    place: usize,
    chunk: &'a [[u32; 2]],
}

impl Cursor<'_> {
    #[inline]
    fn peek(&mut self) -> Result<Option<HashEntry>, StoreError> {
        if self.chunk.is_empty() {
            let end = (self.place + MERGE_CHUNK).min(self.index.count);
            self.chunk = self.index.words(self.place, end)?.as_chunks().0;
            self.place = end;
        }
        let Some([top, number]) = self.chunk.first() else { return Ok(None) };
        // The keys of all sources together are counted in 32 bits.
        Ok(Some(HashEntry { top: *top, number: self.offset.wrapping_add(*number) }))
    }
}

/// One (hash, number) of an index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct HashEntry {
    /// Upper half of the key's hash.
    pub(crate) top: u32,
    /// Number of the key.
    pub(crate) number: u32,
}

/// A mapped index file.
#[derive(Debug)]
pub(crate) struct HashIndex {
    file: PagedFile,
    bits: u32,
    count: usize,
}

impl HashIndex {
    /// Opens the index of `count` keys.
    pub(crate) fn open(
        folder: &Path,
        kind: FileKind,
        tag: u64,
        count: u64,
    ) -> Result<Self, StoreError> {
        let file = PagedFile::open(&folder.join(kind.file_name()), kind, 4, tag)?;
        let bits = directory_bits(count);
        let words = (1_u64 << bits) + 1 + 2 * count;
        if file.header().extra != count || file.header().record_count != words {
            return Err(file.damaged(format!("does not index {count} keys")));
        }
        Ok(Self { file, bits, count: widen::index64(count) })
    }

    /// The file.
    pub(crate) fn file(&self) -> &PagedFile {
        &self.file
    }

    /// Fetches the directory entry that [`HashIndex::find`] will read first,
    /// without waiting for it.
    #[inline]
    pub(crate) fn touch_directory(&self, hash: u64) {
        self.file.touch(bucket(widen::high(hash), self.bits), 4);
    }

    /// Fetches the entries that it will read next; the directory entry
    /// should be there already.
    #[inline]
    pub(crate) fn touch_entries(&self, hash: u64) -> Result<(), StoreError> {
        if self.count > 0 {
            let (start, _) = self.bucket_range(bucket(widen::high(hash), self.bits))?;
            self.file.touch((1 << self.bits) + 1 + 2 * start, 4);
        }
        Ok(())
    }

    /// The number with this hash for which `is_key` holds.
    #[inline]
    pub(crate) fn find(
        &self,
        hash: u64,
        mut is_key: impl FnMut(u32) -> Result<bool, StoreError>,
    ) -> Result<Option<u32>, StoreError> {
        if self.count == 0 {
            return Ok(None);
        }
        let top = widen::high(hash);
        let (start, end) = self.bucket_range(bucket(top, self.bits))?;
        for entry in self.words(start, end)?.as_chunks::<2>().0 {
            if entry[0] == top && is_key(entry[1])? {
                return Ok(Some(entry[1]));
            }
        }
        Ok(None)
    }

    /// Entries `start..end` in hash order.
    pub(crate) fn entries(
        &self,
        start: usize,
        end: usize,
    ) -> Result<impl Iterator<Item = HashEntry> + '_, StoreError> {
        let words = self.words(start, end.min(self.count))?;
        Ok(words.as_chunks::<2>().0.iter().map(|e| HashEntry { top: e[0], number: e[1] }))
    }

    /// Places of the entries of a bucket.
    fn bucket_range(&self, bucket: usize) -> Result<(usize, usize), StoreError> {
        let &[start, end] = self.file.records::<u32>(bucket..bucket + 2)? else {
            return Err(self.file.damaged("directory ends early"));
        };
        let (start, end) = (widen::index(start), widen::index(end));
        if start > end || end > self.count {
            return Err(self.file.damaged(format!("directory entry {bucket} is out of order")));
        }
        Ok((start, end))
    }

    fn words(&self, start: usize, end: usize) -> Result<&[u32], StoreError> {
        let first = (1 << self.bits) + 1;
        self.file.records::<u32>(first + 2 * start..first + 2 * end)
    }

    /// Compares directory and entries with the keys' own hashes.
    pub(crate) fn check(
        &self,
        mut hash_of: impl FnMut(u32) -> Result<u64, StoreError>,
    ) -> Result<(), StoreError> {
        let mut last = None;
        let mut place = 0;
        let mut seen = vec![false; self.count];
        for number in 0..1 << self.bits {
            let (start, end) = self.bucket_range(number)?;
            if start != place {
                return Err(self.file.damaged(format!("directory entry {number} leaves a gap")));
            }
            place = end;
            for entry in self.entries(start, end)? {
                let in_order = last < Some(entry) && bucket(entry.top, self.bits) == number;
                let new = seen.get_mut(widen::index(entry.number));
                let new = new.is_some_and(|seen| !std::mem::replace(seen, true));
                if !in_order || !new || widen::high(hash_of(entry.number)?) != entry.top {
                    let detail = format!("entry of key {} is not its key's", entry.number);
                    return Err(self.file.damaged(detail));
                }
                last = Some(entry);
            }
        }
        if place == self.count { Ok(()) } else { Err(self.file.damaged("entries are missing")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_part_of_the_format() {
        // Changing any of these values makes every store unreadable.
        assert_eq!(key_hash(0, b""), 0);
        let long = key_hash(0, &[7; 21]);
        assert_eq!(format!("{long:016x}"), "d202e6393bf77d45");
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0_u32, 1, 4, 5, 9, 1000] {
            let hash = |number: u32| key_hash(0, &number.to_le_bytes());
            let tops: Vec<u32> = (0..count).map(|n| widen::high(hash(n))).collect();
            let path = folder.path().join(FileKind::AddressIndex.file_name());
            let _ = std::fs::remove_file(&path);
            write_hash_index(folder.path(), FileKind::AddressIndex, 3, &tops).unwrap();
            let kind = FileKind::AddressIndex;
            let index = HashIndex::open(folder.path(), kind, 3, u64::from(count)).unwrap();
            for number in 0..count + 100 {
                let found = index.find(hash(number), |n| Ok(n == number)).unwrap();
                assert_eq!(found, (number < count).then_some(number));
            }
            index.check(|n| Ok(hash(n))).unwrap();
            assert_eq!(index.check(|n| Ok(!hash(n))).is_err(), count > 0);
        }
    }

    #[test]
    fn merged_indexes_are_as_if_written_at_once() {
        let parent = tempfile::tempdir().unwrap();
        let kind = FileKind::AddressIndex;
        let folder = |name: String| {
            let folder = parent.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            folder
        };
        let bytes = |folder: &Path| std::fs::read(folder.join(kind.file_name())).unwrap();
        for (round, parts) in [&[0_u32, 3][..], &[1], &[500, 0, 1000, 7]].iter().enumerate() {
            // Few different hashes, so that sources share some.
            let all: Vec<u32> = (0..parts.iter().sum())
                .map(|n| n.wrapping_mul(2_654_435_761) % 700 * 6_000_000)
                .collect();
            let (mut indexes, mut start) = (Vec::new(), 0_usize);
            for (number, length) in parts.iter().enumerate() {
                let folder = folder(format!("{round}-{number}"));
                let length = *length as usize;
                let tops = &all[start..start + length];
                write_hash_index(&folder, kind, 3, tops).unwrap();
                let index = HashIndex::open(&folder, kind, 3, length as u64).unwrap();
                indexes.push((index, u32::try_from(start).unwrap()));
                start += length;
            }
            let (whole, merged) =
                (folder(format!("{round}-whole")), folder(format!("{round}-merged")));
            write_hash_index(&whole, kind, 3, &all).unwrap();
            let sources: Vec<_> = indexes.iter().map(|(index, offset)| (index, *offset)).collect();
            merge_hash_indexes(&merged, kind, 3, &sources).unwrap();
            assert_eq!(bytes(&whole), bytes(&merged));
        }
    }

    #[test]
    fn equal_hashes_are_told_apart_by_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        let kind = FileKind::AssetIndex;
        write_hash_index(folder.path(), kind, 0, &[5; 40]).unwrap();
        let index = HashIndex::open(folder.path(), kind, 0, 40).unwrap();
        let hash = widen::join(5, 0);
        assert_eq!(index.find(hash, |n| Ok(n == 31)).unwrap(), Some(31));
        assert_eq!(index.find(hash, |_| Ok(false)).unwrap(), None);
    }
}
