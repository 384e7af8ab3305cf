//! Whose lines a file holds, by its content.

use super::lines::Lines;
use super::record::{Header, Record};
use super::{bitcoin_etl, graphsense};
use crate::blocks::BlockError;
use memchr::memmem;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tracehound_model::Chain;

/// Formats of JSON lines that hold blocks and transactions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BlockFormat {
    /// What bitcoin-etl writes.
    BitcoinEtl,
    /// The raw tables of GraphSense.
    GraphSense,
}

impl fmt::Display for BlockFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BitcoinEtl => "bitcoin-etl JSON lines",
            Self::GraphSense => "GraphSense JSON lines",
        })
    }
}

/// What one line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LineKind {
    Block,
    Transaction,
}

impl LineKind {
    /// Only transactions have outputs.
    pub(super) fn of(line: &str) -> Self {
        match memmem::find(line.as_bytes(), b"\"outputs\"") {
            Some(_) => Self::Transaction,
            None => Self::Block,
        }
    }
}

impl BlockFormat {
    /// By the keys of a line.
    fn of_keys(keys: &[String]) -> Option<(Self, LineKind)> {
        let has = |name: &str| keys.iter().any(|key| key == name);
        let either = |one: &str, other: &str| has(one) || has(other);
        if either("blockId", "block_id") {
            if either("txHash", "tx_hash") && has("outputs") {
                return Some((Self::GraphSense, LineKind::Transaction));
            }
            let block = either("blockHash", "block_hash") && has("timestamp");
            return block.then_some((Self::GraphSense, LineKind::Block));
        }
        if has("hash") && has("outputs") && has("block_number") {
            return Some((Self::BitcoinEtl, LineKind::Transaction));
        }
        let block = has("hash") && either("number", "height") && has("merkle_root");
        (block && either("timestamp", "time")).then_some((Self::BitcoinEtl, LineKind::Block))
    }

    pub(super) fn block(self, line: &str) -> Result<Header, String> {
        match self {
            Self::BitcoinEtl => bitcoin_etl::block(line),
            Self::GraphSense => graphsense::block(line),
        }
    }

    pub(super) fn transaction(self, line: &str, chain: &Chain) -> Result<Record, String> {
        match self {
            Self::BitcoinEtl => bitcoin_etl::transaction(line, chain),
            Self::GraphSense => graphsense::transaction(line, chain),
        }
    }

    /// What a transaction says of its block, where it says enough of it.
    pub(super) fn head(self, line: &str) -> Result<Header, String> {
        match self {
            Self::BitcoinEtl => bitcoin_etl::head(line),
            Self::GraphSense => Err(
                "the transactions do not name the hashes of their blocks; give the file of blocks too"
                    .to_owned(),
            ),
        }
    }

    /// The height that a broken line gives, so that its block is known.
    pub(super) fn height_in(self, line: &str) -> Option<u64> {
        let names: &[&str] = match self {
            Self::BitcoinEtl => &["\"block_number\""],
            Self::GraphSense => &["\"block_id\"", "\"blockId\""],
        };
        let after = names.iter().find_map(|name| Some(line.split_once(name)?.1))?;
        let digits = after.trim_start_matches([' ', ':', '"']);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        // A line cut off inside the number would name another block.
        (end < digits.len()).then(|| digits[..end].parse().ok()).flatten()
    }
}

/// The keys of a JSON object.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, _)) = map.next_entry::<String, IgnoredAny>()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(KeyVisitor)
    }
}

/// The format and kind of the first line; `None` if it is no line of ours.
pub(super) fn probe(path: &Path) -> Result<Option<(BlockFormat, LineKind)>, BlockError> {
    let mut lines = Lines::open(path, Arc::new(AtomicU64::new(0)))?;
    let Some(Ok(line)) = lines.next_line()? else { return Ok(None) };
    if !line.starts_with('{') {
        return Ok(None);
    }
    let keys = serde_json::from_str::<Keys>(line).ok();
    Ok(keys.and_then(|Keys(keys)| BlockFormat::of_keys(&keys)))
}

/// The format of a file of JSON lines with blocks or transactions, by its
/// first line, packed or not. `None` if it is something else, or cannot be read.
#[must_use]
pub fn detect_block_source(path: &Path) -> Option<BlockFormat> {
    probe(path).ok().flatten().map(|(format, _)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_may_still_name_its_block() {
        let height = |line: &str| BlockFormat::BitcoinEtl.height_in(line);
        assert_eq!(height(r#"{"hash": "ab", "block_number": 50001, "bl"#), Some(50001));
        assert_eq!(height(r#"{"block_number":"7","#), Some(7));
        assert_eq!(height(r#"{"hash": "ab", "block_number": 500"#), None);
        assert_eq!(height(r#"{"hash": "ab", "block_number": null, "#), None);
        assert_eq!(height("{"), None);
        assert_eq!(BlockFormat::GraphSense.height_in(r#"{"blockId": 3, "#), Some(3));
    }
}
