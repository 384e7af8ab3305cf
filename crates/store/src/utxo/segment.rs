//! One segment: consecutive blocks, written once, read through mappings.
//!
//! Outputs and inputs carry the store's numbers, so that they are read in
//! place; what a table points at inside its own segment is local. Every
//! access checks ranges, so that a file that is damaged in a way no checksum
//! covers ends in an error, never in a panic.

use super::manifest::UtxoSegmentEntry;
use super::tables::{
    BlockRecord, KEY_WIDTH, NONE, OutsideInput, PayloadRecord, SpendBelow, TransactionRecord,
};
use super::{InputRecord, OutputRecord, TransactionId, TransactionView};
use crate::file::{FileKind, PagedFile};
use crate::segment::{HashIndex, RowIndex};
use crate::{StoreError, widen};
use std::ops::Range;
use std::path::Path;

/// A mapped segment.
#[derive(Debug)]
pub(crate) struct UtxoSegment {
    pub(crate) entry: UtxoSegmentEntry,
    pub(crate) transactions: PagedFile,
    pub(crate) hashes: PagedFile,
    pub(crate) hash_index: HashIndex,
    pub(crate) blocks: PagedFile,
    pub(crate) outputs: PagedFile,
    pub(crate) inputs: PagedFile,
    pub(crate) spenders: PagedFile,
    pub(crate) spends_below: PagedFile,
    pub(crate) spends_below_index: RowIndex,
    pub(crate) outside_inputs: PagedFile,
    pub(crate) addresses: PagedFile,
    pub(crate) address_index: HashIndex,
    pub(crate) received: RowIndex,
    pub(crate) spent: RowIndex,
    pub(crate) payload_index: PagedFile,
    pub(crate) payloads: PagedFile,
}

impl UtxoSegment {
    /// Maps the files of `folder`, checking headers and lengths against `entry`.
    pub(crate) fn open(folder: &Path, entry: &UtxoSegmentEntry) -> Result<Self, StoreError> {
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
        // One more than there are addresses: rows without one stand under it.
        let keys = entry.end_address() + 1;
        let rows = |kind, rows, keys| RowIndex::open(folder, kind, tag, rows, keys);
        let hashes = |kind, count| HashIndex::open(folder, kind, tag, count);
        Ok(Self {
            transactions: table(Kind::UtxoTransactions, 20, entry.transactions)?,
            hashes: table(Kind::UtxoHashes, 32, entry.transactions)?,
            hash_index: hashes(Kind::UtxoHashIndex, entry.transactions)?,
            blocks: table(Kind::UtxoBlocks, 88, entry.blocks)?,
            outputs: table(Kind::UtxoOutputs, 12, entry.outputs)?,
            inputs: table(Kind::UtxoInputs, 20, entry.inputs)?,
            spenders: table(Kind::UtxoSpenders, 4, entry.outputs)?,
            spends_below: table(Kind::UtxoSpendsBelow, 12, entry.spends_below)?,
            spends_below_index: rows(
                Kind::UtxoSpendsBelowIndex,
                entry.spends_below,
                entry.first_transaction,
            )?,
            outside_inputs: table(Kind::UtxoOutsideInputs, 40, entry.outside_inputs)?,
            addresses: table(Kind::UtxoAddresses, KEY_WIDTH, entry.addresses)?,
            address_index: hashes(Kind::UtxoAddressIndex, entry.addresses)?,
            received: rows(Kind::UtxoReceived, entry.outputs, keys)?,
            spent: rows(Kind::UtxoSpent, entry.inputs, keys)?,
            payload_index: table(Kind::UtxoPayloadIndex, 8, entry.payloads)?,
            payloads: table(Kind::UtxoPayloads, 1, entry.payload_bytes)?,
            entry: entry.clone(),
        })
    }

    /// Every file, in the order of [`FileKind::UTXO_SEGMENT`].
    pub(crate) fn files(&self) -> [&PagedFile; 16] {
        [
            &self.transactions,
            &self.hashes,
            self.hash_index.file(),
            &self.blocks,
            &self.outputs,
            &self.inputs,
            &self.spenders,
            &self.spends_below,
            self.spends_below_index.file(),
            &self.outside_inputs,
            &self.addresses,
            self.address_index.file(),
            self.received.file(),
            self.spent.file(),
            &self.payload_index,
            &self.payloads,
        ]
    }

