//! Bitcoin Cash's own form of address.
//!
//! Source: the `CashAddr` specification: 32 letters, a 40-bit checksum over
//! the prefix and the payload, a version byte before the hash. The hash is
//! that of Bitcoin's older form, so both forms are one address.

use tracehound_model::Address;
use tracehound_model::address::AddressKind;

const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const PREFIX: &str = "bitcoincash";
const GENERATORS: [u64; 5] =
    [0x98_f2bc_8e61, 0x79_b76d_99e2, 0xf3_3e5f_b3c4, 0xae_2eab_e2a8, 0x1e_4f43_e470];
/// Letters of the checksum, and of a version byte with 20 bytes of hash.
const CHECKSUM: usize = 8;
const PAYLOAD: usize = 34;

/// Reads an address, with or without its prefix.
pub(super) fn parse(text: &str) -> Option<Address> {
    let bare = match text.split_once(':') {
        Some((prefix, bare)) => prefix.eq_ignore_ascii_case(PREFIX).then_some(bare)?,
        None => text,
    };
    let one_case = !bare.bytes().any(|byte| byte.is_ascii_lowercase())
        || !bare.bytes().any(|byte| byte.is_ascii_uppercase());
    if bare.len() != PAYLOAD + CHECKSUM || !one_case {
        return None;
    }
    let digit = |byte: u8| {
        let found = (0_u8..).zip(LETTERS).find(|(_, known)| **known == byte.to_ascii_lowercase());
        found.map(|(place, _)| place)
    };
    let digits: Vec<u8> = bare.bytes().map(digit).collect::<Option<_>>()?;
    let prefix = PREFIX.bytes().map(|byte| byte & 31).chain([0]);
    if checksum(prefix.chain(digits.iter().copied())) != 0 {
        return None;
    }
    let bytes = regroup(&digits[..PAYLOAD])?;
    let (version, hash) = bytes.split_first()?;
    let kind = match version {
        0 => AddressKind::PublicKeyHash,
        8 => AddressKind::ScriptHash,
        _ => return None,
    };
    Some(Address::from_bytes(kind, hash))
}

fn checksum(digits: impl Iterator<Item = u8>) -> u64 {
    let mut sum = 1_u64;
    for digit in digits {
        let top = sum >> 35;
        sum = (sum & 0x07_ffff_ffff) << 5 ^ u64::from(digit);
        for (bit, generator) in GENERATORS.iter().enumerate() {
            if top >> bit & 1 == 1 {
                sum ^= generator;
            }
        }
    }
    sum ^ 1
}

/// Groups of five bits as bytes; `None` if what is left over is not zero.
fn regroup(digits: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(21), 0_u32, 0);
    for digit in digits {
        held = held << 5 | u32::from(*digit);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits).to_le_bytes()[0]);
        }
    }
    (bits < 5 && held & ((1 << bits) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the specification's table of the same hash in both forms.
    #[test]
    fn both_forms_are_one_address() {
        for (cash, legacy) in [
            (
                "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
                "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
            ),
            ("qr95sy3j9xwd2ap32xkykttr4cvcu7as4y0qverfuy", "1KXrWXciRDZUpQwQmuM1DbwsKDLYAYsVLR"),
            (
                "BITCOINCASH:PPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVN0H829PQ",
                "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC",
            ),
        ] {
            assert_eq!(parse(cash), legacy.parse().ok(), "{cash}");
            assert_eq!(parse(&cash.replace(['2'], "3")), None, "{cash}");
        }
        assert_eq!(parse("ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq:"), None);
    }
}
