//! Reading every byte of a store and comparing everything with everything.
//!
//! Unlike a reader, a check goes on after a fault, so that one run tells all.
//! It needs no lock: it looks at one published state.

mod segment;

use crate::StoreError;
use crate::build::refuse_between;
use crate::descriptions::DescriptionFile;
use crate::file::{FileKind, PagedFile};
use crate::folder;
use crate::manifest::{MANIFEST, Manifest};
use crate::segment::{Segment, address_key_width};
use crate::widen;
use std::fs;
use std::path::Path;

/// Damaged pages named for one file; more would hide the other faults.
const MOST_PAGES_NAMED: u32 = 8;
/// Pages between two reports of progress.
const REPORT_EVERY: usize = 1024;

/// What a check found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What does not hold; empty for a sound store.
    pub faults: Vec<String>,
    /// Files no manifest names (left by an interrupted writer; harmless).
    pub orphans: Vec<String>,
}

/// Checks the store in `folder`.
pub(crate) fn check(
    folder: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<CheckReport, StoreError> {
    let mut checking = Checking { report: CheckReport::default(), total: 0, progress };
    match folder::read_manifest(folder) {
        Ok(manifest) => checking.check_all(folder, &manifest)?,
        Err(error @ (StoreError::Damaged { .. } | StoreError::UnknownVersion { .. })) => {
            checking.report.faults.push(error.to_string());
        }
        Err(error) => return Err(error),
    }
    Ok(checking.report)
}

/// A check at work.
pub(crate) struct Checking<'a> {
    pub(crate) report: CheckReport,
    pub(crate) total: u64,
    pub(crate) progress: &'a mut dyn FnMut(u64, u64),
}

impl Checking<'_> {
    fn check_all(&mut self, store: &Path, manifest: &Manifest) -> Result<(), StoreError> {
        self.total = named_bytes(store, manifest);
        self.report.files += 1;
        self.read(widen::count(manifest.to_bytes().len()));
        let chain = manifest.chain(&store.join(MANIFEST))?;
        let width = address_key_width(&chain);
        let mut segments: Vec<Segment> = Vec::new();
        for entry in &manifest.segments {
            let path = store.join(&entry.name);
            self.list_strangers(&path, &entry.name, &FileKind::SEGMENT);
            let opened = Segment::open(&path, entry, width);
            let Some(segment) = self.note(opened) else { continue };
            if self.check_segment(&segment, &segments) {
                segments.push(segment);
            }
        }
        if let Some(entry) = &manifest.descriptions
            && let Some(described) = self.note(DescriptionFile::open(store, entry))
            && self.check_pages(&described.file)
        {
            self.note(described.check());
        }
        self.report.orphans.extend(folder::orphans(store, manifest.names())?);
        self.report.orphans.sort_unstable();
        Ok(())
    }

    /// Notes an error as a fault.
    pub(crate) fn note<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.report.faults.push(error.to_string());
                None
            }
        }
    }

    pub(crate) fn read(&mut self, bytes: u64) {
        self.report.bytes += bytes;
        (self.progress)(self.report.bytes, self.total.max(self.report.bytes));
    }

    /// Checks a segment by itself and against those below; returns whether
    /// its bytes are what was written.
    fn check_segment(&mut self, segment: &Segment, below: &[Segment]) -> bool {
        let sound = segment.files().map(|file| self.check_pages(file));
        if sound.contains(&false) {
            // What follows would only say the same in other words.
            return false;
        }
        for result in segment::check(segment, below) {
            self.note(result);
        }
        for other in below {
            self.note(refuse_between(other, segment));
        }
        true
    }

    /// Verifies every page of a file; returns whether all match.
    pub(crate) fn check_pages(&mut self, file: &PagedFile) -> bool {
        self.report.files += 1;
        let mut faults = 0;
        faults += u32::from(self.note(file.verify_table()).is_none());
        let header = *file.header();
        let pages = widen::index64(header.page_count());
        let length = header.file_length().unwrap_or(header.payload_length);
        let mut left = length;
        for page in 0..pages {
            faults += u32::from(self.note(file.verify_page(page)).is_none());
            if faults >= MOST_PAGES_NAMED {
                let path = file.path().display();
                self.report.faults.push(format!("{path}: further pages were not looked at"));
                break;
            }
            if page % REPORT_EVERY == REPORT_EVERY - 1 {
                let bytes = left.min(widen::count(REPORT_EVERY * crate::file::PAGE_LENGTH));
                left -= bytes;
                self.read(bytes);
            }
        }
        self.read(left);
        faults == 0
    }

    /// Lists what a segment folder holds beside its files.
    pub(crate) fn list_strangers(&mut self, folder: &Path, name: &str, kinds: &[FileKind]) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let file = entry.file_name();
            let known = kinds.iter().any(|kind| file == kind.file_name());
            if !known {
                self.report.orphans.push(format!("{name}/{}", file.to_string_lossy()));
            }
        }
    }
}

/// Bytes of all files the manifest names, and of the manifest.
fn named_bytes(store: &Path, manifest: &Manifest) -> u64 {
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let segments = manifest.segments.iter().map(|entry| {
        let folder = store.join(&entry.name);
        FileKind::SEGMENT.iter().map(|kind| length(&folder.join(kind.file_name()))).sum::<u64>()
    });
    let descriptions = manifest.descriptions.iter().map(|entry| length(&store.join(&entry.name)));
    segments.chain(descriptions).sum::<u64>() + length(&store.join(MANIFEST))
}
