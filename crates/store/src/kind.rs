//! Telling what a store folder holds.

use crate::StoreError;
use crate::folder::read_manifest_bytes;
use crate::manifest::{MANIFEST, kind_of};
use std::fmt;
use std::path::Path;

/// What kind of chain a store holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StoreKind {
    /// Transfers between accounts: [`crate::Store`].
    Transfers,
    /// Transactions that spend outputs: [`crate::utxo::UtxoStore`].
    UnspentOutputs,
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transfers => "transfers",
            Self::UnspentOutputs => "unspent outputs",
        })
    }
}

/// What kind of store a folder holds, from its manifest alone.
///
/// # Errors
/// [`StoreError::NotAStore`], [`StoreError::Damaged`] or [`StoreError::Io`].
pub fn store_kind(folder: &Path) -> Result<StoreKind, StoreError> {
    kind_of(&read_manifest_bytes(folder)?, &folder.join(MANIFEST))
}
