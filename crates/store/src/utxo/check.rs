//! Reading every byte of a store and comparing everything with everything.
//!
//! Unlike a reader, a check goes on after a fault, so that one run tells all.
//! It needs no lock: it looks at one published state.

use super::index::MergedIndex;
use super::manifest::UtxoManifest;
use super::segment::UtxoSegment;
use super::{UtxoSnapshot, check_segment};
use crate::check::Checking;
use crate::file::FileKind;
use crate::manifest::MANIFEST;
use crate::{CheckReport, StoreError, folder, widen};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Checks the store in `folder`.
pub(crate) fn check(
    folder: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<CheckReport, StoreError> {
    let mut checking = Checking { report: CheckReport::default(), total: 0, progress };
    match UtxoManifest::read(folder) {
        Ok(manifest) => check_all(&mut checking, folder, &manifest)?,
        Err(error @ (StoreError::Damaged { .. } | StoreError::UnknownVersion { .. })) => {
            checking.report.faults.push(error.to_string());
        }
        Err(error) => return Err(error),
    }
    Ok(checking.report)
}

fn check_all(
    checking: &mut Checking<'_>,
    store: &Path,
    manifest: &UtxoManifest,
) -> Result<(), StoreError> {
    checking.total = named_bytes(store, manifest);
    checking.report.files += 1;
    checking.read(widen::count(manifest.to_bytes().len()));
    let chain = manifest.chain(&store.join(MANIFEST))?;
    let mut segments: Vec<Arc<UtxoSegment>> = Vec::new();
    for (place, entry) in manifest.segments.iter().enumerate() {
        let path = store.join(&entry.name);
        checking.list_strangers(&path, &entry.name, &FileKind::UTXO_SEGMENT);
        let opened = UtxoSegment::open(&path, entry);
        let Some(segment) = checking.note(opened) else { continue };
        let sound = segment.files().map(|file| checking.check_pages(file));
        if sound.contains(&false) {
            // What follows would only say the same in other words.
            continue;
        }
        let whole = segments.len() == place;
        let below = whole.then(|| UtxoSnapshot::new(chain.clone(), segments.clone(), Vec::new()));
        for result in check_segment::check(&segment, below.as_ref()) {
            checking.note(result);
        }
        segments.push(Arc::new(segment));
    }
    let whole = segments.len() == manifest.segments.len();
    for entry in &manifest.indexes {
        let path = store.join(&entry.name);
        checking.list_strangers(&path, &entry.name, &MergedIndex::KINDS);
        if !whole {
            // Its lengths follow from those of all segments.
            let detail = "cannot be checked, because segments of the store are damaged";
            checking.report.faults.push(StoreError::damaged(&path, detail).to_string());
            continue;
        }
        let opened = MergedIndex::open(&path, entry, &segments);
        let Some(index) = checking.note(opened) else { continue };
        let sound = index.files().map(|file| checking.check_pages(file));
        if !sound.contains(&false) {
            checking.note(index.check(&segments));
        }
    }
    checking.report.orphans.extend(folder::orphans(store, manifest.names())?);
    checking.report.orphans.sort_unstable();
    Ok(())
}

/// Bytes of all files the manifest names, and of the manifest.
fn named_bytes(store: &Path, manifest: &UtxoManifest) -> u64 {
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let segments = manifest.segments.iter().map(|entry| {
        let folder = store.join(&entry.name);
        let files = FileKind::UTXO_SEGMENT.iter();
        files.map(|kind| length(&folder.join(kind.file_name()))).sum::<u64>()
    });
    let indexes = manifest.indexes.iter().map(|entry| {
        let folder = store.join(&entry.name);
        let files = MergedIndex::KINDS.iter();
        files.map(|kind| length(&folder.join(kind.file_name()))).sum::<u64>()
    });
    segments.chain(indexes).sum::<u64>() + length(&store.join(MANIFEST))
}
