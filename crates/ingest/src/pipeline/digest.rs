//! SHA-256 of a file: of transfers, taken on a thread of its own while the
//! file is read; of blocks, for the report's list of sources.

use crate::IngestError;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tracehound_model::hash::to_hex;

/// Bytes hashed between two looks at the stop flag.
const CHUNK: usize = 1 << 20;

/// The digest of a file in hexadecimal; `stop` is polled.
///
/// # Errors
/// [`IngestError::Io`], or [`IngestError::Stopped`].
pub fn file_sha256(path: &Path, stop: Option<&AtomicBool>) -> Result<String, IngestError> {
    let mut file = File::open(path).map_err(|error| IngestError::io(path, error))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(IngestError::Stopped);
        }
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(IngestError::io(path, error)),
        }
    }
    Ok(to_hex(&hasher.finalize()))
}
