//! The files of snapshots.

use super::{Manifest, Snapshot};
use crate::files::publish;
use crate::{ListEntry, ListError};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use tracehound_model::Timestamp;

/// Version of the format.
pub(super) const VERSION: u32 = 1;
const ENDING: &str = ".jsonl.zst";
const CHECKED: &str = "checked";
/// Hexadecimal digits of the digest in a file's name.
const NAME_DIGITS: usize = 16;
/// Zstandard's level: above it the file is a few percent smaller, and slower to write.
const LEVEL: i32 = 9;

fn io(file: &Path) -> impl Fn(std::io::Error) -> ListError + '_ {
    move |source| ListError::Io { file: file.to_owned(), source }
}

fn path_of(folder: &Path, manifest: &Manifest) -> PathBuf {
    let digits = manifest.digest.get(..NAME_DIGITS).unwrap_or(&manifest.digest);
    folder.join(format!("{}-{digits}{ENDING}", manifest.published))
}

/// Writes a snapshot whole or not at all.
pub(super) fn write(
    folder: &Path,
    manifest: &Manifest,
    entries: &[ListEntry],
) -> Result<(), ListError> {
    let path = path_of(folder, manifest);
    let published = publish(&path, |out| {
        let mut packed = zstd::Encoder::new(out, LEVEL)?;
        packed.include_checksum(true)?;
        serde_json::to_writer(&mut packed, manifest)?;
        for entry in entries {
            packed.write_all(b"\n")?;
            serde_json::to_writer(&mut packed, entry)?;
        }
        packed.finish()?.flush()
    });
    published.map_err(io(&path))
}

/// Notes when the latest publication was seen to be the latest.
pub(super) fn write_checked(folder: &Path, now: Timestamp) -> Result<(), ListError> {
    let path = folder.join(CHECKED);
    publish(&path, |out| writeln!(out, "{now}")).map_err(io(&path))
}

/// When the latest publication was seen to be the latest.
pub(super) fn checked(folder: &Path) -> Result<Option<Timestamp>, ListError> {
    let path = folder.join(CHECKED);
    match fs::read_to_string(&path) {
        Ok(text) => text
            .trim()
            .parse()
            .map(Some)
            .map_err(|error| ListError::Damaged { file: path, reason: format!("{error}") }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(&path)(error)),
    }
}

/// Names of the folders in a folder.
pub(super) fn folders(folder: &Path) -> Result<Vec<String>, ListError> {
    let mut names = Vec::new();
    for entry in entries(folder)? {
        if entry.is_dir()
            && let Some(name) = entry.file_name()
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Snapshots in a folder.
pub(super) fn snapshots(folder: &Path) -> Result<Vec<PathBuf>, ListError> {
    let mut found = entries(folder)?;
    // What a killed import left begins with a point and is no snapshot.
    found.retain(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| name.ends_with(ENDING) && !name.starts_with('.'))
    });
    found.sort();
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, ListError> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            entries.map(|entry| entry.map(|entry| entry.path()).map_err(io(folder))).collect()
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(io(folder)(error)),
    }
}

type Unpacked = BufReader<zstd::Decoder<'static, BufReader<File>>>;

fn open(path: &Path) -> Result<Unpacked, ListError> {
    let file = File::open(path).map_err(io(path))?;
    Ok(BufReader::new(zstd::Decoder::new(file).map_err(io(path))?))
}

fn damaged(path: &Path, reason: impl ToString) -> ListError {
    ListError::Damaged { file: path.to_owned(), reason: reason.to_string() }
}

/// What a snapshot says it is.
pub(super) fn manifest(path: &Path) -> Result<Manifest, ListError> {
    first_line(path, &mut open(path)?)
}

fn first_line(path: &Path, lines: &mut Unpacked) -> Result<Manifest, ListError> {
    let mut line = String::new();
    lines.read_line(&mut line).map_err(|error| damaged(path, error))?;
    let manifest: Manifest = serde_json::from_str(&line).map_err(|error| damaged(path, error))?;
    if manifest.version != VERSION {
        let reason =
            format!("its format is version {}, this program reads {VERSION}", manifest.version);
        return Err(damaged(path, reason));
    }
    Ok(manifest)
}

/// A snapshot with its entries.
pub(super) fn read(folder: &Path, manifest: &Manifest) -> Result<Snapshot, ListError> {
    let path = path_of(folder, manifest);
    let mut lines = open(&path)?;
    let manifest = first_line(&path, &mut lines)?;
    let mut entries = Vec::with_capacity(manifest.entries);
    for line in lines.lines() {
        let line = line.map_err(|error| damaged(&path, error))?;
        entries.push(serde_json::from_str(&line).map_err(|error| damaged(&path, error))?);
    }
    if entries.len() != manifest.entries {
        let reason = format!("it says {} entries and holds {}", manifest.entries, entries.len());
        return Err(damaged(&path, reason));
    }
    Ok(Snapshot { manifest, entries })
}
