//! The first 64 bytes of every file.
//!
//! The magic, the version and the checksum keep their places in every future
//! version, so that any version can tell damage from a format it does not know.

use crate::{StoreError, widen};
use std::path::Path;

/// The version this program reads and writes.
pub(crate) const FORMAT_VERSION: u32 = 1;
/// Bytes before the payload. A multiple of every record's alignment.
pub(crate) const HEADER_LENGTH: usize = 64;
/// Bytes of payload under one checksum.
pub(crate) const PAGE_LENGTH: usize = 4096;

const MAGIC: [u8; 8] = *b"TRCHOUND";

/// What a file holds. Numbers are part of the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(crate) enum FileKind {
    Log = 1,
    Wide = 2,
    Ordinals = 3,
    Transactions = 4,
    TransactionIndex = 5,
    Blocks = 6,
    Outgoing = 7,
    Incoming = 8,
    Addresses = 9,
    AddressIndex = 10,
    Assets = 11,
    AssetIndex = 12,
    Descriptions = 13,
    UtxoTransactions = 32,
    UtxoHashes = 33,
    UtxoHashIndex = 34,
    UtxoBlocks = 35,
    UtxoOutputs = 36,
    UtxoInputs = 37,
    UtxoSpenders = 38,
    UtxoSpendsBelow = 39,
    UtxoSpendsBelowIndex = 40,
    UtxoOutsideInputs = 41,
    UtxoAddresses = 42,
    UtxoAddressIndex = 43,
    UtxoReceived = 44,
    UtxoSpent = 45,
    UtxoPayloadIndex = 46,
    UtxoPayloads = 47,
}

impl FileKind {
    /// The files of a segment folder.
    pub(crate) const SEGMENT: [Self; 12] = [
        Self::Log,
        Self::Wide,
        Self::Ordinals,
        Self::Transactions,
        Self::TransactionIndex,
        Self::Blocks,
        Self::Outgoing,
        Self::Incoming,
        Self::Addresses,
        Self::AddressIndex,
        Self::Assets,
        Self::AssetIndex,
    ];

    /// The files of a segment folder of a store of unspent-output chains.
    pub(crate) const UTXO_SEGMENT: [Self; 16] = [
        Self::UtxoTransactions,
        Self::UtxoHashes,
        Self::UtxoHashIndex,
        Self::UtxoBlocks,
        Self::UtxoOutputs,
        Self::UtxoInputs,
        Self::UtxoSpenders,
        Self::UtxoSpendsBelow,
        Self::UtxoSpendsBelowIndex,
        Self::UtxoOutsideInputs,
        Self::UtxoAddresses,
        Self::UtxoAddressIndex,
        Self::UtxoReceived,
        Self::UtxoSpent,
        Self::UtxoPayloadIndex,
        Self::UtxoPayloads,
    ];

    /// The file's name in its folder.
    pub(crate) const fn file_name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Wide => "wide",
            Self::Ordinals => "ordinals",
            Self::Transactions => "transactions",
            Self::TransactionIndex => "transaction-index",
            Self::Blocks => "blocks",
            Self::Outgoing => "outgoing",
            Self::Incoming => "incoming",
            Self::Addresses => "addresses",
            Self::AddressIndex => "address-index",
            Self::Assets => "assets",
            Self::AssetIndex => "asset-index",
            Self::Descriptions => "descriptions",
            Self::UtxoTransactions => "transactions",
            Self::UtxoHashes => "hashes",
            Self::UtxoHashIndex => "hash-index",
            Self::UtxoBlocks => "blocks",
            Self::UtxoOutputs => "outputs",
            Self::UtxoInputs => "inputs",
            Self::UtxoSpenders => "spenders",
            Self::UtxoSpendsBelow => "spends-below",
            Self::UtxoSpendsBelowIndex => "spends-below-index",
            Self::UtxoOutsideInputs => "outside-inputs",
            Self::UtxoAddresses => "addresses",
            Self::UtxoAddressIndex => "address-index",
            Self::UtxoReceived => "received",
            Self::UtxoSpent => "spent",
            Self::UtxoPayloadIndex => "payload-index",
            Self::UtxoPayloads => "payloads",
        }
    }
}

/// The fields of a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    /// What the file holds.
    pub(crate) kind: FileKind,
    /// Bytes of payload.
    pub(crate) payload_length: u64,
    /// Records in the payload; what a record is depends on the kind.
    pub(crate) record_count: u64,
    /// Bytes of one record.
    pub(crate) record_width: u32,
    /// A further number some kinds need.
    pub(crate) extra: u64,
    /// Which segment the file belongs to, so that files cannot be exchanged.
    pub(crate) tag: u64,
}

