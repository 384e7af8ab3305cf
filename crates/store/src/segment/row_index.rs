//! From an address to its rows in one segment and one direction.
//!
//! All row numbers lie one address after the other, ascending within each.
//! Where they begin is said by one offset per address of the whole store if
//! at least a quarter of the addresses appear in the segment (*dense*), else
//! by a sorted list of those that do (*sparse*), so that a day's blocks over
//! three hundred million addresses do not carry an offset for each.

use crate::file::{FileKind, FileWriter, PagedFile, WrittenFile};
use crate::{StoreError, widen};
use std::path::Path;

/// Set in the header's extra number of a sparse index.
const SPARSE: u64 = 1 << 63;
/// An index is dense up to this many addresses for each that appears.
const DENSE_UP_TO: usize = 4;
/// Addresses partitioned together: their counters fit the second-level cache.
const PARTITION_BITS: u32 = 14;
/// Most partitions written at once.
const MOST_PARTITIONS: usize = 1024;

/// Writes the index of one direction: `addresses[row]` is the address of the
/// row, below `address_count`.
pub(crate) fn write_row_index(
    folder: &Path,
    kind: FileKind,
    tag: u64,
    addresses: &[u32],
    address_count: usize,
) -> Result<WrittenFile, StoreError> {
    let mut file = FileWriter::create(folder, kind, 4, tag)?;
    // With so few rows the index is sparse whatever they are.
    let few = addresses.len().saturating_mul(DENSE_UP_TO) < address_count;
    let (present, offsets) = if few {
        write_rows_sorted(&mut file, addresses)?
    } else {
        let offsets = write_rows_partitioned(&mut file, addresses, address_count)?;
        let present = offsets.windows(2).filter(|pair| pair[0] < pair[1]).count();
        if present.saturating_mul(DENSE_UP_TO) >= address_count {
            write_words(&mut file, &offsets)?;
            return file.finish(widen::count(address_count));
        }
        compress(&offsets)
    };
    let directory = build_directory(&present, address_count);
    write_words(&mut file, &present)?;
    write_words(&mut file, &offsets)?;
    write_words(&mut file, &directory)?;
    file.finish(SPARSE | widen::count(present.len()))
}

fn write_words(file: &mut FileWriter, words: &[u32]) -> Result<(), StoreError> {
    words.iter().try_for_each(|word| file.write(&word.to_le_bytes()))
}

/// Writes the rows by sorting them; returns the addresses that appear and their offsets.
fn write_rows_sorted(
    file: &mut FileWriter,
    addresses: &[u32],
) -> Result<(Vec<u32>, Vec<u32>), StoreError> {
    let mut pairs: Vec<u64> =
        (0_u32..).zip(addresses).map(|(row, address)| widen::join(*address, row)).collect();
    pairs.sort_unstable();
    let (mut present, mut offsets) = (Vec::new(), Vec::new());
    for (place, pair) in (0_u32..).zip(&pairs) {
        if present.last() != Some(&widen::high(*pair)) {
            present.push(widen::high(*pair));
            offsets.push(place);
        }
        file.write(&widen::low(*pair).to_le_bytes())?;
    }
    // Rows of a segment are counted in 32 bits.
    offsets.push(widen::low(widen::count(pairs.len())));
    Ok((present, offsets))
}

/// Writes the rows through partitions of neighbouring addresses; returns an
/// offset for every address and the end. A direct scatter over all addresses
/// would miss the cache with every row.
fn write_rows_partitioned(
    file: &mut FileWriter,
    addresses: &[u32],
    address_count: usize,
) -> Result<Vec<u32>, StoreError> {
    let mut shift = PARTITION_BITS;
    while address_count >> shift >= MOST_PARTITIONS {
        shift += 1;
    }
    let mut starts = vec![0_usize; (address_count >> shift) + 2];
    for address in addresses {
        starts[widen::index(address >> shift) + 1] += 1;
    }
    for place in 1..starts.len() {
        starts[place] += starts[place - 1];
    }
    let mut pairs = vec![0_u64; addresses.len()];
    for (row, address) in (0_u32..).zip(addresses) {
        let place = &mut starts[widen::index(address >> shift)];
        pairs[*place] = widen::join(*address, row);
        *place += 1;
    }
    let mut offsets = Vec::with_capacity(address_count + 1);
    let mut rows = Vec::new();
    let (mut start, mut first) = (0, 0);
    while first < address_count {
        let next = (first + (1 << shift)).min(address_count);
        // Each start has moved to the end of its partition.
        let end = starts[first >> shift];
        sort_partition(&pairs[start..end], first, next - first, start, &mut offsets, &mut rows);
        write_words(file, &rows)?;
        (start, first) = (end, next);
    }
    offsets.push(widen::low(widen::count(addresses.len())));
    Ok(offsets)
}