    /// Its first transaction in the store.
    pub(crate) fn first_transaction(&self) -> u32 {
        // The manifest's check keeps the count within 32 bits.
        widen::low(self.entry.first_transaction)
    }

    /// Its first address in the store.
    pub(crate) fn first_address(&self) -> u32 {
        // As above.
        widen::low(self.entry.first_address)
    }

    /// Ranges of inputs and outputs of a transaction, and its record.
    #[inline]
    pub(crate) fn ranges(
        &self,
        local: usize,
    ) -> Result<(&TransactionRecord, Range<usize>, Range<usize>), StoreError> {
        let count = self.transactions.record_count();
        let records = self.transactions.records(local..(local + 2).min(count))?;
        let Some(record): Option<&TransactionRecord> = records.first() else {
            return Err(self.transactions.damaged(format!("there is no transaction {local}")));
        };
        let end = |first: fn(&TransactionRecord) -> u32, count: u64| {
            records.get(1).map_or(widen::index64(count), |next| widen::index(first(next)))
        };
        let inputs = widen::index(record.first_input)..end(|r| r.first_input, self.entry.inputs);
        let outputs =
            widen::index(record.first_output)..end(|r| r.first_output, self.entry.outputs);
        Ok((record, inputs, outputs))
    }

    /// A transaction by its local number.
    #[inline]
    pub(crate) fn view(&self, local: usize) -> Result<TransactionView<'_>, StoreError> {
        let (record, inputs, outputs) = self.ranges(local)?;
        Ok(TransactionView {
            // Below the transaction count, which fits 32 bits.
            id: TransactionId(widen::low(self.entry.first_transaction + widen::count(local))),
            fields: record.fields(),
            inputs: self.inputs.records::<InputRecord>(inputs)?,
            outputs: self.outputs.records::<OutputRecord>(outputs)?,
        })
    }

    /// The name of a transaction.
    #[inline]
    pub(crate) fn hash(&self, local: usize) -> Result<&[u8; 32], StoreError> {
        self.hashes.record(local)
    }

    /// The local number of the last transaction with a name; `key` is its [`crate::segment::key_hash`].
    pub(crate) fn find(&self, key: u64, hash: &[u8; 32]) -> Result<Option<u32>, StoreError> {
        let mut last = None;
        // Entries with equal hash bits are sorted by number.
        self.hash_index.find(key, |number| {
            if self.hash(widen::index(number))? == hash {
                last = Some(number);
            }
            Ok(false)
        })?;
        Ok(last)
    }

    /// The key of an address that first appears here.
    pub(crate) fn address_key(&self, local: usize) -> Result<&[u8], StoreError> {
        let width = widen::index(KEY_WIDTH);
        let start = local.saturating_mul(width);
        self.addresses.bytes(start..start.saturating_add(width))
    }

    /// The keys of a range of own addresses, one after another.
    pub(crate) fn address_keys(
        &self,
        local: Range<u64>,
    ) -> Result<impl Iterator<Item = &[u8]>, StoreError> {
        let width = widen::index(KEY_WIDTH);
        let start = |place: u64| widen::index64(place).saturating_mul(width);
        let bytes = self.addresses.bytes(start(local.start)..start(local.end))?;
        Ok(bytes.chunks_exact(width))
    }

    /// The number in the store of an address that first appears here.
    pub(crate) fn find_address(&self, hash: u64, key: &[u8]) -> Result<Option<u32>, StoreError> {
        let is_key = |number| Ok(self.address_key(widen::index(number))? == key);
        let local = self.address_index.find(hash, is_key)?;
        Ok(local.map(|local| self.first_address() + local))
    }

    /// The local number of the own transaction that spends an own output.
    pub(crate) fn own_spender(&self, output: usize) -> Result<Option<u32>, StoreError> {
        let spender = *self.spenders.record::<u32>(output)?;
        Ok((spender != NONE).then_some(spender))
    }

    /// The local number of the own transaction that spends an output of a lower segment.
    pub(crate) fn spender_below(
        &self,
        transaction: u32,
        index: u32,
    ) -> Result<Option<u32>, StoreError> {
        for place in self.spends_below_index.rows_of(transaction)? {
            let spend = self.spends_below.record::<SpendBelow>(widen::index(*place))?;
            if spend.index == index {
                return Ok(Some(spend.spender));
            }
        }
        Ok(None)
    }

    /// A block by its place.
    pub(crate) fn block(&self, place: usize) -> Result<&BlockRecord, StoreError> {
        self.blocks.record(place)
    }

    /// The local transactions of a block.
    pub(crate) fn block_transactions(&self, place: usize) -> Result<Range<u32>, StoreError> {
        let count = self.blocks.record_count();
        let records = self.blocks.records::<BlockRecord>(place..(place + 2).min(count))?;
        // The count of transactions fits 32 bits.
        let end = widen::low(self.entry.transactions);
        match records {
            [block] => Ok(block.first_transaction..end),
            [block, next] => Ok(block.first_transaction..next.first_transaction),
            _ => Err(self.blocks.damaged(format!("there is no block {place}"))),
        }
    }

    /// The place of the block that holds a local transaction.
    pub(crate) fn block_of(&self, local: u32) -> Result<usize, StoreError> {
        // The first block that begins after it; the one before holds it.
        let after = partition(self.blocks.record_count(), |place| {
            Ok(self.block(place)?.first_transaction <= local)
        })?;
        after.checked_sub(1).ok_or_else(|| self.blocks.damaged("the first block is not at 0"))
    }

    /// Visits the local transaction of each of ascending local inputs or
    /// outputs, and the place of the row among those of the transaction.
    pub(crate) fn transactions_of(
        &self,
        rows: &[u32],
        first: impl Fn(&TransactionRecord) -> u32,
        mut visit: impl FnMut(u32, u32),
    ) -> Result<(), StoreError> {
        let count = self.transactions.record_count();
        let first = |place| Ok::<_, StoreError>(first(self.transactions.record(place)?));
        let Some(lowest) = rows.first() else { return Ok(()) };
        // The last transaction found: the next one is at or after it, mostly near.
        let mut last = partition(count, |place| Ok(first(place)? <= *lowest))?.saturating_sub(1);
        for row in rows {
            let mut reach = 1;
            while last + reach < count && first(last + reach)? <= *row {
                last += reach;
                reach *= 2;
            }
            let end = count.min(last + reach);
            last +=
                partition(end - last, |place| Ok(first(last + place)? <= *row))?.saturating_sub(1);
            let Some(inside) = row.checked_sub(first(last)?) else {
                let detail = format!("row {row} belongs to no transaction");
                return Err(self.transactions.damaged(detail));
            };
            // Below the transaction count, which fits 32 bits.
            visit(widen::low(widen::count(last)), inside);
        }
        Ok(())
    }

    /// The data that a local output carries.
    pub(crate) fn payload(&self, output: u32) -> Result<&[u8], StoreError> {
        let count = self.payload_index.record_count();
        let record = |place| self.payload_index.record::<PayloadRecord>(place);
        let place = partition(count, |place| Ok(record(place)?.output < output))?;
        if place == count || record(place)?.output != output {
            return Ok(&[]);
        }
        let end = match place + 1 {
            next if next < count => widen::index(record(next)?.start),
            _ => widen::index64(self.entry.payload_bytes),
        };
        self.payloads.bytes(widen::index(record(place)?.start)..end)
    }

    /// The outside input with a local number.
    pub(crate) fn outside_input(&self, input: u32) -> Result<&OutsideInput, StoreError> {
        let count = self.outside_inputs.record_count();
        let record = |place| self.outside_inputs.record::<OutsideInput>(place);
        let place = partition(count, |place| Ok(record(place)?.input < input))?;
        if place < count && record(place)?.input == input {
            return record(place);
        }
        Err(self.outside_inputs.damaged(format!("input {input} is not listed")))
    }
}

/// The first of `count` places for which `below` does not hold.
fn partition(
    count: usize,
    below: impl Fn(usize) -> Result<bool, StoreError>,
) -> Result<usize, StoreError> {
    let (mut start, mut end) = (0, count);
    while start < end {
        let middle = start + (end - start) / 2;
        if below(middle)? {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    Ok(start)
}
