//! Packs in a folder: `NAME.jsonl.zst`, one file a pack.
//!
//! The first line says what the pack is, the second is its header, then one
//! line a tag or actor; Zstandard's frame checksum is on. A file is written
//! under another name and renamed. A pack that is withdrawn, or replaced by
//! a newer one of its creator, moves to `withdrawn/`, where no answer looks;
//! a verdict that rested on it can still be made again from there.

mod file;

use crate::{Pack, TagError};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tracehound_lists::files;
use tracehound_model::Timestamp;

/// What a kept pack is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PackManifest {
    /// Version of the file's format.
    pub version: u32,
    /// The name it is kept under.
    pub name: String,
    /// How its source was written.
    pub format: String,
    /// Its title.
    pub title: String,
    /// Who made it.
    pub creator: String,
    /// SHA-256 of its source, hexadecimal.
    pub digest: String,
    /// Name of the source.
    pub source: String,
    /// When it was imported.
    pub imported_at: Timestamp,
    /// Tags in it.
    pub tags: usize,
    /// Actors in it.
    pub actors: usize,
}

impl PackManifest {
    /// What a pack that was read from `path` is, under a name.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of(path: &Path, name: &str, pack: &Pack, now: Timestamp) -> Result<Self, TagError> {
        let io = |source| TagError::Io { file: path.to_owned(), source };
        Ok(Self {
            version: file::VERSION,
            name: name.to_owned(),
            format: pack.format.to_owned(),
            title: pack.header.title.clone(),
            creator: pack.header.creator.clone(),
            digest: files::digest(path).map_err(io)?,
            source: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            imported_at: now,
            tags: pack.tags().count(),
            actors: pack.actors().len(),
        })
    }
}

/// What an import did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ImportedPack {
    /// The pack.
    #[serde(flatten)]
    pub manifest: PackManifest,
    /// The same source had been imported before; nothing was written.
    pub already: bool,
    /// Digest of the pack it replaces, which is withdrawn.
    pub replaces: Option<String>,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// A pack that answers nothing any more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The name it had.
    pub name: String,
    /// SHA-256 of its source.
    pub digest: String,
    /// Its title.
    pub title: String,
    /// Tags that were in it.
    pub tags: usize,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Which packs an answer rested on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct PackName {
    /// The name it was kept under.
    pub name: String,
    /// SHA-256 of its source.
    pub digest: String,
}

/// The folder of packs.
#[derive(Clone, Debug)]
pub struct TagStore {
    folder: PathBuf,
}

impl TagStore {
    /// Packs under a folder, which need not be there yet.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Keeps a pack that was read from `path` under a name.
    ///
    /// # Errors
    /// [`TagError`]; what is kept stays as it is.
    pub fn import(
        &self,
        path: &Path,
        name: &str,
        pack: &Pack,
        now: Timestamp,
    ) -> Result<ImportedPack, TagError> {
        let manifest = PackManifest::of(path, name, pack, now)?;
        let before = match self.manifest(name) {
            Ok(before) => Some(before),
            Err(TagError::NoPack { .. }) => None,
            Err(error) => return Err(error),
        };
        let warnings = pack.warnings.clone();
        let mut replaces = None;
        if let Some(before) = before {
            if before.digest == manifest.digest {
                return Ok(ImportedPack { manifest: before, already: true, replaces, warnings });
            }
            let (title, creator) = (before.title.clone(), before.creator.clone());
            if (&title, &creator) != (&manifest.title, &manifest.creator) {
                let (file, name) = (path.to_owned(), name.to_owned());
                return Err(TagError::NameTaken { file, name, title, creator });
            }
            self.put_aside(&before, "replaced by a newer version", now, false)?;
            replaces = Some(before.digest);
        }
        file::write(&file::path_of(&self.folder, name), &manifest, pack)?;
        Ok(ImportedPack { manifest, already: false, replaces, warnings })
    }

    /// Whether any pack is in force.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn holds_any(&self) -> Result<bool, TagError> {
        Ok(!file::names(&self.folder)?.is_empty())
    }

    /// Every pack in force, by name.
    ///
    /// # Errors
    /// If one is damaged.
    pub fn manifests(&self) -> Result<Vec<PackManifest>, TagError> {
        let names = file::names(&self.folder)?;
        names.iter().map(|name| file::manifest(&file::path_of(&self.folder, name))).collect()
    }

    /// What a pack is.
    ///
    /// # Errors
    /// [`TagError::NoPack`], or if it is damaged.
    pub fn manifest(&self, name: &str) -> Result<PackManifest, TagError> {
        let path = file::path_of(&self.folder, name);
        if !file::is_name(name) || !path.is_file() {
            return Err(TagError::NoPack { name: name.to_owned() });
        }
        file::manifest(&path)
    }

    /// A pack with what it holds.
    ///
    /// # Errors
    /// [`TagError::NoPack`], or if it is damaged.
    pub fn pack(&self, name: &str) -> Result<(PackManifest, Pack), TagError> {
        self.manifest(name)?;
        file::read(&file::path_of(&self.folder, name))
    }

    /// Every pack in force with what it holds, by name.
    ///
    /// # Errors
    /// If one is damaged: nothing is answered from the rest.
    pub fn packs(&self) -> Result<Vec<(PackManifest, Pack)>, TagError> {
        let names = file::names(&self.folder)?;
        names.iter().map(|name| file::read(&file::path_of(&self.folder, name))).collect()
    }

    /// Takes a pack out of every answer to come.
    ///
    /// # Errors
    /// [`TagError::NoPack`], or the file system refused.
    pub fn withdraw(
        &self,
        name: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Withdrawn, TagError> {
        // A damaged pack, too, must be possible to take out.
        let manifest = match self.manifest(name) {
            Err(TagError::Damaged { .. }) => file::lost(name),
            other => other?,
        };
        self.put_aside(&manifest, reason, now, true)
    }

    fn put_aside(
        &self,
        manifest: &PackManifest,
        reason: &str,
        now: Timestamp,
        remove: bool,
    ) -> Result<Withdrawn, TagError> {
        let withdrawn = Withdrawn {
            name: manifest.name.clone(),
            digest: manifest.digest.clone(),
            title: manifest.title.clone(),
            tags: manifest.tags,
            reason: reason.to_owned(),
            at: now,
        };
        file::put_aside(&self.folder, &withdrawn, remove)?;
        Ok(withdrawn)
    }

    /// Packs that answer nothing any more, by name and time.
    ///
    /// # Errors
    /// If a record cannot be read.
    pub fn withdrawn(&self) -> Result<Vec<Withdrawn>, TagError> {
        file::withdrawn(&self.folder)
    }

    /// Notes which packs an answer rests on; gives the digest of that note.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep_set(&self, packs: &[PackName]) -> Result<String, TagError> {
        file::keep_set(&self.folder, packs)
    }

    /// The packs of a note, in force or withdrawn.
    ///
    /// # Errors
    /// [`TagError::NoPack`] if the note or one of its packs is not there any more.
    pub fn packs_of_set(&self, digest: &str) -> Result<Vec<(PackManifest, Pack)>, TagError> {
        let names = file::read_set(&self.folder, digest)?;
        names.iter().map(|name| file::with_digest(&self.folder, name)).collect()
    }
}
