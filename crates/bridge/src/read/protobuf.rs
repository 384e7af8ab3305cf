//! As much of protocol buffers as Celer's relay requests need: fields of
//! numbers and of bytes, by their number.

use std::collections::BTreeMap;

/// Fields of bytes and of numbers, the last of each number.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) bytes: BTreeMap<u64, Vec<u8>>,
    pub(super) numbers: BTreeMap<u64, u64>,
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

impl Message {
    /// `None` for bytes that are no such message.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut message = Self::default();
        while !bytes.is_empty() {
            let tag = number(&mut bytes)?;
            match tag & 7 {
                0 => {
                    message.numbers.insert(tag >> 3, number(&mut bytes)?);
                }
                2 => {
                    let length = usize::try_from(number(&mut bytes)?).ok()?;
                    let value = bytes.get(..length)?;
                    message.bytes.insert(tag >> 3, value.to_vec());
                    bytes = bytes.get(length..)?;
                }
                _ => return None,
            }
        }
        Some(message)
    }
}
