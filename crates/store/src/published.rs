//! What both kinds of store do with a folder: make it, open it for a chain,
//! and hand out the state published last while a writer publishes the next.

use crate::manifest::MANIFEST;
use crate::{StoreError, folder};
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tracehound_model::Chain;

/// How often a reader starts again because a publish replaced what it was opening.
const ATTEMPTS: u32 = 100;

/// Makes an empty store with this manifest; refused if the folder holds one already.
pub(crate) fn create(folder: &Path, manifest: &[u8]) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(StoreError::io(folder))?;
    let _lock = folder::lock(folder)?;
    if folder.join(MANIFEST).exists() {
        return Err(StoreError::AlreadyAStore { path: folder.to_owned() });
    }
    let file = folder::write_next_manifest(folder, manifest)?;
    file.sync_all().map_err(StoreError::io(folder))?;
    folder::rename_next_manifest(folder)?;
    folder::sync_folder(folder)
}

/// What was opened, or what is created where there is no store; refused if
/// it is of another chain.
pub(crate) fn of_chain<S>(
    folder: &Path,
    wanted: &Chain,
    opened: Result<S, StoreError>,
    create: impl FnOnce() -> Result<S, StoreError>,
    chain: impl FnOnce(&S) -> &Chain,
) -> Result<S, StoreError> {
    let store = match opened {
        Err(StoreError::NotAStore { .. }) => create()?,
        other => other?,
    };
    let found = chain(&store);
    if found == wanted {
        return Ok(store);
    }
    let (path, found) = (folder.to_owned(), found.clone());
    Err(StoreError::OtherChain { path, found, wanted: wanted.clone() })
}

/// A folder with the last state taken from it, so that the next one maps only
/// what is new. `M` is the manifest, `S` the snapshot.
pub(crate) struct Published<M, S> {
    pub(crate) folder: PathBuf,
    last: Mutex<Option<(M, S)>>,
}

impl<M: Clone + PartialEq, S: Clone> Published<M, S> {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), last: Mutex::new(None) }
    }

    /// The manifest published last and its snapshot. `open` maps what a
    /// manifest names, and may take over what is known already.
    pub(crate) fn current(
        &self,
        read: impl Fn(&Path) -> Result<M, StoreError>,
        open: impl Fn(&M, Option<&S>) -> Result<S, StoreError>,
    ) -> Result<(M, S), StoreError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut manifest = read(&self.folder)?;
        for _ in 0..ATTEMPTS {
            if let Some((known, snapshot)) = last.as_ref()
                && *known == manifest
            {
                return Ok((manifest, snapshot.clone()));
            }
            match open(&manifest, last.as_ref().map(|(_, snapshot)| snapshot)) {
                Ok(snapshot) => {
                    *last = Some((manifest.clone(), snapshot.clone()));
                    return Ok((manifest, snapshot));
                }
                Err(StoreError::Io { path, source }) if source.kind() == ErrorKind::NotFound => {
                    // A publish may have removed it since the manifest was read.
                    let now = read(&self.folder)?;
                    if now == manifest {
                        return Err(StoreError::damaged(&path, "missing"));
                    }
                    manifest = now;
                }
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Locked { path: self.folder.clone() })
    }
}

impl<M, S> fmt::Debug for Published<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Published").field("folder", &self.folder).finish_non_exhaustive()
    }
}
