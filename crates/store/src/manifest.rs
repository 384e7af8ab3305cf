//! The manifest: which segments, in which order, make the published state.
//!
//! One line of JSON and one line with its CRC-32, so that a person can read
//! it and a flipped byte cannot hide in it. It is replaced by one rename;
//! whatever it does not name does not exist.

use crate::file::FORMAT_VERSION;
use crate::{StoreError, StoreKind};
use serde::{Deserialize, Serialize};
use std::path::Path;
use tracehound_model::Chain;

/// Name of the manifest in the store folder.
pub(crate) const MANIFEST: &str = "manifest";

/// What one publish made visible.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`FORMAT_VERSION`].
    pub(crate) format: u32,
    /// CAIP-2 name of the chain.
    pub(crate) chain: String,
    /// Counts publishes; names of new folders contain it.
    pub(crate) sequence: u64,
    /// Segments, lowest blocks first.
    pub(crate) segments: Vec<SegmentEntry>,
    /// What sources say of assets.
    pub(crate) descriptions: Option<DescriptionsEntry>,
}

/// One segment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct SegmentEntry {
    /// Its folder.
    pub(crate) name: String,
    /// Stands in the header of each of its files.
    pub(crate) tag: u64,
    /// Its first row in the store, and how many it has.
    pub(crate) first_row: u64,
    pub(crate) rows: u64,
    /// Of its rows, those whose amount needs more than 63 bits.
    pub(crate) wide: u64,
    /// Its transactions.
    pub(crate) first_transaction: u64,
    pub(crate) transactions: u64,
    /// Addresses that first appear in it.
    pub(crate) first_address: u64,
    pub(crate) addresses: u64,
    /// Assets that first appear in it.
    pub(crate) first_asset: u64,
    pub(crate) assets: u64,
    /// Its blocks, and those of them ordered by funding.
    pub(crate) blocks: u64,
    pub(crate) blocks_by_funding: u64,
    /// Its first and last block.
    pub(crate) first_height: u64,
    pub(crate) first_timestamp: i64,
    pub(crate) last_height: u64,
    pub(crate) last_timestamp: i64,
}

/// The file of asset descriptions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct DescriptionsEntry {
    /// Its name.
    pub(crate) name: String,
    /// Stands in its header.
    pub(crate) tag: u64,
    /// How many assets it describes.
    pub(crate) count: u64,
}

/// What any version of any kind of manifest can be asked for.
#[derive(Deserialize)]
struct KindAndVersion {
    format: u32,
    /// Absent in a store of transfers.
    kind: Option<String>,
}

/// Name of [`StoreKind::UnspentOutputs`] in a manifest.
pub(crate) const UNSPENT_OUTPUTS: &str = "unspent-outputs";

/// The bytes of a manifest file: a line of JSON and one with its checksum.
pub(crate) fn frame(manifest: &impl Serialize) -> Vec<u8> {
    // Plain fields of strings and integers always serialise.
    let mut bytes = serde_json::to_vec(manifest).unwrap_or_default();
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(format!("\ncrc32 {checksum:08x}\n").as_bytes());
    bytes
}

/// The JSON of a manifest file, compared with its checksum.
fn verified_json<'a>(bytes: &'a [u8], path: &Path) -> Result<&'a [u8], StoreError> {
    let damaged = |detail: &str| StoreError::damaged(path, detail);
    let line = bytes.iter().position(|b| *b == b'\n').ok_or_else(|| damaged("cut short"))?;
    let (json, rest) = bytes.split_at(line);
    if rest == format!("\ncrc32 {:08x}\n", crc32fast::hash(json)).as_bytes() {
        return Ok(json);
    }
    Err(damaged("the first line does not match the checksum in the second"))
}

fn parse<'a, T: Deserialize<'a>>(json: &'a [u8], path: &Path) -> Result<T, StoreError> {
    serde_json::from_slice(json)
        .map_err(|e| StoreError::damaged(path, format!("not a manifest: {e}")))
}

/// What kind of store a manifest file describes.
pub(crate) fn kind_of(bytes: &[u8], path: &Path) -> Result<StoreKind, StoreError> {
    let found: KindAndVersion = parse(verified_json(bytes, path)?, path)?;
    match found.kind.as_deref() {
        None => Ok(StoreKind::Transfers),
        Some(UNSPENT_OUTPUTS) => Ok(StoreKind::UnspentOutputs),
        Some(other) => {
            let detail = format!("kind of store \"{other}\" is not known to this version");
            Err(StoreError::damaged(path, detail))
        }
    }
}

