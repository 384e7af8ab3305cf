//! Comma-separated text as rows, in bounded memory.
//!
//! A line longer than [`LINE_LIMIT`] is never held: its beginning is kept for
//! the quarantine and the rest is skipped. A quotation mark that is never
//! closed spoils one row, not the rest of the file: at most
//! [`RECORD_LINES`] lines are joined in search of its end, then reading goes
//! on at the line after the row's first. Blank lines are no rows.

use super::cell::{RowNumber, RowVisitor, TextRow};
use super::csv_split::Fields;
use crate::{Compression, IngestError};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest line that is read.
pub(crate) const LINE_LIMIT: usize = 1 << 20;
/// Most lines one record may span.
const RECORD_LINES: usize = 16;
/// Text kept of a line that is too long.
const KEPT: usize = 1 << 10;
/// Lines between two reports of progress.
const REPORT_EVERY: u64 = 4096;

/// A line as read.
struct Line {
    number: u64,
    bytes: Vec<u8>,
    /// Whether bytes beyond the limit were thrown away.
    cut: bool,
}

/// A file of comma-separated text.
pub(crate) struct CsvTable {
    file: PathBuf,
    compression: Compression,
    reader: BufReader<Box<dyn Read + Send>>,
    consumed: Arc<AtomicU64>,
    lines_read: u64,
    /// Lines handed back after a search for a closing mark failed.
    pending: VecDeque<Line>,
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
}

impl CsvTable {
    /// A table over unpacked bytes; `consumed` counts the packed ones.
    pub(crate) fn new(
        file: &Path,
        compression: Compression,
        bytes: Box<dyn Read + Send>,
        consumed: Arc<AtomicU64>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            compression,
            reader: BufReader::with_capacity(1 << 18, bytes),
            consumed,
            lines_read: 0,
            pending: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    /// The first unpacked bytes, without consuming them.
    pub(crate) fn peek(&mut self) -> Result<&[u8], IngestError> {
        match self.reader.fill_buf() {
            // A second look is free: the buffer is not refilled until it is consumed.
            Ok(_) => Ok(self.reader.buffer()),
            Err(error) => Err(unpack_error(&self.file, self.compression, error)),
        }
    }

    /// The first line that is not blank, as the names of columns.
    pub(crate) fn header_line(&mut self) -> Result<String, IngestError> {
        let file = self.file.clone();
        let refuse = |detail: &str| IngestError::NotATable { file, detail: detail.to_owned() };
        let first = self.peek()?;
        if first.starts_with(&[0xff, 0xfe]) || first.starts_with(&[0xfe, 0xff]) {
            return Err(refuse("the text is in UTF-16"));
        }
        let Some(line) = self.next_line()? else {
            return Err(IngestError::Empty { file: self.file.clone() });
        };
        if line.cut {
            return Err(refuse("the first line is longer than 1 MiB"));
        }
        if line.bytes.contains(&0) {
            return Err(refuse("the first line is not text"));
        }
        match std::str::from_utf8(&line.bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
            Err(_) => Err(refuse("the first line is not UTF-8 text")),
        }
    }

    /// Hands every row of `width` fields to the visitor.
    pub(crate) fn visit(
        &mut self,
        width: usize,
        visitor: &mut impl RowVisitor,
    ) -> Result<(), IngestError> {
        let mut fields = Fields::default();
        let mut row = 0;
        while let Some(line) = self.next_line()? {
            row += 1;
            let number = RowNumber { row, line: Some(line.number) };
            if row % REPORT_EVERY == 0 {
                visitor.progress(self.consumed.load(Ordering::Relaxed))?;
            }
            let bytes = self.visit_line(line, number, width, &mut fields, visitor)?;
            self.spare.push(bytes);
        }
        visitor.progress(self.consumed.load(Ordering::Relaxed))
    }

    /// One row; gives its buffer back.
    fn visit_line(
        &mut self,
        mut line: Line,
        number: RowNumber,
        width: usize,
        fields: &mut Fields,
        visitor: &mut impl RowVisitor,
    ) -> Result<Vec<u8>, IngestError> {
        let mut joined = Vec::new();
        loop {
            let text = match line_text(&line) {
                Ok(text) => text,
                Err(reason) => {
                    let kept = &line.bytes[..line.bytes.len().min(KEPT)];
                    visitor.broken(number, reason, String::from_utf8_lossy(kept).into_owned())?;
                    self.hand_back(joined);
                    return Ok(line.bytes);
                }
            };
            if fields.split(text, b',').is_ok() {
                if fields.len() == width {
                    visitor.row(number, &TextRow { line: text, fields })?;
                } else {
                    visitor.broken(number, wrong_width(text, fields.len(), width), text.into())?;
                }
                return Ok(line.bytes);
            }
            let next = if joined.len() + 1 < RECORD_LINES { self.next_line()? } else { None };
            match next {
                Some(next) if line.bytes.len() + next.bytes.len() < LINE_LIMIT => {
                    line.bytes.push(b'\n');
                    line.bytes.extend_from_slice(&next.bytes);
                    joined.push(next);
                }
                too_long_or_none => {
                    let first = text.lines().next().unwrap_or_default().to_owned();
                    visitor.broken(number, "a quotation mark is not closed".to_owned(), first)?;
                    joined.extend(too_long_or_none);
                    self.hand_back(joined);
                    return Ok(line.bytes);
                }
            }
        }
    }

    /// Lines joined in vain are rows of their own.
    fn hand_back(&mut self, joined: Vec<Line>) {
        for line in joined.into_iter().rev() {
            self.pending.push_front(line);
        }
    }

    /// The next line that is not blank.
    fn next_line(&mut self) -> Result<Option<Line>, IngestError> {
        if let Some(line) = self.pending.pop_front() {
            return Ok(Some(line));
        }
        loop {
            let mut bytes = self.spare.pop().unwrap_or_default();
            bytes.clear();
            let (any, cut) = self
                .read_line(&mut bytes)
                .map_err(|error| unpack_error(&self.file, self.compression, error))?;
            if !any {
                return Ok(None);
            }
            self.lines_read += 1;
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            if cut || bytes.iter().any(|b| !b.is_ascii_whitespace()) {
                return Ok(Some(Line { number: self.lines_read, bytes, cut }));
            }
            self.spare.push(bytes);
        }
    }

    /// Reads to the end of the line; (whether there was one, whether it was cut).
    fn read_line(&mut self, line: &mut Vec<u8>) -> std::io::Result<(bool, bool)> {
        let (mut any, mut cut) = (false, false);
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                return Ok((any, cut));
            }
            any = true;
            let end = memchr::memchr(b'\n', buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let room = LINE_LIMIT - line.len();
            cut |= part.len() > room;
            line.extend_from_slice(&part[..part.len().min(room)]);
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() {
                return Ok((any, cut));
            }
        }
    }
}

