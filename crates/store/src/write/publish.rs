//! Making built segments visible, all at once.
//!
//! Everything new is on the disk under its final name before the manifest
//! that names it replaces the last one; the rename of the manifest is the
//! publish. A crash before it leaves the last state and some orphans, which
//! the next writer removes; a crash after it leaves the new state.

use super::options::{Progress, Step};
use crate::StoreError;
use crate::descriptions::{self, Descriptions};
use crate::folder;
use crate::manifest::{DescriptionsEntry, MANIFEST, Manifest};
use crate::segment::Segment;
use std::path::Path;
use std::sync::Arc;

/// Publishes `segments`, those that `last` does not name from `building`.
/// `descriptions` replaces the last ones if given.
pub(crate) fn publish(
    store: &Path,
    building: &Path,
    last: &Manifest,
    segments: &[Arc<Segment>],
    descriptions: Option<&Descriptions>,
    progress: &Progress,
) -> Result<Manifest, StoreError> {
    progress.check_stop()?;
    let next = Manifest {
        sequence: last.sequence + 1,
        segments: segments.iter().map(|segment| segment.entry.clone()).collect(),
        descriptions: match descriptions {
            None => last.descriptions.clone(),
            Some(all) => write_descriptions(store, last.sequence + 1, all, progress)?,
        },
        ..last.clone()
    };
    for entry in next.segments.iter().filter(|entry| !last.segments.contains(entry)) {
        let path = building.join(&entry.name);
        std::fs::rename(&path, store.join(&entry.name)).map_err(StoreError::io(&path))?;
        progress.step(Step::SegmentRenamed);
    }
    replace_manifest(store, &next.to_bytes(), progress)?;
    folder::remove_orphans(store, next.names())?;
    progress.step(Step::Cleaned);
    Ok(next)
}

/// Makes the bytes of a manifest the present one; everything it names has
/// its final name already.
pub(crate) fn replace_manifest(
    store: &Path,
    manifest: &[u8],
    progress: &Progress,
) -> Result<(), StoreError> {
    folder::sync_folder(store)?;
    progress.step(Step::FolderSynced);
    let file = folder::write_next_manifest(store, manifest)?;
    progress.step(Step::ManifestWritten);
    file.sync_all().map_err(StoreError::io(&store.join(MANIFEST)))?;
    progress.step(Step::ManifestSynced);
    folder::rename_next_manifest(store)?;
    progress.step(Step::ManifestRenamed);
    folder::sync_folder(store)?;
    progress.step(Step::Published);
    Ok(())
}

fn write_descriptions(
    store: &Path,
    sequence: u64,
    all: &Descriptions,
    progress: &Progress,
) -> Result<Option<DescriptionsEntry>, StoreError> {
    let name = format!("descriptions-{sequence:08}");
    descriptions::write(&store.join(&name), sequence, all)?.sync()?;
    progress.step(Step::DescriptionsSynced);
    let count = crate::widen::count(all.len());
    Ok(Some(DescriptionsEntry { name, tag: sequence, count }))
}
