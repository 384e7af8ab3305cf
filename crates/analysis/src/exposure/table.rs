//! Exposures of every address in a compact form, found in well under a
//! microsecond.
//!
//! In memory and in a file alike, little-endian: magic `TRCHEXPO`; u32
//! version; u32 length of the header; the header as JSON; u32 how many
//! addresses; for each and one more, 5 bytes, where its record begins; the
//! records; u32 CRC-32 (that of zlib) of everything before it. A record is,
//! for each asset: its number; the total; how many labels; and for each
//! label its number, fewest hops, direct, indirect, first row, last row. A
//! number is one byte, how many bytes follow, and those bytes.

use super::Figure;
use super::figures::{AssetExposure, RawFigure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tracehound_model::{Amount, Direction, Policy};
use tracehound_store::{AddressId, AssetId, RowId};

const MAGIC: &[u8; 8] = b"TRCHEXPO";
const VERSION: u32 = 1;
/// Bytes of where a record begins: 1 TiB of records.
const OFFSET: usize = 5;

/// What a table was made of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TableHeader {
    /// The rule with its version.
    pub rule: String,
    /// The policy.
    pub policy: Policy,
    /// Forward: received; backward: sent.
    pub direction: Direction,
    /// Names of the categories.
    pub categories: Vec<String>,
    /// Rows of the store.
    pub rows: u64,
    /// What else names the state of the store; the caller's.
    #[serde(default)]
    pub store: String,
    /// Digest of the tags; the caller's.
    #[serde(default)]
    pub tags: String,
}

impl Default for TableHeader {
    fn default() -> Self {
        Self {
            rule: String::new(),
            policy: Policy::Haircut,
            direction: Direction::Forward,
            categories: Vec::new(),
            rows: 0,
            store: String::new(),
            tags: String::new(),
        }
    }
}

/// Why a table could not be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Not a table, or not all of it.
    #[error("{}: not a table of exposures ({detail}); build it anew with `tracehound exposure --build`", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
}

/// Exposures of every address that has any.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExposureTable {
    header: TableHeader,
    /// Where each address's record begins.
    offsets: Vec<u8>,
    records: Vec<u8>,
}

impl ExposureTable {
    /// What it was made of.
    #[must_use]
    pub fn header(&self) -> &TableHeader {
        &self.header
    }

    /// Names what it was made of, as the caller knows it.
    #[must_use]
    pub fn with_origin(mut self, store: String, tags: String) -> Self {
        (self.header.store, self.header.tags) = (store, tags);
        self
    }

    /// Bytes it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.offsets.len() + self.records.len()
    }

    /// Addresses with any exposure.
    #[must_use]
    pub fn exposed(&self) -> usize {
        let addresses = (self.offsets.len() / OFFSET).saturating_sub(1);
        (0..addresses).filter(|place| self.offset(*place) != self.offset(place + 1)).count()
    }

    fn offset(&self, place: usize) -> usize {
        let start = place * OFFSET;
        let Some(bytes) = self.offsets.get(start..start + OFFSET) else {
            return self.records.len();
        };
        let mut word = [0; 8];
        word[..OFFSET].copy_from_slice(bytes);
        usize::try_from(u64::from_le_bytes(word)).unwrap_or(usize::MAX)
    }

    fn record(&self, address: AddressId) -> Reader<'_> {
        let place = address.0 as usize;
        let range = self.offset(place)..self.offset(place + 1);
        Reader(self.records.get(range).unwrap_or_default())
    }

    /// Whether an address has any exposure: one look at two places.
    #[must_use]
    pub fn is_exposed(&self, address: AddressId) -> bool {
        !self.record(address).0.is_empty()
    }

    /// Calls `visit` for each figure of an address: asset, label's number,
    /// direct, indirect. Allocates nothing.
    pub fn visit(&self, address: AddressId, mut visit: impl FnMut(AssetId, u8, Amount, Amount)) {
        let mut reader = self.record(address);
        while let Some((asset, _, count)) = reader.asset() {
            for _ in 0..count {
                let Some(figure) = reader.figure() else { return };
                visit(asset, figure.label, figure.direct, figure.indirect);
            }
        }
    }

    /// The figures of an address; of an asset in which nothing is attributed
    /// there are none.
    #[must_use]
    pub fn find(&self, address: AddressId) -> Vec<AssetExposure> {
        let mut reader = self.record(address);
        let mut found = Vec::new();
        while let Some((asset, total, count)) = reader.asset() {
            let figures: Option<Vec<Figure>> =
                (0..count).map(|_| Some(reader.figure()?.named(&self.header.categories))).collect();
            let Some(figures) = figures else { break };
            found.push(AssetExposure { asset, total, figures });
        }
        found
    }

    /// Where the table of a store lies: beside it, because it can be made anew.
    #[must_use]
    pub fn path_beside(store: &Path, side: Direction) -> PathBuf {
        let mut name = store.file_name().unwrap_or_default().to_owned();
        name.push(match side {
            Direction::Forward => ".received",
            Direction::Backward => ".sent",
        });
        store.with_file_name(name)
    }

    /// Writes the table to a file.
    ///
    /// # Errors
    /// [`TableError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), TableError> {
        crate::files::replace(path, &self.to_bytes())
            .map_err(|source| TableError::Io { path: path.to_owned(), source })
    }

    fn to_bytes(&self) -> Vec<u8> {
        // Names and numbers: writing them to memory cannot fail.
        let header = serde_json::to_vec(&self.header).unwrap_or_default();
        let mut bytes = Vec::with_capacity(header.len() + self.size() + 24);
        bytes.extend_from_slice(MAGIC);
        let addresses = (self.offsets.len() / OFFSET).saturating_sub(1);
        for number in [VERSION as usize, header.len()] {
            bytes.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
        }
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&u32::try_from(addresses).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&self.offsets);
        bytes.extend_from_slice(&self.records);
        let sum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads a table from a file.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn load(path: &Path) -> Result<Self, TableError> {
        let bytes = std::fs::read(path)
            .map_err(|source| TableError::Io { path: path.to_owned(), source })?;
        Self::from_bytes(&bytes)
            .map_err(|detail| TableError::Damaged { path: path.to_owned(), detail })
    }

    /// Reads a table from bytes.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let short = || "it ends in the middle".to_owned();
        let (body, sum) = bytes.split_at(bytes.len().checked_sub(4).ok_or_else(short)?);
        let rest = body.strip_prefix(MAGIC).ok_or("it does not begin like one")?;
        if crc32fast::hash(body).to_le_bytes() != *sum {
            return Err("the checksum does not fit".to_owned());
        }
        let (version, rest) = word(rest).ok_or_else(short)?;
        if version != VERSION {
            return Err(format!("version {version}, this program reads {VERSION}"));
        }
        let (length, rest) = word(rest).ok_or_else(short)?;
        let (header, rest) = rest.split_at_checked(length as usize).ok_or_else(short)?;
        let header: TableHeader =
            serde_json::from_slice(header).map_err(|error| error.to_string())?;
        let (addresses, rest) = word(rest).ok_or_else(short)?;
        let length = (addresses as usize + 1) * OFFSET;
        let (offsets, records) = rest.split_at_checked(length).ok_or_else(short)?;
        Ok(Self { header, offsets: offsets.to_vec(), records: records.to_vec() })
    }
}

