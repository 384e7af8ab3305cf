//! Transfers for tests, and short ways to write and read them.

use std::path::Path;
use tracehound_model::{Address, Amount, Asset, Chain, Height, Timestamp};
use tracehound_model::{TransactionHash, Transfer, TransferKind};
use tracehound_store::{PublishSummary, RowId, Snapshot, Store, WriteOptions};

/// One native transfer of a transaction of its own.
pub(crate) fn transfer(height: u64, hash: u8, from: u8, to: u8, amount: u64) -> Transfer {
    Transfer {
        height: Height(height),
        timestamp: Timestamp(1_700_000_000 + 12 * height as i64),
        position: Some(u32::from(hash)),
        transaction: hash_of(height, hash),
        ordinal: Some(0),
        kind: TransferKind::Native,
        from: Address::evm([from; 20]),
        to: Address::evm([to; 20]),
        asset: Asset::Native,
        amount: Amount::from_u64(amount),
    }
}

/// A folder that goes when it is dropped; in memory where that is easy, since
/// a publish waits for the disk many times.
pub(crate) fn temporary() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let in_memory = if memory.is_dir() { tempfile::tempdir_in(memory).ok() } else { None };
    in_memory.unwrap_or_else(|| tempfile::tempdir().unwrap())
}

/// A hash that no other block has.
pub(crate) fn hash_of(height: u64, number: u8) -> TransactionHash {
    let mut hash = [number; 32];
    hash[..8].copy_from_slice(&height.to_le_bytes());
    TransactionHash(hash)
}

/// Options with a budget in bytes.
pub(crate) fn memory(bytes: u64) -> WriteOptions {
    WriteOptions { memory: bytes, ..WriteOptions::default() }
}

/// Writes sources in one publish.
pub(crate) fn write(
    store: &Store,
    sources: &[Vec<Transfer>],
    options: WriteOptions,
) -> PublishSummary {
    let mut writer = store.writer(options).unwrap();
    for source in sources {
        writer.begin_source().unwrap();
        for part in source.chunks(7) {
            writer.push(part).unwrap();
        }
    }
    writer.publish().unwrap()
}

/// A store of sources in one publish.
pub(crate) fn store_of(folder: &Path, sources: &[Vec<Transfer>], options: WriteOptions) -> Store {
    let store = Store::create(folder, &Chain::ethereum()).unwrap();
    write(&store, sources, options);
    store
}

/// The transfers a snapshot holds.
pub(crate) fn read_all(snapshot: &Snapshot) -> Vec<Transfer> {
    (0..snapshot.row_count()).map(|row| read(snapshot, RowId(row))).collect()
}

/// One row as the transfer it was.
pub(crate) fn read(snapshot: &Snapshot, id: RowId) -> Transfer {
    let (row, place) = (snapshot.row(id).unwrap(), snapshot.place(id).unwrap());
    Transfer {
        height: place.height,
        timestamp: place.timestamp,
        position: place.position,
        transaction: place.transaction,
        ordinal: place.ordinal,
        kind: row.kind,
        from: snapshot.address(row.from).unwrap(),
        to: snapshot.address(row.to).unwrap(),
        asset: snapshot.asset(row.asset).unwrap().asset,
        amount: row.amount,
    }
}

/// Fails unless a check finds nothing.
pub(crate) fn assert_sound(folder: &Path) {
    let report = Store::check(folder, &mut |done, total| assert!(done <= total)).unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    assert!(report.orphans.is_empty(), "{:?}", report.orphans);
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}
