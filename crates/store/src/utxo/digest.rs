//! A digest over what a store says, not over how its files say it.
//!
//! Numbers of transactions and addresses follow from the chain alone, so
//! inputs and outputs can be digested as they lie, and the keys once. What a
//! source stated of outputs that are known adds nothing and is left out.

use super::UtxoSnapshot;
use super::segment::UtxoSegment;
use super::tables::BlockRecord;
use crate::{StoreError, widen};
use sha2::{Digest, Sha256};
use tracehound_model::hash::to_hex;
use zerocopy::IntoBytes;

/// Keys read at once.
const CHUNK: usize = 1024;

/// Hexadecimal SHA-256 over the content of a snapshot.
pub(crate) fn content_digest(snapshot: &UtxoSnapshot) -> Result<String, StoreError> {
    let mut digest = Sha256::new();
    digest.update(format!("tracehound unspent-output content 1\n{}\n", snapshot.state.chain));
    for segment in snapshot.segments() {
        for block in 0..segment.blocks.record_count() {
            digest_block(&mut digest, segment, block)?;
        }
    }
    digest.update(b"addresses");
    for segment in snapshot.segments() {
        let count = segment.addresses.record_count();
        for start in (0..count).step_by(CHUNK) {
            digest.update(segment.addresses.bytes(start * 33..count.min(start + CHUNK) * 33)?);
        }
    }
    Ok(to_hex(&digest.finalize()))
}

fn digest_block(
    digest: &mut Sha256,
    segment: &UtxoSegment,
    place: usize,
) -> Result<(), StoreError> {
    let BlockRecord { height, timestamp, hash, previous, .. } = segment.block(place)?;
    digest.update(b"block");
    digest.update(height.to_le_bytes());
    digest.update(timestamp.to_le_bytes());
    digest.update(hash);
    digest.update(previous);
    let transactions = segment.block_transactions(place)?;
    digest.update(widen::count(transactions.len()).to_le_bytes());
    for local in transactions {
        digest_transaction(digest, segment, widen::index(local))?;
    }
    Ok(())
}

fn digest_transaction(
    digest: &mut Sha256,
    segment: &UtxoSegment,
    local: usize,
) -> Result<(), StoreError> {
    let view = segment.view(local)?;
    let (_, inputs, outputs) = segment.ranges(local)?;
    digest.update(segment.hash(local)?);
    digest.update(view.fields.version.to_le_bytes());
    digest.update(view.fields.lock_time.to_le_bytes());
    digest.update(view.fields.virtual_size.to_le_bytes());
    digest.update([u8::from(view.fields.coinbase), u8::from(view.fields.replaceable)]);
    digest.update(widen::count(view.inputs.len()).to_le_bytes());
    digest.update(view.inputs.as_bytes());
    for (number, input) in inputs.zip(view.inputs) {
        if input.spends().is_none() {
            let outside = segment.outside_input(widen::low(widen::count(number)))?;
            digest.update(outside.hash);
            digest.update(outside.index.to_le_bytes());
        }
    }
    digest.update(widen::count(view.outputs.len()).to_le_bytes());
    digest.update(view.outputs.as_bytes());
    for number in outputs {
        let payload = segment.payload(widen::low(widen::count(number)))?;
        digest.update(widen::count(payload.len()).to_le_bytes());
        digest.update(payload);
    }
    Ok(())
}
