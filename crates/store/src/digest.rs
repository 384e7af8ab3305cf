//! A digest over what a store says, not over how its files say it.
//!
//! Numbers of addresses and assets follow from the rows alone (first
//! appearance in chain order), so rows can be digested by number and the keys
//! once. Descriptions count for assets that appear.

use crate::file::known;
use crate::segment::Segment;
use crate::{AddressId, AssetId, Snapshot, StoreError, widen};
use sha2::{Digest, Sha256};
use tracehound_model::hash::to_hex;

/// Hexadecimal SHA-256 over the content of a snapshot.
pub(crate) fn content_digest(snapshot: &Snapshot) -> Result<String, StoreError> {
    let mut digest = Sha256::new();
    digest.update(format!("tracehound content 1\n{}\n", snapshot.chain()));
    for segment in snapshot.segments() {
        for block in 0..segment.block_count() {
            digest_block(&mut digest, segment, block)?;
        }
    }
    for id in 0..snapshot.address_count() {
        digest.update(snapshot.address(AddressId(id))?.to_key());
    }
    for id in 0..snapshot.asset_count() {
        let record = snapshot.asset(AssetId(id))?;
        digest.update(record.asset.to_key());
        digest_option(&mut digest, record.decimals.map(u32::from));
        let symbol = record.symbol.as_deref().unwrap_or_default();
        digest_option(&mut digest, record.symbol.as_ref().map(|_| 1));
        digest.update(widen::count(symbol.len()).to_le_bytes());
        digest.update(symbol);
    }
    Ok(to_hex(&digest.finalize()))
}

fn digest_option(digest: &mut Sha256, value: Option<u32>) {
    digest.update([u8::from(value.is_some())]);
    digest.update(value.unwrap_or(0).to_le_bytes());
}

fn digest_block(digest: &mut Sha256, segment: &Segment, number: usize) -> Result<(), StoreError> {
    let block = segment.block(number)?;
    digest.update(b"block");
    digest.update(block.height.to_le_bytes());
    digest.update(block.timestamp.to_le_bytes());
    digest.update(block.flags.to_le_bytes());
    let first = widen::index(block.first_transaction);
    for place in 0..segment.block_transactions(number)?.len() {
        let transaction = segment.transaction(first + place)?;
        digest.update(b"transaction");
        digest.update(transaction.hash);
        digest_option(digest, known(transaction.position));
        for local in segment.transaction_rows(first + place)? {
            let row = segment.row(local)?;
            digest.update(b"row");
            digest.update(row.from.0.to_le_bytes());
            digest.update(row.to.0.to_le_bytes());
            digest.update(row.asset.0.to_le_bytes());
            // The discriminant of a `repr(u8)` enum.
            digest.update([row.kind as u8]);
            digest.update(row.amount.to_le_bytes());
            digest_option(digest, known(*segment.ordinals.record(local)?));
        }
    }
    Ok(())
}
