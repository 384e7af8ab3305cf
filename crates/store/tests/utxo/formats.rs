//! Stores of old formats must open for ever; those of unknown ones say so.

use crate::chains::{Random, assert_sound, chain, memory, next_block, temporary, write};
use crate::compare::compare;
use std::fs;
use std::path::{Path, PathBuf};
use tracehound_model::{Chain, UtxoBlock};
use tracehound_store::StoreError;
use tracehound_store::utxo::UtxoStore;

/// Content digest of the store in `fixtures/utxo-version-1`.
const VERSION_1_DIGEST: &str = "a381389c432e1d2346018dbc5fc2d3f45c064e1866f71c66f5e6d91be9030391";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/utxo-version-1")
}

/// What the fixture was written from. Never change it, nor the generator of
/// its blocks: write a new fixture instead.
fn fixture_blocks() -> Vec<UtxoBlock> {
    chain(3, 7)
}

/// Writes the fixture of the present version, where there is none yet.
#[test]
#[ignore = "writes into the source tree; run by hand when the format version changes"]
fn write_fixture() {
    let store = UtxoStore::create(&fixture(), &Chain::bitcoin()).unwrap();
    let blocks = fixture_blocks();
    write(&store, &blocks[..4], memory(usize::MAX));
    // A budget of one byte: each block its own segment.
    write(&store, &blocks[4..], memory(1));
    fs::remove_file(fixture().join("lock")).unwrap();
    println!("{}", store.snapshot().unwrap().digest().unwrap());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

#[test]
fn version_1_opens_and_can_be_written_to() {
    let snapshot = UtxoStore::open(&fixture()).unwrap().snapshot().unwrap();
    assert_eq!(snapshot.digest().unwrap(), VERSION_1_DIGEST);
    assert_eq!(snapshot.segment_count(), 4);
    let mut blocks = fixture_blocks();
    compare(&snapshot, &Chain::bitcoin(), &blocks);
    assert_sound(&fixture());

    let folder = temporary();
    copy(&fixture(), folder.path());
    let store = UtxoStore::open(folder.path()).unwrap();
    let next = next_block(&mut Random(1), &blocks);
    write(&store, std::slice::from_ref(&next), memory(usize::MAX));
    blocks.push(next);
    compare(&store.snapshot().unwrap(), &Chain::bitcoin(), &blocks);
    assert_sound(folder.path());
}

#[test]
fn an_unknown_version_is_refused_with_both_numbers() {
    let folder = temporary();
    copy(&fixture(), folder.path());
    let path = folder.path().join("manifest");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().next().unwrap().replace("\"format\":1", "\"format\":99");
    let checksum = crc32fast::hash(line.as_bytes());
    fs::write(&path, format!("{line}\ncrc32 {checksum:08x}\n")).unwrap();
    let error = UtxoStore::open(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::UnknownVersion { found: 99, known: 1, .. }), "{error}");
    let report = UtxoStore::check(folder.path(), &mut |_, _| {}).unwrap();
    assert!(report.faults.iter().any(|fault| fault.contains("version 99")));
}
