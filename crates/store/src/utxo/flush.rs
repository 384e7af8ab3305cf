//! Writing the files of a segment that has grown in memory.

use super::growing::Growing;
use super::manifest::UtxoSegmentEntry;
use super::tables::{KEY_WIDTH, TransactionRecord};
use crate::file::{FileKind, FileWriter, WrittenFile};
use crate::folder::sync_folder;
use crate::segment::{key_hash, write_hash_index, write_row_index};
use crate::write::Step;
use crate::{StoreError, widen};
use std::path::Path;
use zerocopy::{Immutable, IntoBytes};

/// Bytes handed to a file at once.
const CHUNK: usize = 1 << 16;

/// Writes a segment into a new folder inside `building` and syncs it.
/// `entry` is that of `growing` with name and tag.
pub(crate) fn write_segment(
    building: &Path,
    growing: &Growing,
    entry: &UtxoSegmentEntry,
    on_step: &(dyn Fn(Step) + Sync),
) -> Result<(), StoreError> {
    let folder = building.join(&entry.name);
    std::fs::create_dir(&folder).map_err(StoreError::io(&folder))?;
    let target = Target { folder: &folder, growing, entry };
    // Two halves of about the same work.
    let mut written = std::thread::scope(|scope| {
        let other = scope.spawn(|| target.write_inputs_and_names());
        let mut written = target.write_outputs_and_addresses()?;
        match other.join() {
            Ok(others) => written.extend(others?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        Ok::<_, StoreError>(written)
    })?;
    on_step(Step::SegmentWritten);
    written.drain(..).try_for_each(WrittenFile::sync)?;
    sync_folder(&folder)?;
    on_step(Step::SegmentSynced);
    Ok(())
}

struct Target<'a> {
    folder: &'a Path,
    growing: &'a Growing,
    entry: &'a UtxoSegmentEntry,
}

impl Target<'_> {
    fn write_outputs_and_addresses(&self) -> Result<Vec<WrittenFile>, StoreError> {
        use FileKind as Kind;
        let growing = self.growing;
        Ok(vec![
            self.table(Kind::UtxoOutputs, &growing.outputs)?,
            self.table(Kind::UtxoSpenders, &growing.spenders)?,
            self.rows(Kind::UtxoReceived, growing.outputs.iter().map(|o| o.address()))?,
            self.addresses()?,
            self.address_index()?,
            self.table(Kind::UtxoPayloadIndex, &growing.payload_index)?,
            self.table(Kind::UtxoPayloads, &growing.payloads)?,
        ])
    }

    fn write_inputs_and_names(&self) -> Result<Vec<WrittenFile>, StoreError> {
        use FileKind as Kind;
        let growing = self.growing;
        let names = growing.names.hashes();
        let tops: Vec<u32> = names.iter().map(|name| widen::high(key_hash(0, name))).collect();
        let spent: Vec<u32> = growing.spends_below.iter().map(|s| s.transaction).collect();
        let lower = widen::index64(self.entry.first_transaction);
        let (folder, tag) = (self.folder, self.entry.tag);
        Ok(vec![
            self.table::<TransactionRecord>(Kind::UtxoTransactions, &growing.transactions)?,
            self.table(Kind::UtxoHashes, names)?,
            write_hash_index(folder, Kind::UtxoHashIndex, tag, &tops)?,
            self.table(Kind::UtxoInputs, &growing.inputs)?,
            self.rows(Kind::UtxoSpent, growing.inputs.iter().map(|input| input.address()))?,
            self.table(Kind::UtxoSpendsBelow, &growing.spends_below)?,
            write_row_index(folder, Kind::UtxoSpendsBelowIndex, tag, &spent, lower)?,
            self.table(Kind::UtxoOutsideInputs, &growing.outside_inputs)?,
            self.table(Kind::UtxoBlocks, &growing.blocks)?,
        ])
    }

    fn table<T: IntoBytes + Immutable>(
        &self,
        kind: FileKind,
        records: &[T],
    ) -> Result<WrittenFile, StoreError> {
        // Widths are a few bytes.
        let width = widen::low(widen::count(size_of::<T>()));
        let mut file = FileWriter::create(self.folder, kind, width, self.entry.tag)?;
        for chunk in records.as_bytes().chunks(CHUNK) {
            file.write(chunk)?;
        }
        file.finish(0)
    }

    /// The index of rows by address; those without one stand after all addresses.
    fn rows(
        &self,
        kind: FileKind,
        addresses: impl Iterator<Item = Option<crate::AddressId>>,
    ) -> Result<WrittenFile, StoreError> {
        // The writer keeps the count of addresses within 32 bits.
        let nobody = widen::low(self.entry.end_address());
        let addresses: Vec<u32> =
            addresses.map(|address| address.map_or(nobody, |id| id.0)).collect();
        let count = widen::index(nobody) + 1;
        write_row_index(self.folder, kind, self.entry.tag, &addresses, count)
    }

    /// Keys of new addresses in the order of their numbers.
    fn new_keys(&self) -> impl Iterator<Item = &[u8]> {
        let entries = self.growing.addresses.entries();
        let first = self.growing.first_address;
        entries.filter(move |(_, number)| *number >= first).map(|(key, _)| key)
    }

    fn addresses(&self) -> Result<WrittenFile, StoreError> {
        let kind = FileKind::UtxoAddresses;
        let mut file = FileWriter::create(self.folder, kind, KEY_WIDTH, self.entry.tag)?;
        for key in self.new_keys() {
            file.write(key)?;
        }
        file.finish(0)
    }

    fn address_index(&self) -> Result<WrittenFile, StoreError> {
        let tops: Vec<u32> = self.new_keys().map(|key| widen::high(key_hash(0, key))).collect();
        write_hash_index(self.folder, FileKind::UtxoAddressIndex, self.entry.tag, &tops)
    }
}
