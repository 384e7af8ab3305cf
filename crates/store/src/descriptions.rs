//! What sources say of assets: symbol and decimals, by asset key.
//!
//! Kept apart from the segments because a description has no height: it may
//! come before the asset's first transfer or long after it. The first
//! statement about a field stands; later ones that differ are counted as
//! conflicts, so that reading the same sources again changes nothing. One
//! small file holds all of them, sorted by key, and is replaced whole.

use crate::file::{FileKind, FileWriter, PagedFile, WrittenFile};
use crate::manifest::DescriptionsEntry;
use crate::{AssetDescription, StoreError, widen};
use std::collections::BTreeMap;
use std::path::Path;
use tracehound_model::Asset;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Longest symbol kept, in bytes.
const SYMBOL_LENGTH: usize = 59;
const HAS_SYMBOL: u8 = 1;
const HAS_DECIMALS: u8 = 2;

/// One description as it lies in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct DescriptionRecord {
    key: [u8; 34],
    flags: u8,
    decimals: u8,
    symbol_length: u8,
    symbol: [u8; SYMBOL_LENGTH],
}

const RECORD_WIDTH: u32 = 96;
const _: () = assert!(size_of::<DescriptionRecord>() == 96);

impl DescriptionRecord {
    /// A description; the symbol is cut at a character boundary if too long.
    pub(crate) fn new(description: &AssetDescription) -> Self {
        let mut record = Self {
            key: description.asset.to_key(),
            flags: 0,
            decimals: 0,
            symbol_length: 0,
            symbol: [0; SYMBOL_LENGTH],
        };
        if let Some(symbol) = &description.symbol {
            let bytes = &symbol.as_bytes()[..symbol.floor_char_boundary(SYMBOL_LENGTH)];
            record.flags |= HAS_SYMBOL;
            // At most SYMBOL_LENGTH, so no cut.
            record.symbol_length = u8::try_from(bytes.len()).unwrap_or(0);
            record.symbol[..bytes.len()].copy_from_slice(bytes);
        }
        if let Some(decimals) = description.decimals {
            record.flags |= HAS_DECIMALS;
            record.decimals = decimals;
        }
        record
    }

    /// The symbol.
    pub(crate) fn symbol(&self) -> Option<String> {
        let bytes = self.symbol.get(..usize::from(self.symbol_length)).unwrap_or_default();
        (self.flags & HAS_SYMBOL != 0).then(|| String::from_utf8_lossy(bytes).into_owned())
    }

    /// The decimals.
    pub(crate) fn decimals(&self) -> Option<u8> {
        (self.flags & HAS_DECIMALS != 0).then_some(self.decimals)
    }

    /// Fills in what is not known yet; returns how many fields contradict.
    fn complete(&mut self, later: &Self) -> u64 {
        let mut conflicts = 0;
        if later.flags & HAS_SYMBOL != 0 {
            if self.flags & HAS_SYMBOL == 0 {
                (self.symbol, self.symbol_length) = (later.symbol, later.symbol_length);
            } else {
                conflicts += u64::from(self.symbol != later.symbol);
            }
        }
        if later.flags & HAS_DECIMALS != 0 {
            if self.flags & HAS_DECIMALS == 0 {
                self.decimals = later.decimals;
            } else {
                conflicts += u64::from(self.decimals != later.decimals);
            }
        }
        self.flags |= later.flags;
        conflicts
    }

    fn is_sound(&self) -> bool {
        let (symbol, rest) =
            self.symbol.split_at(usize::from(self.symbol_length).min(SYMBOL_LENGTH));
        Asset::from_key(&self.key).is_ok()
            && self.flags & !(HAS_SYMBOL | HAS_DECIMALS) == 0
            && std::str::from_utf8(symbol).is_ok()
            && rest.iter().all(|b| *b == 0)
            && usize::from(self.symbol_length) <= SYMBOL_LENGTH
    }
}

