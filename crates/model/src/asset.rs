//! Assets: a chain's coin, one token contract, or dollars as a data set printed them.
//!
//! Written as CAIP-19 (`chain/namespace:reference`). A token is its contract,
//! never its symbol. Values that a data set gives in US dollars at the time
//! of each transfer are an asset of their own, `…/iso4217:USD`: they are not
//! units of any token and drift along a path as prices move.

use crate::{Address, Chain};
use std::fmt;

/// What is moved. The chain is the store's; two chains never share a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Asset {
    /// The chain's own coin.
    Native,
    /// A fungible token, by contract (`erc20`).
    Token(Address),
    /// US dollars as published by a data set, two decimals.
    PublishedUsd,
}

/// Length of an asset's key in the store: one kind byte and an address key.
pub const KEY_LENGTH: usize = 1 + crate::address::KEY_LENGTH;

/// Why an asset was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssetError {
    /// Not one of the accepted forms.
    #[error(
        "\"{0}\" is not an asset; give \"native\", \"usd\", a token contract address, or a CAIP-19 id such as \"eip155:1/erc20:0x…\""
    )]
    NotAnAsset(String),
    /// The CAIP-19 text names another chain.
    #[error("\"{text}\" is not on chain {chain}")]
    OtherChain {
        /// What was read.
        text: String,
        /// The chain it should be on.
        chain: Chain,
    },
    /// Bytes from a store that name no known kind.
    #[error("asset kind {0} is not known to this version")]
    UnknownKind(u8),
}

impl Asset {
    /// CAIP-19 text on `chain`.
    #[must_use]
    pub fn caip19(&self, chain: &Chain) -> String {
        match self {
            Self::Native => format!("{chain}/slip44:{}", chain.native_coin_type()),
            Self::Token(contract) => format!("{chain}/erc20:{contract}"),
            Self::PublishedUsd => format!("{chain}/iso4217:USD"),
        }
    }

    /// Reads `native`, `usd`, a contract address, or CAIP-19 text on `chain`.
    ///
    /// # Errors
    /// See [`AssetError`].
    pub fn parse(text: &str, chain: &Chain) -> Result<Self, AssetError> {
        let refuse = || AssetError::NotAnAsset(text.to_owned());
        let token = |s: &str| s.parse().map(Self::Token).map_err(|_| refuse());
        let Some((on, what)) = text.split_once('/') else {
            return match text {
                "native" => Ok(Self::Native),
                "usd" | "USD" => Ok(Self::PublishedUsd),
                contract => token(contract),
            };
        };
        if on != chain.as_str() {
            return Err(AssetError::OtherChain { text: text.to_owned(), chain: chain.clone() });
        }
        match what.split_once(':').ok_or_else(refuse)? {
            ("slip44", coin) if coin == chain.native_coin_type().to_string() => Ok(Self::Native),
            ("erc20", contract) => token(contract),
            ("iso4217", "USD") => Ok(Self::PublishedUsd),
            _ => Err(refuse()),
        }
    }

    /// Decimals that follow from the kind alone; a token's come from its data.
    #[must_use]
    pub fn own_decimals(&self, chain: &Chain) -> Option<u8> {
        match self {
            Self::Native => Some(chain.native_coin().1),
            Self::PublishedUsd => Some(2),
            Self::Token(_) => None,
        }
    }

    /// Symbol that follows from the kind alone.
    #[must_use]
    pub fn own_symbol(&self, chain: &Chain) -> Option<&'static str> {
        match self {
            Self::Native => Some(chain.native_coin().0),
            Self::PublishedUsd => Some("USD"),
            Self::Token(_) => None,
        }
    }

    /// Fixed-width key for the store.
    #[must_use]
    pub fn to_key(&self) -> [u8; KEY_LENGTH] {
        let mut key = [0; KEY_LENGTH];
        match self {
            Self::Native => key[0] = 1,
            Self::PublishedUsd => key[0] = 2,
            Self::Token(contract) => {
                key[0] = 3;
                key[1..].copy_from_slice(&contract.to_key());
            }
        }
        key
    }

    /// Reads a key written by [`Asset::to_key`].
    ///
    /// # Errors
    /// [`AssetError::UnknownKind`] if the kind is not known.
    pub fn from_key(key: &[u8]) -> Result<Self, AssetError> {
        match key.first() {
            Some(1) => Ok(Self::Native),
            Some(2) => Ok(Self::PublishedUsd),
            Some(3) => Address::from_key(&key[1..])
                .map(Self::Token)
                .map_err(|_| AssetError::UnknownKind(3)),
            other => Err(AssetError::UnknownKind(other.copied().unwrap_or(0))),
        }
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native => f.write_str("native"),
            Self::Token(contract) => write!(f, "{contract}"),
            Self::PublishedUsd => f.write_str("usd"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caip19_and_key_round_trip() {
        let chain = Chain::ethereum();
        let token = Asset::Token("0xae7ab96520de3a18e5e111b5eaab095312d7fe84".parse().unwrap());
        for asset in [Asset::Native, Asset::PublishedUsd, token] {
            assert_eq!(Asset::parse(&asset.caip19(&chain), &chain), Ok(asset));
            assert_eq!(Asset::parse(&asset.to_string(), &chain), Ok(asset));
            assert_eq!(Asset::from_key(&asset.to_key()), Ok(asset));
        }
        assert_eq!(Asset::Native.caip19(&chain), "eip155:1/slip44:60");
        assert!(Asset::parse("eip155:56/slip44:60", &chain).is_err());
    }
}
