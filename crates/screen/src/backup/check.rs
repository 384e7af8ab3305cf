//! Checking a copy, and putting it back.

use super::copy::described;
use super::{BackupError, BackupNote, CONTENT, NOTE, VERSION, io};
use crate::AuditLog;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What is wrong with a copy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum BackupFault {
    /// A file is gone.
    Missing {
        /// Which.
        path: String,
    },
    /// A file is not what was copied.
    Changed {
        /// Which.
        path: String,
    },
    /// A file was not copied by us.
    Unknown {
        /// Which.
        path: String,
    },
    /// The chain of the log does not hold, or not as far as it did.
    Log {
        /// What is wrong.
        reason: String,
    },
}

/// How a copy stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BackupState {
    /// Files in its note.
    pub files: usize,
    /// Bytes of them.
    pub bytes: u64,
    /// Lines of the log of answers.
    pub log_lines: u64,
    /// SHA-256 of the last of them.
    pub log_head: String,
    /// What is wrong; empty where the copy is what was copied.
    pub faults: Vec<BackupFault>,
}

fn note(backup: &Path) -> Result<BackupNote, BackupError> {
    let file = backup.join(NOTE);
    let wrong = |reason: String| BackupError::NoBackup { file: file.clone(), reason };
    let text = fs::read(&file)
        .map_err(|e| wrong(format!("{e}; a copy without this note was not finished")))?;
    let note: BackupNote = serde_json::from_slice(&text).map_err(|e| wrong(e.to_string()))?;
    if note.version != VERSION {
        let newer = format!("version {} of the note; this program reads {VERSION}", note.version);
        return Err(wrong(newer));
    }
    Ok(note)
}

/// Compares every file with its digest, and walks the copied log.
///
/// # Errors
/// If there is no copy, or it cannot be read. A fault is no error but an answer.
pub fn check(backup: &Path) -> Result<BackupState, BackupError> {
    let note = note(backup)?;
    let content = backup.join(CONTENT);
    let found = described(&content)?;
    let mut found: BTreeMap<&str, _> =
        found.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut faults = Vec::new();
    for file in &note.files {
        let path = file.path.clone();
        match found.remove(file.path.as_str()) {
            None => faults.push(BackupFault::Missing { path }),
            Some(other) if other != file => faults.push(BackupFault::Changed { path }),
            Some(_) => {}
        }
    }
    faults.extend(found.into_keys().map(|path| BackupFault::Unknown { path: path.to_owned() }));
    let log = AuditLog::verify(&content.join("audit"), |_| {})?;
    if let Some(broken) = log.broken {
        let reason =
            format!("line {} of {}: {}", broken.line, broken.file.display(), broken.reason);
        faults.push(BackupFault::Log { reason });
    } else if (log.lines, &log.head) != (note.log_lines, &note.log_head) {
        let reason = format!("{} lines, {} were copied", log.lines, note.log_lines);
        faults.push(BackupFault::Log { reason });
    }
    let bytes = note.files.iter().map(|file| file.bytes).sum();
    let (log_lines, log_head) = (note.log_lines, note.log_head);
    Ok(BackupState { files: note.files.len(), bytes, log_lines, log_head, faults })
}

/// Puts a copy that has no faults into a home folder that is not there yet or
/// empty. The folder appears whole or not at all.
///
/// # Errors
/// [`BackupError`].
pub fn restore(backup: &Path, home: &Path) -> Result<BackupState, BackupError> {
    let state = check(backup)?;
    if !state.faults.is_empty() {
        return Err(BackupError::Faulty { faults: state.faults.len() });
    }
    if fs::read_dir(home).is_ok_and(|mut inside| inside.next().is_some()) {
        return Err(BackupError::NotEmpty { folder: home.to_owned() });
    }
    let parent = home.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(io(parent))?;
    let beside =
        tempfile::Builder::new().prefix(".part-").tempdir_in(parent).map_err(io(parent))?;
    // Every path of the note was found in the copy by looking, so none leads out of it.
    for file in note(backup)?.files {
        let (from, to) = (backup.join(CONTENT).join(&file.path), beside.path().join(&file.path));
        let folder = to.parent().unwrap_or(parent);
        fs::create_dir_all(folder).map_err(io(folder))?;
        fs::copy(&from, &to).map_err(io(&from))?;
        fs::File::open(&to).and_then(|copied| copied.sync_all()).map_err(io(&to))?;
    }
    if home.exists() {
        fs::remove_dir(home).map_err(io(home))?;
    }
    fs::rename(beside.keep(), home).map_err(io(home))?;
    Ok(state)
}
