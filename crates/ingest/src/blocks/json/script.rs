//! Whom an output pays when a file gives its type and addresses, with or
//! without its script.
//!
//! A script decides where it is given. Without it an output still needs one
//! name wherever it appears in the same data: several addresses are a bare
//! multisignature named by the SHA-256 of their list, a text that is no
//! address a script named by the SHA-256 of the text. Such names differ from
//! those that the scripts themselves would give.

use sha2::{Digest, Sha256};
use std::borrow::Cow;
use tracehound_model::address::{AddressKind, ScriptClass, classify};
use tracehound_model::{Address, AddressError, Chain, TransactionHash};

/// What a file says of the form of a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ScriptType {
    /// A bare public key, written as the address of its hash.
    Key,
    /// A bare multisignature, whatever number of keys it has.
    Multisig,
    /// Data that nobody can spend.
    Data,
    /// No known form. bitcoin-etl says so of bare keys too, because nodes
    /// since version 22 name no address for them.
    NonStandard,
    /// Not an output but a part of a shielded pool (Zcash).
    Shielded,
    /// Anything whose address says it all.
    Other,
}

impl ScriptType {
    /// bitcoin-etl takes over the names that nodes give.
    pub(super) fn named(name: Option<&str>) -> Self {
        match name {
            Some("pubkey") => Self::Key,
            Some("multisig") => Self::Multisig,
            Some("nulldata") => Self::Data,
            Some("nonstandard") => Self::NonStandard,
            Some("shielded") => Self::Shielded,
            _ => Self::Other,
        }
    }

    /// GraphSense numbers the same names (graphsense-lib `ingest/utxo.py`).
    pub(super) fn numbered(number: Option<i128>) -> Self {
        match number {
            Some(2) => Self::Key,
            Some(6) => Self::Multisig,
            Some(7) => Self::Data,
            Some(12) => Self::Shielded,
            _ => Self::Other,
        }
    }
}

/// What an output pays, and the payload it carries if it carries data.
pub(in crate::blocks) type Paid = (Option<Address>, Vec<u8>);

/// By its script.
pub(in crate::blocks) fn by_script(hex: &str, chain: &Chain) -> Result<Paid, String> {
    let script = decode(hex).ok_or("a script is not hexadecimal")?;
    Ok(match classify(&script) {
        ScriptClass::Pays(address) => (Some(address.on(chain)), Vec::new()),
        ScriptClass::Data(payload) => (None, payload.to_vec()),
    })
}

/// By its type and addresses; `None` if they name nothing.
pub(super) fn by_addresses(
    form: ScriptType,
    addresses: &[Cow<'_, str>],
    chain: &Chain,
) -> Result<Option<Address>, String> {
    match addresses {
        [] => Ok(None),
        [only] if form != ScriptType::Multisig => match Address::parse_on(only, chain) {
            Ok(address) => Ok(Some(bare_key(form, address, chain))),
            Err(AddressError::NotAnAddress(_)) => {
                Ok(Some(hashed(AddressKind::Script, only, chain)))
            }
            Err(error) => Err(error.to_string()),
        },
        several => Ok(Some(hashed(AddressKind::Multisig, &several.join(","), chain))),
    }
}

/// By its type and addresses, where other outputs of the same data are named
/// by their scripts: only what comes to the same name.
pub(super) fn by_plain_address(
    form: ScriptType,
    addresses: &[Cow<'_, str>],
    chain: &Chain,
) -> Option<Address> {
    let [only] = addresses else { return None };
    if form == ScriptType::Multisig {
        return None;
    }
    let address = Address::parse_on(only, chain).ok()?;
    let form = if form == ScriptType::NonStandard { ScriptType::Key } else { form };
    Some(bare_key(form, address, chain))
}

/// An output of which nothing is known but its place.
pub(super) fn by_place(transaction: &TransactionHash, index: usize, chain: &Chain) -> Address {
    hashed(AddressKind::Script, &format!("{transaction}:{index}"), chain)
}

fn bare_key(form: ScriptType, address: Address, chain: &Chain) -> Address {
    if form == ScriptType::Key && address.kind() == AddressKind::PublicKeyHash {
        return Address::from_bytes(AddressKind::PublicKey, address.payload()).on(chain);
    }
    address
}

fn hashed(kind: AddressKind, text: &str, chain: &Chain) -> Address {
    Address::from_bytes(kind, &Sha256::digest(text)).on(chain)
}

/// Bytes of hexadecimal digits.
fn decode(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
    const SCRIPT: &str = "4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac";

    fn list(texts: &[&'static str]) -> Vec<Cow<'static, str>> {
        texts.iter().map(|text| Cow::Borrowed(*text)).collect()
    }

    #[test]
    fn a_bare_key_has_one_name_by_script_and_by_address() {
        let chain = Chain::bitcoin();
        let (by_script, _) = by_script(SCRIPT, &chain).unwrap();
        let addresses = list(&[KEY]);
        assert_eq!(by_script.unwrap().to_string(), format!("p2pk:{KEY}"));
        for form in [ScriptType::Key, ScriptType::NonStandard] {
            assert_eq!(by_plain_address(form, &addresses, &chain), by_script);
        }
        assert_eq!(by_addresses(ScriptType::Key, &addresses, &chain), Ok(by_script));
        let hashed = by_plain_address(ScriptType::Other, &addresses, &chain).unwrap();
        assert_eq!(hashed.to_string(), KEY);
    }

    #[test]
    fn what_has_no_address_keeps_a_name_of_its_own() {
        let chain = Chain::bitcoin();
        let name = |texts: &[&'static str]| {
            by_addresses(ScriptType::Other, &list(texts), &chain).unwrap().unwrap()
        };
        assert_eq!(name(&[KEY, KEY]).kind(), AddressKind::Multisig);
        assert_eq!(name(&["nonstandard012"]).kind(), AddressKind::Script);
        assert_ne!(name(&["nonstandard012"]), name(&["nonstandard013"]));
        assert_eq!(by_plain_address(ScriptType::Other, &list(&["nonstandard012"]), &chain), None);
        assert_eq!(by_plain_address(ScriptType::Other, &list(&[KEY, KEY]), &chain), None);
        // One key of one: not the address of the key.
        let lone = by_addresses(ScriptType::Multisig, &list(&[KEY]), &chain).unwrap().unwrap();
        assert_eq!(lone.kind(), AddressKind::Multisig);
        assert_eq!(by_plain_address(ScriptType::Multisig, &list(&[KEY]), &chain), None);
        assert_eq!(ScriptType::named(Some("multisig")), ScriptType::numbered(Some(6)));
        assert_eq!(by_addresses(ScriptType::Data, &[], &chain), Ok(None));
        // One digit off: not another address, but an error.
        let wrong = list(&["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"]);
        assert!(by_addresses(ScriptType::Other, &wrong, &chain).is_err());
        let testnet = "bitcoin-testnet3".parse().unwrap();
        let error = by_addresses(ScriptType::Other, &list(&[KEY]), &testnet).unwrap_err();
        assert!(error.contains("bitcoin-testnet3"), "{error}");
    }

    #[test]
    fn data_keep_their_bytes() {
        let chain = Chain::bitcoin();
        assert_eq!(by_script("6a0548656c6c6f", &chain), Ok((None, b"\x05Hello".to_vec())));
        assert!(by_script("6a0", &chain).is_err());
        assert!(by_script("zz", &chain).is_err());
    }
}