/// Counting sort of one partition by address; appends its offsets and leaves its rows in `rows`.
fn sort_partition(
    pairs: &[u64],
    first_address: usize,
    addresses: usize,
    base: usize,
    offsets: &mut Vec<u32>,
    rows: &mut Vec<u32>,
) {
    let local = |pair: u64| widen::index(widen::high(pair)) - first_address;
    let mut places = vec![0_usize; addresses + 1];
    for pair in pairs {
        places[local(*pair) + 1] += 1;
    }
    for place in 1..places.len() {
        places[place] += places[place - 1];
    }
    // Rows of a segment are counted in 32 bits.
    offsets.extend(places[..addresses].iter().map(|p| widen::low(widen::count(base + p))));
    rows.clear();
    rows.resize(pairs.len(), 0);
    for pair in pairs {
        let place = &mut places[local(*pair)];
        rows[*place] = widen::low(*pair);
        *place += 1;
    }
}

/// The addresses with rows, and their offsets with the end.
fn compress(dense: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let (mut present, mut offsets) = (Vec::new(), Vec::new());
    for (address, pair) in (0_u32..).zip(dense.windows(2)) {
        if pair[0] < pair[1] {
            present.push(address);
            offsets.push(pair[0]);
        }
    }
    offsets.extend(dense.last());
    (present, offsets)
}

/// How many low bits of an address the directory of a sparse index ignores.
fn directory_shift(present: usize, address_count: usize) -> u32 {
    let most = (present / 4).max(1);
    let mut shift = 0;
    while address_count.saturating_sub(1) >> shift >= most {
        shift += 1;
    }
    shift
}

/// Entries of the directory of a sparse index.
fn directory_length(present: usize, address_count: usize) -> usize {
    (address_count.saturating_sub(1) >> directory_shift(present, address_count)) + 2
}

/// For each address prefix, the place of the first present address at or after it.
fn build_directory(present: &[u32], address_count: usize) -> Vec<u32> {
    let shift = directory_shift(present.len(), address_count);
    let mut directory = vec![0; directory_length(present.len(), address_count)];
    for address in present {
        directory[widen::index(address >> shift) + 1] += 1;
    }
    for place in 1..directory.len() {
        directory[place] += directory[place - 1];
    }
    directory
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Dense,
    Sparse { present: usize, shift: u32 },
}

/// A mapped index of one direction.
#[derive(Debug)]
pub(crate) struct RowIndex {
    file: PagedFile,
    rows: usize,
    address_count: usize,
    shape: Shape,
}

impl RowIndex {
    /// Opens the index of `rows` rows over `address_count` addresses.
    pub(crate) fn open(
        folder: &Path,
        kind: FileKind,
        tag: u64,
        rows: u64,
        address_count: u64,
    ) -> Result<Self, StoreError> {
        let file = PagedFile::open(&folder.join(kind.file_name()), kind, 4, tag)?;
        let (rows, address_count) = (widen::index64(rows), widen::index64(address_count));
        let extra = widen::index64(file.header().extra & !SPARSE);
        let sparse = file.header().extra & SPARSE != 0;
        let (words, shape) = if sparse {
            let shift = directory_shift(extra, address_count);
            let words = extra
                .checked_mul(2)
                .and_then(|words| words.checked_add(1 + directory_length(extra, address_count)));
            (words, Shape::Sparse { present: extra, shift })
        } else {
            (address_count.checked_add(1), Shape::Dense)
        };
        let whole = words.and_then(|words| words.checked_add(rows));
        if whole != Some(file.record_count()) || !sparse && extra != address_count {
            return Err(
                file.damaged(format!("does not index {rows} rows of {address_count} addresses"))
            );
        }
        Ok(Self { file, rows, address_count, shape })
    }

    /// The file.
    pub(crate) fn file(&self) -> &PagedFile {
        &self.file
    }

    /// Rows of an address, ascending, numbered within the segment.
    #[inline]
    pub(crate) fn rows_of(&self, address: u32) -> Result<&[u32], StoreError> {
        let address = widen::index(address);
        if address >= self.address_count {
            // It first appears in a later segment.
            return Ok(&[]);
        }
        let place = match self.shape {
            Shape::Dense => self.rows + address,
            Shape::Sparse { present, shift } => match self.place_of(address, present, shift)? {
                Some(place) => self.rows + present + place,
                None => return Ok(&[]),
            },
        };
        let &[start, end] = self.file.records::<u32>(place..place + 2)? else {
            return Err(self.file.damaged("offsets end early"));
        };
        let (start, end) = (widen::index(start), widen::index(end));
        if start > end || end > self.rows {
            return Err(self.file.damaged(format!("rows of address {address} are out of order")));
        }
        self.file.records::<u32>(start..end)
    }

