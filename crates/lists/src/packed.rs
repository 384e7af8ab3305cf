//! Lines of JSON in one file, packed with Zstandard, whose frame checksum is
//! on: the form in which snapshots of lists and packs of tags are kept.
//!
//! A file is never changed. It appears whole, by [`crate::files::publish`].
//! Its first line says what it is, with the version of its format.

use crate::files;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Result, Write};
use std::path::Path;

/// How the names of such files end.
pub const ENDING: &str = ".jsonl.zst";
/// Zstandard's level: above it a file is a few percent smaller, and slower to write.
const LEVEL: i32 = 9;

/// Writes a file whole or not at all: its first line, then what `fill` puts.
///
/// # Errors
/// As the file system says; then nothing has changed.
pub fn publish(
    path: &Path,
    first: &impl Serialize,
    fill: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    files::publish(path, |out| {
        let mut packed = zstd::Encoder::new(out, LEVEL)?;
        packed.include_checksum(true)?;
        serde_json::to_writer(&mut packed, first)?;
        fill(&mut packed)?;
        packed.finish()?.flush()
    })
}

/// Puts further lines.
///
/// # Errors
/// As the writer says.
pub fn put<'r, R: Serialize + 'r>(
    out: &mut dyn Write,
    rows: impl IntoIterator<Item = &'r R>,
) -> Result<()> {
    for row in rows {
        out.write_all(b"\n")?;
        serde_json::to_writer(&mut *out, row)?;
    }
    Ok(())
}

/// Names of the files of this form in a folder, without their ending; none
/// where there is no folder.
///
/// # Errors
/// As the file system says.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        // What a killed import left begins with a point and is none of them.
        if let (Some(stem), false) = (name.strip_suffix(ENDING), name.starts_with('.')) {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A file being read, line by line.
pub struct Reader {
    lines: BufReader<zstd::Decoder<'static, BufReader<File>>>,
    line: String,
}

/// What every first line says besides.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// As the file system says.
    pub fn open(path: &Path) -> Result<Self> {
        let lines = BufReader::new(zstd::Decoder::new(File::open(path)?)?);
        Ok(Self { lines, line: String::new() })
    }

    /// The first line, if the format is of a version.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn first<T: DeserializeOwned>(&mut self, version: u32) -> std::result::Result<T, String> {
        let Some(Version { version: found }) = self.next()? else {
            return Err("it is empty".to_owned());
        };
        if found != version {
            return Err(format!("its format is version {found}, this program reads {version}"));
        }
        serde_json::from_str(&self.line).map_err(|error| error.to_string())
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    #[allow(clippy::should_implement_trait)] // each line may be of another type
    pub fn next<T: DeserializeOwned>(&mut self) -> std::result::Result<Option<T>, String> {
        self.line.clear();
        if self.lines.read_line(&mut self.line).map_err(|error| error.to_string())? == 0 {
            return Ok(None);
        }
        serde_json::from_str(&self.line).map(Some).map_err(|error| error.to_string())
    }

    /// All further lines, if they are as many as the first one states.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn rest<T: DeserializeOwned>(
        &mut self,
        stated: usize,
        what: &str,
    ) -> std::result::Result<Vec<T>, String> {
        let mut rows = Vec::with_capacity(stated);
        while let Some(row) = self.next()? {
            rows.push(row);
        }
        if rows.len() != stated {
            return Err(format!("it says {stated} {what} and holds {}", rows.len()));
        }
        Ok(rows)
    }
}