/// Descriptions in memory, while writing.
pub(crate) type Descriptions = BTreeMap<[u8; 34], DescriptionRecord>;

/// Adds one; returns how many fields contradict what is known.
pub(crate) fn add(descriptions: &mut Descriptions, record: DescriptionRecord) -> u64 {
    match descriptions.get_mut(&record.key) {
        Some(known) => known.complete(&record),
        None => {
            descriptions.insert(record.key, record);
            0
        }
    }
}

/// Writes the file.
pub(crate) fn write(
    path: &Path,
    tag: u64,
    descriptions: &Descriptions,
) -> Result<WrittenFile, StoreError> {
    let mut file = FileWriter::create_at(path, FileKind::Descriptions, RECORD_WIDTH, tag)?;
    for record in descriptions.values() {
        file.write(record.as_bytes())?;
    }
    file.finish(0)
}

/// The mapped file.
#[derive(Debug)]
pub(crate) struct DescriptionFile {
    pub(crate) file: PagedFile,
}

impl DescriptionFile {
    /// Maps the file an entry names.
    pub(crate) fn open(folder: &Path, entry: &DescriptionsEntry) -> Result<Self, StoreError> {
        let path = folder.join(&entry.name);
        let file = PagedFile::open(&path, FileKind::Descriptions, RECORD_WIDTH, entry.tag)?;
        if file.header().record_count != entry.count || file.header().extra != 0 {
            return Err(file.damaged(format!("does not hold {} descriptions", entry.count)));
        }
        Ok(Self { file })
    }

    /// What is said of an asset.
    pub(crate) fn find(&self, key: &[u8; 34]) -> Result<Option<DescriptionRecord>, StoreError> {
        let (mut start, mut end) = (0, self.file.record_count());
        while start < end {
            let middle = start + (end - start) / 2;
            let record: &DescriptionRecord = self.file.record(middle)?;
            match record.key.cmp(key) {
                std::cmp::Ordering::Equal => return Ok(Some(*record)),
                std::cmp::Ordering::Less => start = middle + 1,
                std::cmp::Ordering::Greater => end = middle,
            }
        }
        Ok(None)
    }

    /// All of them.
    pub(crate) fn read(&self) -> Result<Descriptions, StoreError> {
        let records = self.file.records::<DescriptionRecord>(0..self.file.record_count())?;
        Ok(records.iter().map(|record| (record.key, *record)).collect())
    }

    /// Checks order and contents.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let records = self
            .file
            .records::<DescriptionRecord>(0..widen::index64(self.file.header().record_count))?;
        let sorted = records.windows(2).all(|pair| pair[0].key < pair[1].key);
        if sorted && records.iter().all(DescriptionRecord::is_sound) {
            return Ok(());
        }
        Err(self.file.damaged("descriptions are out of order or not well formed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracehound_model::Address;

    fn described(symbol: Option<&str>, decimals: Option<u8>) -> DescriptionRecord {
        let asset = Asset::Token(Address::evm([1; 20]));
        DescriptionRecord::new(&AssetDescription {
            asset,
            symbol: symbol.map(str::to_owned),
            decimals,
        })
    }

    #[test]
    fn long_symbols_are_cut_between_characters() {
        let record = described(Some(&"é".repeat(40)), None);
        assert_eq!(record.symbol(), Some("é".repeat(29)));
        assert!(record.is_sound());
    }

    #[test]
    fn the_first_statement_stands_and_gaps_are_filled() {
        let mut known = Descriptions::new();
        assert_eq!(add(&mut known, described(Some("A"), None)), 0);
        assert_eq!(add(&mut known, described(Some("B"), Some(6))), 1);
        assert_eq!(add(&mut known, described(None, Some(7))), 1);
        let record = known.values().next().unwrap();
        assert_eq!((record.symbol(), record.decimals()), (Some("A".to_owned()), Some(6)));
    }
}
