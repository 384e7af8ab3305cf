//! The store as a plain list: slow, short, and written without looking at the store's code.

use crate::worlds::read_all;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tracehound_model::{Address, Amount, Asset, TransactionHash, Transfer, TransferKind};
use tracehound_store::{AddressId, AssetId, RowId, Snapshot};

type Payment = (TransactionHash, bool, u8, Address, Address, Asset, Amount);

fn class(kind: TransferKind) -> u8 {
    if kind == TransferKind::Internal { TransferKind::Native as u8 } else { kind as u8 }
}

fn payment(row: &Transfer) -> Payment {
    (row.transaction, false, class(row.kind), row.from, row.to, row.asset, row.amount)
}

/// A row as far as the model foretells it: position, ordinal, payment, height.
type Foretold = (u64, i64, Option<u32>, Option<u32>, Payment);

fn foretold(row: &Transfer) -> Foretold {
    (row.height.0, row.timestamp.0, row.position, row.ordinal, payment(row))
}

/// The rows that sources amount to, unordered; sources must not contradict each other.
pub(crate) fn expected(sources: &[Vec<Transfer>]) -> Vec<Foretold> {
    let all = || sources.iter().flatten();
    let mut positions = HashMap::new();
    for row in all() {
        if let Some(position) = row.position {
            positions.insert(row.transaction, position);
        }
    }
    let mut named: BTreeMap<(TransactionHash, u8, u32), Transfer> = BTreeMap::new();
    for row in all() {
        if let Some(ordinal) = row.ordinal {
            named.entry((row.transaction, class(row.kind), ordinal)).or_insert(*row);
        }
    }
    let mut rows: Vec<Transfer> = named.values().copied().collect();
    let unnamed: BTreeSet<Payment> = all().filter(|r| r.ordinal.is_none()).map(payment).collect();
    for wanted in unnamed {
        let plain = |r: &&Transfer| r.ordinal.is_none() && payment(r) == wanted;
        let most = sources.iter().map(|s| s.iter().filter(plain).count()).max().unwrap();
        let by_name = named.values().filter(|row| payment(row) == wanted).count();
        let example = *all().find(plain).unwrap();
        rows.extend(std::iter::repeat_n(example, most.saturating_sub(by_name)));
    }
    let mut foretold: Vec<_> = rows
        .iter()
        .map(|row| {
            let position = positions.get(&row.transaction).copied();
            foretold(&Transfer { position, ..*row })
        })
        .collect();
    foretold.sort_unstable();
    foretold
}

/// Compares everything a snapshot can be asked with the rows it should hold.
pub(crate) fn compare(snapshot: &Snapshot, sources: &[Vec<Transfer>]) {
    let rows = read_all(snapshot);
    let mut contents: Vec<_> = rows.iter().map(foretold).collect();
    contents.sort_unstable();
    assert_eq!(contents, expected(sources));
    compare_order(snapshot, &rows);
    compare_numbers(snapshot, &rows);
    compare_scans(snapshot, &rows);
    compare_lookups(snapshot, &rows);
}

fn compare_order(snapshot: &Snapshot, rows: &[Transfer]) {
    let heights: Vec<u64> = rows.iter().map(|row| row.height.0).collect();
    assert!(heights.is_sorted());
    let mut by_funding = 0;
    let blocks: Vec<&[Transfer]> = rows.chunk_by(|a, b| a.height == b.height).collect();
    for block in &blocks {
        let transactions: Vec<&[Transfer]> =
            block.chunk_by(|a, b| a.transaction == b.transaction).collect();
        let hashes: BTreeSet<_> = block.iter().map(|row| row.transaction).collect();
        assert_eq!(hashes.len(), transactions.len(), "rows of a transaction lie together");
        let positions: Vec<_> = transactions.iter().map(|rows| rows[0].position).collect();
        assert!(positions.iter().flatten().is_sorted());
        for rows in &transactions {
            assert!(rows.iter().filter_map(|row| row.ordinal).is_sorted());
        }
        let inner =
            |rows: &&&[Transfer]| rows.len() > 1 && rows.iter().any(|r| r.ordinal.is_none());
        let unknown = transactions.len() > 1 && positions.contains(&None)
            || transactions.iter().any(|rows| inner(&rows));
        by_funding += u64::from(unknown);
        let row = heights.partition_point(|height| *height < block[0].height.0);
        let flagged = snapshot.place(RowId(row as u64)).unwrap().ordered_by_funding;
        assert_eq!(flagged, unknown);
    }
    let counted = snapshot.blocks_ordered_by_funding().unwrap();
    assert_eq!(counted, (by_funding, blocks.len() as u64));
    let end = |row: Option<&Transfer>| row.map(|row| (row.height, row.timestamp));
    assert_eq!((snapshot.start(), snapshot.tip()), (end(rows.first()), end(rows.last())));
}

