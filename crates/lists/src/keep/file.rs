//! The files of snapshots.

use super::{Manifest, Snapshot};
use crate::files::publish;
use crate::packed::{self, ENDING, Reader};
use crate::{ListEntry, ListError};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tracehound_model::Timestamp;

/// Version of the format.
pub(super) const VERSION: u32 = 1;
const CHECKED: &str = "checked";
/// Hexadecimal digits of the digest in a file's name.
const NAME_DIGITS: usize = 16;

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
    packed::publish(&path, manifest, |out| packed::put(out, entries)).map_err(io(&path))
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
    let names = packed::names(folder).map_err(io(folder))?;
    Ok(names.into_iter().map(|name| folder.join(format!("{name}{ENDING}"))).collect())
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

fn open(path: &Path) -> Result<Reader, ListError> {
    Reader::open(path).map_err(io(path))
}

fn damaged(path: &Path, reason: String) -> ListError {
    ListError::Damaged { file: path.to_owned(), reason }
}

/// What a snapshot says it is.
pub(super) fn manifest(path: &Path) -> Result<Manifest, ListError> {
    open(path)?.first(VERSION).map_err(|reason| damaged(path, reason))
}

/// A snapshot with its entries.
pub(super) fn read(folder: &Path, manifest: &Manifest) -> Result<Snapshot, ListError> {
    let path = path_of(folder, manifest);
    let mut lines = open(&path)?;
    let mut whole = || {
        let manifest: Manifest = lines.first(VERSION)?;
        let entries = lines.rest(manifest.entries, "entries")?;
        Ok(Snapshot { manifest, entries })
    };
    whole().map_err(|reason: String| damaged(&path, reason))
}
