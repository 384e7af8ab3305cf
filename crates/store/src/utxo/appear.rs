//! Which addresses a block shows, in the order in which they are numbered.

use super::UtxoSnapshot;
use super::growing::Growing;
use super::resolve::{Appearance, BATCH, Key, Resolved, Source};
use crate::segment::key_hash;
use crate::{StoreError, widen};
use tracehound_model::{Address, UtxoBlock};

/// Lists the addresses of a block whose spends are known: for each
/// transaction those that outside inputs state, then those of its outputs.
pub(crate) fn list_addresses(block: &UtxoBlock, growing: &Growing, resolved: &mut Resolved) {
    let addresses = &growing.addresses;
    resolved.appearances.clear();
    resolved.keys.clear();
    let mut list = |output: Option<u32>, address: Option<&Address>| {
        resolved.appearances.push(Appearance { output, has_key: address.is_some() });
        if let Some(address) = address {
            let bytes = address.to_key();
            resolved.keys.push(Key { hash: addresses.hash(&bytes), bytes });
        }
    };
    for (place, transaction) in block.transactions.iter().enumerate() {
        let start = widen::index(transaction.first_input);
        for at in start..start + block.inputs_of(place).len() {
            if matches!(resolved.spends[at].source, Source::Outside) {
                list(None, block.stated.get(at).and_then(|stated| stated.address.as_ref()));
            }
        }
        for (output, record) in (transaction.first_output..).zip(block.outputs_of(place)) {
            list(Some(output), record.address.as_ref());
        }
    }
}

/// Copies the numbers of listed addresses that lower segments have into the
/// growing one, so that what it does not know afterwards is new.
pub(crate) fn copy_known_addresses(
    growing: &mut Growing,
    below: &UtxoSnapshot,
    resolved: &mut Resolved,
) -> Result<(), StoreError> {
    let hashes = &mut resolved.hashes;
    let mut missing: Vec<&Key> = Vec::with_capacity(BATCH);
    for keys in resolved.keys.chunks(BATCH) {
        hashes.clear();
        hashes.extend(keys.iter().map(|key| key.hash));
        growing.addresses.touch(hashes);
        missing.clear();
        let unknown = |key: &&Key| growing.addresses.find(key.hash, &key.bytes).is_none();
        missing.extend(keys.iter().filter(unknown));
        hashes.clear();
        hashes.extend(missing.iter().map(|key| key_hash(0, &key.bytes)));
        below.touch_addresses(hashes)?;
        for (key, hash) in missing.iter().zip(&*hashes) {
            if let Some(number) = below.find_key(*hash, &key.bytes)?
                && growing.addresses.find(key.hash, &key.bytes).is_none()
            {
                growing.addresses.insert(key.hash, &key.bytes, number);
            }
        }
    }
    Ok(())
}
