//! Files that are replaced whole by one rename, so that a crash leaves the
//! old one or the new one.

use std::io::Write;
use std::path::Path;

/// Writes bytes beside the file, flushes them to the disk and renames them into place.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let next = path.with_extension("next");
    let mut file = std::fs::File::create(&next)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&next, path)
}
