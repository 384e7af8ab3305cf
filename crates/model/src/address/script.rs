//! Output scripts of Bitcoin and its family: which address a script pays,
//! and the text forms of such addresses.
//!
//! Sources: BIP 13 (P2SH), BIP 141 (witness programs), BIP 173 and 350
//! (bech32, bech32m), BIP 341 (taproot); version bytes stand in the chain's
//! parameters. Kinds without an address text have a stable name of our own:
//! `p2pk:` and the address of the key's hash, `multisig:` or `script:` and
//! the SHA-256 of the script.

use super::{Address, AddressError, AddressKind, parse_hex, push_hex};
use crate::chain::{UTXO_CHAINS, UtxoParameters};
use bech32::Hrp;
use bech32::primitives::gf32::Fe32;
use bech32::segwit;
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};

const OP_RETURN: u8 = 0x6a;
const OP_CHECKSIG: u8 = 0xac;
const OP_CHECKMULTISIG: u8 = 0xae;
/// The opcodes that push the small numbers 1 to 16.
const OP_1: u8 = 0x51;
const OP_16: u8 = 0x60;
/// Program bytes a [`AddressKind::WitnessProgram`] payload holds.
const MAX_PROGRAM: usize = 30;

/// What an output script is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScriptClass<'s> {
    /// It pays this address, or a script with a stable name.
    Pays(Address),
    /// `OP_RETURN`: nobody can spend it; these bytes follow the opcode.
    Data(&'s [u8]),
}

/// Tells what an output script pays.
#[must_use]
pub fn classify(script: &[u8]) -> ScriptClass<'_> {
    let pays = |kind, bytes: &[u8]| ScriptClass::Pays(Address::from_bytes(kind, bytes));
    match script {
        [OP_RETURN, data @ ..] => ScriptClass::Data(data),
        // OP_DUP OP_HASH160 <20> OP_EQUALVERIFY OP_CHECKSIG
        [0x76, 0xa9, 20, hash @ .., 0x88, OP_CHECKSIG] if hash.len() == 20 => {
            pays(AddressKind::PublicKeyHash, hash)
        }
        // OP_HASH160 <20> OP_EQUAL
        [0xa9, 20, hash @ .., 0x87] if hash.len() == 20 => pays(AddressKind::ScriptHash, hash),
        [0, 20, program @ ..] if program.len() == 20 => pays(AddressKind::WitnessKeyHash, program),
        [0, 32, program @ ..] if program.len() == 32 => {
            pays(AddressKind::WitnessScriptHash, program)
        }
        [OP_1, 32, program @ ..] if program.len() == 32 => pays(AddressKind::Taproot, program),
        [33, key @ .., OP_CHECKSIG] if key.len() == 33 && matches!(key[0], 2 | 3) => {
            pays(AddressKind::PublicKey, &hash160(key))
        }
        // 6 and 7 are the hybrid form, which consensus accepts like 4.
        [65, key @ .., OP_CHECKSIG] if key.len() == 65 && matches!(key[0], 4 | 6 | 7) => {
            pays(AddressKind::PublicKey, &hash160(key))
        }
        [version @ OP_1..=OP_16, length, program @ ..]
            if usize::from(*length) == program.len()
                && (2..=MAX_PROGRAM).contains(&program.len()) =>
        {
            let mut payload = vec![version - OP_1 + 1, *length];
            payload.extend_from_slice(program);
            pays(AddressKind::WitnessProgram, &payload)
        }
        script if is_multisig(script) => pays(AddressKind::Multisig, &Sha256::digest(script)),
        script => pays(AddressKind::Script, &Sha256::digest(script)),
    }
}

/// `m <key>… n OP_CHECKMULTISIG` with 1 <= m <= n and n keys of 33 or 65 bytes.
fn is_multisig(script: &[u8]) -> bool {
    let [required @ OP_1..=OP_16, keys @ .., count @ OP_1..=OP_16, OP_CHECKMULTISIG] = script
    else {
        return false;
    };
    let mut rest = keys;
    let mut seen = 0;
    while let [length @ (33 | 65), tail @ ..] = rest {
        let Some(after) = tail.get(usize::from(*length)..) else { return false };
        rest = after;
        seen += 1;
    }
    rest.is_empty() && seen == count - OP_1 + 1 && required <= count
}

/// RIPEMD-160 of SHA-256, by which keys and scripts are paid.
fn hash160(bytes: &[u8]) -> [u8; 20] {
    Ripemd160::digest(Sha256::digest(bytes)).into()
}

/// The address, or the stable name of a script without one.
pub(super) fn text(address: &Address, chain: &UtxoParameters) -> String {
    let payload = address.payload();
    let with_version = |version: &[u8]| bs58::encode([version, payload].concat()).with_check();
    match address.kind() {
        AddressKind::Evm => address.to_lower_hex(),
        AddressKind::PublicKeyHash => with_version(chain.key_hash).into_string(),
        AddressKind::ScriptHash => with_version(chain.script_hash[0]).into_string(),
        AddressKind::PublicKey => format!("p2pk:{}", with_version(chain.key_hash).into_string()),
        AddressKind::WitnessKeyHash | AddressKind::WitnessScriptHash => witness(chain, 0, payload),
        AddressKind::Taproot => witness(chain, 1, payload),
        AddressKind::WitnessProgram => {
            let length = usize::from(payload[1]).min(MAX_PROGRAM);
            witness(chain, payload[0], &payload[2..2 + length])
        }
        AddressKind::Multisig => hashed("multisig:", payload),
        AddressKind::Script => hashed("script:", payload),
        AddressKind::Transaction => hashed("transaction:", payload),
    }
}

