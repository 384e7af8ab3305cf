//! Walking the chain.

use super::{AuditError, AuditLine, AuditLog, START, files, io};
use serde::Serialize;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// What a walk over a log found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AuditState {
    /// Lines that hold.
    pub lines: u64,
    /// Files.
    pub files: usize,
    /// SHA-256 of the last line that holds: to be noted elsewhere with the count.
    pub head: String,
    /// Where the chain breaks, if it does.
    pub broken: Option<AuditBreak>,
}

/// A break of the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AuditBreak {
    /// Which file.
    pub file: PathBuf,
    /// Line in it, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

impl AuditLog {
    /// Walks a log from its beginning and calls `visit` with each line that holds.
    ///
    /// # Errors
    /// If a file cannot be read. A broken chain is no error but an answer.
    pub fn verify(
        folder: &Path,
        mut visit: impl FnMut(&AuditLine),
    ) -> Result<AuditState, AuditError> {
        let files = files(folder);
        let head = START.to_owned();
        let mut state = AuditState { lines: 0, files: files.len(), head, broken: None };
        for path in files {
            let reader = BufReader::new(File::open(&path).map_err(io(&path))?);
            for (number, text) in (1..).zip(reader.split(b'\n')) {
                let text = text.map_err(io(&path))?;
                match next(&state, &text) {
                    Ok(line) => visit(&line),
                    Err(reason) => {
                        state.broken = Some(AuditBreak { file: path, line: number, reason });
                        return Ok(state);
                    }
                }
                state.head = crate::sha256(&text);
                state.lines += 1;
            }
        }
        Ok(state)
    }
}

fn next(state: &AuditState, text: &[u8]) -> Result<AuditLine, String> {
    let line: AuditLine = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if line.number != state.lines {
        return Err(format!("its number is {}, {} belongs here", line.number, state.lines));
    }
    if line.previous != state.head {
        return Err("the line before it is not the one it was written after".to_owned());
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::Write;
    use tracehound_model::Timestamp;

    fn filled(lines: u64) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(folder.path(), Timestamp(1)).unwrap();
        for number in 0..lines {
            let written = log.append(Timestamp(1), "test", &json!({ "n": number }));
            assert_eq!(written.unwrap(), number);
        }
        folder
    }

    fn state(folder: &Path) -> AuditState {
        AuditLog::verify(folder, |_| {}).unwrap()
    }

    #[test]
    fn a_log_is_continued_and_holds() {
        let folder = filled(3);
        drop(AuditLog::open(folder.path(), Timestamp(2)).unwrap());
        let mut log = AuditLog::open(folder.path(), Timestamp(2)).unwrap();
        assert_eq!(log.append(Timestamp(2), "test", &json!(null)).unwrap(), 3);
        let found = state(folder.path());
        assert_eq!((found.lines, found.files, found.broken), (4, 1, None));
        assert_eq!(state(tempfile::tempdir().unwrap().path()).lines, 0);
    }

    #[test]
    fn every_change_of_a_byte_shows_at_its_line_or_the_next() {
        let folder = filled(3);
        let path = super::super::path_of(folder.path(), 0);
        let good = std::fs::read(&path).unwrap();
        let ends: Vec<usize> = (0..good.len()).filter(|place| good[*place] == b'\n').collect();
        for place in 0..ends[1] {
            let mut bytes = good.clone();
            bytes[place] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            let broken = state(folder.path()).broken.unwrap();
            let at = ends.iter().filter(|end| **end < place).count() as u64 + 1;
            assert!((at..=at + 1).contains(&broken.line), "byte {place}: {broken:?}");
        }
        // A line taken out of the middle, and two swapped.
        let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
        for order in [vec![0, 2], vec![1, 0, 2]] {
            let bytes = order.iter().flat_map(|line| lines[*line]).copied().collect::<Vec<u8>>();
            std::fs::write(&path, bytes).unwrap();
            assert!(state(folder.path()).broken.is_some(), "{order:?}");
        }
    }

    #[test]
    fn a_torn_line_is_removed_noted_and_the_chain_goes_on() {
        let folder = filled(2);
        let path = super::super::path_of(folder.path(), 0);
        let good = std::fs::read(&path).unwrap();
        for cut in [1, 40] {
            std::fs::write(&path, &good).unwrap();
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(&good[..cut]).unwrap();
            let mut log = AuditLog::open(folder.path(), Timestamp(2)).unwrap();
            log.append(Timestamp(2), "test", &json!(1)).unwrap();
            let mut kinds = Vec::new();
            let found = AuditLog::verify(folder.path(), |line| kinds.push(line.kind.clone()));
            assert_eq!(found.unwrap().broken, None);
            assert_eq!(kinds, ["test", "test", "torn-line-removed", "test"]);
        }
    }

    #[test]
    fn a_full_file_is_followed_by_the_next() {
        let folder = filled(1);
        let path = super::super::path_of(folder.path(), 0);
        let mut log = AuditLog::open(folder.path(), Timestamp(2)).unwrap();
        log.length = super::super::FULL;
        log.append(Timestamp(2), "test", &json!(1)).unwrap();
        drop(log);
        let mut log = AuditLog::open(folder.path(), Timestamp(2)).unwrap();
        log.append(Timestamp(2), "test", &json!(2)).unwrap();
        let found = state(folder.path());
        assert_eq!((found.lines, found.files, found.broken), (3, 2, None));
        assert!(path.exists());
    }
}
