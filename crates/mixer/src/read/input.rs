//! Bytes of files, plain or compressed with gzip, told by content.

use crate::MixerError;
use std::io::Read;
use std::path::{Path, PathBuf};

/// More than any mixer has ever had; a bomb stops here.
const LARGEST: u64 = 4 << 30;
const GZIP: [u8; 2] = [0x1f, 0x8b];
const EXTENSIONS: [&str; 6] = [".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz"];

/// The whole content of a file.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, MixerError> {
    let io = |source| MixerError::Io { file: file.to_owned(), source };
    let stored = std::fs::read(file).map_err(io)?;
    if !stored.starts_with(&GZIP) {
        return Ok(stored);
    }
    let mut plain = Vec::new();
    let mut limited = flate2::read::MultiGzDecoder::new(stored.as_slice()).take(LARGEST);
    limited.read_to_end(&mut plain).map_err(io)?;
    if u64::try_from(plain.len()).is_ok_and(|length| length == LARGEST) {
        let reason = format!("unpacks to more than {LARGEST} bytes; split it by pool");
        return Err(MixerError::File { file: file.to_owned(), reason });
    }
    Ok(plain)
}

/// The event files of a folder by name, or the one file.
pub(super) fn event_files(path: &Path) -> Result<Vec<PathBuf>, MixerError> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let io = |source| MixerError::Io { file: path.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let file = entry.map_err(io)?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if file.is_file() && EXTENSIONS.iter().any(|extension| name.ends_with(extension)) {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        let reason = "no event files here; give a folder of .json or .json.gz files, such as \
                      deposits_eth_0.1.json.gz and withdrawals_eth_0.1.json.gz"
            .to_owned();
        return Err(MixerError::File { file: path.to_owned(), reason });
    }
    Ok(files)
}
