//! Sorted rows in a temporary file.
//!
//! Fixed-width records, read front to back. These files never outlive their
//! writer, so they carry no header.

use super::block::SourcedRows;
use crate::file::{known, stored};
use crate::{StoreError, widen};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use tracehound_model::{
    Address, Amount, Asset, Height, Timestamp, TransactionHash, Transfer, TransferKind, asset,
};

/// Bytes of a record without its two addresses.
const FIXED: usize = 8 + 8 + 4 + 4 + 4 + 1 + asset::KEY_LENGTH + 32 + 32;
const BUFFER: usize = 1 << 16;

/// A file being written.
#[derive(Debug)]
pub(crate) struct RunWriter {
    path: PathBuf,
    file: BufWriter<File>,
    width: usize,
    record: Vec<u8>,
    rows: u64,
}

/// A finished file.
#[derive(Clone, Debug)]
pub(crate) struct RunFile {
    path: PathBuf,
    width: usize,
    rows: u64,
}

impl RunWriter {
    /// Makes a file for address keys of `width` bytes.
    pub(crate) fn create(path: &Path, width: usize) -> Result<Self, StoreError> {
        let file = File::create_new(path).map_err(StoreError::io(path))?;
        let file = BufWriter::with_capacity(BUFFER, file);
        Ok(Self { path: path.to_owned(), file, width, record: Vec::new(), rows: 0 })
    }

    /// Appends a row.
    pub(crate) fn write(&mut self, row: &Transfer, source: u32) -> Result<(), StoreError> {
        let record = &mut self.record;
        record.clear();
        record.extend_from_slice(&row.height.0.to_le_bytes());
        record.extend_from_slice(&row.timestamp.0.to_le_bytes());
        record.extend_from_slice(&source.to_le_bytes());
        record.extend_from_slice(&stored(row.position).to_le_bytes());
        record.extend_from_slice(&stored(row.ordinal).to_le_bytes());
        // The discriminant of a `repr(u8)` enum.
        record.push(row.kind as u8);
        record.extend_from_slice(&row.asset.to_key());
        record.extend_from_slice(&row.amount.to_le_bytes());
        record.extend_from_slice(&row.transaction.0);
        record.extend_from_slice(&row.from.to_key()[..self.width]);
        record.extend_from_slice(&row.to.to_key()[..self.width]);
        self.rows += 1;
        self.file.write_all(record).map_err(StoreError::io(&self.path))
    }

    /// Appends rows with their sources.
    pub(crate) fn write_all(&mut self, rows: &SourcedRows) -> Result<(), StoreError> {
        let mut rows = rows.transfers.iter().zip(&rows.sources);
        rows.try_for_each(|(row, source)| self.write(row, *source))
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> Result<RunFile, StoreError> {
        self.file.flush().map_err(StoreError::io(&self.path))?;
        Ok(RunFile { path: self.path, width: self.width, rows: self.rows })
    }
}

impl RunFile {
    /// Removes the file; what cannot be removed goes with its folder.
    pub(crate) fn remove(self) {
        let _ = std::fs::remove_file(&self.path);
    }

    /// Reads it from the start.
    pub(crate) fn read(&self) -> Result<RunReader, StoreError> {
        let file = File::open(&self.path).map_err(StoreError::io(&self.path))?;
        let mut reader = RunReader {
            file: BufReader::with_capacity(BUFFER, file),
            record: vec![0; FIXED + 2 * self.width],
            run: self.clone(),
            next: None,
        };
        reader.advance()?;
        Ok(reader)
    }
}

/// Reads a file row by row.
#[derive(Debug)]
pub(crate) struct RunReader {
    run: RunFile,
    file: BufReader<File>,
    record: Vec<u8>,
    next: Option<(Transfer, u32)>,
}

impl RunReader {
    /// The next row, without taking it.
    pub(crate) fn peek(&self) -> Option<&(Transfer, u32)> {
        self.next.as_ref()
    }

    /// Goes on to the next row.
    pub(crate) fn advance(&mut self) -> Result<(), StoreError> {
        self.next = None;
        if self.run.rows == 0 {
            return Ok(());
        }
        self.run.rows -= 1;
        self.file.read_exact(&mut self.record).map_err(StoreError::io(&self.run.path))?;
        let row = decode(&self.record, self.run.width);
        self.next = Some(row.ok_or_else(|| {
            StoreError::damaged(&self.run.path, "a sorted row cannot be read back")
        })?);
        Ok(())
    }
}

fn decode(record: &[u8], width: usize) -> Option<(Transfer, u32)> {
    let mut rest = record;
    let height = u64::from_le_bytes(take(&mut rest)?);
    let timestamp = i64::from_le_bytes(take(&mut rest)?);
    let source = u32::from_le_bytes(take(&mut rest)?);
    let position = known(u32::from_le_bytes(take(&mut rest)?));
    let ordinal = known(u32::from_le_bytes(take(&mut rest)?));
    let [kind] = take(&mut rest)?;
    let asset = Asset::from_key(&take::<{ asset::KEY_LENGTH }>(&mut rest)?).ok()?;
    let amount = Amount::from_le_bytes(take(&mut rest)?);
    let transaction = TransactionHash(take(&mut rest)?);
    let (from, to) = rest.split_at_checked(width)?;
    let transfer = Transfer {
        height: Height(height),
        timestamp: Timestamp(timestamp),
        position,
        transaction,
        ordinal,
        kind: TransferKind::from_number(kind)?,
        from: Address::from_key(from).ok()?,
        to: Address::from_key(to).ok()?,
        asset,
        amount,
    };
    Some((transfer, source))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, later) = rest.split_first_chunk()?;
    *rest = later;
    Some(*first)
}

/// Bytes of a row in memory, with its source.
pub(crate) const ROW_IN_MEMORY: u64 = widen::count(size_of::<Transfer>() + 4);
