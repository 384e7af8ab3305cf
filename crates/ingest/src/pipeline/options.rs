//! How to ingest, and how far it has come.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracehound_model::Timestamp;
use tracehound_store::{Step, WriteOptions};

/// How to ingest.
#[derive(Clone)]
pub struct IngestOptions {
    /// Bytes of memory the store's build may take (0: the store's default).
    pub memory: u64,
    /// Polled; when set the run stops and publishes nothing.
    pub stop: Option<Arc<AtomicBool>>,
    /// Called several times a second with how far the run has come.
    pub on_progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
    /// Refuse when more than this share of a file's rows is broken
    /// (numerator, denominator). One in a hundred by default.
    pub max_broken_share: (u64, u64),
    /// Folder for the broken rows of each file. Without one they are counted
    /// and the first few are reported.
    pub quarantine: Option<PathBuf>,
    /// Times of files whose rows carry neither block nor time.
    pub stated_times: Vec<(PathBuf, Timestamp)>,
    /// Called at each step of the store's publish (crash tests).
    pub on_step: Option<Arc<dyn Fn(Step) + Send + Sync>>,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self {
            memory: 0,
            stop: None,
            on_progress: None,
            max_broken_share: (1, 100),
            quarantine: None,
            stated_times: Vec::new(),
            on_step: None,
        }
    }
}

impl IngestOptions {
    pub(crate) fn stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    pub(crate) fn report(&self, progress: Progress) {
        if let Some(on_progress) = &self.on_progress {
            on_progress(progress);
        }
    }

    /// The store's part of the options.
    pub(crate) fn for_writer(&self, rows: Arc<std::sync::atomic::AtomicU64>) -> WriteOptions {
        let on_progress = self.on_progress.clone().map(|on_progress| {
            let building: Arc<dyn Fn(u64, u64) + Send + Sync> = Arc::new(move |done, total| {
                let rows = rows.load(Ordering::Relaxed);
                on_progress(Progress { stage: Stage::Building, file: None, done, total, rows });
            });
            building
        });
        WriteOptions {
            memory: self.memory,
            stop: self.stop.clone(),
            on_step: self.on_step.clone(),
            on_progress,
            ..WriteOptions::default()
        }
    }
}

/// What a run is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Reading files.
    Reading,
    /// Building the store.
    Building,
}

/// How far a run has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// The file being read.
    pub file: Option<PathBuf>,
    /// Bytes read of all files, or rows built.
    pub done: u64,
    /// Bytes to read in all, or rows to build; 0 if unknown.
    pub total: u64,
    /// Rows read so far.
    pub rows: u64,
}
