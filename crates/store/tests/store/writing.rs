//! What a writer refuses, counts and keeps.

use crate::worlds::{
    assert_sound, hash_of, memory, read_all, store_of, temporary, transfer, write,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracehound_model::{Address, Amount, Asset, Chain, Height, Timestamp, Transfer, TransferKind};
use tracehound_store::{AssetDescription, AssetId, RowId, Store, StoreError, WriteOptions};

fn chain_of(heights: std::ops::Range<u64>) -> Vec<Transfer> {
    heights.flat_map(|h| [transfer(h, 0, 1, 2, 5), transfer(h, 1, 2, (h % 9) as u8, 4)]).collect()
}

#[test]
fn amounts_of_every_width_come_back() {
    let folder = temporary();
    let small = [0, 1, (1 << 63) - 1, 1 << 63, u64::MAX].map(Amount::from_u64);
    let large = [Amount::from_u128(u128::MAX), Amount::MAX, Amount::ZERO];
    let rows: Vec<Transfer> = (1..)
        .zip(small.into_iter().chain(large))
        .map(|(height, amount)| Transfer { amount, ..transfer(height, 0, 1, 2, 0) })
        .collect();
    let store = store_of(&folder.path().join("store"), std::slice::from_ref(&rows), memory(0));
    assert_eq!(read_all(&store.snapshot().unwrap()), rows);
    assert_sound(store.folder());
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let folder = temporary();
    let store = Store::create(folder.path(), &Chain::ethereum()).unwrap();
    let first = store.writer(WriteOptions::default()).unwrap();
    let second = Store::open(folder.path()).unwrap();
    let refused = second.writer(WriteOptions::default());
    assert!(matches!(refused, Err(StoreError::Locked { .. })));
    let refused = second.drop_above(Height(0), WriteOptions::default());
    assert!(matches!(refused, Err(StoreError::Locked { .. })));
    drop(first);
    second.writer(WriteOptions::default()).unwrap();
}

#[test]
fn stores_are_not_mixed_up() {
    let folder = temporary();
    assert!(matches!(Store::open(folder.path()), Err(StoreError::NotAStore { .. })));
    let ethereum = Chain::ethereum();
    Store::open_or_create(folder.path(), &ethereum).unwrap();
    assert!(matches!(
        Store::create(folder.path(), &ethereum),
        Err(StoreError::AlreadyAStore { .. })
    ));
    let other = Store::open_or_create(folder.path(), &"bsc".parse().unwrap());
    assert!(matches!(other, Err(StoreError::OtherChain { .. })));
    assert_eq!(Store::open_or_create(folder.path(), &ethereum).unwrap().chain(), &ethereum);
}

#[test]
fn contradicting_rows_are_counted_and_the_first_is_kept() {
    let folder = temporary();
    let first = transfer(1, 0, 1, 2, 5);
    let other = Transfer { amount: Amount::from_u64(6), ..first };
    let moved = Transfer { position: Some(9), ordinal: Some(7), ..first };
    let store = Store::create(folder.path(), &Chain::ethereum()).unwrap();
    let summary = write(&store, &[vec![first], vec![other]], memory(0));
    assert_eq!((summary.added, summary.duplicates, summary.conflicts), (1, 0, 1));
    assert_eq!(read_all(&store.snapshot().unwrap()), [first]);
    let summary = write(&store, &[vec![other, first]], memory(0));
    assert_eq!((summary.added, summary.duplicates, summary.conflicts), (0, 1, 1));
    assert!(!summary.changed);
    let summary = write(&store, &[vec![moved]], memory(0));
    assert_eq!((summary.added, summary.conflicts), (1, 1));
    assert_eq!(read_all(&store.snapshot().unwrap())[1].position, Some(0));
}

#[test]
fn impossible_blocks_are_refused_and_nothing_is_published() {
    let folder = temporary();
    let store = store_of(&folder.path().join("store"), &[chain_of(10..20)], memory(0));
    let before = store.snapshot().unwrap().content_digest().unwrap();
    let mut two_times = transfer(15, 3, 1, 2, 5);
    two_times.timestamp = Timestamp(5);
    let mut backwards = transfer(25, 3, 1, 2, 5);
    backwards.timestamp = Timestamp(5);
    let mut two_heights = transfer(25, 3, 1, 2, 5);
    two_heights.transaction = hash_of(12, 0);
    let mut two_heights_within = transfer(40, 3, 1, 2, 5);
    two_heights_within.transaction = hash_of(30, 0);
    let mut position = transfer(30, 3, 1, 2, 5);
    position.position = Some(u32::MAX);
    for bad in [two_times, backwards, two_heights, two_heights_within, position] {
        for budget in [0, 1] {
            let mut writer = store.writer(memory(budget)).unwrap();
            let mut rows = chain_of(21..22);
            rows.push(bad);
            rows.extend(chain_of(30..36));
            let pushed = writer.push(&rows);
            let published = pushed.and_then(|()| writer.publish());
            let message = published.unwrap_err().to_string();
            assert!(message.contains(&bad.transaction.to_string()), "{message}");
            assert!(message.contains(&bad.height.to_string()), "{message}");
        }
    }
    assert_eq!(store.snapshot().unwrap().content_digest().unwrap(), before);
    assert_sound(store.folder());
}

#[test]
fn a_failed_writer_publishes_nothing_later() {
    let folder = temporary();
    let store = Store::create(folder.path(), &Chain::ethereum()).unwrap();
    let mut writer = store.writer(memory(0)).unwrap();
    let bad = Transfer { ordinal: Some(u32::MAX), ..transfer(1, 0, 1, 2, 3) };
    assert!(matches!(writer.push(&[bad]), Err(StoreError::Unrepresentable { .. })));
    assert!(matches!(writer.publish(), Err(StoreError::WriterFailed { .. })));
    assert_eq!(store.snapshot().unwrap().row_count(), 0);
}

#[test]
fn a_stop_leaves_the_last_published_state() {
    let folder = temporary();
    let store = store_of(&folder.path().join("store"), &[chain_of(1..5)], memory(0));
    let stop = Arc::new(AtomicBool::new(false));
    let options = WriteOptions { stop: Some(Arc::clone(&stop)), ..WriteOptions::default() };
    let mut writer = store.writer(options).unwrap();
    writer.push(&chain_of(5..9)).unwrap();
    stop.store(true, Ordering::Relaxed);
    assert!(matches!(writer.publish(), Err(StoreError::Stopped)));
    assert_eq!(store.snapshot().unwrap().row_count(), 8);
    assert_sound(store.folder());
}

#[test]
fn descriptions_may_come_before_or_after_the_transfers() {
    let folder = temporary();
    let store = Store::create(folder.path(), &Chain::ethereum()).unwrap();
    let token = Asset::Token(Address::evm([7; 20]));
    let describe = |symbol: Option<&str>, decimals| {
        let mut writer = store.writer(memory(0)).unwrap();
        let symbol = symbol.map(str::to_owned);
        writer.describe(AssetDescription { asset: token, symbol, decimals }).unwrap();
        writer.publish().unwrap()
    };
    assert!(describe(Some("STETH"), None).changed);
    let kind = TransferKind::Token;
    write(&store, &[vec![Transfer { asset: token, kind, ..transfer(1, 0, 1, 2, 3) }]], memory(0));
    write(&store, &[vec![transfer(2, 0, 1, 2, 3)]], memory(0));
    let record = store.snapshot().unwrap().asset(AssetId(0)).unwrap();
    assert_eq!((record.symbol.as_deref(), record.decimals), (Some("STETH"), None));
    assert!(describe(None, Some(18)).changed);
    let again = describe(Some("FAKE"), Some(18));
    assert_eq!((again.changed, again.conflicts), (false, 1));
    let snapshot = store.snapshot().unwrap();
    let record = snapshot.asset(AssetId(0)).unwrap();
    assert_eq!((record.symbol.as_deref(), record.decimals), (Some("STETH"), Some(18)));
    let native = snapshot.asset(AssetId(1)).unwrap();
    assert_eq!((native.symbol.as_deref(), native.decimals), (Some("ETH"), Some(18)));
    assert_sound(store.folder());
}

#[test]
fn segments_stay_few_over_many_appends() {
    let folder = temporary();
    let store = Store::create(folder.path(), &Chain::ethereum()).unwrap();
    for height in 0..40 {
        write(&store, &[chain_of(height..height + 1)], memory(0));
    }
    assert_eq!(store.snapshot().unwrap().segment_count(), 1);
    assert_eq!(store.snapshot().unwrap().row_count(), 80);
}

#[test]
fn a_reader_keeps_its_state_while_segments_are_replaced() {
    let folder = temporary();
    let store = store_of(&folder.path().join("store"), &[chain_of(1..50)], memory(1));
    let reader = Store::open(store.folder()).unwrap();
    let old = reader.snapshot().unwrap();
    let digest = old.content_digest().unwrap();
    assert!(old.segment_count() > 10);
    // Everything is rebuilt from the first block on.
    write(&store, &[vec![transfer(0, 0, 9, 1, 1)]], memory(0));
    assert_eq!(old.content_digest().unwrap(), digest);
    assert_eq!(old.row(RowId(0)).unwrap().amount, Amount::from_u64(5));
    let new = reader.snapshot().unwrap();
    assert_eq!(new.row_count(), old.row_count() + 1);
    assert_ne!(new.content_digest().unwrap(), digest);
}

#[test]
fn progress_ends_with_all_rows() {
    let folder = temporary();
    let store = Store::create(folder.path(), &Chain::ethereum()).unwrap();
    let last = Arc::new(std::sync::Mutex::new((0, 0)));
    let seen = Arc::clone(&last);
    let report = move |done, total| *seen.lock().unwrap() = (done, total);
    let options = WriteOptions { on_progress: Some(Arc::new(report)), ..WriteOptions::default() };
    write(&store, &[chain_of(1..50)], options);
    assert_eq!(*last.lock().unwrap(), (98, 98));
}

#[test]
fn readers_see_whole_states_while_a_writer_publishes() {
    let folder = temporary();
    let path = folder.path().join("store");
    let store = Store::create(&path, &Chain::ethereum()).unwrap();
    let finished = AtomicBool::new(false);
    let digest = |store: &Store| {
        let snapshot = store.snapshot().unwrap();
        (snapshot.row_count(), snapshot.content_digest().unwrap())
    };
    let (published, seen) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = std::collections::BTreeSet::new();
            while !finished.load(Ordering::Relaxed) {
                // Opened anew each time, in the midst of folders that come and go.
                seen.insert(digest(&Store::open(&path).unwrap()));
            }
            seen
        });
        let mut published = std::collections::BTreeSet::from([digest(&store)]);
        for height in 1..40 {
            // Every other publish replaces all segments, many of one block each.
            let height = if height % 2 == 0 { 1_000 + height } else { 1_000 - height };
            write(&store, &[vec![transfer(height, 0, 1, 2, 3)]], memory(1));
            published.insert(digest(&store));
        }
        finished.store(true, Ordering::Relaxed);
        (published, reader.join().unwrap())
    });
    assert!(!seen.is_empty() && seen.is_subset(&published), "a reader saw a state between two");
}