/// Reads the bytes of a manifest file of a kind and version.
pub(crate) fn unframe<T: for<'a> Deserialize<'a>>(
    bytes: &[u8],
    path: &Path,
    wanted: StoreKind,
    known: u32,
) -> Result<T, StoreError> {
    let found = kind_of(bytes, path)?;
    if found != wanted {
        return Err(StoreError::OtherKind { path: path.to_owned(), found, wanted });
    }
    let json = verified_json(bytes, path)?;
    let version: KindAndVersion = parse(json, path)?;
    if version.format != known {
        let (path, found) = (path.to_owned(), version.format);
        return Err(StoreError::UnknownVersion { path, found, known });
    }
    parse(json, path)
}

impl Manifest {
    /// The manifest of an empty store.
    pub(crate) fn empty(chain: &Chain) -> Self {
        Self {
            format: FORMAT_VERSION,
            chain: chain.as_str().to_owned(),
            sequence: 0,
            segments: Vec::new(),
            descriptions: None,
        }
    }

    /// The bytes of the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        frame(self)
    }

    /// Reads the file's bytes and checks them.
    pub(crate) fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let manifest: Self = unframe(bytes, path, StoreKind::Transfers, FORMAT_VERSION)?;
        manifest.check(path)?;
        Ok(manifest)
    }

    /// The chain.
    pub(crate) fn chain(&self, path: &Path) -> Result<Chain, StoreError> {
        self.chain.parse().map_err(|e| StoreError::damaged(path, format!("{e}")))
    }

    /// Names of everything it names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.segments.iter().map(|segment| segment.name.as_str());
        names.chain(self.descriptions.iter().map(|entry| entry.name.as_str()))
    }

    /// Checks what the entries say of each other.
    fn check(&self, path: &Path) -> Result<(), StoreError> {
        self.chain(path)?;
        refuse_odd_names(self.names(), path)?;
        let mut below: Option<&SegmentEntry> = None;
        for segment in &self.segments {
            if !segment.is_sound() || !segment.follows(below) {
                let detail = format!("segment {} does not follow the one before it", segment.name);
                return Err(StoreError::damaged(path, detail));
            }
            below = Some(segment);
        }
        Ok(())
    }
}

/// Refuses names that could lead out of the store folder.
pub(crate) fn refuse_odd_names<'a>(
    names: impl Iterator<Item = &'a str>,
    path: &Path,
) -> Result<(), StoreError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    for name in names {
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(StoreError::damaged(path, format!("\"{name}\" is not a plain name")));
        }
    }
    Ok(())
}

impl SegmentEntry {
    /// The row after its last.
    pub(crate) fn end_row(&self) -> u64 {
        self.first_row.saturating_add(self.rows)
    }

    /// The transaction after its last.
    pub(crate) fn end_transaction(&self) -> u64 {
        self.first_transaction.saturating_add(self.transactions)
    }

    /// The address after its last new one.
    pub(crate) fn end_address(&self) -> u64 {
        self.first_address.saturating_add(self.addresses)
    }

    /// The asset after its last new one.
    pub(crate) fn end_asset(&self) -> u64 {
        self.first_asset.saturating_add(self.assets)
    }

    /// Whether its own numbers can be true.
    fn is_sound(&self) -> bool {
        let narrow = u64::from(u32::MAX);
        self.rows > 0
            && self.rows <= narrow
            && self.wide <= self.rows
            && (1..=self.rows).contains(&self.transactions)
            && (1..=self.transactions).contains(&self.blocks)
            && self.blocks_by_funding <= self.blocks
            && self.end_address() <= narrow
            && self.end_asset() <= narrow
            && self.end_row() < u64::MAX
            && self.first_height <= self.last_height
            && self.first_timestamp <= self.last_timestamp
    }

    /// Whether it begins where `below` ends.
    fn follows(&self, below: Option<&Self>) -> bool {
        let starts = (self.first_row, self.first_transaction, self.first_address, self.first_asset);
        below.map_or(starts == (0, 0, 0, 0), |below| {
            starts
                == (
                    below.end_row(),
                    below.end_transaction(),
                    below.end_address(),
                    below.end_asset(),
                )
                && self.first_height > below.last_height
                && self.first_timestamp >= below.last_timestamp
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_every_flipped_byte() {
        let manifest = Manifest::empty(&Chain::ethereum());
        let bytes = manifest.to_bytes();
        let path = Path::new(MANIFEST);
        assert_eq!(Manifest::from_bytes(&bytes, path).unwrap(), manifest);
        for place in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1;
            assert!(Manifest::from_bytes(&flipped, path).is_err(), "byte {place}");
        }
        for length in 0..bytes.len() {
            assert!(Manifest::from_bytes(&bytes[..length], path).is_err(), "length {length}");
        }
    }

    #[test]
    fn another_version_is_refused_with_both_numbers() {
        let mut manifest = Manifest::empty(&Chain::ethereum());
        manifest.format = 99;
        let error = Manifest::from_bytes(&manifest.to_bytes(), Path::new(MANIFEST)).unwrap_err();
        assert!(matches!(error, StoreError::UnknownVersion { found: 99, known: 1, .. }));
    }
}
