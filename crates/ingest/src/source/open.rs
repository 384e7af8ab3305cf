//! Opening a file: packing, container, columns, format.

use super::cell::RowVisitor;
use super::compression::{Compression, Counted};
use super::csv_split::Fields;
use super::csv_table::CsvTable;
use super::detect::Format;
use super::header::Header;
use super::parquet_table::{MAGIC, ParquetTable};
use crate::IngestError;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A file whose columns are known.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// How it is packed.
    pub(crate) compression: Compression,
    /// Its columns.
    pub(crate) header: Header,
    /// Its first line as written, where it is text: in a list without a
    /// header that line is data.
    pub(crate) written_header: Vec<String>,
    /// Its size on disk.
    pub(crate) size: u64,
    parquet: bool,
}

impl Opened {
    /// Hands every row to the visitor; only `columns` need be readable.
    pub(crate) fn visit(
        &self,
        columns: &[usize],
        visitor: &mut impl RowVisitor,
    ) -> Result<(), IngestError> {
        if self.parquet {
            return ParquetTable::open(&self.path)?.visit(columns, visitor);
        }
        let mut table = csv_table(&self.path, self.compression)?;
        table.header_line()?;
        table.visit(self.header.columns.len(), visitor)
    }
}

/// Opens a file and reads its columns.
pub(crate) fn open(path: &Path) -> Result<Opened, IngestError> {
    let io = |error| IngestError::io(path, error);
    let mut file = File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    let mut first = Vec::new();
    file.by_ref().take(4).read_to_end(&mut first).map_err(io)?;
    if first.is_empty() {
        return Err(IngestError::Empty { file: path.to_owned() });
    }
    let compression = Compression::from_magic(&first);
    let opened = |header, written_header, parquet| {
        let path = path.to_owned();
        Opened { path, compression, header, written_header, size, parquet }
    };
    if first == MAGIC {
        return Ok(opened(ParquetTable::open(path)?.header(), Vec::new(), true));
    }
    let mut table = csv_table(path, compression)?;
    if table.peek()?.starts_with(MAGIC) {
        let detail = format!("this is Parquet inside {compression}; unpack it first");
        return Err(IngestError::NotATable { file: path.to_owned(), detail });
    }
    let line = table.header_line()?;
    let names = split_header(&line);
    Ok(opened(Header::text(names.iter().map(String::as_str)), names, false))
}

/// Opens a file and tells whose export it is.
pub(crate) fn open_format(path: &Path) -> Result<(Opened, Format), IngestError> {
    let opened = open(path)?;
    if let Some(format) = Format::recognise(&opened.header) {
        return Ok((opened, format));
    }
    Err(unknown_columns(&opened))
}

/// The format and packing of a file, by its content.
///
/// # Errors
/// [`IngestError`] if the file cannot be read or no format has its columns.
pub fn detect(path: &Path) -> Result<(Format, Compression), IngestError> {
    open_format(path).map(|(opened, format)| (format, opened.compression))
}

fn csv_table(path: &Path, compression: Compression) -> Result<CsvTable, IngestError> {
    let io = |error| IngestError::io(path, error);
    let consumed = Arc::new(AtomicU64::new(0));
    let packed = Counted::new(File::open(path).map_err(io)?, Arc::clone(&consumed));
    let bytes = compression.unpack(packed).map_err(io)?;
    Ok(CsvTable::new(path, compression, bytes, consumed))
}

fn split_header(line: &str) -> Vec<String> {
    let mut fields = Fields::default();
    match fields.split(line, b',') {
        Ok(()) => (0..fields.len()).map(|n| fields.get(line, n).to_owned()).collect(),
        Err(_) => vec![line.to_owned()],
    }
}

/// Why no format fits: other separators, or other columns.
fn unknown_columns(opened: &Opened) -> IngestError {
    let file = opened.path.clone();
    if let [only] = opened.header.columns.as_slice() {
        for (delimiter, found) in [(b'\t', "tabs"), (b';', "semicolons")] {
            // Commas inside such a line make more than one column, so one column has none.
            if only.name.as_bytes().contains(&delimiter) {
                return IngestError::WrongDelimiter { file, found };
            }
        }
    }
    let (nearest, missing) = Format::nearest(&opened.header);
    IngestError::UnknownColumns { file, found: opened.header.names(), nearest, missing }
}
