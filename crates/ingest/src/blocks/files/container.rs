//! Bytes of one file of blocks, unpacked and without a node's mask.

use crate::Compression;
use crate::blocks::{BlockError, Position, SourcePlace};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Name of the file with the mask that a node of version 28 or later lays
/// over its block files; it lies beside them.
const KEY_FILE: &str = "xor.dat";
/// A packed file, or one without frames, is held in memory up to this many bytes.
const MOST_IN_MEMORY: u64 = 2 << 30;

/// One file.
pub(super) struct Container {
    pub(super) path: PathBuf,
    bytes: Bytes,
    pub(super) length: u64,
}

enum Bytes {
    Disk { file: File, key: Option<[u8; 8]> },
    Memory(Vec<u8>),
}

impl Container {
    /// Opens a file; a packed one is unpacked into memory.
    pub(super) fn open(path: &Path) -> Result<Self, BlockError> {
        let io = |error| io_error(path, error);
        let mut file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let mut front = Vec::new();
        (&mut file).take(8).read_to_end(&mut front).map_err(io)?;
        let key = key_beside(path)?;
        let compression = Compression::from_magic(&front);
        if compression == Compression::None || key.is_some() {
            let bytes = Bytes::Disk { file, key };
            return Ok(Self { path: path.to_owned(), bytes, length });
        }
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut bytes = Vec::new();
        let unpacked = compression.unpack(file).map_err(io)?;
        unpacked.take(MOST_IN_MEMORY + 1).read_to_end(&mut bytes).map_err(io)?;
        Self::memory(path, bytes)
    }

    fn memory(path: &Path, bytes: Vec<u8>) -> Result<Self, BlockError> {
        // A length fits 64 bits.
        let length = bytes.len() as u64;
        if length > MOST_IN_MEMORY {
            let whole = SourcePlace { source: path.to_owned(), at: Position::Whole };
            return Err(BlockError::broken(
                whole,
                "more than 2 GB without a node's frames, or packed; unpack it or split it",
            ));
        }
        Ok(Self { path: path.to_owned(), bytes: Bytes::Memory(bytes), length })
    }

    /// Fills `buffer` from a place; past the end is an error.
    pub(super) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), BlockError> {
        let io = |error| BlockError::Io { place: self.place(offset), error };
        match &self.bytes {
            Bytes::Disk { file, key } => {
                let mut file = file;
                file.seek(SeekFrom::Start(offset)).map_err(io)?;
                file.read_exact(buffer).map_err(io)?;
                if let Some(key) = key {
                    unmask(buffer, key, offset);
                }
                Ok(())
            }
            Bytes::Memory(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                let rest = bytes.get(from..).unwrap_or_default();
                let part = rest.get(..buffer.len());
                let part = part.ok_or_else(|| io(io::ErrorKind::UnexpectedEof.into()))?;
                buffer.copy_from_slice(part);
                Ok(())
            }
        }
    }

    /// As many bytes as there are, up to the length of `buffer`.
    pub(super) fn read_some(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, BlockError> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        self.read_at(offset, &mut buffer[..count])?;
        Ok(count)
    }

    /// The whole file in memory: for files without frames.
    pub(super) fn into_memory(self) -> Result<(Self, Vec<u8>), BlockError> {
        if self.length > MOST_IN_MEMORY {
            return Self::memory(&self.path, Vec::new()).and_then(|_| {
                Err(BlockError::broken(self.place(0), "neither a node's block file nor a block"))
            });
        }
        let mut bytes = vec![0; usize::try_from(self.length).unwrap_or(0)];
        self.read_at(0, &mut bytes)?;
        Ok((self, bytes))
    }

    /// A byte of this file.
    pub(super) fn place(&self, offset: u64) -> SourcePlace {
        SourcePlace { source: self.path.clone(), at: Position::Byte(offset) }
    }
}

/// The first bytes of a file, unpacked and unmasked, as many as there are.
pub(in crate::blocks) fn front(path: &Path, count: usize) -> Result<Vec<u8>, BlockError> {
    let io = |error| io_error(path, error);
    // A count of header bytes fits 64 bits.
    let count = count as u64;
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(io)?;
    (&file).take(count).read_to_end(&mut bytes).map_err(io)?;
    if let Some(key) = key_beside(path)? {
        unmask(&mut bytes, &key, 0);
        return Ok(bytes);
    }
    let compression = Compression::from_magic(&bytes);
    if compression != Compression::None {
        bytes.clear();
        (&file).seek(SeekFrom::Start(0)).map_err(io)?;
        compression.unpack(file).map_err(io)?.take(count).read_to_end(&mut bytes).map_err(io)?;
    }
    Ok(bytes)
}

fn unmask(buffer: &mut [u8], key: &[u8; 8], offset: u64) {
    // A remainder by 8 fits any width.
    let shift = usize::try_from(offset % 8).unwrap_or(0);
    let mut key = *key;
    key.rotate_left(shift);
    for part in buffer.chunks_mut(8) {
        part.iter_mut().zip(key).for_each(|(byte, mask)| *byte ^= mask);
    }
}

/// The mask beside a block file, unless it is all zeros.
fn key_beside(path: &Path) -> Result<Option<[u8; 8]>, BlockError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let node_file = name.starts_with("blk") && name.ends_with(".dat");
    let file = path.with_file_name(KEY_FILE);
    if !node_file || !file.exists() {
        return Ok(None);
    }
    let bytes = std::fs::read(&file).map_err(|error| io_error(&file, error))?;
    match <[u8; 8]>::try_from(bytes.as_slice()) {
        Ok(key) => Ok((key != [0; 8]).then_some(key)),
        Err(_) => {
            let place = SourcePlace { source: file, at: Position::Whole };
            Err(BlockError::broken(place, "the mask of block files has 8 bytes; copy it again"))
        }
    }
}

pub(super) fn io_error(path: &Path, error: io::Error) -> BlockError {
    BlockError::Io { place: SourcePlace { source: path.to_owned(), at: Position::Whole }, error }
}
