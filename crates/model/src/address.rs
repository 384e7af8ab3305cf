//! Addresses: one account or output script of a chain.
//!
//! The value is bytes with a kind, so that one EVM account is one value on
//! every EVM chain and a store needs one width for all of them: a kind byte
//! and at most 32 bytes of payload ([`Address::to_key`]). Beside it stands
//! the network whose text form is used, which is not part of its identity.
//! `evm.rs` and `script.rs` read and write the text forms.

mod evm;
mod script;

pub use evm::is_mixed_case;
pub use script::{ScriptClass, classify};

use crate::Chain;
use crate::chain::Network;
use std::fmt;
use std::hash::{Hash, Hasher};
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
    /// Pay to the hash of a public key: 20 bytes (HASH160 of the key).
    PublicKeyHash = 2,
    /// Pay to the hash of a script: 20 bytes (HASH160 of the script).
    ScriptHash = 3,
    /// Segregated witness version 0, key hash: 20 bytes (BIP 141).
    WitnessKeyHash = 4,
    /// Segregated witness version 0, script hash: 32 bytes (BIP 141).
    WitnessScriptHash = 5,
    /// Taproot: the 32-byte output key (BIP 341).
    Taproot = 6,
    /// A bare public key, compressed or not, by its HASH160: 20 bytes. The
    /// same key paid by hash is [`AddressKind::PublicKeyHash`] with the same payload.
    PublicKey = 7,
    /// Bare `m of n` multisignature, by the SHA-256 of its script: 32 bytes.
    Multisig = 8,
    /// Any other script, by its SHA-256: 32 bytes. It has no address text.
    Script = 9,
    /// A witness program of another version or length: the version, the
    /// length of the program, and at most 30 bytes of it, zero-padded.
    WitnessProgram = 10,
    /// A transaction as a place: where an account of a trace says that money of
    /// many was mixed, or that coins were made. 32 bytes, its hash. No script pays it.
    Transaction = 11,
}

impl AddressKind {
    /// The kind that a key begins with.
    /// # Errors
    /// [`AddressError::UnknownKind`].
    pub fn of_key(key: &[u8]) -> Result<Self, AddressError> {
        let number = key.first().copied().unwrap_or(0);
        Self::from_number(number).ok_or(AddressError::UnknownKind(number))
    }

    /// The number a key of this kind begins with.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Evm,
            2 => Self::PublicKeyHash,
            3 => Self::ScriptHash,
            4 => Self::WitnessKeyHash,
            5 => Self::WitnessScriptHash,
            6 => Self::Taproot,
            7 => Self::PublicKey,
            8 => Self::Multisig,
            9 => Self::Script,
            10 => Self::WitnessProgram,
            11 => Self::Transaction,
            _ => return None,
        })
    }

    /// Bytes of payload.
    fn length(self) -> u8 {
        match self {
            Self::Evm
            | Self::PublicKeyHash
            | Self::ScriptHash
            | Self::WitnessKeyHash
            | Self::PublicKey => 20,
            Self::WitnessScriptHash
            | Self::Taproot
            | Self::Multisig
            | Self::Script
            | Self::WitnessProgram
            | Self::Transaction => 32,
        }
    }

    /// Name of the kind as reports show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Evm => "evm",
            Self::PublicKeyHash => "p2pkh",
            Self::ScriptHash => "p2sh",
            Self::WitnessKeyHash => "p2wpkh",
            Self::WitnessScriptHash => "p2wsh",
            Self::Taproot => "p2tr",
            Self::PublicKey => "p2pk",
            Self::Multisig => "multisig",
            Self::Script => "script",
            Self::WitnessProgram => "witness",
            Self::Transaction => "transaction",
        }
    }
}

/// One account or output script. Two addresses are equal if kind and payload
/// are, whatever network they are written for.
#[derive(Clone, Copy)]
pub struct Address {
    kind: AddressKind,
    network: Network,
    payload: [u8; MAX_PAYLOAD],
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.payload) == (other.kind, other.payload)
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind, self.payload).hash(state);
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.kind, self.payload).cmp(&(other.kind, other.payload))
    }
}

