//! Chains, named by CAIP-2 identifiers (`namespace:reference`).
//!
//! Source: Chain Agnostic Improvement Proposal 2. The namespace is 3-8 of
//! `[-a-z0-9]`, the reference 1-32 of `[-_a-zA-Z0-9]`.

mod utxo;

pub(crate) use utxo::Network;
pub use utxo::{BlockForm, UTXO_CHAINS, UtxoParameters};

use std::fmt;
use std::str::FromStr;

/// One ledger, for example `eip155:1` (Ethereum mainnet).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chain {
    text: String,
    colon: usize,
}

/// Why a chain name was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainError {
    /// Neither a known short name nor a CAIP-2 identifier.
    #[error(
        "\"{0}\" is not a chain; give a CAIP-2 id such as \"eip155:1\" or a short name such as \"ethereum\""
    )]
    NotAChain(String),
}

/// Short names accepted on the command line and in case files;
/// those of Bitcoin's family stand in [`UTXO_CHAINS`].
const SHORT_NAMES: &[(&str, &str)] = &[
    ("ethereum", "eip155:1"),
    ("optimism", "eip155:10"),
    ("bsc", "eip155:56"),
    ("gnosis", "eip155:100"),
    ("polygon", "eip155:137"),
    ("base", "eip155:8453"),
    ("arbitrum", "eip155:42161"),
    ("avalanche", "eip155:43114"),
    ("tron", "tron:0x2b6653dc"),
];

impl Chain {
    /// Ethereum mainnet, `eip155:1`.
    #[must_use]
    pub fn ethereum() -> Self {
        Self { text: "eip155:1".to_owned(), colon: 6 }
    }

    /// The CAIP-2 text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the colon, such as `eip155`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The part after the colon, such as `1`.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.text[self.colon + 1..]
    }

    /// Whether addresses of this chain are 20-byte EVM accounts.
    #[must_use]
    pub fn is_evm(&self) -> bool {
        self.namespace() == "eip155"
    }

    /// Bitcoin mainnet.
    #[must_use]
    pub fn bitcoin() -> Self {
        Self { text: UTXO_CHAINS[0].id.to_owned(), colon: 6 }
    }

    /// Parameters, if the chain is of Bitcoin's family and known to us.
    #[must_use]
    pub fn utxo(&self) -> Option<&'static UtxoParameters> {
        UTXO_CHAINS.iter().find(|chain| chain.id == self.text)
    }

    /// Whether the chain keeps its state as unspent outputs.
    #[must_use]
    pub fn is_utxo(&self) -> bool {
        self.namespace() == "bip122"
    }

    /// How addresses of this chain are written; Bitcoin's way if we do not know it.
    pub(crate) fn network(&self) -> Network {
        let mut known = UTXO_CHAINS.iter().zip(Network::all());
        known
            .find(|(chain, _)| chain.id == self.text)
            .map_or(Network::BITCOIN, |(_, network)| network)
    }

    /// A transaction's name as this chain prints it: with `0x`, or without on
    /// chains of Bitcoin's family.
    #[must_use]
    pub fn transaction_text(&self, hash: &crate::TransactionHash) -> String {
        if self.is_utxo() { hash.to_plain_hex() } else { hash.to_string() }
    }

    /// The short name if the chain has one, else the CAIP-2 text.
    #[must_use]
    pub fn short_name(&self) -> &str {
        short_names().find(|(_, id)| *id == self.text).map_or(self.as_str(), |(name, _)| name)
    }

    /// SLIP-44 coin type of the chain's native coin, where we know it.
    #[must_use]
    pub fn native_coin_type(&self) -> u32 {
        if let Some(chain) = self.utxo() {
            return chain.coin_type;
        }
        match self.as_str() {
            "eip155:56" => 9006,
            "eip155:137" => 966,
            "eip155:100" => 700,
            "eip155:43114" => 9005,
            text if text.starts_with("tron:") => 195,
            // Ethereum and every rollup that pays its fees in ether.
            _ => 60,
        }
    }

    /// Symbol and decimals of the native coin.
    #[must_use]
    pub fn native_coin(&self) -> (&'static str, u8) {
        if self.is_utxo() {
            return (self.utxo().map_or("BTC", |chain| chain.symbol), 8);
        }
        match self.native_coin_type() {
            195 => ("TRX", 6),
            966 => ("POL", 18),
            700 => ("XDAI", 18),
            9005 => ("AVAX", 18),
            9006 => ("BNB", 18),
            _ => ("ETH", 18),
        }
    }
}

fn short_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHORT_NAMES.iter().copied().chain(UTXO_CHAINS.iter().map(|chain| (chain.name, chain.id)))
}

fn is_caip2(text: &str) -> Option<usize> {
    let colon = text.find(':')?;
    let (namespace, reference) = (&text[..colon], &text[colon + 1..]);
    let namespace_ok = (3..=8).contains(&namespace.len())
        && namespace.bytes().all(|b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit());
    let reference_ok = (1..=32).contains(&reference.len())
        && reference.bytes().all(|b| b == b'-' || b == b'_' || b.is_ascii_alphanumeric());
    (namespace_ok && reference_ok).then_some(colon)
}

impl FromStr for Chain {
    type Err = ChainError;

    fn from_str(text: &str) -> Result<Self, ChainError> {
        let lower = text.to_ascii_lowercase();
        let full = short_names().find(|(name, _)| *name == lower).map_or(text, |(_, id)| id);
        is_caip2(full)
            .map(|colon| Self { text: full.to_owned(), colon })
            .ok_or_else(|| ChainError::NotAChain(text.to_owned()))
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({})", self.text)
    }
}

impl serde::Serialize for Chain {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for Chain {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_and_caip2_agree() {
        assert_eq!("Ethereum".parse::<Chain>().unwrap(), Chain::ethereum());
        assert_eq!("eip155:1".parse::<Chain>().unwrap().short_name(), "ethereum");
        assert_eq!("eip155:5000".parse::<Chain>().unwrap().short_name(), "eip155:5000");
    }

    #[test]
    fn nonsense_is_refused_with_the_value() {
        for text in ["", "eth", "EIP155:1", "eip155:", "ab:1", "eip155:1:2"] {
            assert_eq!(text.parse::<Chain>(), Err(ChainError::NotAChain(text.to_owned())));
        }
    }
}
