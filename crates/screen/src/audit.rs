//! The log of what was asked and answered: append-only, each line chained to
//! the one before by its hash.
//!
//! Files `audit-00000000.jsonl`, `audit-00000001.jsonl`, … in one folder; a
//! full file is followed by the next, whose first line goes on with the
//! chain. A line says its number, the SHA-256 of the line before, the time,
//! what kind of record it is, and the record. Whoever changes, removes or
//! swaps a line breaks the chain at that place. Lines cut off at the end show
//! only against a number and a hash noted elsewhere: `audit verify` prints
//! both for that purpose.

mod verify;

pub use verify::{AuditBreak, AuditState};

use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tracehound_model::Timestamp;

/// After so many bytes a new file begins.
const FULL: u64 = 64 << 20;
/// What the first line goes on from.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// What was left of a line by a crash, and taken away.
const TORN: &str = "torn-line-removed";

/// Why the log could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The file system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// The program failed while it wrote.
    #[error("writing to the log ended in a fault: {reason}")]
    Fault {
        /// What was said.
        reason: String,
    },
    /// The last line is no line of a log.
    #[error("{}: {reason}; run `tracehound audit verify`, and move the folder aside to begin a new log", file.display())]
    Broken {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// One line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AuditLine {
    /// Its number, from 0, over all files.
    pub number: u64,
    /// SHA-256 of the line before, without its line break.
    pub previous: String,
    /// When it was written.
    pub time: Timestamp,
    /// What kind of record.
    pub kind: String,
    /// The record.
    pub record: serde_json::Value,
}

/// A record that is JSON already, ready to stand in a line: whoever answers
/// writes it, so that the log has only to number it and to hash it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// What follows number and hash in the line.
    rest: Vec<u8>,
}

/// Bytes of a line besides its record, about.
const AROUND: usize = 96;

impl AuditEntry {
    /// Of a record.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn new(
        time: Timestamp,
        kind: &'static str,
        record: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        let mut entry = Self::begun(time, kind, 256);
        serde_json::to_writer(&mut entry.rest, record)?;
        entry.rest.push(b'}');
        Ok(entry)
    }

    /// Of a record's bytes, which must be one value of JSON on one line.
    #[must_use]
    pub fn of_json(time: Timestamp, kind: &'static str, json: &[u8]) -> Self {
        let mut entry = Self::begun(time, kind, json.len());
        entry.rest.extend_from_slice(json);
        entry.rest.push(b'}');
        entry
    }

    fn begun(time: Timestamp, kind: &'static str, length: usize) -> Self {
        let mut rest = Vec::with_capacity(AROUND + length);
        // Neither a time nor a kind has anything that JSON escapes, and
        // writing to memory cannot fail.
        let _ = write!(rest, ",\"time\":\"{time}\",\"kind\":\"{kind}\",\"record\":");
        Self { rest }
    }

    /// Bytes of it, to weigh how much is written at once.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.rest.len()
    }
}

/// The log, locked for writing by this process.
pub struct AuditLog {
    folder: PathBuf,
    file: File,
    path: PathBuf,
    place: u64,
    length: u64,
    next: u64,
    previous: String,
    /// Lines that are not written yet.
    lines: Vec<u8>,
    /// Held until the log is dropped.
    _lock: File,
}

fn io(file: &Path) -> impl Fn(std::io::Error) -> AuditError + '_ {
    move |source| AuditError::Io { file: file.to_owned(), source }
}

fn path_of(folder: &Path, place: u64) -> PathBuf {
    folder.join(format!("audit-{place:08}.jsonl"))
}

/// Files of a log in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    (0..).map(|place| path_of(folder, place)).take_while(|path| path.exists()).collect()
}

impl AuditLog {
    /// Opens a log for writing, waiting for another writer to end. A line
    /// that a crash cut off is taken away, and that is noted.
    ///
    /// # Errors
    /// [`AuditError`].
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, AuditError> {
        fs::create_dir_all(folder).map_err(io(folder))?;
        let lock_path = folder.join("lock");
        let lock = File::create(&lock_path).map_err(io(&lock_path))?;
        lock.lock().map_err(io(&lock_path))?;
        // The count of files of a log fits 64 bits.
        let place = files(folder).len().saturating_sub(1) as u64;
        let path = path_of(folder, place);
        let open = OpenOptions::new().create(true).read(true).append(true).open(&path);
        let mut file = open.map_err(io(&path))?;
        let torn = cut_torn(&mut file, &path)?;
        let last = last_line(folder)?;
        let (next, previous) = match &last {
            Some((line, hash)) => (line.number + 1, hash.clone()),
            None => (0, START.to_owned()),
        };
        let length = file.metadata().map_err(io(&path))?.len();
        let folder = folder.to_owned();
        let lines = Vec::new();
        let mut log =
            Self { folder, file, path, place, length, next, previous, lines, _lock: lock };
        if torn > 0 {
            log.append(now, TORN, &serde_json::json!({ "bytes": torn }))?;
        }
        Ok(log)
    }

    /// Which file of the log is written to, from 0.
    #[must_use]
    pub fn file_number(&self) -> u64 {
        self.place
    }

    /// The number of the next line.
    #[must_use]
    pub fn next_line(&self) -> u64 {
        self.next
    }

