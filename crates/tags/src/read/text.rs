//! The text of a file, unpacked.

use crate::TagError;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The largest pack there is has 5 MB; beyond this a file is something else.
const LARGEST: u64 = 1 << 30;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads a file, plain or gzip.
pub(super) fn read(path: &Path) -> Result<String, TagError> {
    let io = |source| TagError::Io { file: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(io)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.starts_with(&GZIP) {
        let mut unpacked = Vec::new();
        let packed = flate2::read::MultiGzDecoder::new(BufReader::new(bytes.as_slice()));
        packed.take(LARGEST + 1).read_to_end(&mut unpacked).map_err(|error| {
            let reason = format!("the gzip data are broken ({error}); download it again");
            TagError::File { file: path.to_owned(), reason }
        })?;
        bytes = unpacked;
    }
    if bytes.len() as u64 > LARGEST {
        let reason = "more than 1 GiB of text; split the pack".to_owned();
        return Err(TagError::File { file: path.to_owned(), reason });
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        let reason = "not UTF-8; save it in that encoding".to_owned();
        TagError::Line { file: path.to_owned(), line, reason }
    })
}
