//! The manifest of a store of unspent-output chains: framed and replaced as
//! that of a store of transfers ([`crate::manifest`]).

use crate::manifest::{MANIFEST, UNSPENT_OUTPUTS, frame, refuse_odd_names, unframe};
use crate::{StoreError, StoreKind, folder, widen};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;
use tracehound_model::Chain;

/// The version this program reads and writes.
pub(crate) const UTXO_FORMAT_VERSION: u32 = 1;
/// Most transactions, and most addresses: a number stands for "none", and
/// the indexes by address count one more for outputs without.
pub(crate) const MOST: u64 = u32::MAX as u64 - 2;

/// What one publish made visible.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct UtxoManifest {
    /// [`UTXO_FORMAT_VERSION`].
    pub(crate) format: u32,
    /// [`UNSPENT_OUTPUTS`].
    pub(crate) kind: String,
    /// CAIP-2 name of the chain.
    pub(crate) chain: String,
    /// Counts publishes; names of new folders contain it.
    pub(crate) sequence: u64,
    /// Segments, lowest blocks first.
    pub(crate) segments: Vec<UtxoSegmentEntry>,
    /// Indexes over several segments, lowest first; they share no segment.
    pub(crate) indexes: Vec<UtxoIndexEntry>,
}

/// One index over neighbouring segments.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct UtxoIndexEntry {
    /// Its folder.
    pub(crate) name: String,
    /// Stands in the header of each of its files.
    pub(crate) tag: u64,
    /// The place of its first segment, and how many it covers.
    pub(crate) first_segment: u64,
    pub(crate) segments: u64,
}

impl UtxoIndexEntry {
    /// Places of its segments.
    pub(crate) fn range(&self) -> Range<usize> {
        let end = self.first_segment.saturating_add(self.segments);
        widen::index64(self.first_segment)..widen::index64(end)
    }
}

/// One segment.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct UtxoSegmentEntry {
    /// Its folder.
    pub(crate) name: String,
    /// Stands in the header of each of its files.
    pub(crate) tag: u64,
    /// The height of its first block, and how many follow each other.
    pub(crate) first_height: u64,
    pub(crate) blocks: u64,
    /// Its first transaction in the store, and how many it has.
    pub(crate) first_transaction: u64,
    pub(crate) transactions: u64,
    /// Its outputs and inputs.
    pub(crate) outputs: u64,
    pub(crate) inputs: u64,
    /// Of its inputs, those that spend outputs of lower segments, and those
    /// whose output lies outside the data.
    pub(crate) spends_below: u64,
    pub(crate) outside_inputs: u64,
    /// Addresses that first appear in it.
    pub(crate) first_address: u64,
    pub(crate) addresses: u64,
    /// Outputs that carry data, and bytes of it.
    pub(crate) payloads: u64,
    pub(crate) payload_bytes: u64,
}

impl UtxoManifest {
    /// The manifest of an empty store.
    pub(crate) fn empty(chain: &Chain) -> Self {
        Self {
            format: UTXO_FORMAT_VERSION,
            kind: UNSPENT_OUTPUTS.to_owned(),
            chain: chain.as_str().to_owned(),
            sequence: 0,
            segments: Vec::new(),
            indexes: Vec::new(),
        }
    }

    /// Reads the manifest of a store folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(MANIFEST);
        let bytes = folder::read_manifest_bytes(folder)?;
        let manifest: Self =
            unframe(&bytes, &path, StoreKind::UnspentOutputs, UTXO_FORMAT_VERSION)?;
        manifest.check(&path)?;
        Ok(manifest)
    }

    /// The bytes of the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        frame(self)
    }

    /// Names of everything it names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let segments = self.segments.iter().map(|segment| segment.name.as_str());
        segments.chain(self.indexes.iter().map(|index| index.name.as_str()))
    }

    /// The chain.
    pub(crate) fn chain(&self, path: &Path) -> Result<Chain, StoreError> {
        self.chain.parse().map_err(|e| StoreError::damaged(path, format!("{e}")))
    }

    /// Checks what the entries say of each other.
    fn check(&self, path: &Path) -> Result<(), StoreError> {
        self.chain(path)?;
        refuse_odd_names(self.names(), path)?;
        let mut below: Option<&UtxoSegmentEntry> = None;
        for segment in &self.segments {
            if !segment.is_sound() || !segment.follows(below) {
                let detail = format!("segment {} does not follow the one before it", segment.name);
                return Err(StoreError::damaged(path, detail));
            }
            below = Some(segment);
        }
        let mut covered = 0;
        for index in &self.indexes {
            let range = index.range();
            if range.start < covered || range.len() < 2 || range.end > self.segments.len() {
                let detail = format!("index {} does not cover segments of its own", index.name);
                return Err(StoreError::damaged(path, detail));
            }
            covered = range.end;
        }
        Ok(())
    }
}

impl UtxoSegmentEntry {
    /// The height after its last.
    pub(crate) fn end_height(&self) -> u64 {
        self.first_height.saturating_add(self.blocks)
    }

    /// The transaction after its last.
    pub(crate) fn end_transaction(&self) -> u64 {
        self.first_transaction.saturating_add(self.transactions)
    }

    /// The address after its last new one.
    pub(crate) fn end_address(&self) -> u64 {
        self.first_address.saturating_add(self.addresses)
    }

    /// Whether its own numbers can be true.
    fn is_sound(&self) -> bool {
        let narrow = u64::from(u32::MAX);
        let spends = self.spends_below.saturating_add(self.outside_inputs);
        self.blocks > 0
            && self.end_height() < u64::MAX
            && self.end_transaction() <= MOST
            && self.end_address() <= MOST
            && self.outputs < narrow
            && self.inputs < narrow
            && self.payload_bytes < narrow
            && spends <= self.inputs
            && self.payloads <= self.outputs
    }

    /// Whether it begins where `below` ends.
    fn follows(&self, below: Option<&Self>) -> bool {
        let starts = (self.first_transaction, self.first_address);
        below.map_or(starts == (0, 0), |below| {
            starts == (below.end_transaction(), below.end_address())
                && self.first_height == below.end_height()
        })
    }
}
