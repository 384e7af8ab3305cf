//! What a line of any of the formats comes to.

use crate::blocks::number::{Moment, Whole};
use crate::blocks::parts::TransactionParts;
use serde::Deserialize;
use tracehound_model::{BlockHash, Timestamp};

/// A transaction and its block.
#[derive(Debug)]
pub(super) struct Record {
    /// Height of its block.
    pub(super) height: u64,
    /// Hash of its block, if the line gives it.
    pub(super) block: Option<BlockHash>,
    /// What orders it among those of its block, if the line says.
    pub(super) order: Option<u64>,
    /// The transaction.
    pub(super) parts: TransactionParts,
    /// Inputs and outputs that are parts of a shielded pool, and left out.
    pub(super) shielded: u64,
}

/// A block without its transactions.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) height: u64,
    pub(super) hash: BlockHash,
    /// Zeros if not said.
    pub(super) previous: BlockHash,
    pub(super) timestamp: Timestamp,
    pub(super) transactions: Option<u64>,
    pub(super) merkle_root: Option<[u8; 32]>,
}

/// Takes a list that is missing or null as empty.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// A hash of 64 digits, with or without `0x`.
pub(super) fn hash<T: std::str::FromStr>(text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A number that may be missing.
pub(super) fn optional<T: TryFrom<i128>>(
    number: Option<Whole>,
    field: &str,
) -> Result<Option<T>, String> {
    number.map(|number| number.fit(field)).transpose()
}

/// The version field, which nodes print signed or unsigned.
pub(in crate::blocks) fn version(number: Option<Whole>) -> Result<i32, String> {
    let Some(number) = number else { return Ok(0) };
    if let Ok(signed) = i32::try_from(number.0) {
        return Ok(signed);
    }
    number.fit::<u32>("version").map(u32::cast_signed)
}

/// A time that has to be there.
pub(super) fn moment(time: Option<Moment>, field: &str) -> Result<Timestamp, String> {
    time.map(|time| time.0).ok_or_else(|| format!("\"{field}\" is missing"))
}

/// Parses a line, saying the column of what is wrong.
pub(super) fn parse<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, String> {
    serde_json::from_str(line)
        .map_err(|error| error.to_string().replace(" at line 1 column ", ", column "))
}
