//! A copy of the home folder, made while others work in it, with the digest
//! of every file.
//!
//! The log of answers is copied first, as far as its last whole line: lists,
//! packs and policies that an answer rests on were kept before the answer and
//! are never taken away, so what is copied afterwards holds them. Everything
//! else is copied until nothing has changed between a look before and a look
//! after, so that it is a state that was. The note of digests is written
//! last: a copy without it is not one.

mod check;
mod copy;

pub use check::{BackupFault, BackupState, check, restore};
pub use copy::{BackupOptions, make};

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tracehound_model::Timestamp;

/// The note of what a copy holds.
pub const NOTE: &str = "backup.json";
/// Version of the note's form.
const VERSION: u32 = 1;
/// The folder of the home folder's copy, beside the note.
const CONTENT: &str = "home";

/// Why a copy could not be made, checked or put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The file system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file or folder.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Something is there already.
    #[error("{} is not empty; name a new folder", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// A copy of itself would never end.
    #[error("{} lies in the home folder; name one outside it", folder.display())]
    Inside {
        /// The folder.
        folder: PathBuf,
    },
    /// Somebody changes it all the time.
    #[error("{} changed during {times} attempts to copy it; try again when less is imported", folder.display())]
    Restless {
        /// The folder.
        folder: PathBuf,
        /// How often it was tried.
        times: u32,
    },
    /// No note, or not one that this program reads.
    #[error("{}: {reason}", file.display())]
    NoBackup {
        /// The note.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Not what was copied.
    #[error(
        "the copy has {faults} faults, so nothing was put back; `tracehound backup check` names them"
    )]
    Faulty {
        /// How many.
        faults: usize,
    },
    /// The copied log could not be read.
    #[error(transparent)]
    Audit(#[from] crate::AuditError),
}

fn io(file: &Path) -> impl FnOnce(std::io::Error) -> BackupError + '_ {
    move |source| BackupError::Io { file: file.to_owned(), source }
}

/// A file of a copy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupFile {
    /// Where it lies in the home folder, with `/` between the parts.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// The note of a copy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupNote {
    /// Version of this form.
    pub version: u32,
    /// When it was begun.
    pub made_at: Timestamp,
    /// Whether stores were left out.
    pub without_stores: bool,
    /// Lines of the log of answers in it.
    pub log_lines: u64,
    /// SHA-256 of the last of them.
    pub log_head: String,
    /// Every file, by its path.
    pub files: Vec<BackupFile>,
}

/// A path in the home folder as the note writes it.
fn told(path: &Path) -> String {
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}
