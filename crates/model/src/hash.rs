//! Transaction hashes: 32 bytes, written as `0x` and 64 hexadecimal digits.

use crate::address::{parse_hex, push_hex};
use std::fmt;
use std::str::FromStr;

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    push_hex(&mut text, bytes);
    text
}

/// The name of a transaction on its chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransactionHash(pub [u8; 32]);

/// Why a transaction hash was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" is not a transaction hash; give 0x and 64 hexadecimal digits")]
pub struct HashError(pub String);

impl TransactionHash {
    /// Without `0x`, as chains of Bitcoin's family print it.
    #[must_use]
    pub fn to_plain_hex(&self) -> String {
        to_hex(&self.0)
    }
}

impl FromStr for TransactionHash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        parse_hex(digits).map(Self).ok_or_else(|| HashError(text.to_owned()))
    }
}

impl fmt::Display for TransactionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(66);
        text.push_str("0x");
        push_hex(&mut text, &self.0);
        f.write_str(&text)
    }
}

impl fmt::Debug for TransactionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for TransactionHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for TransactionHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_refusal() {
        let text = format!("0x{}", "ab".repeat(32));
        assert_eq!(text.parse::<TransactionHash>().unwrap().to_string(), text);
        assert!("0xab".parse::<TransactionHash>().is_err());
    }
}
