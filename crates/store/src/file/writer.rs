//! Writing one file from front to end.
//!
//! The header needs the final length, so 64 zero bytes hold its place until
//! [`FileWriter::finish`]; a file cut short by a crash has no magic and is
//! never named by a manifest. Nothing is synced here: a publish syncs all
//! files of a segment together.

use super::header::{FileKind, HEADER_LENGTH, Header, PAGE_LENGTH};
use crate::{StoreError, widen};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes collected before they are handed to the operating system; a multiple of the page.
const BUFFER: usize = 16 * PAGE_LENGTH;

/// A file being written.
#[derive(Debug)]
pub(crate) struct FileWriter {
    path: PathBuf,
    file: File,
    kind: FileKind,
    width: u32,
    tag: u64,
    buffer: Vec<u8>,
    written: u64,
    checksums: Vec<u8>,
}

/// A file whose bytes are written but perhaps not on the disk yet.
#[derive(Debug)]
pub(crate) struct WrittenFile {
    path: PathBuf,
    file: File,
}

impl FileWriter {
    /// Makes the file of `kind` in `folder`, with records of `width` bytes.
    pub(crate) fn create(
        folder: &Path,
        kind: FileKind,
        width: u32,
        tag: u64,
    ) -> Result<Self, StoreError> {
        Self::create_at(&folder.join(kind.file_name()), kind, width, tag)
    }

    /// Makes the file of `kind` at `path`.
    pub(crate) fn create_at(
        path: &Path,
        kind: FileKind,
        width: u32,
        tag: u64,
    ) -> Result<Self, StoreError> {
        let mut file = File::create_new(path).map_err(StoreError::io(path))?;
        file.write_all(&[0; HEADER_LENGTH]).map_err(StoreError::io(path))?;
        let (path, buffer) = (path.to_owned(), Vec::with_capacity(2 * PAGE_LENGTH));
        Ok(Self { path, file, kind, width, tag, buffer, written: 0, checksums: Vec::new() })
    }

    /// Appends bytes to the payload.
    #[inline]
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER { self.flush_pages() } else { Ok(()) }
    }

    /// Bytes of payload so far.
    pub(crate) fn length(&self) -> u64 {
        self.written + widen::count(self.buffer.len())
    }

    /// Writes the whole pages collected so far.
    fn flush_pages(&mut self) -> Result<(), StoreError> {
        let whole = self.buffer.len() / PAGE_LENGTH * PAGE_LENGTH;
        for page in self.buffer[..whole].chunks_exact(PAGE_LENGTH) {
            self.checksums.extend_from_slice(&crc32fast::hash(page).to_le_bytes());
        }
        self.file.write_all(&self.buffer[..whole]).map_err(StoreError::io(&self.path))?;
        self.written += widen::count(whole);
        self.buffer.drain(..whole);
        Ok(())
    }

    /// Writes what is left, the checksums and the header.
    pub(crate) fn finish(mut self, extra: u64) -> Result<WrittenFile, StoreError> {
        self.flush_pages()?;
        if !self.buffer.is_empty() {
            self.checksums.extend_from_slice(&crc32fast::hash(&self.buffer).to_le_bytes());
        }
        let table_checksum = crc32fast::hash(&self.checksums);
        let payload_length = self.length();
        let header = Header {
            kind: self.kind,
            payload_length,
            record_count: payload_length / u64::from(self.width),
            record_width: self.width,
            extra,
            tag: self.tag,
        };
        let Self { path, mut file, buffer, checksums, .. } = self;
        file.write_all(&buffer)
            .and_then(|()| file.write_all(&checksums))
            .and_then(|()| file.write_all(&table_checksum.to_le_bytes()))
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(&header.to_bytes()))
            .map_err(StoreError::io(&path))?;
        Ok(WrittenFile { path, file })
    }
}

impl WrittenFile {
    /// Waits until the bytes are on the disk.
    pub(crate) fn sync(self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(StoreError::io(&self.path))
    }
}
