//! One segment: consecutive blocks, written once, read through mappings.
//!
//! Numbers of rows and transactions are local here; addresses and assets
//! have the store's numbers. Every access checks ranges, so that a file that
//! is damaged in a way no checksum covers (written wrongly) ends in an
//! error, never in a panic.

mod hash_index;
mod row_index;

pub(crate) use hash_index::{HashEntry, HashIndex, key_hash, merge_hash_indexes, write_hash_index};
pub(crate) use row_index::{RowIndex, write_row_index};

use crate::file::{BlockRecord, FileKind, LogRecord, PagedFile, TransactionRecord};
use crate::manifest::SegmentEntry;
use crate::{Row, StoreError, widen};
use std::path::Path;
use tracehound_model::{Amount, TransactionHash, TransferKind, asset};

/// Bytes of an address key on an EVM chain.
const EVM_KEY: u32 = 21;
/// Bytes of an asset key; both widths are small constants of the model.
pub(crate) const ASSET_KEY: u32 = 34;
const _: () = assert!(asset::KEY_LENGTH == 34 && tracehound_model::address::KEY_LENGTH == 33);

/// Bytes of an address key on a chain.
pub(crate) fn address_key_width(chain: &tracehound_model::Chain) -> u32 {
    if chain.is_evm() { EVM_KEY } else { 33 }
}

/// A mapped segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) entry: SegmentEntry,
    pub(crate) log: PagedFile,
    pub(crate) wide: PagedFile,
    pub(crate) ordinals: PagedFile,
    pub(crate) transactions: PagedFile,
    pub(crate) transaction_index: HashIndex,
    pub(crate) blocks: PagedFile,
    pub(crate) outgoing: RowIndex,
    pub(crate) incoming: RowIndex,
    pub(crate) addresses: PagedFile,
    pub(crate) address_index: HashIndex,
    pub(crate) assets: PagedFile,
    pub(crate) asset_index: HashIndex,
    key_width: usize,
}

impl Segment {
    /// Maps the files of `folder`, checking headers and lengths against `entry`.
    pub(crate) fn open(
        folder: &Path,
        entry: &SegmentEntry,
        key_width: u32,
    ) -> Result<Self, StoreError> {
        use FileKind as Kind;
        let tag = entry.tag;
        let table = |kind: Kind, width: u32, count: u64| {
            let file = PagedFile::open(&folder.join(kind.file_name()), kind, width, tag)?;
            let found = file.header().record_count;
            if found == count && file.header().extra == 0 {
                return Ok(file);
            }
            Err(file.damaged(format!("{found} records, but the manifest counts {count}")))
        };
        let rows = |kind| RowIndex::open(folder, kind, tag, entry.rows, entry.end_address());
        let hashes = |kind, count| HashIndex::open(folder, kind, tag, count);
        Ok(Self {
            log: table(Kind::Log, 20, entry.rows)?,
            wide: table(Kind::Wide, 32, entry.wide)?,
            ordinals: table(Kind::Ordinals, 4, entry.rows)?,
            transactions: table(Kind::Transactions, 40, entry.transactions)?,
            transaction_index: hashes(Kind::TransactionIndex, entry.transactions)?,
            blocks: table(Kind::Blocks, 32, entry.blocks)?,
            outgoing: rows(Kind::Outgoing)?,
            incoming: rows(Kind::Incoming)?,
            addresses: table(Kind::Addresses, key_width, entry.addresses)?,
            address_index: hashes(Kind::AddressIndex, entry.addresses)?,
            assets: table(Kind::Assets, ASSET_KEY, entry.assets)?,
            asset_index: hashes(Kind::AssetIndex, entry.assets)?,
            key_width: widen::index(key_width),
            entry: entry.clone(),
        })
    }

    /// Every file, in the order of [`FileKind::SEGMENT`].
    pub(crate) fn files(&self) -> [&PagedFile; 12] {
        [
            &self.log,
            &self.wide,
            &self.ordinals,
            &self.transactions,
            self.transaction_index.file(),
            &self.blocks,
            self.outgoing.file(),
            self.incoming.file(),
            &self.addresses,
            self.address_index.file(),
            &self.assets,
            self.asset_index.file(),
        ]
    }

    /// A row by its local number.
    #[inline]
    pub(crate) fn row(&self, local: usize) -> Result<Row, StoreError> {
        self.decode(self.log.record::<LogRecord>(local)?)
    }