    /// Place of an address among those present.
    fn place_of(
        &self,
        address: usize,
        present: usize,
        shift: u32,
    ) -> Result<Option<usize>, StoreError> {
        let directory = self.rows + 2 * present + 1 + (address >> shift);
        let &[start, end] = self.file.records::<u32>(directory..directory + 2)? else {
            return Err(self.file.damaged("directory ends early"));
        };
        let (start, end) = (widen::index(start), widen::index(end));
        if start > end || end > present {
            return Err(self.file.damaged("directory is out of order"));
        }
        let addresses = self.file.records::<u32>(self.rows + start..self.rows + end)?;
        let found = addresses.binary_search_by_key(&address, |a| widen::index(*a));
        Ok(found.ok().map(|place| start + place))
    }

    /// Checks order and completeness: every row of the segment is listed
    /// once, under the address `address_of` gives for it.
    pub(crate) fn check(
        &self,
        mut address_of: impl FnMut(u32) -> Result<u32, StoreError>,
    ) -> Result<(), StoreError> {
        let mut listed = 0;
        let count = u32::try_from(self.address_count).unwrap_or(u32::MAX);
        for address in self.addresses_to_check(count)? {
            let rows = self.rows_of(address)?;
            let ascending = rows.windows(2).all(|pair| pair[0] < pair[1]);
            let mut own = true;
            for row in rows {
                own &= address_of(*row)? == address;
            }
            if !ascending || !own {
                let detail = format!("rows of address {address} are not its rows in the log");
                return Err(self.file.damaged(detail));
            }
            listed += rows.len();
        }
        // Lists of different addresses are disjoint since each row has one
        // address; so equal counts mean equal sets.
        if listed == self.rows {
            return Ok(());
        }
        Err(self.file.damaged(format!("lists {listed} of {} rows", self.rows)))
    }

    fn addresses_to_check(&self, count: u32) -> Result<Vec<u32>, StoreError> {
        let Shape::Sparse { present, .. } = self.shape else { return Ok((0..count).collect()) };
        let addresses = self.file.records::<u32>(self.rows..self.rows + present)?;
        if !addresses.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err(self.file.damaged("addresses are out of order"));
        }
        Ok(addresses.to_vec())
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)] // Test sizes are far below 32 bits.
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(addresses: &[u32], address: u32) -> Vec<u32> {
        (0_u32..).zip(addresses).filter(|(_, a)| **a == address).map(|(row, _)| row).collect()
    }

    fn round_trip(addresses: &[u32], count: usize) {
        let folder = tempfile::tempdir().unwrap();
        let kind = FileKind::Outgoing;
        write_row_index(folder.path(), kind, 1, addresses, count).unwrap();
        let rows = addresses.len() as u64;
        let index = RowIndex::open(folder.path(), kind, 1, rows, count as u64).unwrap();
        for address in 0..count as u32 + 2 {
            assert_eq!(index.rows_of(address).unwrap(), naive(addresses, address));
        }
        index.check(|row| Ok(addresses[row as usize])).unwrap();
        if rows > 0 {
            assert!(index.check(|row| Ok(addresses[row as usize] + 1)).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn equals_a_filter(addresses in prop::collection::vec(0_u32..40, 0..80), more in 0_usize..400) {
            round_trip(&addresses, 40 + more);
        }
    }

    #[test]
    fn many_partitions_of_many_addresses() {
        // More than one partition, and few addresses present among many (sparse after all).
        let spread: Vec<u32> =
            (0..50_000_u32).map(|n| n.wrapping_mul(2_654_435_761) % 70_000).collect();
        let clustered: Vec<u32> = (0..50_000_u32).map(|n| n % 7 * 9_999).collect();
        for addresses in [spread, clustered] {
            let folder = tempfile::tempdir().unwrap();
            let kind = FileKind::Incoming;
            write_row_index(folder.path(), kind, 1, &addresses, 70_000).unwrap();
            let index = RowIndex::open(folder.path(), kind, 1, 50_000, 70_000).unwrap();
            index.check(|row| Ok(addresses[row as usize])).unwrap();
        }
    }
}