fn line_text(line: &Line) -> Result<&str, String> {
    if line.cut {
        return Err("the line is longer than 1 MiB".to_owned());
    }
    if memchr::memchr(0, &line.bytes).is_some() {
        return Err("the row holds a NUL byte".to_owned());
    }
    std::str::from_utf8(&line.bytes).map_err(|error| {
        format!("the row is not UTF-8 text (byte {} of the row)", error.valid_up_to() + 1)
    })
}

fn wrong_width(text: &str, found: usize, width: usize) -> String {
    let other = match (text.contains('\t'), text.contains(';')) {
        (true, _) if found == 1 => "; it is separated by tabs",
        (_, true) if found == 1 => "; it is separated by semicolons",
        _ => "",
    };
    format!("the row has {found} fields, the header {width}{other}")
}

/// What a failed read of a packed file means.
pub(crate) fn unpack_error(
    file: &Path,
    compression: Compression,
    error: std::io::Error,
) -> IngestError {
    use std::io::ErrorKind;
    if compression == Compression::None {
        return IngestError::io(file, error);
    }
    let file = file.to_owned();
    match error.kind() {
        ErrorKind::UnexpectedEof => IngestError::Truncated { file, compression },
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
            IngestError::Damaged { file, detail: format!("not valid {compression} data: {error}") }
        }
        _ => IngestError::Io { file, source: error },
    }
}

