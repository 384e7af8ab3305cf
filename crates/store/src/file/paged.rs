//! A mapped file whose pages are verified on first touch.
//!
//! Holds true: no byte of a payload leaves this module before the checksum
//! of its page has matched once since the file was opened, so that a flipped
//! byte becomes an error instead of another answer. Verifying everything on
//! opening would make opening as slow as reading; verifying every access
//! would halve the speed of a scan. One bit a page remembers what was
//! verified. The limit: bytes that change in memory or on disk after their
//! page was verified are not noticed before the next opening.

use super::header::{FileKind, HEADER_LENGTH, Header, PAGE_LENGTH};
use crate::mmap::Map;
use crate::{StoreError, widen};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use zerocopy::{FromBytes, Immutable, KnownLayout};

/// One file of a store.
#[derive(Debug)]
pub(crate) struct PagedFile {
    path: PathBuf,
    map: Map,
    header: Header,
    payload_length: usize,
    verified: Vec<AtomicU64>,
}

impl PagedFile {
    /// Maps `path` and checks its header and length, not its pages.
    pub(crate) fn open(
        path: &Path,
        kind: FileKind,
        width: u32,
        tag: u64,
    ) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io(path))?;
        let map = Map::open(&file).map_err(StoreError::io(path))?;
        let header = Header::read(&map, kind, path)?;
        if header.file_length() != Some(widen::count(map.len())) {
            let detail = format!(
                "{} bytes long, but its header makes it {}",
                map.len(),
                header.file_length().unwrap_or(u64::MAX)
            );
            return Err(StoreError::damaged(path, detail));
        }
        if header.record_width != width || header.tag != tag {
            let detail = format!(
                "records of {} bytes for segment {}, expected {width} bytes for segment {tag}",
                header.record_width, header.tag
            );
            return Err(StoreError::damaged(path, detail));
        }
        let words = widen::index64(header.page_count().div_ceil(64));
        let verified = std::iter::repeat_with(|| AtomicU64::new(0)).take(words).collect();
        let payload_length = widen::index64(header.payload_length);
        Ok(Self { path: path.to_owned(), map, header, payload_length, verified })
    }

    /// The header.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many records.
    #[inline]
    pub(crate) fn record_count(&self) -> usize {
        widen::index64(self.header.record_count)
    }

    /// An error about this file.
    pub(crate) fn damaged(&self, detail: impl Into<String>) -> StoreError {
        StoreError::damaged(&self.path, detail)
    }

    /// Bytes of the payload, verified.
    #[inline]
    pub(crate) fn bytes(&self, range: Range<usize>) -> Result<&[u8], StoreError> {
        if range.start > range.end || range.end > self.payload_length {
            return Err(self.outside(&range));
        }
        self.verify(&range)?;
        Ok(&self.map[HEADER_LENGTH + range.start..HEADER_LENGTH + range.end])
    }

    /// Records of the payload, verified. `T` must have the file's record
    /// width; kinds made of single words have `u32` records.
    #[inline]
    pub(crate) fn records<T>(&self, range: Range<usize>) -> Result<&[T], StoreError>
    where
        T: FromBytes + Immutable + KnownLayout,
    {
        let width = size_of::<T>();
        let (Some(start), Some(end)) =
            (range.start.checked_mul(width), range.end.checked_mul(width))
        else {
            return Err(self.outside(&range));
        };
        let bytes = self.bytes(start..end)?;
        // Mappings begin on a page, payloads 64 bytes later, so records are aligned.
        <[T]>::ref_from_bytes(bytes).map_err(|_| self.outside(&range))
    }

    /// One record of the payload, verified.
    #[inline]
    pub(crate) fn record<T>(&self, place: usize) -> Result<&T, StoreError>
    where
        T: FromBytes + Immutable + KnownLayout,
    {
        let width = size_of::<T>();
        let Some(start) = place.checked_mul(width) else {
            return Err(self.outside(&(place..place)));
        };
        let bytes = self.bytes(start..start.saturating_add(width))?;
        T::ref_from_bytes(bytes).map_err(|_| self.outside(&(place..place)))
    }

    /// Reads a byte of the record at `place` without verifying or returning
    /// it, so that its cache line is on the way when it is asked for.
    #[inline]
    pub(crate) fn touch(&self, place: usize, width: usize) {
        let offset = HEADER_LENGTH.saturating_add(place.saturating_mul(width));
        std::hint::black_box(self.map.get(offset).copied());
    }

    #[cold]
    fn outside(&self, range: &Range<usize>) -> StoreError {
        self.damaged(format!(
            "{}..{} is asked for, outside its {} bytes of payload",
            range.start, range.end, self.payload_length
        ))
    }

    #[inline]
    fn verify(&self, range: &Range<usize>) -> Result<(), StoreError> {
        if range.start == range.end {
            return Ok(());
        }
        let (first, last) = (range.start / PAGE_LENGTH, (range.end - 1) / PAGE_LENGTH);
        if self.is_verified(first) && (first == last || last == first + 1 && self.is_verified(last))
        {
            return Ok(());
        }
        self.verify_pages(first, last)
    }

    #[inline]
    fn is_verified(&self, page: usize) -> bool {
        // Relaxed: the bit says that immutable bytes were seen to match; no
        // other memory is handed over with it.
        self.verified[page / 64].load(Ordering::Relaxed) >> (page % 64) & 1 == 1
    }

    fn verify_pages(&self, first: usize, last: usize) -> Result<(), StoreError> {
        for page in first..=last {
            if self.is_verified(page) {
                continue;
            }
            self.verify_page(page)?;
            self.verified[page / 64].fetch_or(1 << (page % 64), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Compares one page with its checksum, whatever was verified before.
    pub(crate) fn verify_page(&self, page: usize) -> Result<(), StoreError> {
        let start = HEADER_LENGTH + page * PAGE_LENGTH;
        let end = HEADER_LENGTH + self.payload_length.min((page + 1) * PAGE_LENGTH);
        if crc32fast::hash(&self.map[start..end]) == self.stored_checksum(page) {
            return Ok(());
        }
        Err(self.damaged(format!(
            "the 4096 bytes from offset {start} do not match their checksum at offset {}",
            HEADER_LENGTH + self.payload_length + 4 * page
        )))
    }

    /// Compares the table of page checksums with its own.
    pub(crate) fn verify_table(&self) -> Result<(), StoreError> {
        let pages = widen::index64(self.header.page_count());
        let start = HEADER_LENGTH + self.payload_length;
        let table = &self.map[start..start + 4 * pages];
        if crc32fast::hash(table) == self.stored_checksum(pages) {
            return Ok(());
        }
        Err(self.damaged(format!("the page checksums from offset {start} do not match theirs")))
    }

    /// The checksum of a page; the one after the last page's is the table's own.
    fn stored_checksum(&self, page: usize) -> u32 {
        let offset = HEADER_LENGTH + self.payload_length + 4 * page;
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.map[offset..offset + 4]);
        u32::from_le_bytes(bytes)
    }
}
