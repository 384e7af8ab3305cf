//! What a run did.

use crate::{BrokenRow, Compression, Format};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tracehound_model::Address;
use tracehound_store::PublishSummary;

/// What a run did, file by file.
#[derive(Debug, serde::Serialize)]
pub struct IngestSummary {
    /// Each file given.
    pub files: Vec<FileSummary>,
    /// What the store made of the transfers.
    #[serde(serialize_with = "publish_summary")]
    pub publish: PublishSummary,
    /// What the files say beside the transfers.
    #[serde(flatten)]
    pub told: Told,
}

/// What files of transfers say beside them.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Told {
    /// Labels the files give to addresses, each once per file.
    pub labels: Vec<PublishedLabel>,
    /// Contracts that emitted an event by which pools and vaults report an
    /// exchange, ascending. Anybody can emit one, so it proves nothing alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchange_emitters: Vec<Address>,
}

/// What was read from a file.
#[derive(Debug, serde::Serialize)]
pub struct FileSummary {
    /// The file.
    pub file: PathBuf,
    /// Whose export it is.
    pub format: Format,
    /// How it is packed.
    pub compression: Compression,
    /// SHA-256 of the file as it lies on disk, in hexadecimal.
    pub sha256: String,
    /// Rows of data.
    pub rows: u64,
    /// Rows that are transfers.
    pub transfers: u64,
    /// Rows that move nothing, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Rows that could not be read.
    pub broken: u64,
    /// The first of them.
    pub first_broken: Vec<BrokenRow>,
    /// Where they all are.
    pub quarantine_file: Option<PathBuf>,
    /// What a person should know of this reading.
    pub notes: Vec<String>,
}

/// A label that a file gives to an address.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct PublishedLabel {
    /// The address.
    pub address: Address,
    /// The label as published.
    pub label: String,
    /// Name of the file.
    pub source: String,
}

fn publish_summary<S: serde::Serializer>(
    publish: &PublishSummary,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeStruct;
    let mut fields = serializer.serialize_struct("PublishSummary", 5)?;
    fields.serialize_field("added", &publish.added)?;
    fields.serialize_field("duplicates", &publish.duplicates)?;
    fields.serialize_field("conflicts", &publish.conflicts)?;
    fields.serialize_field("rows", &publish.rows)?;
    fields.serialize_field("changed", &publish.changed)?;
    fields.end()
}
