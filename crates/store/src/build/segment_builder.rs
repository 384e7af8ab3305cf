//! Writing the files of one segment, front to end.
//!
//! The log, the tables and the keys are streamed; what an index needs (both
//! addresses of each row, hash bits of keys and transactions) is kept in
//! memory until the end, and bounds how large a segment can grow.

use crate::file::{
    BLOCK_BY_FUNDING, BlockRecord, FileKind, FileWriter, LogRecord, TransactionRecord, WIDE_FLAG,
    WrittenFile, stored,
};
use crate::folder::sync_folder;
use crate::manifest::SegmentEntry;
use crate::segment::{ASSET_KEY, key_hash, write_hash_index, write_row_index};
use crate::write::Step;
use crate::{StoreError, widen};
use std::path::{Path, PathBuf};
use tracehound_model::{Amount, Transfer};
use zerocopy::IntoBytes;

/// Bytes of memory the indexes take while they are built, for each row
/// (both addresses, and their pairs twice when both directions are built at
/// once), each transaction and each new address.
const BYTES_PER_ROW: u64 = 24;
const BYTES_PER_KEY: u64 = 12;

/// A segment being written.
#[derive(Debug)]
pub(crate) struct SegmentBuilder {
    folder: PathBuf,
    entry: SegmentEntry,
    log: FileWriter,
    wide: FileWriter,
    ordinals: FileWriter,
    transactions: FileWriter,
    blocks: FileWriter,
    addresses: FileWriter,
    assets: FileWriter,
    from: Vec<u32>,
    to: Vec<u32>,
    transaction_tops: Vec<u32>,
    address_tops: Vec<u32>,
    asset_tops: Vec<u32>,
}

impl SegmentBuilder {
    /// Starts a segment in a new folder inside `building`. `entry` holds its
    /// name, tag and first numbers, its counts are zero.
    pub(crate) fn begin(
        building: &Path,
        entry: SegmentEntry,
        key_width: u32,
    ) -> Result<Self, StoreError> {
        let folder = building.join(&entry.name);
        std::fs::create_dir(&folder).map_err(StoreError::io(&folder))?;
        let file = |kind, width| FileWriter::create(&folder, kind, width, entry.tag);
        Ok(Self {
            log: file(FileKind::Log, 20)?,
            wide: file(FileKind::Wide, 32)?,
            ordinals: file(FileKind::Ordinals, 4)?,
            transactions: file(FileKind::Transactions, 40)?,
            blocks: file(FileKind::Blocks, 32)?,
            addresses: file(FileKind::Addresses, key_width)?,
            assets: file(FileKind::Assets, ASSET_KEY)?,
            from: Vec::new(),
            to: Vec::new(),
            transaction_tops: Vec::new(),
            address_tops: Vec::new(),
            asset_tops: Vec::new(),
            folder,
            entry,
        })
    }

    /// What it holds so far.
    pub(crate) fn entry(&self) -> &SegmentEntry {
        &self.entry
    }

    /// Bytes of memory its indexes will take.
    pub(crate) fn memory(&self) -> u64 {
        let keys = self.entry.transactions + self.entry.addresses;
        BYTES_PER_ROW * self.entry.rows + BYTES_PER_KEY * keys
    }

    /// Starts a block. Rows are fewer than 2^32, so all local numbers fit 32 bits.
    pub(crate) fn block(&mut self, first: &Transfer, by_funding: bool) -> Result<(), StoreError> {
        let (height, timestamp) = (first.height.0, first.timestamp.0);
        if self.entry.blocks == 0 {
            (self.entry.first_height, self.entry.first_timestamp) = (height, timestamp);
        }
        (self.entry.last_height, self.entry.last_timestamp) = (height, timestamp);
        self.entry.blocks += 1;
        self.entry.blocks_by_funding += u64::from(by_funding);
        let record = BlockRecord {
            height,
            timestamp,
            first_transaction: widen::low(self.entry.transactions),
            first_row: widen::low(self.entry.rows),
            flags: if by_funding { BLOCK_BY_FUNDING } else { 0 },
            reserved: 0,
        };
        self.blocks.write(record.as_bytes())
    }

