//! Snapshots in a folder: `LIST/YYYY-MM-DD-DIGEST.jsonl.zst`.
//!
//! A snapshot is one file that is never changed: a line of JSON that says
//! what it is, then one line an entry, packed with Zstandard, whose frame
//! checksum is on. It is written under another name, flushed to the disk and
//! renamed, so a crash leaves what was there. `LIST/checked` holds the time
//! at which the publisher's latest file was last seen to be the latest.

mod file;

use crate::{ListEntry, ListError, ListId, read_list};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracehound_model::Timestamp;

/// After so many hours without looking, a list is stale: two working days, the
/// usual allowance of screening programmes.
pub const STALE_AFTER_HOURS: i64 = 48;
/// A snapshot that lost more than this share is refused unless forced.
const MOST_LOST_PERCENT: usize = 20;
/// Lists that everybody is expected to keep.
const EXPECTED: [&str; 4] = ["ofac-sdn", "un", "eu", "uk"];

/// What a snapshot is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the snapshot's format.
    pub version: u32,
    /// Which list.
    pub list: ListId,
    /// How the publisher's file was written.
    pub format: String,
    /// Day of publication, `YYYY-MM-DD`.
    pub published: String,
    /// SHA-256 of the publisher's file, hexadecimal.
    pub digest: String,
    /// Name of that file.
    pub source: String,
    /// When it was imported.
    pub imported_at: Timestamp,
    /// Entries.
    pub entries: usize,
    /// Addresses of cryptocurrency, each label counted.
    pub addresses: usize,
}

/// A snapshot with its entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// What it is.
    pub manifest: Manifest,
    /// Its entries, by number.
    pub entries: Vec<ListEntry>,
}

/// How to import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Take a snapshot that shrank.
    pub force: bool,
    /// Now.
    pub now: Timestamp,
    /// Day of publication, where the file does not say it.
    pub date: Option<String>,
    /// Take this list alone: what a publisher sends may be another file.
    pub only: Option<String>,
}

/// What an import did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Imported {
    /// The snapshot.
    pub manifest: Manifest,
    /// The same file had been imported before; nothing was written.
    pub already: bool,
    /// The publication before it, if there is one.
    pub previous: Option<Manifest>,
}

/// How a list stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ListStatus {
    /// Which list.
    pub list: ListId,
    /// Its latest publication; `None` if it was never imported.
    pub latest: Option<Manifest>,
    /// How many snapshots there are.
    pub snapshots: usize,
    /// When the latest was last seen to be the latest.
    pub checked_at: Option<Timestamp>,
    /// Whether an answer from it must say that it may be incomplete.
    pub stale: bool,
}

/// The folder of snapshots.
#[derive(Clone, Debug)]
pub struct Lists {
    folder: PathBuf,
}

impl Lists {
    /// Snapshots under a folder, which need not be there yet.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Reads a publisher's file and keeps it as a snapshot.
    ///
    /// # Errors
    /// [`ListError`]; what is stored stays as it is.
    pub fn import(&self, path: &Path, options: &ImportOptions) -> Result<Imported, ListError> {
        let digest = crate::files::digest(path)
            .map_err(|source| ListError::Io { file: path.to_owned(), source })?;
        let read = read_list(path)?;
        if let Some(wanted) = options.only.as_ref().filter(|wanted| **wanted != read.list.0) {
            let (found, wanted) = (read.list.0, wanted.clone());
            return Err(ListError::OtherList { file: path.to_owned(), found, wanted });
        }
        let named = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let given = options.date.clone();
        let manifest = Manifest {
            version: file::VERSION,
            addresses: read.address_count(),
            entries: read.entries.len(),
            list: read.list,
            format: read.format.to_owned(),
            published: read
                .published
                .or(given)
                .ok_or_else(|| ListError::NoDate { file: path.to_owned() })?,
            digest,
            source: named.unwrap_or_default(),
            imported_at: options.now,
        };
        let today = options.now.date();
        if manifest.published > today {
            let date = manifest.published;
            return Err(ListError::Future { file: path.to_owned(), date, today });
        }
        let stored = self.manifests_of(&manifest.list)?;
        let previous = stored.iter().rfind(|other| other.published < manifest.published).cloned();
        let known = stored.iter().find(|other| {
            (&other.digest, &other.published) == (&manifest.digest, &manifest.published)
        });
        if known.is_none() {
            if let (Some(before), false) = (&previous, options.force) {
                refuse_shrunken(path, before, &manifest)?;
            }
            file::write(&self.folder_of(&manifest.list), &manifest, &read.entries)?;
        }
        let latest = stored.last().is_none_or(|last| last.published <= manifest.published);
        if latest {
            file::write_checked(&self.folder_of(&manifest.list), options.now)?;
        }
        let (already, known) = (known.is_some(), known.cloned());
        Ok(Imported { manifest: known.unwrap_or(manifest), already, previous })
    }