    /// A log record as a row.
    #[inline]
    pub(crate) fn decode(&self, record: &LogRecord) -> Result<Row, StoreError> {
        let amount = match record.small_amount() {
            Some(amount) => Amount::from_u64(amount),
            None => Amount::from_le_bytes(*self.wide.record(widen::index(record.amount_low))?),
        };
        let Some(kind) = TransferKind::from_number(record.kind()) else {
            return Err(self.log.damaged(format!("kind {} is not known", record.kind())));
        };
        Ok(Row {
            from: crate::AddressId(record.from),
            to: crate::AddressId(record.to),
            asset: crate::AssetId(record.asset()),
            kind,
            amount,
        })
    }

    /// Number of blocks.
    pub(crate) fn block_count(&self) -> usize {
        self.blocks.record_count()
    }

    /// A block.
    pub(crate) fn block(&self, number: usize) -> Result<&BlockRecord, StoreError> {
        self.blocks.record(number)
    }

    /// The first block for which `below` no longer holds.
    pub(crate) fn first_block_where_not(
        &self,
        below: impl Fn(&BlockRecord) -> bool,
    ) -> Result<usize, StoreError> {
        let (mut start, mut end) = (0, self.block_count());
        while start < end {
            let middle = start + (end - start) / 2;
            if below(self.block(middle)?) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        Ok(start)
    }

    /// The first row of a block; the row count for the block after the last.
    pub(crate) fn block_first_row(&self, number: usize) -> Result<usize, StoreError> {
        if number >= self.block_count() {
            return Ok(self.log.record_count());
        }
        Ok(widen::index(self.block(number)?.first_row))
    }

    /// The transactions of a block.
    pub(crate) fn block_transactions(
        &self,
        number: usize,
    ) -> Result<&[TransactionRecord], StoreError> {
        let start = widen::index(self.block(number)?.first_transaction);
        let end = if number + 1 < self.block_count() {
            widen::index(self.block(number + 1)?.first_transaction)
        } else {
            self.transactions.record_count()
        };
        self.transactions.records(start..end)
    }

    /// A transaction.
    pub(crate) fn transaction(&self, number: usize) -> Result<&TransactionRecord, StoreError> {
        self.transactions.record(number)
    }

    /// The rows of a transaction.
    pub(crate) fn transaction_rows(
        &self,
        number: usize,
    ) -> Result<std::ops::Range<usize>, StoreError> {
        let start = widen::index(self.transaction(number)?.first_row);
        let end = if number + 1 < self.transactions.record_count() {
            widen::index(self.transaction(number + 1)?.first_row)
        } else {
            self.log.record_count()
        };
        Ok(start..end)
    }

    /// The number of a transaction.
    pub(crate) fn find_transaction(
        &self,
        hash: &TransactionHash,
    ) -> Result<Option<u32>, StoreError> {
        self.transaction_index.find(key_hash(0, &hash.0), |number| {
            Ok(self.transaction(widen::index(number))?.hash == hash.0)
        })
    }

    /// The key of the `local`-th address that first appears here.
    pub(crate) fn address_key(&self, local: usize) -> Result<&[u8], StoreError> {
        let start = local.saturating_mul(self.key_width);
        self.addresses.bytes(start..start.saturating_add(self.key_width))
    }

    /// The store's number of an address that first appears here. `hash` is that of `key`.
    #[inline]
    pub(crate) fn find_address(&self, key: &[u8], hash: u64) -> Result<Option<u32>, StoreError> {
        let is_key = |number| Ok(self.address_key(widen::index(number))? == key);
        let local = self.address_index.find(hash, is_key)?;
        // The manifest's check keeps the sum within 32 bits.
        Ok(local.map(|local| widen::low(self.entry.first_address) + local))
    }

    /// The key of the `local`-th asset that first appears here.
    pub(crate) fn asset_key(&self, local: usize) -> Result<&[u8; 34], StoreError> {
        self.assets.record(local)
    }

    /// The store's number of an asset that first appears here.
    pub(crate) fn find_asset(&self, key: &[u8; 34]) -> Result<Option<u32>, StoreError> {
        let is_key = |number| Ok(self.asset_key(widen::index(number))? == key);
        let local = self.asset_index.find(key_hash(0, key), is_key)?;
        Ok(local.map(|local| widen::low(self.entry.first_asset) + local))
    }
}
