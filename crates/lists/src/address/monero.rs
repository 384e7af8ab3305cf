//! The checksum of Monero's addresses.
//!
//! Source: Monero's address format: Base58 in blocks of 8 bytes for 11
//! characters (a shorter last block), and the first four bytes of Keccak-256
//! over what goes before as a checksum.

use super::Checksum;
use sha3::{Digest, Keccak256};

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Characters of a block by its bytes.
const LENGTHS: [usize; 9] = [0, 2, 3, 5, 6, 7, 9, 10, 11];
const FULL: (usize, usize) = (8, 11);
/// Characters of an address: plain or sub-address, and with a payment id.
const CHARACTERS: [usize; 2] = [95, 106];

/// The checksum, if the text has the form.
pub(super) fn check(text: &str) -> Option<(&'static str, Checksum)> {
    let form = CHARACTERS.contains(&text.len()) && text.starts_with(['4', '8']);
    if !form {
        return None;
    }
    let holds = decode(text).is_some_and(|bytes| {
        let Some((payload, sum)) = bytes.split_last_chunk::<4>() else { return false };
        Keccak256::digest(payload)[..4] == *sum
    });
    Some(("monero", if holds { Checksum::Ok } else { Checksum::Failed }))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for block in text.as_bytes().chunks(FULL.1) {
        let length = LENGTHS.iter().position(|characters| *characters == block.len())?;
        let mut value = 0_u128;
        for character in block {
            let digit = ALPHABET.iter().position(|letter| letter == character)?;
            // 58^11 is below 2^65.
            value = value * 58 + digit as u128;
        }
        let all = value.to_be_bytes();
        let (above, block) = all.split_at(all.len() - length.min(FULL.0));
        if above.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(block);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The donation address that the Monero project has published since 2014.
    const DONATION: &str = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A";

    #[test]
    fn a_known_address_checks_and_a_typo_does_not() {
        assert_eq!(check(DONATION), Some(("monero", Checksum::Ok)));
        let typo = DONATION.replace("44AFF", "44AFG");
        assert_eq!(check(&typo), Some(("monero", Checksum::Failed)));
        assert_eq!(check("44AFF"), None);
    }
}
