//! Folders: reading and replacing the manifest, syncing, the writer's lock,
//! and telling what no manifest names.

use crate::StoreError;
use crate::manifest::{MANIFEST, Manifest};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

/// Locked while a writer is at work; its content means nothing.
pub(crate) const LOCK: &str = "lock";
/// How often a lock that is held is asked for, and how long between. A lock
/// that was given back can seem held for a moment: a program that another
/// thread is just starting has its file until it runs.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);
/// Where a writer builds; removed when it ends.
pub(crate) const BUILDING: &str = "building";
/// The next manifest before its rename.
pub(crate) const NEXT_MANIFEST: &str = "manifest-next";

/// Reads the manifest of a folder of transfers.
pub(crate) fn read_manifest(folder: &Path) -> Result<Manifest, StoreError> {
    Manifest::from_bytes(&read_manifest_bytes(folder)?, &folder.join(MANIFEST))
}

/// Reads the manifest file of a store folder.
pub(crate) fn read_manifest_bytes(folder: &Path) -> Result<Vec<u8>, StoreError> {
    let path = folder.join(MANIFEST);
    match fs::read(&path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(StoreError::NotAStore { path: folder.to_owned() })
        }
        Err(error) => Err(StoreError::io(&path)(error)),
    }
}

/// Writes and syncs the next manifest, without making it the present one.
pub(crate) fn write_next_manifest(folder: &Path, manifest: &[u8]) -> Result<File, StoreError> {
    let path = folder.join(NEXT_MANIFEST);
    let mut file = File::create(&path).map_err(StoreError::io(&path))?;
    file.write_all(manifest).map_err(StoreError::io(&path))?;
    Ok(file)
}

/// Makes the next manifest the present one.
pub(crate) fn rename_next_manifest(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(NEXT_MANIFEST);
    fs::rename(&path, folder.join(MANIFEST)).map_err(StoreError::io(&path))
}

/// Waits until the names in a folder are on the disk.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    // Elsewhere folders cannot be opened as files, and renames are journalled.
    #[cfg(unix)]
    File::open(folder).and_then(|file| file.sync_all()).map_err(StoreError::io(folder))?;
    Ok(())
}

/// Takes the writer's lock; it is given back when the file is dropped.
pub(crate) fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    let file = File::options().create(true).append(true).open(&path);
    let file = file.map_err(StoreError::io(&path))?;
    for _ in 0..LOCK_ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(StoreError::io(&path)(error)),
        }
    }
    Err(StoreError::Locked { path: folder.to_owned() })
}

/// Names in a store folder that neither the manifest nor the store itself
/// uses; `named` are those the manifest uses.
pub(crate) fn orphans<'a>(
    folder: &Path,
    named: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>, StoreError> {
    let mut known: BTreeSet<&str> = BTreeSet::from([MANIFEST, LOCK]);
    known.extend(named);
    let mut orphans = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::io(folder))? {
        let name = entry.map_err(StoreError::io(folder))?.file_name();
        let name = name.to_string_lossy();
        if !known.contains(name.as_ref()) {
            orphans.push(name.into_owned());
        }
    }
    orphans.sort_unstable();
    Ok(orphans)
}

/// Removes what an earlier writer of this program left or what the manifest
/// no longer names. Files of others stay, and so does what cannot be
/// removed: it is an orphan that harms nobody.
pub(crate) fn remove_orphans<'a>(
    folder: &Path,
    named: impl Iterator<Item = &'a str>,
) -> Result<(), StoreError> {
    for name in orphans(folder, named)? {
        let path = folder.join(&name);
        let ours = [BUILDING, NEXT_MANIFEST].contains(&name.as_str())
            || name.starts_with("segment-")
            || name.starts_with("index-")
            || name.starts_with("descriptions-");
        if ours {
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
    Ok(())
}