/// Why an address was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// Neither an EVM address nor an address of a known Bitcoin-like chain.
    #[error(
        "\"{0}\" is not an address; an EVM address is 0x and 40 hexadecimal digits, a Bitcoin address begins with 1, 3 or bc1"
    )]
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
    /// Base58 or bech32 text whose checksum does not fit.
    #[error("\"{0}\" fails its checksum: a character is mistyped or missing")]
    TextChecksum(String),
    /// An address of another chain than the one asked for.
    #[error("\"{given}\" is not an address of {chain}")]
    OtherChain {
        /// What was read.
        given: String,
        /// The chain asked for.
        chain: String,
    },
    /// Bytes from a store or file that name no known kind.
    #[error("address kind {0} is not known to this version")]
    UnknownKind(u8),
}

impl Address {
    /// The account of 20 bytes.
    #[must_use]
    pub fn evm(bytes: [u8; 20]) -> Self {
        Self::from_bytes(AddressKind::Evm, &bytes)
    }

    /// A transaction as a place.
    #[must_use]
    pub fn of_transaction(hash: &crate::TransactionHash) -> Self {
        Self::from_bytes(AddressKind::Transaction, &hash.0)
    }

    /// An address of a kind; a payload that is too long is cut, one that is
    /// too short padded with zeros. Written for Bitcoin until [`Address::on`].
    #[must_use]
    pub fn from_bytes(kind: AddressKind, bytes: &[u8]) -> Self {
        let mut payload = [0; MAX_PAYLOAD];
        let length = bytes.len().min(usize::from(kind.length()));
        payload[..length].copy_from_slice(&bytes[..length]);
        let network = if kind == AddressKind::Evm { Network::EVM } else { Network::BITCOIN };
        Self { kind, network, payload }
    }

    /// The same address, written as `chain` writes it.
    #[must_use]
    pub fn on(self, chain: &Chain) -> Self {
        match self.kind {
            AddressKind::Evm => self,
            _ => Self { network: chain.network(), ..self },
        }
    }

    /// The chain of Bitcoin's family whose text form the address was read in;
    /// `None` for EVM accounts, which are the same on all their chains.
    #[must_use]
    pub fn utxo_chain(&self) -> Option<Chain> {
        match self.kind {
            AddressKind::Evm => None,
            _ => self.network.parameters().id.parse().ok(),
        }
    }

    /// Reads an address of a chain.
    /// # Errors
    /// [`AddressError`]; an address that only another chain can have is refused.
    pub fn parse_on(text: &str, chain: &Chain) -> Result<Self, AddressError> {
        if chain.is_evm() {
            return evm::parse(text);
        }
        let Some(parameters) = chain.utxo() else { return text.parse() };
        script::parse(text, parameters).map(|address| address.on(chain)).map_err(|error| match text
            .parse::<Self>(
        ) {
            Ok(_) => AddressError::OtherChain {
                given: text.to_owned(),
                chain: chain.short_name().to_owned(),
            },
            Err(_) => error,
        })
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> AddressKind {
        self.kind
    }

    /// The meaningful bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload[..usize::from(self.kind.length())]
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
        key[0] = self.kind.number();
        key[1..].copy_from_slice(&self.payload);
        key
    }

    /// Reads a key; trailing zero padding may be cut off (a store of an EVM
    /// chain keeps 21 bytes a key).
    /// # Errors
    /// [`AddressError::UnknownKind`] if the kind or width is not known.
    pub fn from_key(key: &[u8]) -> Result<Self, AddressError> {
        let kind = AddressKind::of_key(key)?;
        let length = usize::from(kind.length());
        match key.get(1..=length) {
            Some(payload) => Ok(Self::from_bytes(kind, payload)),
            None => Err(AddressError::UnknownKind(key[0])),
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

impl FromStr for Address {
    type Err = AddressError;

    /// Reads an EVM address, or an address of the first Bitcoin-like chain
    /// (Bitcoin before all others) that can have it.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.starts_with("0x") || text.starts_with("0X") {
            return evm::parse(text);
        }
        script::parse_any(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            AddressKind::Evm => f.write_str(&evm::eip55(self.payload())),
            _ => f.write_str(&script::text(self, self.network.parameters())),
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
mod tests;
