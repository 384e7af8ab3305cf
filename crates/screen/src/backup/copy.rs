//! Making a copy.

use super::{BackupError, BackupFile, BackupNote, CONTENT, NOTE, VERSION, io, told};
use crate::{AuditLog, Home};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tracehound_lists::files;
use tracehound_model::Timestamp;

/// How often a folder is copied anew because it changed meanwhile.
const ATTEMPTS: u32 = 20;
/// Names of what only a running writer needs.
const PASSING: [&str; 3] = ["lock", "building", "manifest-next"];

/// How a copy is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BackupOptions {
    /// Leave the stores out: they can be ingested again.
    pub without_stores: bool,
    /// Link the files of stores instead of copying them. Published segments
    /// are never changed, so both stay whole; both must be on one disk.
    pub link: bool,
}

/// Copies a home folder into a new folder.
///
/// # Errors
/// [`BackupError`]; what was copied then has no note, and so is no backup.
pub fn make(
    home: &Home,
    into: &Path,
    options: BackupOptions,
    now: Timestamp,
) -> Result<BackupNote, BackupError> {
    let from = home.folder().canonicalize().map_err(io(home.folder()))?;
    fs::create_dir_all(into).map_err(io(into))?;
    let into = into.canonicalize().map_err(io(into))?;
    if into.starts_with(&from) {
        return Err(BackupError::Inside { folder: into });
    }
    if fs::read_dir(&into).map_err(io(&into))?.next().is_some() {
        return Err(BackupError::NotEmpty { folder: into });
    }
    let content = into.join(CONTENT);
    let audit = content.join("audit");
    copy_log(&home.audit(), &audit)?;
    for name in names(&from)? {
        let is_left_out = name == "audit" || (options.without_stores && name == "stores");
        if !is_left_out {
            let link = options.link && name == "stores";
            copy_settled(&from.join(&name), &content.join(&name), link)?;
        }
    }
    let log = AuditLog::verify(&audit, |_| {})?;
    let note = BackupNote {
        version: VERSION,
        made_at: now,
        without_stores: options.without_stores,
        log_lines: log.lines,
        log_head: log.head,
        files: described(&content)?,
    };
    let place = into.join(NOTE);
    files::publish(&place, |out| {
        serde_json::to_writer_pretty(&mut *out, &note)?;
        out.write_all(b"\n")
    })
    .map_err(io(&place))?;
    Ok(note)
}

/// Every file of a copy with its digest, by its path.
pub(super) fn described(content: &Path) -> Result<Vec<BackupFile>, BackupError> {
    let mut files = Vec::new();
    for (path, (bytes, _)) in look(content)? {
        let file = content.join(&path);
        let sha256 = files::digest(&file).map_err(io(&file))?;
        files.push(BackupFile { path: told(&path), bytes, sha256 });
    }
    Ok(files)
}

/// The files of the log, in order, the last one as far as its last line break.
fn copy_log(from: &Path, into: &Path) -> Result<(), BackupError> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(into).map_err(io(into))?;
    let mut logs: Vec<String> = names(from)?;
    logs.retain(|name| name.ends_with(".jsonl"));
    for name in &logs {
        let (source, target) = (from.join(name), into.join(name));
        fs::copy(&source, &target).map_err(io(&source))?;
        if logs.last() == Some(name) {
            cut(&target).map_err(io(&target))?;
        }
    }
    Ok(())
}

/// Takes away what a writer had written of a line.
fn cut(path: &Path) -> std::io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut end = file.metadata()?.len();
    let mut byte = [0];
    while end > 0 {
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut byte)?;
        if byte == *b"\n" {
            break;
        }
        end -= 1;
    }
    file.set_len(end)
}

/// Copies a file or folder until nothing in it changed while it was copied.
fn copy_settled(from: &Path, into: &Path, link: bool) -> Result<(), BackupError> {
    let mut before = look(from)?;
    let mut copied = Looked::new();
    for _ in 0..ATTEMPTS {
        for path in copied.keys().filter(|path| !before.contains_key(*path)) {
            let gone = joined(into, path);
            fs::remove_file(&gone).map_err(io(&gone))?;
        }
        copied.retain(|path, _| before.contains_key(path));
        for (path, seen) in &before {
            if copied.get(path) != Some(seen) && copy_file(from, into, path, link)? {
                copied.insert(path.clone(), *seen);
            }
        }
        let after = look(from)?;
        if after == before && copied.len() == before.len() {
            return Ok(());
        }
        before = after;
    }
    Err(BackupError::Restless { folder: from.to_owned(), times: ATTEMPTS })
}

/// A path in a folder; the empty one is the folder itself, which may be a file.
fn joined(base: &Path, path: &Path) -> PathBuf {
    match path.as_os_str().is_empty() {
        true => base.to_owned(),
        false => base.join(path),
    }
}

/// Whether it was there to be copied.
fn copy_file(from: &Path, into: &Path, path: &Path, link: bool) -> Result<bool, BackupError> {
    let (source, target) = (joined(from, path), joined(into, path));
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(io(folder))?;
    }
    match fs::remove_file(&target) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(io(&target)(error)),
        _ => {}
    }
    let copied = match link {
        true => fs::hard_link(&source, &target),
        false => fs::copy(&source, &target)
            .and_then(|_| File::open(&target))
            .and_then(|file| file.sync_all()),
    };
    match copied {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io(&source)(error)),
    }
}

/// Files by their paths, with length and time of change.
type Looked = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// All files in a folder, or the file itself under an empty path.
fn look(from: &Path) -> Result<Looked, BackupError> {
    let mut found = Looked::new();
    let mut open = vec![PathBuf::new()];
    while let Some(path) = open.pop() {
        let whole = joined(from, &path);
        let about = match fs::metadata(&whole) {
            Ok(about) => about,
            // It was renamed or removed since it was listed.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(io(&whole)(error)),
        };
        if about.is_dir() {
            open.extend(names(&whole)?.into_iter().map(|name| path.join(name)));
        } else {
            found.insert(path, (about.len(), about.modified().ok()));
        }
    }
    Ok(found)
}

/// What stands in a folder, without what is not finished or only locks it.
fn names(folder: &Path) -> Result<Vec<String>, BackupError> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(names),
        Err(error) => return Err(io(folder)(error)),
    };
    for entry in entries {
        let name = entry.map_err(io(folder))?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !PASSING.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
