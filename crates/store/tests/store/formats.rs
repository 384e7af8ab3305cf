//! Stores of old formats must open for ever; those of unknown ones say so.

use crate::naive;
use crate::worlds::{assert_sound, copy, memory, read_all, temporary, transfer, write};
use std::fs;
use std::path::{Path, PathBuf};
use tracehound_model::{Address, Amount, Asset, Chain, Transfer, TransferKind};
use tracehound_store::{AssetDescription, AssetId, Store, StoreError};

/// Content digest of the store in `fixtures/version-1`.
const VERSION_1_DIGEST: &str = "c97813c437a1d31a4a2fcb76c770b4cb8d0d35437f4af50002a82ad6c900a9ca";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// What the fixture was written from. Never change it: write a new fixture instead.
fn fixture_rows() -> Vec<Vec<Transfer>> {
    let token = Asset::Token(Address::evm([7; 20]));
    let unplaced = |row: Transfer| Transfer { position: None, ordinal: None, ..row };
    let first = vec![
        transfer(100, 0, 1, 2, 1_000),
        transfer(100, 1, 2, 3, 400),
        Transfer { amount: Amount::MAX, ..transfer(101, 0, 3, 4, 0) },
    ];
    let second = vec![
        unplaced(transfer(102, 0, 5, 6, 30)),
        unplaced(transfer(102, 1, 4, 5, 30)),
        Transfer { asset: token, kind: TransferKind::Token, ..transfer(103, 0, 1, 6, 9) },
        Transfer { kind: TransferKind::Internal, ordinal: Some(3), ..transfer(104, 0, 6, 1, 0) },
    ];
    vec![first, second]
}

/// Writes the fixture of the present version, where there is none yet.
#[test]
#[ignore = "writes into the source tree; run by hand when the format version changes"]
fn write_fixture() {
    let folder = fixture("version-1");
    let store = Store::create(&folder, &Chain::ethereum()).unwrap();
    for source in fixture_rows() {
        // A budget of one byte: each block its own segment.
        write(&store, &[source], memory(1));
    }
    let mut writer = store.writer(memory(1)).unwrap();
    let asset = Asset::Token(Address::evm([7; 20]));
    let description = AssetDescription { asset, symbol: Some("T7".into()), decimals: Some(6) };
    writer.describe(description).unwrap();
    writer.publish().unwrap();
    fs::remove_file(folder.join("lock")).unwrap();
    println!("{}", Store::open(&folder).unwrap().snapshot().unwrap().content_digest().unwrap());
}

#[test]
fn version_1_opens_and_can_be_written_to() {
    let store = Store::open(&fixture("version-1")).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.content_digest().unwrap(), VERSION_1_DIGEST);
    naive::compare(&snapshot, &fixture_rows());
    assert_eq!(snapshot.segment_count(), 5);
    let token = snapshot.asset(AssetId(1)).unwrap();
    assert_eq!((token.symbol.as_deref(), token.decimals), (Some("T7"), Some(6)));
    assert_sound(store.folder());

    let folder = temporary();
    copy(store.folder(), folder.path());
    let copied = Store::open(folder.path()).unwrap();
    let more = vec![transfer(105, 0, 1, 9, 5)];
    let summary = write(&copied, std::slice::from_ref(&more), memory(0));
    assert_eq!((summary.added, summary.rows), (1, 8));
    assert_eq!(read_all(&copied.snapshot().unwrap()).last(), more.last());
    assert_sound(folder.path());
}

#[test]
fn an_unknown_version_is_refused_with_both_numbers() {
    let folder = temporary();
    copy(&fixture("version-1"), folder.path());
    let segment = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .unwrap();
    // A header as a later version would write it: its checksum fits.
    let header = fs::read(fixture("version-99-header")).unwrap();
    let log = segment.join("log");
    let mut bytes = fs::read(&log).unwrap();
    bytes[..64].copy_from_slice(&header);
    fs::write(&log, bytes).unwrap();
    let error = Store::open(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::UnknownVersion { found: 99, known: 1, .. }));
    let message = error.to_string();
    assert!(message.contains("99") && message.contains('1') && message.contains("log"));
    let report = Store::check(folder.path(), &mut |_, _| {}).unwrap();
    assert!(report.faults.iter().any(|fault| fault.contains("version 99")));
}
