//! Read-only mappings of published files: the only unsafe code of the workspace.
//!
//! A mapping is sound as long as nobody changes the file under it. Files of
//! a store are written once, before the manifest names them, and never
//! again; a publish only adds files and removes whole folders, which leaves
//! existing mappings valid. What this cannot rule out is another program
//! writing to the folder: truncating a mapped file ends the process with
//! SIGBUS, and bytes changed after their page was verified are read as they
//! are. The store folder must therefore be left to Tracehound alone; this is
//! part of the contract of [`crate::Store::open`].
#![allow(unsafe_code)]

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::ops::Deref;

/// A whole file as bytes.
#[derive(Debug)]
pub(crate) struct Map {
    map: Mmap,
}

impl Map {
    /// Maps `file` from its first byte to its present end.
    pub(crate) fn open(file: &File) -> io::Result<Self> {
        // SAFETY: the mapping is read-only and private to this process; files
        // of a store are immutable once they can be found (see above).
        let map = unsafe { Mmap::map(file)? };
        Ok(Self { map })
    }
}

impl Deref for Map {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.map
    }
}