    /// All snapshots, by list and day of publication; of one day the last imported last.
    ///
    /// # Errors
    /// If a snapshot cannot be read.
    pub fn manifests(&self) -> Result<Vec<Manifest>, ListError> {
        let mut all = Vec::new();
        for name in file::folders(&self.folder)? {
            all.extend(self.manifests_of(&ListId(name))?);
        }
        Ok(all)
    }

    fn manifests_of(&self, list: &ListId) -> Result<Vec<Manifest>, ListError> {
        let mut all = Vec::new();
        for path in file::snapshots(&self.folder_of(list))? {
            all.push(file::manifest(&path)?);
        }
        let key = |m: &Manifest| (m.published.clone(), m.imported_at, m.digest.clone());
        all.sort_by_key(key);
        Ok(all)
    }

    /// The snapshot in force on a day, or the latest.
    ///
    /// # Errors
    /// [`ListError::NoSnapshot`], or if it is damaged.
    pub fn snapshot(&self, list: &ListId, as_of: Option<&str>) -> Result<Snapshot, ListError> {
        let in_force =
            |manifest: &Manifest| as_of.is_none_or(|day| manifest.published.as_str() <= day);
        let wanted = as_of.map_or("is stored".to_owned(), |day| format!("was published by {day}"));
        self.last(list, in_force, wanted)
    }

    /// The publication before a day.
    ///
    /// # Errors
    /// [`ListError::NoSnapshot`], or if it is damaged.
    pub fn snapshot_before(&self, list: &ListId, day: &str) -> Result<Snapshot, ListError> {
        let earlier = |manifest: &Manifest| manifest.published.as_str() < day;
        self.last(list, earlier, format!("was published before {day}"))
    }

    /// The snapshot that was made of a publisher's file of a day.
    ///
    /// # Errors
    /// [`ListError::NoSnapshot`], or if it is damaged.
    pub fn with_digest(
        &self,
        list: &ListId,
        published: &str,
        digest: &str,
    ) -> Result<Snapshot, ListError> {
        let same = |manifest: &Manifest| {
            (manifest.published.as_str(), manifest.digest.as_str()) == (published, digest)
        };
        self.last(list, same, format!("of {published} has the digest {digest}"))
    }

    fn last(
        &self,
        list: &ListId,
        fits: impl Fn(&Manifest) -> bool,
        wanted: String,
    ) -> Result<Snapshot, ListError> {
        let all = self.manifests_of(list)?;
        match all.iter().rfind(|manifest| fits(manifest)) {
            Some(manifest) => file::read(&self.folder_of(list), manifest),
            None => Err(ListError::NoSnapshot { list: list.to_string(), wanted }),
        }
    }

    /// Of every list that was published by a day, the snapshot then in force.
    ///
    /// # Errors
    /// If a snapshot is damaged.
    pub fn in_force(&self, as_of: Option<&str>) -> Result<Vec<Snapshot>, ListError> {
        let mut found = Vec::new();
        for name in file::folders(&self.folder)? {
            match self.snapshot(&ListId(name), as_of) {
                Ok(snapshot) => found.push(snapshot),
                Err(ListError::NoSnapshot { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// How every list stands, those expected and never imported included.
    ///
    /// # Errors
    /// If a snapshot cannot be read.
    pub fn status(&self, now: Timestamp) -> Result<Vec<ListStatus>, ListError> {
        let mut lists: BTreeMap<ListId, Vec<Manifest>> =
            EXPECTED.iter().map(|name| (ListId((*name).to_owned()), Vec::new())).collect();
        for manifest in self.manifests()? {
            lists.entry(manifest.list.clone()).or_default().push(manifest);
        }
        let status = |(list, manifests): (ListId, Vec<Manifest>)| {
            let (checked_at, stale) = self.freshness(&list, now)?;
            let (snapshots, latest) = (manifests.len(), manifests.last().cloned());
            Ok(ListStatus { list, latest, snapshots, checked_at, stale })
        };
        lists.into_iter().map(status).collect()
    }

    /// When a list was last seen to be the latest, and whether that was too
    /// long ago, or never.
    ///
    /// # Errors
    /// If what is noted of it cannot be read.
    pub fn freshness(
        &self,
        list: &ListId,
        now: Timestamp,
    ) -> Result<(Option<Timestamp>, bool), ListError> {
        let checked_at = file::checked(&self.folder_of(list))?;
        let age = checked_at.map(|at| now.0.saturating_sub(at.0));
        Ok((checked_at, age.is_none_or(|seconds| seconds > STALE_AFTER_HOURS * 3_600)))
    }

    fn folder_of(&self, list: &ListId) -> PathBuf {
        self.folder.join(&list.0)
    }
}

fn refuse_shrunken(path: &Path, before: &Manifest, after: &Manifest) -> Result<(), ListError> {
    for (what, before, after) in [
        ("entries", before.entries, after.entries),
        ("addresses", before.addresses, after.addresses),
    ] {
        if after.saturating_mul(100) < before.saturating_mul(100 - MOST_LOST_PERCENT) {
            let (file, percent) = (path.to_owned(), MOST_LOST_PERCENT);
            return Err(ListError::Shrunk { file, what, before, after, percent });
        }
    }
    Ok(())
}
