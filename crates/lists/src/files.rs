//! Files that appear whole or not at all, and their digests.

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{BufWriter, Error, Result, Write};
use std::path::Path;
use tracehound_model::hash::to_hex;

/// SHA-256 of a file, hexadecimal.
///
/// # Errors
/// As the file system says.
pub fn digest(path: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    std::io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(to_hex(&hasher.finalize()))
}

/// Writes a file under another name, flushes it to the disk and renames it
/// into place, so that a crash leaves what was there.
///
/// # Errors
/// As the file system or `fill` says; then nothing has changed.
pub fn publish(path: &Path, fill: impl FnOnce(&mut BufWriter<&File>) -> Result<()>) -> Result<()> {
    let folder = path.parent().ok_or_else(|| Error::other("a file needs a folder"))?;
    fs::create_dir_all(folder)?;
    let temporary = tempfile::Builder::new().prefix(".part-").tempfile_in(folder)?;
    let mut out = BufWriter::new(temporary.as_file());
    fill(&mut out).and_then(|()| out.flush())?;
    drop(out);
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    // The rename itself is on the disk only when the folder is.
    File::open(folder)?.sync_all()
}