    /// Starts a transaction.
    #[inline]
    pub(crate) fn transaction(&mut self, first: &Transfer) -> Result<(), StoreError> {
        let hash = first.transaction.0;
        self.transaction_tops.push(widen::high(key_hash(0, &hash)));
        let record = TransactionRecord {
            hash,
            first_row: widen::low(self.entry.rows),
            position: stored(first.position),
        };
        self.entry.transactions += 1;
        self.transactions.write(record.as_bytes())
    }

    /// Adds a row with its numbers.
    #[inline]
    pub(crate) fn row(
        &mut self,
        transfer: &Transfer,
        from: u32,
        to: u32,
        asset: u32,
    ) -> Result<(), StoreError> {
        let (amount_low, amount_high) = self.amount(transfer.amount)?;
        // The builder of the chain keeps asset numbers below 2^28; the kind
        // is the discriminant of a `repr(u8)` enum below 16.
        let asset_and_kind = asset << 4 | u32::from(transfer.kind as u8);
        let record = LogRecord { from, to, asset_and_kind, amount_low, amount_high };
        self.log.write(record.as_bytes())?;
        self.ordinals.write(&stored(transfer.ordinal).to_le_bytes())?;
        self.from.push(from);
        self.to.push(to);
        self.entry.rows += 1;
        Ok(())
    }

    #[inline]
    fn amount(&mut self, amount: Amount) -> Result<(u32, u32), StoreError> {
        if let Some(small) = amount.to_u64()
            && widen::high(small) & WIDE_FLAG == 0
        {
            return Ok((widen::low(small), widen::high(small)));
        }
        self.wide.write(&amount.to_le_bytes())?;
        self.entry.wide += 1;
        // Not more than rows, which are fewer than 2^32.
        Ok((widen::low(self.entry.wide - 1), WIDE_FLAG))
    }

    /// Adds the key of an address that appears for the first time.
    pub(crate) fn new_address(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.address_tops.push(widen::high(key_hash(0, key)));
        self.entry.addresses += 1;
        self.addresses.write(key)
    }

    /// Adds the key of an asset that appears for the first time.
    pub(crate) fn new_asset(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.asset_tops.push(widen::high(key_hash(0, key)));
        self.entry.assets += 1;
        self.assets.write(key)
    }

    /// Writes the indexes, syncs everything and returns what the manifest will say.
    pub(crate) fn finish(self, on_step: &dyn Fn(Step)) -> Result<SegmentEntry, StoreError> {
        let Self { folder, entry, from, to, .. } = self;
        let mut written = Vec::new();
        for table in [self.log, self.wide, self.ordinals, self.transactions] {
            written.push(table.finish(0)?);
        }
        for table in [self.blocks, self.addresses, self.assets] {
            written.push(table.finish(0)?);
        }
        let tops = [self.transaction_tops, self.address_tops, self.asset_tops];
        written.extend(write_indexes(&folder, &entry, from, to, tops)?);
        on_step(Step::SegmentWritten);
        written.into_iter().try_for_each(WrittenFile::sync)?;
        sync_folder(&folder)?;
        on_step(Step::SegmentSynced);
        Ok(entry)
    }
}

/// Writes the five indexes, one direction on each of two threads.
fn write_indexes(
    folder: &Path,
    entry: &SegmentEntry,
    from: Vec<u32>,
    to: Vec<u32>,
    [transactions, addresses, assets]: [Vec<u32>; 3],
) -> Result<Vec<WrittenFile>, StoreError> {
    let tag = entry.tag;
    let count = widen::index64(entry.end_address());
    std::thread::scope(|scope| {
        let other = scope.spawn(move || {
            let outgoing = write_row_index(folder, FileKind::Outgoing, tag, &from, count)?;
            drop(from);
            let kind = FileKind::TransactionIndex;
            Ok([outgoing, write_hash_index(folder, kind, tag, &transactions)?])
        });
        let incoming = write_row_index(folder, FileKind::Incoming, tag, &to, count)?;
        drop(to);
        let mut written = vec![
            incoming,
            write_hash_index(folder, FileKind::AddressIndex, tag, &addresses)?,
            write_hash_index(folder, FileKind::AssetIndex, tag, &assets)?,
        ];
        match other.join() {
            Ok(others) => written.extend(others?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        Ok(written)
    })
}
