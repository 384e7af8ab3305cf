//! Text of EVM accounts. Source: EIP-55.

use super::{Address, AddressError, parse_hex, push_hex};
use sha3::{Digest, Keccak256};

/// EIP-55: a letter is upper case where the Keccak-256 nibble at its place is 8 or more.
pub(super) fn eip55(bytes: &[u8]) -> String {
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

/// Whether hexadecimal digits have letters of both cases, which then carry a
/// checksum (EIP-55).
#[must_use]
pub fn is_mixed_case(digits: &str) -> bool {
    let cases = digits.bytes().fold((false, false), |(lower, upper), byte| {
        (lower | byte.is_ascii_lowercase(), upper | byte.is_ascii_uppercase())
    });
    cases == (true, true)
}

/// Reads an EVM address in lower, upper or EIP-55 mixed case; a wrong
/// mixed-case checksum is an error.
pub(super) fn parse(text: &str) -> Result<Address, AddressError> {
    let refuse = || AddressError::NotAnAddress(text.to_owned());
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).ok_or_else(refuse)?;
    let bytes: [u8; 20] = parse_hex(digits).ok_or_else(refuse)?;
    if is_mixed_case(digits) {
        let expected = eip55(&bytes);
        if expected[2..] != *digits {
            return Err(AddressError::Checksum { given: text.to_owned(), expected });
        }
    }
    Ok(Address::evm(bytes))
}
