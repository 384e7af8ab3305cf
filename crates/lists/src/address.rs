//! Addresses of cryptocurrency as lists give them: whose checksum holds,
//! which chain they can be of, and under which key they are found.
//!
//! The publisher's label is not the chain: OFAC files a Tron address under
//! XBT and Ethereum addresses under USDT. So the form of the address itself
//! says what it can be. One that fails its checksum is kept, flagged, and
//! still matched, letter by letter.
//!
//! Sources: EIP-55; BIP 13, 141, 173, 350; Bitcoin Cash's `CashAddr`
//! specification; Tron's and XRP's Base58Check; Monero's address format.

mod cash;
mod monero;

use serde::{Deserialize, Serialize};
use tracehound_model::address::is_mixed_case;
use tracehound_model::{Address, AddressError};

/// Whether an address is what its own checksum says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// It holds.
    Ok,
    /// It does not: a character is wrong, or the publisher's own case is.
    Failed,
    /// The form carries none (Ethereum in one case, Solana), or is not known here.
    Unknown,
}

impl Checksum {
    /// As tables show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "yes",
            Self::Failed => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// An address on a list.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct ListedAddress {
    /// The publisher's label, such as `XBT` or `USDT`.
    pub label: String,
    /// As the publisher writes it.
    pub text: String,
}

/// What the form of an address says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddressForm {
    /// The family of chains it can be of; `unknown` where the form is not known.
    pub family: &'static str,
    /// Its checksum.
    pub checksum: Checksum,
    /// What equal addresses have in common, however they are written.
    pub key: AddressKey,
}

/// What equal addresses have in common.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum AddressKey {
    /// The account or script.
    Address(Address),
    /// The text, letter by letter, of a form that is not read here.
    Text(String),
}

/// Version byte of a Tron account.
const TRON: u8 = 0x41;
/// Version bytes of chains that are not traced here: name, bytes.
const BASE58_FAMILIES: [(&str, &[u8]); 6] = [
    ("tron", &[TRON]),
    ("dash", &[0x4c]),
    ("dash", &[0x10]),
    ("bitcoin-gold", &[0x26]),
    ("bitcoin-gold", &[0x17]),
    ("verge", &[0x1e]),
];

impl ListedAddress {
    /// What its form says.
    #[must_use]
    pub fn form(&self) -> AddressForm {
        form_of(&self.text)
    }
}

/// What the form of an address says, whoever labels it how.
#[must_use]
pub fn form_of(text: &str) -> AddressForm {
    let text = text.trim();
    let known = |family, checksum, address: Address| AddressForm {
        family,
        checksum,
        key: AddressKey::Address(address),
    };
    match text.parse::<Address>() {
        Ok(address) => {
            let (family, checksum) = match address.utxo_chain() {
                None => ("evm", evm_checksum(text)),
                Some(chain) => (chain.utxo().map_or("unknown", |utxo| utxo.name), Checksum::Ok),
            };
            known(family, checksum, address)
        }
        // The digits are still one account; only their case is wrong.
        Err(AddressError::Checksum { .. }) => match text.to_ascii_lowercase().parse() {
            Ok(address) => known("evm", Checksum::Failed, address),
            Err(_) => other(text),
        },
        Err(_) => other(text),
    }
}

/// Letters in both cases carry EIP-55; parsing has checked it.
fn evm_checksum(text: &str) -> Checksum {
    // After 0x, of which the letter has no case that counts.
    let digits = text.get(2..).unwrap_or_default();
    if is_mixed_case(digits) { Checksum::Ok } else { Checksum::Unknown }
}

/// Forms that are not traced here.
fn other(text: &str) -> AddressForm {
    if let Some(address) = cash::parse(text) {
        let (checksum, key) = (Checksum::Ok, AddressKey::Address(address));
        return AddressForm { family: "bitcoin-cash", checksum, key };
    }
    let (family, checksum) = base58(text)
        .or_else(|| ripple(text))
        .or_else(|| monero::check(text))
        .or_else(|| solana(text))
        .unwrap_or_else(|| looks_like(text));
    AddressForm { family, checksum, key: AddressKey::Text(text.to_owned()) }
}