fn compare_numbers(snapshot: &Snapshot, rows: &[Transfer]) {
    let (mut addresses, mut assets) = (Vec::new(), Vec::new());
    for row in rows {
        for address in [row.from, row.to] {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if !assets.contains(&row.asset) {
            assets.push(row.asset);
        }
    }
    assert_eq!(snapshot.address_count() as usize, addresses.len());
    assert_eq!(snapshot.asset_count() as usize, assets.len());
    for (number, address) in (0..).zip(&addresses) {
        assert_eq!(snapshot.address(AddressId(number)).unwrap(), *address);
        assert_eq!(snapshot.address_id(address).unwrap(), Some(AddressId(number)));
    }
    for (number, asset) in (0..).zip(&assets) {
        assert_eq!(snapshot.asset(AssetId(number)).unwrap().asset, *asset);
        assert_eq!(snapshot.asset_id(asset).unwrap(), Some(AssetId(number)));
    }
    assert_eq!(snapshot.address_id(&Address::evm([0xee; 20])).unwrap(), None);
    assert!(snapshot.address(AddressId(addresses.len() as u32)).is_err());
    assert!(snapshot.asset(AssetId(assets.len() as u32)).is_err());
}

fn compare_scans(snapshot: &Snapshot, rows: &[Transfer]) {
    let count = rows.len() as u64;
    assert_eq!(snapshot.row_count(), count);
    assert!(snapshot.row(RowId(count)).is_err() && snapshot.place(RowId(count)).is_err());
    for (start, end) in [(0, count), (count / 3, count / 2), (count, count), (0, u64::MAX)] {
        let wanted: Vec<RowId> = (start..end.min(count)).map(RowId).collect();
        let mut seen = Vec::new();
        let range = RowId(start)..RowId(end);
        snapshot
            .scan(range.clone(), |id, row| {
                assert_eq!(row, snapshot.row(id).unwrap());
                seen.push(id);
            })
            .unwrap();
        assert_eq!(seen, wanted);
        seen.clear();
        snapshot
            .scan_raw(range, |id, raw| {
                let row = snapshot.row(id).unwrap();
                let small = row.amount.to_u64().filter(|amount| *amount < 1 << 63);
                assert_eq!((raw.from, raw.to, raw.asset), (row.from, row.to, row.asset));
                assert_eq!(raw.amount, small);
                seen.push(id);
            })
            .unwrap();
        assert_eq!(seen, wanted);
    }
}

fn compare_lookups(snapshot: &Snapshot, rows: &[Transfer]) {
    let places = |is: &dyn Fn(&Transfer) -> bool| -> Vec<RowId> {
        (0..).zip(rows).filter(|(_, row)| is(row)).map(|(id, _)| RowId(id)).collect()
    };
    for number in 0..snapshot.address_count() {
        let id = AddressId(number);
        let address = snapshot.address(id).unwrap();
        let (outgoing, incoming) = (snapshot.outgoing(id).unwrap(), snapshot.incoming(id).unwrap());
        assert_eq!(outgoing.iter().collect::<Vec<_>>(), places(&|row| row.from == address));
        assert_eq!(incoming.iter().collect::<Vec<_>>(), places(&|row| row.to == address));
        assert_eq!(outgoing.len(), outgoing.iter().count());
    }
    let past = AddressId(snapshot.address_count() + 5);
    assert!(snapshot.outgoing(past).unwrap().is_empty());
    let hashes: BTreeSet<_> = rows.iter().map(|row| row.transaction).collect();
    assert_eq!(snapshot.transaction_count(), hashes.len() as u64);
    for hash in hashes {
        let range = snapshot.transaction(&hash).unwrap().unwrap();
        for row in (range.start.0..range.end.0).map(RowId) {
            assert_eq!(snapshot.transaction_of(row).unwrap(), range);
        }
        let found: Vec<RowId> = (range.start.0..range.end.0).map(RowId).collect();
        assert_eq!(found, places(&|row| row.transaction == hash));
    }
    assert_eq!(snapshot.transaction(&TransactionHash([0xee; 32])).unwrap(), None);
    for row in rows {
        for step in [-1, 0, 1] {
            let height = tracehound_model::Height(row.height.0.saturating_add_signed(step));
            let first = rows.iter().filter(|row| row.height < height).count() as u64;
            assert_eq!(snapshot.first_row_at_height(height).unwrap(), RowId(first));
            let time = tracehound_model::Timestamp(row.timestamp.0 + step);
            let first = rows.iter().filter(|row| row.timestamp < time).count() as u64;
            assert_eq!(snapshot.first_row_at_time(time).unwrap(), RowId(first));
        }
    }
}