fn word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (word, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*word), rest))
}

/// Reads records.
struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn amount(&mut self) -> Option<Amount> {
        let length = usize::from(self.byte()?);
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let mut wide = [0; 32];
        wide.get_mut(..length)?.copy_from_slice(bytes);
        Some(Amount::from_le_bytes(wide))
    }

    fn number(&mut self) -> Option<u64> {
        let length = usize::from(self.byte()?);
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let mut wide = [0; 8];
        wide.get_mut(..length)?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(wide))
    }

    fn asset(&mut self) -> Option<(AssetId, Amount, u8)> {
        let asset = AssetId(u32::try_from(self.number()?).ok()?);
        Some((asset, self.amount()?, self.byte()?))
    }

    fn figure(&mut self) -> Option<RawFigure> {
        Some(RawFigure {
            label: self.byte()?,
            hops: self.byte()?,
            direct: self.amount()?,
            indirect: self.amount()?,
            first: RowId(self.number()?),
            last: RowId(self.number()?),
        })
    }
}

/// Makes a table, address by address, ascending.
pub(super) struct TableBuilder {
    header: TableHeader,
    offsets: Vec<u8>,
    records: Vec<u8>,
    next: usize,
}

impl TableBuilder {
    pub(super) fn new(header: TableHeader) -> Self {
        Self { header, offsets: Vec::new(), records: Vec::new(), next: 0 }
    }

    fn begin(&mut self, until: usize) {
        let at = (self.records.len() as u64).to_le_bytes();
        while self.next <= until {
            self.offsets.extend_from_slice(&at[..OFFSET]);
            self.next += 1;
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        // At most 32.
        self.records.push(u8::try_from(length).unwrap_or(u8::MAX));
        self.records.extend_from_slice(&bytes[..length]);
    }

    pub(super) fn add(
        &mut self,
        address: AddressId,
        asset: AssetId,
        total: Amount,
        figures: impl Iterator<Item = RawFigure>,
    ) {
        self.begin(address.0 as usize);
        self.bytes(&asset.0.to_le_bytes());
        self.bytes(&total.to_le_bytes());
        let place = self.records.len();
        self.records.push(0);
        for figure in figures {
            self.records[place] += 1;
            self.records.extend_from_slice(&[figure.label, figure.hops]);
            self.bytes(&figure.direct.to_le_bytes());
            self.bytes(&figure.indirect.to_le_bytes());
            self.bytes(&figure.first.0.to_le_bytes());
            self.bytes(&figure.last.0.to_le_bytes());
        }
    }

    pub(super) fn finish(mut self) -> ExposureTable {
        self.begin(self.next);
        ExposureTable { header: self.header, offsets: self.offsets, records: self.records }
    }
}