/// A field as it is written into a table: quoted where it must be.
pub(crate) fn quote(field: &str) -> std::borrow::Cow<'_, str> {
    let blank = |b: u8| b == b' ' || b == b'\t';
    let outer = field.bytes().next().is_some_and(blank) || field.bytes().last().is_some_and(blank);
    if outer || field.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        format!("\"{}\"", field.replace('"', "\"\"")).into()
    } else {
        field.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::cell::{Cell, Row};

    #[derive(Default)]
    struct Seen {
        rows: Vec<(u64, u64, Vec<String>)>,
        broken: Vec<(u64, String, usize)>,
    }

    impl RowVisitor for Seen {
        fn row(&mut self, number: RowNumber, row: &impl Row) -> Result<(), IngestError> {
            let text = |n| match row.cell(n) {
                Cell::Text(text) => text.to_owned(),
                _ => String::new(),
            };
            self.rows.push((number.row, number.line.unwrap(), vec![text(0), text(1)]));
            Ok(())
        }
        fn broken(
            &mut self,
            n: RowNumber,
            reason: String,
            text: String,
        ) -> Result<(), IngestError> {
            self.broken.push((n.row, reason, text.len()));
            Ok(())
        }
        fn progress(&mut self, _bytes: u64) -> Result<(), IngestError> {
            Ok(())
        }
    }

    fn table(bytes: impl Read + Send + 'static) -> CsvTable {
        let consumed = Arc::new(AtomicU64::new(0));
        CsvTable::new(Path::new("t.csv"), Compression::None, Box::new(bytes), consumed)
    }

    fn read(bytes: impl Read + Send + 'static) -> Seen {
        let mut table = table(bytes);
        table.header_line().unwrap();
        let mut seen = Seen::default();
        table.visit(2, &mut seen).unwrap();
        seen
    }

    #[test]
    fn rows_and_lines_are_counted_and_blank_lines_are_not_rows() {
        let seen = read(&b"\xef\xbb\xbfa,b\r\n1,2\r\n\r\n \n3,\"x\ny\"\n5,6"[..]);
        let expected = [(1, 2, vec!["1", "2"]), (2, 5, vec!["3", "x\ny"]), (3, 7, vec!["5", "6"])];
        let rows: Vec<_> = expected
            .into_iter()
            .map(|(r, l, v)| (r, l, v.into_iter().map(str::to_owned).collect::<Vec<_>>()))
            .collect();
        assert_eq!(seen.rows, rows);
        assert!(seen.broken.is_empty());
    }

    #[test]
    fn a_bad_row_spoils_only_itself() {
        let seen = read(&b"a,b\n1\n1,2,3\n\xff,2\n1,\x002\n7;8\n9,\"open\n1,2\n3,4\n"[..]);
        let reasons: Vec<&str> = seen.broken.iter().map(|b| b.1.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "the row has 1 fields, the header 2",
                "the row has 3 fields, the header 2",
                "the row is not UTF-8 text (byte 1 of the row)",
                "the row holds a NUL byte",
                "the row has 1 fields, the header 2; it is separated by semicolons",
                "a quotation mark is not closed",
            ]
        );
        let rows: Vec<u64> = seen.rows.iter().map(|r| r.0).collect();
        assert_eq!(rows, [7, 8]);
    }

    #[test]
    fn an_unclosed_mark_loses_no_row_after_it() {
        // Too many lines to join, a line too long to join, and the end of the file.
        let many = "1,2\n".repeat(40);
        let long = format!("{},2\n", "x".repeat(LINE_LIMIT - 10));
        let text = format!("a,b\n\"open\n{many}\"open\n{long}1,2\n\"open\n3,4\n");
        let seen = read(std::io::Cursor::new(text));
        let broken: Vec<u64> = seen.broken.iter().map(|b| b.0).collect();
        assert_eq!(broken, [1, 42, 45]);
        assert_eq!(seen.rows.len(), 43);
    }

    #[test]
    fn an_endless_line_is_skipped_without_holding_it() {
        let long = std::io::repeat(b'x').take(40 * LINE_LIMIT as u64);
        let seen = read((&b"a,b\n"[..]).chain(long).chain(&b"\n1,2\n"[..]));
        assert_eq!(seen.broken, [(1, "the line is longer than 1 MiB".to_owned(), KEPT)]);
        assert_eq!(seen.rows.len(), 1);
    }

    #[test]
    fn what_is_no_table_is_refused_with_a_reason() {
        let message = |bytes: Vec<u8>| {
            table(std::io::Cursor::new(bytes)).header_line().unwrap_err().to_string()
        };
        assert!(message(vec![]).contains("the file is empty"));
        assert!(message(b"\n\n".to_vec()).contains("the file is empty"));
        assert!(message(vec![0xff, 0xfe, b'a', 0]).contains("UTF-16"));
        assert!(message(vec![b'a', 0, 1]).contains("not text"));
        assert!(message(vec![b'x'; LINE_LIMIT + 2]).contains("longer than 1 MiB"));
    }
}
