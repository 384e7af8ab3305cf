//! Entries of the lists in force, by an id that is theirs alone.

use std::collections::HashMap;
use tracehound_lists::{ListEntry, Manifest, Snapshot};

/// Entries by id: the list's name and the publisher's number, `ofac-sdn-12345`.
pub(crate) struct Entries {
    snapshots: Vec<Snapshot>,
    by_id: HashMap<String, (usize, usize)>,
}

/// An entry with its list.
#[derive(Clone, Copy)]
pub(crate) struct Listed<'e> {
    pub(crate) manifest: &'e Manifest,
    pub(crate) entry: &'e ListEntry,
}

impl Listed<'_> {
    pub(crate) fn id(&self) -> String {
        id(&self.manifest.list.0, &self.entry.id)
    }
}

/// The id of an entry of a list. Lists of OpenSanctions have ids of their own.
pub(crate) fn id(list: &str, entry: &str) -> String {
    format!("{list}-{entry}")
}

impl Entries {
    pub(crate) fn new(snapshots: Vec<Snapshot>) -> Self {
        let mut by_id = HashMap::new();
        for (place, snapshot) in snapshots.iter().enumerate() {
            for (at, entry) in snapshot.entries.iter().enumerate() {
                by_id.insert(id(&snapshot.manifest.list.0, &entry.id), (place, at));
            }
        }
        Self { snapshots, by_id }
    }

    pub(crate) fn find(&self, id: &str) -> Option<Listed<'_>> {
        let (place, at) = *self.by_id.get(id)?;
        let snapshot = self.snapshots.get(place)?;
        Some(Listed { manifest: &snapshot.manifest, entry: snapshot.entries.get(at)? })
    }

    /// Every entry, list by list.
    pub(crate) fn all(&self) -> impl Iterator<Item = Listed<'_>> {
        self.snapshots.iter().flat_map(|snapshot| {
            let manifest = &snapshot.manifest;
            snapshot.entries.iter().map(move |entry| Listed { manifest, entry })
        })
    }

    /// The lists.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &Manifest> {
        self.snapshots.iter().map(|snapshot| &snapshot.manifest)
    }
}
