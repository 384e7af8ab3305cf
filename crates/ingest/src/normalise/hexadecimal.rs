//! Hexadecimal digits to bytes by table: in text files this is most of the work.
//!
//! Only the form nearly every file has is read here: `0x`, all digits, one
//! letter case. Everything else is left to the model's own readers, which
//! check EIP-55 and word the errors.

/// Value of each digit; bit 6 marks a lower-case letter, bit 5 an upper-case
/// one, bit 7 no digit at all.
const DIGITS: [u8; 256] = {
    let mut table = [0x80; 256];
    let mut value = 0;
    while value < 16 {
        // Below 16: the places of ASCII digits and letters fit any index.
        if value < 10 {
            table[b'0' as usize + value as usize] = value;
        } else {
            table[b'a' as usize + value as usize - 10] = 0x40 | value;
            table[b'A' as usize + value as usize - 10] = 0x20 | value;
        }
        value += 1;
    }
    table
};

/// The bytes of `0x` and exactly 2 × `N` digits of one letter case.
pub(crate) fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes().strip_prefix(b"0x")?;
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        // A byte is always a place in a table of 256.
        let (high, low) = (DIGITS[usize::from(pair[0])], DIGITS[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | (low & 15);
    }
    let (not_a_digit, mixed) = (seen & 0x80 != 0, seen & 0x60 == 0x60);
    (!not_a_digit && !mixed).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tracehound_model::{Address, TransactionHash};

    proptest! {
        #[test]
        fn whatever_is_read_here_the_model_reads_the_same(
            text in prop_oneof!["0x[0-9a-f]{40}", "0x[0-9A-F]{40}", "0x[0-9a-fA-Fg]{39,41}", "[0x]{42}"],
        ) {
            let ours = bytes::<20>(&text).map(Address::evm);
            if ours.is_some() {
                prop_assert_eq!(ours, text.parse().ok());
            }
            let digits = text.get(2..).unwrap_or_default();
            let one_case = digits == digits.to_lowercase() || digits == digits.to_uppercase();
            if text.starts_with("0x") && one_case {
                prop_assert_eq!(ours.is_some(), text.parse::<Address>().is_ok());
            }
        }

        #[test]
        fn hashes_too(hash: [u8; 32]) {
            prop_assert_eq!(bytes::<32>(&TransactionHash(hash).to_string()), Some(hash));
        }
    }
}