impl Header {
    /// The 64 bytes.
    pub(crate) fn to_bytes(self) -> [u8; HEADER_LENGTH] {
        let mut bytes = [0; HEADER_LENGTH];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        // The discriminant of a `repr(u32)` enum.
        bytes[12..16].copy_from_slice(&(self.kind as u32).to_le_bytes());
        bytes[16..24].copy_from_slice(&self.payload_length.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.record_count.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.record_width.to_le_bytes());
        bytes[36..40].copy_from_slice(&PAGE_LENGTH_FIELD.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.extra.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.tag.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..60]);
        bytes[60..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads and checks a header of a file that should be of `kind`.
    pub(crate) fn read(bytes: &[u8], kind: FileKind, path: &Path) -> Result<Self, StoreError> {
        let Some(bytes) = bytes.first_chunk::<HEADER_LENGTH>() else {
            let detail = format!("{} bytes long, shorter than a header", bytes.len());
            return Err(StoreError::damaged(path, detail));
        };
        if bytes[..8] != MAGIC {
            return Err(StoreError::damaged(path, "does not begin with a store file's magic"));
        }
        if crc32fast::hash(&bytes[..60]) != u32_at(bytes, 60) {
            return Err(StoreError::damaged(path, "header checksum at offset 60 does not match"));
        }
        let version = u32_at(bytes, 8);
        if version != FORMAT_VERSION {
            let (path, known) = (path.to_owned(), FORMAT_VERSION);
            return Err(StoreError::UnknownVersion { path, found: version, known });
        }
        let header = Self {
            kind,
            payload_length: u64_at(bytes, 16),
            record_count: u64_at(bytes, 24),
            record_width: u32_at(bytes, 32),
            extra: u64_at(bytes, 40),
            tag: u64_at(bytes, 48),
        };
        // The rest follows from the fields, so comparing whole headers leaves no byte unread.
        if header.to_bytes() != *bytes {
            let detail = format!("is not a file of kind {} ({})", kind as u32, kind.file_name());
            return Err(StoreError::damaged(path, detail));
        }
        let whole = header.record_count.checked_mul(u64::from(header.record_width));
        if whole != Some(header.payload_length) {
            let detail = "record count and width in the header do not make the payload length";
            return Err(StoreError::damaged(path, detail));
        }
        Ok(header)
    }

    /// Pages of payload.
    pub(crate) fn page_count(self) -> u64 {
        self.payload_length.div_ceil(widen::count(PAGE_LENGTH))
    }

    /// Length of the whole file: header, payload, one checksum a page, and theirs.
    pub(crate) fn file_length(self) -> Option<u64> {
        let table = self.page_count().checked_add(1)?.checked_mul(4)?;
        self.payload_length.checked_add(table)?.checked_add(widen::count(HEADER_LENGTH))
    }
}

/// [`PAGE_LENGTH`] as the header holds it.
const PAGE_LENGTH_FIELD: u32 = 4096;

fn u32_at(bytes: &[u8; HEADER_LENGTH], offset: usize) -> u32 {
    let mut field = [0; 4];
    field.copy_from_slice(&bytes[offset..offset + 4]);
    u32::from_le_bytes(field)
}

fn u64_at(bytes: &[u8; HEADER_LENGTH], offset: usize) -> u64 {
    let mut field = [0; 8];
    field.copy_from_slice(&bytes[offset..offset + 8]);
    u64::from_le_bytes(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            kind: FileKind::Log,
            payload_length: 60,
            record_count: 3,
            record_width: 20,
            extra: 7,
            tag: 9,
        }
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let bytes = header().to_bytes();
        let path = Path::new("log");
        assert_eq!(Header::read(&bytes, FileKind::Log, path).unwrap(), header());
        for place in 0..8 * HEADER_LENGTH {
            let mut flipped = bytes;
            flipped[place / 8] ^= 1 << (place % 8);
            assert!(Header::read(&flipped, FileKind::Log, path).is_err(), "bit {place}");
        }
    }

    #[test]
    fn another_version_is_named_with_ours() {
        let mut bytes = header().to_bytes();
        bytes[8] = 99;
        let checksum = crc32fast::hash(&bytes[..60]);
        bytes[60..].copy_from_slice(&checksum.to_le_bytes());
        let error = Header::read(&bytes, FileKind::Log, Path::new("log")).unwrap_err().to_string();
        assert!(error.contains("version 99") && error.contains("version 1"), "{error}");
    }

    #[test]
    fn another_kind_is_refused() {
        let bytes = header().to_bytes();
        assert!(Header::read(&bytes, FileKind::Blocks, Path::new("log")).is_err());
    }
}
