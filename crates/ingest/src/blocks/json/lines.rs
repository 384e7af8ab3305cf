//! Lines of a file, packed or not, with their numbers.

use crate::blocks::{BlockError, Position, SourcePlace};
use crate::source::{Compression, Counted};
use memchr::memchr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The longest line that is read, in bytes. The largest transaction that a
/// block of 4 MB can hold takes some 30 MB with its scripts written twice.
const MAX_LINE: usize = 256 << 20;
/// Bytes read at once.
const BUFFER: usize = 1 << 18;

/// The lines of one file.
pub(super) struct Lines {
    path: PathBuf,
    reader: BufReader<Box<dyn Read + Send>>,
    number: u64,
    buffer: Vec<u8>,
}

impl Lines {
    /// Opens a file; `consumed` counts its bytes as they lie on disk.
    pub(super) fn open(path: &Path, consumed: Arc<AtomicU64>) -> Result<Self, BlockError> {
        let whole = |error| BlockError::Io {
            place: SourcePlace { source: path.to_owned(), at: Position::Whole },
            error,
        };
        let mut first = Vec::new();
        File::open(path).map_err(whole)?.take(4).read_to_end(&mut first).map_err(whole)?;
        let packed = Counted::new(File::open(path).map_err(whole)?, consumed);
        let bytes = Compression::from_magic(&first).unpack(packed).map_err(whole)?;
        let reader = BufReader::with_capacity(BUFFER, bytes);
        Ok(Self { path: path.to_owned(), reader, number: 0, buffer: Vec::new() })
    }

    /// The place of the line read last.
    pub(super) fn place(&self) -> SourcePlace {
        SourcePlace { source: self.path.clone(), at: Position::Line(self.number) }
    }

    /// Number of the line read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line that is not blank, without its end; `Err` inside if it
    /// is too long or not UTF-8. `None` at the end of the file.
    pub(super) fn next_line(&mut self) -> Result<Option<Result<&str, String>>, BlockError> {
        let length = loop {
            self.number += 1;
            self.buffer.clear();
            let length = match read_line(&mut self.reader, &mut self.buffer, MAX_LINE) {
                Ok(Some(length)) => length,
                Ok(None) => return Ok(None),
                Err(error) => return Err(BlockError::Io { place: self.place(), error }),
            };
            if length > MAX_LINE || !self.buffer.trim_ascii().is_empty() {
                break length;
            }
        };
        if length > MAX_LINE {
            return Ok(Some(Err(format!(
                "the line has {length} bytes, more than any block needs"
            ))));
        }
        let mut bytes = self.buffer.trim_ascii();
        if self.number == 1 {
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        Ok(Some(std::str::from_utf8(bytes).map_err(|_| "the line is not UTF-8".to_owned())))
    }
}

/// Appends bytes up to a line feed, at most `limit` of them, and tells how
/// many there were; `None` at the end.
fn read_line(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    limit: usize,
) -> io::Result<Option<usize>> {
    let mut length = 0;
    loop {
        let bytes = match reader.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.is_empty() {
            return Ok((length > 0).then_some(length));
        }
        let end = memchr(b'\n', bytes);
        let part = end.map_or(bytes, |end| &bytes[..end]);
        if length + part.len() <= limit {
            line.extend_from_slice(part);
        }
        length += part.len();
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(Some(length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_they_please_and_long_ones_are_not_held() {
        let text = b"one\n\r\ntwo\r\nthree";
        let mut reader = BufReader::with_capacity(4, &text[..]);
        let mut seen = Vec::new();
        let mut line = Vec::new();
        while let Some(length) = read_line(&mut reader, &mut line, 4).unwrap() {
            assert!(line.len() <= 4);
            let text = String::from_utf8(std::mem::take(&mut line)).unwrap();
            seen.push((length, if length > 4 { "too long".to_owned() } else { text }));
        }
        let expected = [(3, "one"), (1, "\r"), (4, "two\r"), (5, "too long")];
        assert_eq!(seen, expected.map(|(n, text)| (n, text.to_owned())));
    }
}
