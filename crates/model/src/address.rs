//! Addresses: one account or output script of a chain.
//!
//! The value is chain-free bytes with a kind, so that one EVM account is one
//! value on every EVM chain and Bitcoin or Tron kinds can join without
//! changing the store: a kind byte and at most 32 bytes of payload
//! ([`Address::to_key`]). EVM text is read in lower, upper or EIP-55 mixed
//! case (a wrong mixed-case checksum is an error) and written in EIP-55.

use sha3::{Digest, Keccak256};
use std::fmt;
use std::str::FromStr;

/// Longest payload of any address kind, in bytes.
pub const MAX_PAYLOAD: usize = 32;
/// Length of a serialised key: one kind byte and a zero-padded payload.
pub const KEY_LENGTH: usize = 1 + MAX_PAYLOAD;

/// How the payload is to be read. Numbers are part of the store format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
#[repr(u8)]
pub enum AddressKind {
    /// 20-byte EVM account.
    Evm = 1,
}

/// One account of a chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    kind: AddressKind,
    length: u8,
    payload: [u8; MAX_PAYLOAD],
}

/// Why an address was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// Not 40 hexadecimal digits.
    #[error("\"{0}\" is not an address; an EVM address is 0x and 40 hexadecimal digits")]
    NotAnAddress(String),
    /// Mixed case that EIP-55 does not produce: most likely a mistyped digit.
    #[error(
        "\"{given}\" fails its EIP-55 checksum; if every digit is right it is written \"{expected}\""
    )]
    Checksum {
        /// What was read.
        given: String,
        /// The same digits with the right case.
        expected: String,
    },
    /// Bytes from a store or file that name no known kind.
    #[error("address kind {0} is not known to this version")]
    UnknownKind(u8),
}

impl Address {
    /// The account of 20 bytes.
    #[must_use]
    pub fn evm(bytes: [u8; 20]) -> Self {
        let mut payload = [0; MAX_PAYLOAD];
        payload[..20].copy_from_slice(&bytes);
        Self { kind: AddressKind::Evm, length: 20, payload }
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> AddressKind {
        self.kind
    }

    /// The meaningful bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload[..usize::from(self.length)]
    }

    /// The all-zero EVM account, to which tokens are burnt and from which they are minted.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.payload.iter().all(|b| *b == 0)
    }

    /// Fixed-width key: kind byte, then the payload padded with zeros.
    #[must_use]
    pub fn to_key(&self) -> [u8; KEY_LENGTH] {
        let mut key = [0; KEY_LENGTH];
        key[0] = self.kind as u8;
        key[1..].copy_from_slice(&self.payload);
        key
    }

    /// Reads a key; trailing zero padding may be cut off (a store of an EVM
    /// chain keeps 21 bytes a key).
    ///
    /// # Errors
    /// [`AddressError::UnknownKind`] if the kind or width is not known.
    pub fn from_key(key: &[u8]) -> Result<Self, AddressError> {
        match key.first() {
            Some(1) if key.len() >= 21 => {
                let mut bytes = [0; 20];
                bytes.copy_from_slice(&key[1..21]);
                Ok(Self::evm(bytes))
            }
            other => Err(AddressError::UnknownKind(other.copied().unwrap_or(0))),
        }
    }

    /// Lower-case hexadecimal with `0x`, as most data sets write it.
    #[must_use]
    pub fn to_lower_hex(&self) -> String {
        let mut text = String::with_capacity(2 + 2 * self.payload().len());
        text.push_str("0x");
        push_hex(&mut text, self.payload());
        text
    }
}

pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// Decodes exactly `N` bytes of hexadecimal; `None` on any other text.
pub(crate) fn parse_hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digits = digits.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Some(bytes)
}

const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// EIP-55: a letter is upper case where the Keccak-256 nibble at its place is 8 or more.
fn eip55(bytes: &[u8]) -> String {
    let mut lower = String::with_capacity(40);
    push_hex(&mut lower, bytes);
    let digest = Keccak256::digest(lower.as_bytes());
    let mut text = String::with_capacity(42);
    text.push_str("0x");
    for (place, digit) in lower.chars().enumerate() {
        let nibble = digest[place / 2] >> (if place % 2 == 0 { 4 } else { 0 }) & 15;
        text.push(if nibble >= 8 { digit.to_ascii_uppercase() } else { digit });
    }
    text
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = || AddressError::NotAnAddress(text.to_owned());
        let digits =
            text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).ok_or_else(refuse)?;
        let bytes: [u8; 20] = parse_hex(digits).ok_or_else(refuse)?;
        let mixed = digits.bytes().any(|b| b.is_ascii_lowercase())
            && digits.bytes().any(|b| b.is_ascii_uppercase());
        if mixed {
            let expected = eip55(&bytes);
            if expected[2..] != *digits {
                return Err(AddressError::Checksum { given: text.to_owned(), expected });
            }
        }
        Ok(Self::evm(bytes))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            AddressKind::Evm => f.write_str(&eip55(self.payload())),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples printed in EIP-55.
    const EXAMPLES: [&str; 4] = [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn eip55_examples_round_trip() {
        for text in EXAMPLES {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(address.to_lower_hex().parse::<Address>().unwrap(), address);
            assert_eq!(Address::from_key(&address.to_key()).unwrap(), address);
        }
    }

    #[test]
    fn a_wrong_checksum_names_the_right_one() {
        let error = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed".parse::<Address>().unwrap_err();
        assert!(error.to_string().contains(EXAMPLES[0]), "{error}");
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAe", "0xzz"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
