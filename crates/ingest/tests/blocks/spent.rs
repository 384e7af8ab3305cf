//! The outputs a block spends, in the form of btcd's test data: transaction
//! in the order computed, index and length as 32 bits, then an entry of three
//! parts: height and coinbase flag, value, script, each compressed.

use std::collections::BTreeMap;
use tracehound_model::address::{AddressKind, ScriptClass, classify};
use tracehound_model::{Address, Satoshi, StatedOutput, TransactionHash};

pub(crate) type Spent = BTreeMap<(TransactionHash, u32), StatedOutput>;

/// A number in groups of seven bits, the highest first, each but the last lowered by one.
fn number(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    loop {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value = value << 7 | u64::from(first & 0x7f);
        if first & 0x80 == 0 {
            return value;
        }
        value += 1;
    }
}

/// Undoes the compression of values, which takes zeros off their end.
fn value(mut compressed: u64) -> u64 {
    if compressed == 0 {
        return 0;
    }
    compressed -= 1;
    let exponent = compressed % 10;
    compressed /= 10;
    let digits = if exponent < 9 {
        let last = compressed % 9 + 1;
        compressed / 9 * 10 + last
    } else {
        compressed + 1
    };
    digits * 10_u64.pow(u32::try_from(exponent).unwrap())
}

fn address(mut script: &[u8]) -> Option<Address> {
    let kind = number(&mut script);
    let key = |first: u8| {
        let mut bare = vec![33, first];
        bare.extend_from_slice(script);
        bare.push(0xac);
        bare
    };
    match kind {
        0 => Some(Address::from_bytes(AddressKind::PublicKeyHash, script)),
        1 => Some(Address::from_bytes(AddressKind::ScriptHash, script)),
        2 | 3 => match classify(&key(u8::try_from(kind).unwrap())) {
            ScriptClass::Pays(address) => Some(address),
            ScriptClass::Data(_) => None,
        },
        4 | 5 => panic!("an uncompressed key needs curve arithmetic; none is in these data"),
        _ => match classify(script) {
            ScriptClass::Pays(address) => Some(address),
            ScriptClass::Data(_) => None,
        },
    }
}

/// Reads all of them.
pub(crate) fn read(mut bytes: &[u8]) -> Spent {
    let mut spent = Spent::new();
    let take = |bytes: &mut &[u8], count: usize| {
        let (front, rest) = bytes.split_at(count);
        *bytes = rest;
        front.to_vec()
    };
    while !bytes.is_empty() {
        let mut hash: [u8; 32] = take(&mut bytes, 32).try_into().unwrap();
        hash.reverse();
        let index = u32::from_le_bytes(take(&mut bytes, 4).try_into().unwrap());
        let length = u32::from_le_bytes(take(&mut bytes, 4).try_into().unwrap());
        let entry = take(&mut bytes, usize::try_from(length).unwrap());
        let mut entry = entry.as_slice();
        number(&mut entry);
        let value = Satoshi(value(number(&mut entry)));
        let stated = StatedOutput { value, address: address(entry) };
        spent.insert((TransactionHash(hash), index), stated);
    }
    spent
}
