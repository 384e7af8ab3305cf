//! Arguments of a decoded log, by name.

use super::declaration::Parameter;
use alloy_dyn_abi::DynSolValue;
use tracehound_model::{Address, Amount, Asset};

/// The arguments of one log with their names.
pub(super) struct Arguments<'a> {
    parameters: &'a [Parameter],
    values: Vec<DynSolValue>,
}

impl<'a> Arguments<'a> {
    /// `values` in the order of the declaration.
    pub(super) fn new(parameters: &'a [Parameter], values: Vec<DynSolValue>) -> Self {
        Self { parameters, values }
    }

    /// The value at a path of names between dots.
    pub(super) fn get(&self, path: &str) -> Option<&DynSolValue> {
        let mut names = path.split('.');
        let first = names.next()?;
        let mut at = self.parameters.iter().position(|one| one.name == first)?;
        let mut parameter = self.parameters.get(at)?;
        let mut value = self.values.get(at)?;
        for name in names {
            at = parameter.components.iter().position(|one| one.name == name)?;
            parameter = parameter.components.get(at)?;
            value = value.as_tuple()?.get(at)?;
        }
        Some(value)
    }

    /// Text for a key: numbers in decimal, bytes in hexadecimal.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        Some(match self.get(path)? {
            DynSolValue::Uint(number, _) => number.to_string(),
            DynSolValue::FixedBytes(word, length) => hex(word.get(..*length)?),
            DynSolValue::Bytes(bytes) => hex(bytes),
            DynSolValue::Address(address) => hex(address.as_slice()),
            DynSolValue::String(text) => text.clone(),
            _ => return None,
        })
    }

    pub(super) fn amount(&self, path: &str) -> Option<Amount> {
        let (number, _) = self.get(path)?.as_uint()?;
        Amount::from_be_slice(&number.to_be_bytes::<32>())
    }

    pub(super) fn number(&self, path: &str) -> Option<u64> {
        self.amount(path)?.to_u64()
    }

    pub(super) fn address(&self, path: &str) -> Option<Address> {
        match self.get(path)? {
            DynSolValue::Address(address) => Some(Address::evm(address.into_array())),
            DynSolValue::FixedBytes(word, 32) => account(word.as_slice()),
            DynSolValue::Bytes(bytes) => account(bytes),
            _ => None,
        }
    }

    pub(super) fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.get(path)?.as_bytes()
    }

    pub(super) fn string(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    pub(super) fn asset(&self, path: &str) -> Option<Asset> {
        self.address(path).map(asset)
    }
}

/// An account of the EVM in 20 bytes, or in 32 with zeros before; or an
/// address written as text. Accounts of other machines are unresolved.
pub(super) fn account(bytes: &[u8]) -> Option<Address> {
    if let Ok(twenty) = <[u8; 20]>::try_from(bytes) {
        return Some(Address::evm(twenty));
    }
    match bytes.split_first_chunk::<12>() {
        Some(([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], rest)) => {
            rest.try_into().ok().map(Address::evm)
        }
        _ => std::str::from_utf8(bytes).ok()?.parse().ok(),
    }
}

/// Bridges write the coin as no contract or as one of all `e`.
pub(super) fn asset(contract: Address) -> Asset {
    let is_coin = contract.is_zero() || contract.payload().iter().all(|byte| *byte == 0xee);
    if is_coin { Asset::Native } else { Asset::Token(contract) }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    format!("0x{}", tracehound_model::hash::to_hex(bytes))
}