    /// Whether the next line begins a file, which waits for the disk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        // Lines in memory have fewer than 64 bits of bytes.
        self.length + self.lines.len() as u64 >= FULL
    }

    /// Lets others write, and gives the file, which is to be synchronised.
    #[must_use]
    pub fn into_file(self) -> File {
        self.file
    }

    /// Writes a record and waits until the disk has it.
    ///
    /// # Errors
    /// [`AuditError`]; the log then ends before the record.
    pub fn append(
        &mut self,
        time: Timestamp,
        kind: &'static str,
        record: &impl Serialize,
    ) -> Result<u64, AuditError> {
        self.write(time, kind, record)?;
        self.file.sync_data().map_err(io(&self.path))?;
        Ok(self.next - 1)
    }

    /// Writes many records and waits once.
    ///
    /// # Errors
    /// [`AuditError`].
    pub fn append_all<'r, R: Serialize + 'r>(
        &mut self,
        time: Timestamp,
        kind: &'static str,
        records: impl Iterator<Item = &'r R>,
    ) -> Result<(), AuditError> {
        for record in records {
            self.record(time, kind, record)?;
        }
        self.write_lines()?;
        self.sync()
    }

    /// Writes records that are JSON already, in one go; waits for the disk
    /// only where that is asked for.
    ///
    /// # Errors
    /// [`AuditError`]; what was written of them is then not known, and the
    /// log has to be opened anew, which takes a torn line away if one is left.
    pub fn append_entries<'e>(
        &mut self,
        entries: impl IntoIterator<Item = &'e AuditEntry>,
        wait: bool,
    ) -> Result<(), AuditError> {
        for entry in entries {
            self.line(entry)?;
        }
        self.write_lines()?;
        if wait { self.sync() } else { Ok(()) }
    }

    /// Waits until everything written is on the disk.
    ///
    /// # Errors
    /// [`AuditError`].
    pub fn sync(&self) -> Result<(), AuditError> {
        self.file.sync_data().map_err(io(&self.path))
    }

    fn write(
        &mut self,
        time: Timestamp,
        kind: &'static str,
        record: &impl Serialize,
    ) -> Result<(), AuditError> {
        self.record(time, kind, record)?;
        self.write_lines()
    }

    fn record(
        &mut self,
        time: Timestamp,
        kind: &'static str,
        record: &impl Serialize,
    ) -> Result<(), AuditError> {
        let entry = AuditEntry::new(time, kind, record);
        let file = || self.path.clone();
        let entry =
            entry.map_err(|e| AuditError::Broken { file: file(), reason: e.to_string() })?;
        self.line(&entry)
    }

    /// Adds a line to those that are to be written.
    fn line(&mut self, entry: &AuditEntry) -> Result<(), AuditError> {
        if self.is_full() {
            self.write_lines()?;
            self.rotate()?;
        }
        let begin = self.lines.len();
        let (number, previous) = (self.next, &self.previous);
        // The fields in the order of `AuditLine`; writing to memory cannot fail.
        let _ = write!(self.lines, "{{\"number\":{number},\"previous\":\"{previous}\"");
        self.lines.extend_from_slice(&entry.rest);
        self.previous = crate::sha256(&self.lines[begin..]);
        self.lines.push(b'\n');
        self.next += 1;
        Ok(())
    }

    fn write_lines(&mut self) -> Result<(), AuditError> {
        if let Err(error) = self.file.write_all(&self.lines) {
            // A full disk leaves part of a line; without it the log is whole.
            let _ = self.file.set_len(self.length);
            return Err(io(&self.path)(error));
        }
        // Lines in memory have fewer than 64 bits of bytes.
        self.length += self.lines.len() as u64;
        self.lines.clear();
        Ok(())
    }

    fn rotate(&mut self) -> Result<(), AuditError> {
        self.file.sync_all().map_err(io(&self.path))?;
        self.place += 1;
        self.path = path_of(&self.folder, self.place);
        let open = OpenOptions::new().create_new(true).append(true).open(&self.path);
        self.file = open.map_err(io(&self.path))?;
        self.length = 0;
        File::open(&self.folder).and_then(|f| f.sync_all()).map_err(io(&self.folder))
    }
}

/// Cuts what follows the last line break; how many bytes that was.
fn cut_torn(file: &mut File, path: &Path) -> Result<u64, AuditError> {
    let length = file.metadata().map_err(io(path))?.len();
    let end = end_of_lines(file, length).map_err(io(path))?;
    if end < length {
        file.set_len(end).and_then(|()| file.sync_all()).map_err(io(path))?;
    }
    Ok(length - end)
}

/// Where the last line break ends, looking from behind.
fn end_of_lines(file: &mut File, length: u64) -> std::io::Result<u64> {
    let mut end = length;
    let mut chunk = vec![0; 1 << 16];
    while end > 0 {
        let start = end.saturating_sub(1 << 16);
        let length = usize::try_from(end - start).unwrap_or(chunk.len());
        let part = &mut chunk[..length];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(place) = part.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + place as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// The last line of a log with its hash; the file before it if the last is empty.
fn last_line(folder: &Path) -> Result<Option<(AuditLine, String)>, AuditError> {
    for path in files(folder).into_iter().rev() {
        let mut file = File::open(&path).map_err(io(&path))?;
        let length = file.metadata().map_err(io(&path))?.len();
        if length == 0 {
            continue;
        }
        let start = end_of_lines(&mut file, length - 1).map_err(io(&path))?;
        file.seek(SeekFrom::Start(start)).map_err(io(&path))?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(io(&path))?;
        let text = text.trim_end_matches('\n');
        let line = serde_json::from_str(text).map_err(|error| AuditError::Broken {
            file: path.clone(),
            reason: format!("its last line is not a line of a log: {error}"),
        })?;
        return Ok(Some((line, crate::sha256(text.as_bytes()))));
    }
    Ok(None)
}
