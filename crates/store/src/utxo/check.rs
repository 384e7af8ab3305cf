//! Reading every byte of a store and comparing everything with everything.
//!
//! Unlike a reader, a check goes on after a fault, so that one run tells all.
//! It needs no lock: it looks at one published state.

use super::UtxoSnapshot;
use super::check_segment::{self, SpentOutputs};
use super::index::MergedIndex;
use super::manifest::UtxoManifest;
use super::segment::UtxoSegment;
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
    let segments = open_segments(checking, store, manifest);
    // What follows from a damaged file would only say the same in other words.
    let sound = segments.iter().take_while(|segment| segment.is_some()).count();
    let lowest: Vec<_> = segments[..sound].iter().flatten().cloned().collect();
    let indexes = open_indexes(checking, store, manifest, &lowest);
    let chain = manifest.chain(&store.join(MANIFEST))?;
    let mut spent = SpentOutputs::default();
    for (place, segment) in segments.iter().enumerate() {
        let Some(segment) = segment else { continue };
        let below = (place <= sound)
            .then(|| UtxoSnapshot::new(chain.clone(), lowest[..place].to_vec(), indexes.clone()));
        for result in check_segment::check(segment, below.as_ref(), &mut spent) {
            checking.note(result);
        }
    }
    checking.report.orphans.extend(folder::orphans(store, manifest.names())?);
    checking.report.orphans.sort_unstable();
    Ok(())
}

/// Opens all segments and verifies their pages; `None` for a damaged one.
fn open_segments(
    checking: &mut Checking<'_>,
    store: &Path,
    manifest: &UtxoManifest,
) -> Vec<Option<Arc<UtxoSegment>>> {
    let mut segments = Vec::new();
    for entry in &manifest.segments {
        let path = store.join(&entry.name);
        checking.list_strangers(&path, &entry.name, &FileKind::UTXO_SEGMENT);
        let segment = checking.note(UtxoSegment::open(&path, entry)).filter(|segment| {
            let sound = segment.files().map(|file| checking.check_pages(file));
            !sound.contains(&false)
        });
        segments.push(segment.map(Arc::new));
    }
    segments
}

/// Opens the merged indexes and compares them with the keys of their segments.
fn open_indexes(
    checking: &mut Checking<'_>,
    store: &Path,
    manifest: &UtxoManifest,
    segments: &[Arc<UtxoSegment>],
) -> Vec<Arc<MergedIndex>> {
    let mut indexes = Vec::new();
    for entry in &manifest.indexes {
        let path = store.join(&entry.name);
        checking.list_strangers(&path, &entry.name, &MergedIndex::KINDS);
        if entry.range().end > segments.len() {
            // Its lengths follow from those of its segments.
            let detail = "cannot be checked, because a segment below its end is damaged";
            checking.report.faults.push(StoreError::damaged(&path, detail).to_string());
            continue;
        }
        let opened = MergedIndex::open(&path, entry, segments);
        let Some(index) = checking.note(opened) else { continue };
        let sound = index.files().map(|file| checking.check_pages(file));
        if !sound.contains(&false) && checking.note(index.check(segments)).is_some() {
            indexes.push(Arc::new(index));
        }
    }
    indexes
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
