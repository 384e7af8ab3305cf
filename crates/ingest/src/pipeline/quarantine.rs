//! Broken rows, kept in a file beside their reasons.
//!
//! One file per input, `<file>.broken.csv` with columns `file,row,reason,text`,
//! made when the first broken row is met. An older file of that name is
//! replaced: it speaks of an earlier run. At most [`ROW_LIMIT`] rows and
//! [`TEXT_LIMIT`] bytes of each are kept, so that a huge file of rubbish does
//! not fill the disk a second time; all are counted.

use crate::IngestError;
use crate::source::{RowNumber, quote};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Bytes kept of a row.
const TEXT_LIMIT: usize = 4096;

/// Rows kept of a file.
const ROW_LIMIT: u64 = 100_000;

/// Where the broken rows of one file go.
pub(crate) struct Quarantine {
    /// Name of the file read, for the first column.
    source: String,
    path: Option<PathBuf>,
    writer: Option<BufWriter<File>>,
    kept: u64,
}

impl Quarantine {
    /// The quarantine of `source`, the `place`-th file of the run with its name.
    pub(crate) fn new(folder: Option<&Path>, source: &Path, place: usize) -> Self {
        let name = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let again = if place > 1 { format!(".{place}") } else { String::new() };
        let path = folder.map(|folder| folder.join(format!("{name}{again}.broken.csv")));
        Self { source: source.display().to_string(), path, writer: None, kept: 0 }
    }

    /// Keeps a row.
    pub(crate) fn keep(
        &mut self,
        number: RowNumber,
        reason: &str,
        text: &str,
    ) -> Result<(), IngestError> {
        let Some(path) = self.path.as_ref().filter(|_| self.kept < ROW_LIMIT) else {
            return Ok(());
        };
        self.kept += 1;
        let io = |error| IngestError::io(path, error);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).map_err(io)?;
                }
                let mut writer = BufWriter::new(File::create(path).map_err(io)?);
                writer.write_all(b"file,row,reason,text\n").map_err(io)?;
                self.writer.insert(writer)
            }
        };
        let end = (0..=TEXT_LIMIT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
        let text = &text[..end.unwrap_or(0)];
        writeln!(writer, "{},{},{},{}", quote(&self.source), number.row, quote(reason), quote(text))
            .map_err(io)
    }

    /// Writes out what is kept; the file, if there is one.
    pub(crate) fn close(self) -> Result<Option<PathBuf>, IngestError> {
        let (Some(mut writer), Some(path)) = (self.writer, self.path) else {
            return Ok(None);
        };
        writer.flush().map_err(|error| IngestError::io(&path, error))?;
        Ok(Some(path))
    }
}
