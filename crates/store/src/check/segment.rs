//! What must hold between the files of a segment, and towards those below it.

use crate::file::{BLOCK_BY_FUNDING, BlockRecord, LogRecord, TransactionRecord};
use crate::segment::{Segment, key_hash};
use crate::{StoreError, widen};
use tracehound_model::{Address, Amount, Asset, TransferKind};

/// Records read at once.
const CHUNK: usize = 8192;

/// Every check of a segment, each by itself. Pages must have been verified.
pub(crate) fn check(segment: &Segment, below: &[Segment]) -> Vec<Result<(), StoreError>> {
    let log = |row: u32| segment.log.record::<LogRecord>(widen::index(row));
    vec![
        check_blocks(segment),
        check_transactions(segment),
        check_log(segment),
        check_wide(segment),
        segment.outgoing.check(|row| Ok(log(row)?.from)),
        segment.incoming.check(|row| Ok(log(row)?.to)),
        check_addresses(segment, below),
        check_assets(segment, below),
        segment.address_index.check(|n| Ok(key_hash(0, segment.address_key(widen::index(n))?))),
        segment.asset_index.check(|n| Ok(key_hash(0, segment.asset_key(widen::index(n))?))),
        segment
            .transaction_index
            .check(|n| Ok(key_hash(0, &segment.transaction(widen::index(n))?.hash))),
    ]
}

fn check_blocks(segment: &Segment) -> Result<(), StoreError> {
    let entry = &segment.entry;
    let blocks = segment.blocks.records::<BlockRecord>(0..segment.block_count())?;
    let ends = |block: Option<&BlockRecord>| block.map(|block| (block.height, block.timestamp));
    let first = Some((entry.first_height, entry.first_timestamp));
    let last = Some((entry.last_height, entry.last_timestamp));
    if ends(blocks.first()) != first || ends(blocks.last()) != last {
        return Err(segment.blocks.damaged("first or last block is not the manifest's"));
    }
    let begins = blocks.first().is_some_and(|b| b.first_transaction == 0 && b.first_row == 0);
    let rising = blocks.windows(2).all(|pair| {
        let (a, b) = (&pair[0], &pair[1]);
        a.height < b.height
            && a.timestamp <= b.timestamp
            && a.first_transaction < b.first_transaction
            && a.first_row < b.first_row
    });
    if !begins || !rising {
        return Err(segment.blocks.damaged("blocks are out of order"));
    }
    for block in blocks {
        let first = segment.transaction(widen::index(block.first_transaction))?;
        let plain = block.flags & !BLOCK_BY_FUNDING == 0 && block.reserved == 0;
        if first.first_row != block.first_row || !plain {
            let detail = format!("block {} does not fit its transactions", block.height);
            return Err(segment.blocks.damaged(detail));
        }
    }
    let by_funding = blocks.iter().filter(|block| block.flags & BLOCK_BY_FUNDING != 0).count();
    if widen::count(by_funding) == entry.blocks_by_funding {
        return Ok(());
    }
    Err(segment.blocks.damaged("blocks ordered by funding are not as many as the manifest counts"))
}

fn check_transactions(segment: &Segment) -> Result<(), StoreError> {
    let count = segment.transactions.record_count();
    let transactions = segment.transactions.records::<TransactionRecord>(0..count)?;
    let begins = transactions.first().is_some_and(|first| first.first_row == 0);
    let rising = transactions.windows(2).all(|pair| pair[0].first_row < pair[1].first_row);
    let ends = transactions.last().map(|last| widen::index(last.first_row));
    if begins && rising && ends < Some(segment.log.record_count()) {
        return Ok(());
    }
    Err(segment.transactions.damaged("transactions are out of order"))
}

/// Numbers in range, kinds known, wide amounts used in order, and addresses
/// and assets numbered by first appearance.
fn check_log(segment: &Segment) -> Result<(), StoreError> {
    let entry = &segment.entry;
    let (mut addresses, mut assets) = (entry.first_address, entry.first_asset);
    let mut wide = 0;
    let appears = |number: u32, known: &mut u64| {
        let number = u64::from(number);
        *known += u64::from(number == *known);
        number < *known
    };
    let rows = segment.log.record_count();
    for start in (0..rows).step_by(CHUNK) {
        let records = segment.log.records::<LogRecord>(start..rows.min(start + CHUNK))?;
        for (row, record) in (start..).zip(records) {
            let mut sound = appears(record.from, &mut addresses);
            sound &= appears(record.to, &mut addresses);
            sound &= appears(record.asset(), &mut assets);
            sound &= TransferKind::from_number(record.kind()).is_some();
            if record.small_amount().is_none() {
                sound &= record.amount_low == wide && record.amount_high == crate::file::WIDE_FLAG;
                wide += 1;
            }
            if !sound {
                return Err(segment.log.damaged(format!("row {row} cannot be true")));
            }
        }
    }
    let counts = (addresses, assets, u64::from(wide));
    if counts == (entry.end_address(), entry.end_asset(), entry.wide) {
        return Ok(());
    }
    Err(segment.log.damaged("does not use all addresses, assets and wide amounts of its segment"))
}

fn check_wide(segment: &Segment) -> Result<(), StoreError> {
    for place in 0..segment.wide.record_count() {
        let amount = Amount::from_le_bytes(*segment.wide.record(place)?);
        if amount.to_u64().is_some_and(|small| small < 1 << 63) {
            return Err(segment.wide.damaged(format!("amount {place} is not wide")));
        }
    }
    Ok(())
}

fn check_addresses(segment: &Segment, below: &[Segment]) -> Result<(), StoreError> {
    for local in 0..segment.addresses.record_count() {
        let key = segment.address_key(local)?;
        let hash = key_hash(0, key);
        let own = segment.entry.first_address + widen::count(local);
        let found = segment.find_address(key, hash)?.map(u64::from);
        if Address::from_key(key).is_err() || found != Some(own) {
            return Err(segment
                .addresses
                .damaged(format!("address {own} is not found by its key")));
        }
        for other in below {
            if other.find_address(key, hash)?.is_some() {
                let detail = format!("address {own} appears below already");
                return Err(segment.addresses.damaged(detail));
            }
        }
    }
    Ok(())
}

fn check_assets(segment: &Segment, below: &[Segment]) -> Result<(), StoreError> {
    for local in 0..segment.assets.record_count() {
        let key = segment.asset_key(local)?;
        let own = segment.entry.first_asset + widen::count(local);
        let found = segment.find_asset(key)?.map(u64::from);
        if Asset::from_key(key).is_err() || found != Some(own) {
            return Err(segment.assets.damaged(format!("asset {own} is not found by its key")));
        }
        for other in below {
            if other.find_asset(key)?.is_some() {
                return Err(segment.assets.damaged(format!("asset {own} appears below already")));
            }
        }
    }
    Ok(())
}
