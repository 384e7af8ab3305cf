//! SHA-256 of a file, taken on a thread of its own while the file is read.

use super::options::IngestOptions;
use crate::IngestError;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes hashed between two looks at the stop flag.
const CHUNK: usize = 1 << 20;

/// The digest in hexadecimal.
pub(crate) fn sha256(path: &Path, options: &IngestOptions) -> Result<String, IngestError> {
    let mut file = File::open(path).map_err(|error| IngestError::io(path, error))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        if options.stopped() {
            return Err(IngestError::Stopped);
        }
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(IngestError::io(path, error)),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
