//! A list's bytes, unpacked.

use crate::ListError;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Most bytes of a list, unpacked: ten times the largest one published.
const MOST_BYTES: u64 = 2 << 30;
/// Bytes by which a format is told.
const START: usize = 8 << 10;

/// An opened list, from its first byte on.
pub(super) struct Input {
    reader: BufReader<Box<dyn Read>>,
    left: u64,
}

impl Input {
    /// Opens a file, packed or not.
    pub(super) fn open(path: &Path) -> Result<Self, ListError> {
        let io = |source| ListError::Io { file: path.to_owned(), source };
        let mut file = BufReader::new(File::open(path).map_err(io)?);
        let magic = file.fill_buf().map_err(io)?;
        if magic.is_empty() {
            return Err(ListError::Empty { file: path.to_owned() });
        }
        let plain: Box<dyn Read> = match magic {
            [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
            [b'B', b'Z', b'h', ..] => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
            _ => Box::new(file),
        };
        let mut reader = BufReader::with_capacity(1 << 16, plain);
        let start = reader.fill_buf().map_err(io)?;
        if start.is_empty() {
            return Err(ListError::Empty { file: path.to_owned() });
        }
        if start.starts_with(&[0xef, 0xbb, 0xbf]) {
            reader.consume(3);
        }
        Ok(Self { reader, left: MOST_BYTES })
    }

    /// What it begins with, as far as it is text.
    pub(super) fn start(&self) -> String {
        let buffered = self.reader.buffer();
        String::from_utf8_lossy(&buffered[..buffered.len().min(START)]).into_owned()
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.left == 0 {
            return Err(std::io::Error::other("larger than any list that is published"));
        }
        self.reader.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        // Counts of bytes in memory fit 64 bits.
        self.left = self.left.saturating_sub(count as u64);
        self.reader.consume(count);
    }
}
