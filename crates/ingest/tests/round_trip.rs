//! What is exported reads back the same, and no byte makes a reader panic.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its failure report")]

use proptest::prelude::*;
use std::path::Path;
use std::sync::OnceLock;
use tracehound_ingest::{
    ExportFormat, IngestOptions, detect, export, ingest, read_address_list, read_tags,
    write_plain_parquet,
};
use tracehound_model::{
    Address, Amount, Asset, Chain, Height, Timestamp, TransactionHash, Transfer, TransferKind,
};
use tracehound_store::{RowId, Snapshot, Store};

fn address() -> impl Strategy<Value = Address> {
    (0_u8..12).prop_map(|n| Address::evm([n; 20]))
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![
        any::<u64>().prop_map(Amount::from_u64),
        any::<[u8; 32]>().prop_map(Amount::from_le_bytes),
        Just(Amount::ZERO),
        Just(Amount::MAX),
    ]
}

/// One transfer; its transaction lies in one block at one place.
fn transfer() -> impl Strategy<Value = Transfer> {
    let asset = prop_oneof![
        Just(Asset::Native),
        Just(Asset::PublishedUsd),
        (0_u8..4).prop_map(|n| Asset::Token(Address::evm([100 + n; 20]))),
    ];
    let kind = prop_oneof![
        Just(TransferKind::Native),
        Just(TransferKind::Internal),
        Just(TransferKind::Token),
        Just(TransferKind::Published),
    ];
    (0_u64..40, any::<bool>(), 0_u32..1000, kind, address(), address(), asset, amount()).prop_map(
        |(block, placed, ordinal, kind, from, to, asset, amount)| Transfer {
            height: Height(block / 2),
            timestamp: Timestamp(1_700_000_000 + 12 * i64::try_from(block / 2).unwrap()),
            position: (block % 4 != 3).then_some(u32::from(block % 2 == 1)),
            transaction: TransactionHash([u8::try_from(block).unwrap(); 32]),
            ordinal: placed.then_some(ordinal),
            kind,
            from,
            to,
            asset,
            amount,
        },
    )
}

fn stored(folder: &Path, file: &Path) -> Snapshot {
    let store = Store::create(folder, &Chain::ethereum()).unwrap();
    ingest(&store, &[file.to_owned()], &IngestOptions::default()).unwrap();
    store.snapshot().unwrap()
}

fn rows(snapshot: &Snapshot) -> Vec<String> {
    let row = |id| {
        let row = snapshot.row(id).unwrap();
        let place = snapshot.place(id).unwrap();
        let (from, to) = (snapshot.address(row.from).unwrap(), snapshot.address(row.to).unwrap());
        let asset = snapshot.asset(row.asset).unwrap().asset;
        format!("{place:?} {from} {to} {asset} {:?} {}", row.kind, row.amount)
    };
    (0..snapshot.row_count()).map(|id| row(RowId(id))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn export_then_ingest_is_the_identity(
        transfers in proptest::collection::vec(transfer(), 0..120),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("first");
        write_plain_parquet(&first, transfers.into_iter()).unwrap();
        let original = stored(&folder.path().join("original"), &first);
        for (name, format) in [("csv", ExportFormat::Csv), ("parquet", ExportFormat::Parquet)] {
            let file = folder.path().join(name);
            export(&original, format, std::fs::File::create(&file).unwrap()).unwrap();
            let again = stored(&folder.path().join(format!("{name}-store")), &file);
            prop_assert_eq!(rows(&again), rows(&original));
            prop_assert_eq!(again.content_digest().unwrap(), original.content_digest().unwrap());
        }
    }
}

/// Files of every container, to be damaged; made once.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SEEDS.get_or_init(|| make_seeds(tempfile::tempdir().unwrap().path()))
}

fn make_seeds(folder: &Path) -> Vec<Vec<u8>> {
    let transfers = (0..40_u8).map(|n| Transfer {
        height: Height(u64::from(n)),
        timestamp: Timestamp(1_700_000_000 + i64::from(n)),
        position: Some(0),
        transaction: TransactionHash([n; 32]),
        ordinal: Some(0),
        kind: TransferKind::Native,
        from: Address::evm([n; 20]),
        to: Address::evm([n + 1; 20]),
        asset: Asset::Native,
        amount: Amount::from_u64(u64::from(n)),
    });
    let path = folder.join("seed");
    write_plain_parquet(&path, transfers).unwrap();
    let parquet = std::fs::read(&path).unwrap();
    let mut csv = Vec::new();
    export(&stored(&folder.join("seed-store"), &path), ExportFormat::Csv, &mut csv).unwrap();
    let zstd = zstd::encode_all(csv.as_slice(), 1).unwrap();
    vec![parquet, csv, zstd]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Errors are fine, panics and published nonsense are not.
    #[test]
    fn no_byte_makes_a_reader_panic(
        seed in 0_usize..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        end in any::<Option<prop::sample::Index>>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = seeds()[seed].clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        let file = folder.path().join("damaged");
        std::fs::write(&file, &bytes).unwrap();
        let store = Store::create(&folder.path().join("store"), &Chain::ethereum()).unwrap();
        let read = ingest(&store, std::slice::from_ref(&file), &IngestOptions::default());
        if read.is_err() {
            prop_assert_eq!(store.snapshot().unwrap().row_count(), 0);
        }
        let _ = detect(&file);
        let _ = read_address_list(&file);
        let _ = read_tags(&file);
    }
}