fn base58(text: &str) -> Option<(&'static str, Checksum)> {
    let payload = bs58::decode(text).with_check(None).into_vec().ok()?;
    let (version, hash) = payload.split_at_checked(payload.len().checked_sub(20)?)?;
    let family = BASE58_FAMILIES.iter().find(|(_, bytes)| *bytes == version);
    (hash.len() == 20).then(|| (family.map_or("unknown", |(name, _)| name), Checksum::Ok))
}

fn ripple(text: &str) -> Option<(&'static str, Checksum)> {
    let decoded = bs58::decode(text).with_alphabet(bs58::Alphabet::RIPPLE).with_check(None);
    let payload = decoded.into_vec().ok()?;
    (payload.len() == 21 && payload[0] == 0).then_some(("xrp", Checksum::Ok))
}

/// 32 bytes in Base58, without a checksum.
fn solana(text: &str) -> Option<(&'static str, Checksum)> {
    let bytes = bs58::decode(text).into_vec().ok()?;
    (bytes.len() == 32).then_some(("solana", Checksum::Unknown))
}

/// What a text that does not check looks like; then it fails its checksum.
fn looks_like(text: &str) -> (&'static str, Checksum) {
    let long = text.len() >= 26 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let family = match text.as_bytes() {
        [b'T', ..] if long => "tron",
        [b'1' | b'3', ..] if long => "bitcoin",
        [b'b', b'c', b'1', ..] if long => "bitcoin",
        [b'0', b'x' | b'X', ..] => "evm",
        _ => return ("unknown", Checksum::Unknown),
    };
    (family, Checksum::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(text: &str, family: &str, checksum: Checksum) {
        let form = form_of(text);
        assert_eq!((form.family, form.checksum), (family, checksum), "{text}");
    }

    #[test]
    fn the_form_says_the_chain_not_the_label() {
        is("0x098B716B8Aaf21512996dC57EB0615e2383E2f96", "evm", Checksum::Ok);
        is("0x098b716b8aaf21512996dc57eb0615e2383e2f96", "evm", Checksum::Unknown);
        is("0x098B716B8Aaf21512996dC57EB0615e2383E2F96", "evm", Checksum::Failed);
        is("TUCsTq7TofTCJRRoHk6RvhMoS2mJLm5Yzq", "tron", Checksum::Ok);
        is("TUCsTq7TofTCJRRoHk6RvhMoS2mJLm5Yzr", "tron", Checksum::Failed);
        is("149w62rY42aZBox8fGcmqNsXUzSStKeq8C", "bitcoin", Checksum::Ok);
        is("149w62rY42aZBox8fGcmqNsXUzSStKeq8D", "bitcoin", Checksum::Failed);
        is("LWnbjLYUfqeokfbWM4FcU7uk2FP2DSxuWS", "litecoin", Checksum::Ok);
        is("qpusmp64rajses77x95g9ah825mtyyv74smwwkxhx3", "bitcoin-cash", Checksum::Ok);
        is("t1WSKwCDL1QYRRUrCCknEs5tDLhtGVYu9KM", "zcash", Checksum::Ok);
        is("anything", "unknown", Checksum::Unknown);
        is("", "unknown", Checksum::Unknown);
    }

    #[test]
    fn equal_addresses_have_one_key_however_written() {
        let key = |text: &str| form_of(text).key;
        let lower = key("0x098b716b8aaf21512996dc57eb0615e2383e2f96");
        assert_eq!(lower, key("0x098B716B8Aaf21512996dC57EB0615e2383E2f96"));
        assert_eq!(lower, key("0x098B716B8AAF21512996DC57EB0615E2383E2F96"));
        let cash = key("bitcoincash:qpusmp64rajses77x95g9ah825mtyyv74smwwkxhx3");
        assert_eq!(cash, key("qpusmp64rajses77x95g9ah825mtyyv74smwwkxhx3"));
        assert_ne!(
            key("TUCsTq7TofTCJRRoHk6RvhMoS2mJLm5Yzr"),
            key("TUCsTq7TofTCJRRoHk6RvhMoS2mJLm5Yzq")
        );
    }
}