fn hashed(prefix: &str, hash: &[u8]) -> String {
    let mut text = prefix.to_owned();
    push_hex(&mut text, hash);
    text
}

/// Bech32 text; a chain without it (Dogecoin) gets a stable name instead.
fn witness(chain: &UtxoParameters, version: u8, program: &[u8]) -> String {
    let encoded = chain.bech32.and_then(|prefix| {
        let version = Fe32::try_from(version).ok()?;
        segwit::encode(Hrp::parse(prefix).ok()?, version, program).ok()
    });
    encoded.unwrap_or_else(|| hashed(&format!("witness-v{version}:"), program))
}

/// Reads an address of any chain of the family; Bitcoin comes first.
pub(super) fn parse_any(text: &str) -> Result<Address, AddressError> {
    let mut error = AddressError::NotAnAddress(text.to_owned());
    for (chain, network) in UTXO_CHAINS.iter().zip(crate::chain::Network::all()) {
        match parse(text, chain) {
            Ok(address) => return Ok(Address { network, ..address }),
            Err(found @ AddressError::TextChecksum(_)) => error = found,
            Err(_) => {}
        }
    }
    Err(error)
}

/// Reads an address or script name as one chain writes it.
pub(super) fn parse(text: &str, chain: &UtxoParameters) -> Result<Address, AddressError> {
    if let Some((name, rest)) = text.split_once(':') {
        return parse_name(name, rest, chain)
            .ok_or_else(|| AddressError::NotAnAddress(text.to_owned()));
    }
    let lower = text.to_ascii_lowercase();
    let is_bech32 = |prefix| lower.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('1'));
    if chain.bech32.is_some_and(is_bech32) {
        return parse_witness(text);
    }
    parse_base58(text, chain)
}

fn parse_name(name: &str, rest: &str, chain: &UtxoParameters) -> Option<Address> {
    let hashed = |kind| parse_hex::<32>(rest).map(|hash| Address::from_bytes(kind, &hash));
    match name {
        "p2pk" => {
            let key = parse_base58(rest, chain).ok()?;
            let is_key = key.kind() == AddressKind::PublicKeyHash;
            is_key.then(|| Address::from_bytes(AddressKind::PublicKey, key.payload()))
        }
        "multisig" => hashed(AddressKind::Multisig),
        "script" => hashed(AddressKind::Script),
        "transaction" => hashed(AddressKind::Transaction),
        "witness-v0" if rest.len() == 40 => {
            let program = parse_hex::<20>(rest)?;
            Some(Address::from_bytes(AddressKind::WitnessKeyHash, &program))
        }
        "witness-v0" => hashed(AddressKind::WitnessScriptHash),
        "witness-v1" => hashed(AddressKind::Taproot),
        _ => None,
    }
}

fn parse_witness(text: &str) -> Result<Address, AddressError> {
    let (_, version, program) =
        segwit::decode(text).map_err(|_| AddressError::TextChecksum(text.to_owned()))?;
    let kind = match (version.to_u8(), program.len()) {
        (0, 20) => AddressKind::WitnessKeyHash,
        (0, 32) => AddressKind::WitnessScriptHash,
        (1, 32) => AddressKind::Taproot,
        (version @ 1.., length @ 2..=MAX_PROGRAM) => {
            let mut payload = vec![version, u8::try_from(length).unwrap_or(0)];
            payload.extend_from_slice(&program);
            return Ok(Address::from_bytes(AddressKind::WitnessProgram, &payload));
        }
        _ => return Err(AddressError::NotAnAddress(text.to_owned())),
    };
    Ok(Address::from_bytes(kind, &program))
}

fn parse_base58(text: &str, chain: &UtxoParameters) -> Result<Address, AddressError> {
    let refuse = || AddressError::NotAnAddress(text.to_owned());
    // The longest text of a version of two bytes and a hash of twenty.
    if !(26..=36).contains(&text.len()) {
        return Err(refuse());
    }
    let bytes = match bs58::decode(text).with_check(None).into_vec() {
        Ok(bytes) => bytes,
        Err(bs58::decode::Error::InvalidChecksum { .. }) => {
            return Err(AddressError::TextChecksum(text.to_owned()));
        }
        Err(_) => return Err(refuse()),
    };
    let with = |version: &&[u8]| bytes.strip_prefix(*version).filter(|hash| hash.len() == 20);
    if let Some(hash) = with(&chain.key_hash) {
        return Ok(Address::from_bytes(AddressKind::PublicKeyHash, hash));
    }
    match chain.script_hash.iter().find_map(with) {
        Some(hash) => Ok(Address::from_bytes(AddressKind::ScriptHash, hash)),
        None => Err(refuse()),
    }
}
