//! Bytes that change, and files that are cut, grow or vanish.

use crate::chains::{assert_sound, chain, memory, temporary, write};
use std::fs;
use std::path::{Path, PathBuf};
use tracehound_model::Chain;
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId, UtxoStore};

/// A small store with every kind of file in use, of two or of many segments.
fn prepare(folder: &Path, budget: usize) {
    let store = UtxoStore::create(folder, &Chain::bitcoin()).unwrap();
    let blocks = chain(3, 7);
    let (first, second) = blocks.split_at(4);
    write(&store, first, memory(budget));
    // A small budget keeps the segments of two publishes apart.
    write(&store, second, memory(1));
    let snapshot = store.snapshot().unwrap();
    assert!(snapshot.segment_count() > 1);
    assert!(snapshot.unresolved_inputs() > 0);
    let empty: Vec<_> = snapshot.parts().into_iter().filter(|(_, bytes)| *bytes < 80).collect();
    assert!(empty.is_empty(), "{empty:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.ends_with("lock") => {}
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}

/// Everything a snapshot says, or nothing if any of it ends in an error.
fn read(folder: &Path) -> Option<String> {
    let snapshot = UtxoStore::open(folder).ok()?.snapshot().ok()?;
    let mut said = snapshot.digest().ok()?;
    for number in 0..snapshot.transaction_count() {
        let id = TransactionId(number);
        let view = snapshot.transaction(id).ok()?;
        said += &format!("{view:?}");
        said += &format!("{:?}", snapshot.find(&snapshot.hash(id).ok()?).ok()?);
        said += &format!("{:?}", snapshot.block(id).ok()?);
        for index in 0..view.outputs.len() as u32 {
            let output = OutputId { transaction: id, index };
            said += &format!("{:?}", snapshot.spender(output).ok()?);
            said += &format!("{:?}", snapshot.payload(output).ok()?);
        }
    }
    for number in 0..snapshot.address_count() {
        let id = AddressId(number);
        said += &format!("{:?}", snapshot.outputs_to(id).ok()?);
        said += &format!("{:?}", snapshot.spends_from(id).ok()?);
        said += &format!("{:?}", snapshot.address_id(&snapshot.address(id).ok()?).ok()?);
    }
    for (height, _) in snapshot.block_hashes().ok()? {
        said += &format!("{:?}", snapshot.read_block(height).ok()?);
    }
    Some(said)
}

fn faults(folder: &Path) -> usize {
    UtxoStore::check(folder, &mut |_, _| {}).map_or(1, |report| report.faults.len())
}

#[test]
fn every_flipped_byte_is_found_and_changes_no_answer() {
    let parent = temporary();
    for (budget, step) in [(usize::MAX, 3), (1, 17)] {
        let folder = parent.path().join(format!("store-{budget}"));
        prepare(&folder, budget);
        assert_sound(&folder);
        let answer = read(&folder).unwrap();
        for path in files(&folder) {
            let sound = fs::read(&path).unwrap();
            for place in (0..sound.len()).step_by(step) {
                let mut bytes = sound.clone();
                bytes[place] ^= 1 << (place % 8);
                fs::write(&path, &bytes).unwrap();
                let name = path.display();
                assert!(faults(&folder) > 0, "{name}: byte {place} went unnoticed");
                let now = read(&folder);
                assert!(now.is_none() || now.as_ref() == Some(&answer), "{name}: byte {place}");
            }
            fs::write(&path, &sound).unwrap();
        }
        assert_sound(&folder);
    }
}

/// Changes a byte of the payload and makes all checksums fit again.
fn forge(sound: &[u8], place: usize) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    bytes[place] ^= 1 << (place % 8);
    let length = u64::from_le_bytes(bytes[16..24].try_into().unwrap()) as usize;
    let pages = length.div_ceil(4096);
    for page in 0..pages {
        let (start, end) = (64 + 4096 * page, 64 + length.min(4096 * (page + 1)));
        let checksum = crc32fast::hash(&bytes[start..end]);
        bytes[64 + length + 4 * page..][..4].copy_from_slice(&checksum.to_le_bytes());
    }
    let checksum = crc32fast::hash(&bytes[64 + length..64 + length + 4 * pages]);
    bytes[64 + length + 4 * pages..][..4].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// A file that was written wrongly, which no checksum can tell, ends in
/// errors or other answers, never in a panic, and most of it is found.
#[test]
fn bytes_written_wrongly_never_end_in_a_panic() {
    let parent = temporary();
    let folder = parent.path().join("store");
    prepare(&folder, usize::MAX);
    let (mut forged, mut found) = (0, 0);
    for path in files(&folder).into_iter().filter(|path| !path.ends_with("manifest")) {
        let sound = fs::read(&path).unwrap();
        let length = u64::from_le_bytes(sound[16..24].try_into().unwrap()) as usize;
        for place in 64..64 + length {
            fs::write(&path, forge(&sound, place)).unwrap();
            forged += 1;
            found += usize::from(faults(&folder) > 0);
            read(&folder);
        }
        fs::write(&path, &sound).unwrap();
    }
    assert!(found * 10 > forged * 6, "{found} of {forged}");
    assert_sound(&folder);
}

#[test]
fn files_cut_grown_or_missing_are_found_and_refused() {
    let parent = temporary();
    let folder = parent.path().join("store");
    prepare(&folder, usize::MAX);
    for path in files(&folder) {
        let sound = fs::read(&path).unwrap();
        let mut broken: Vec<Vec<u8>> = [0, 1, 63, 64, sound.len() - 1]
            .into_iter()
            .filter(|length| *length < sound.len())
            .map(|length| sound[..length].to_vec())
            .collect();
        broken.push([&sound[..], &[0]].concat());
        for bytes in broken {
            fs::write(&path, &bytes).unwrap();
            let (name, length) = (path.display(), bytes.len());
            assert!(faults(&folder) > 0, "{name} of {length} bytes went unnoticed");
            let error = UtxoStore::open(&folder).unwrap_err().to_string();
            assert!(error.contains(path.file_name().unwrap().to_str().unwrap()), "{error}");
        }
        fs::remove_file(&path).unwrap();
        assert!(UtxoStore::open(&folder).is_err() && faults(&folder) > 0, "{}", path.display());
        fs::write(&path, &sound).unwrap();
    }
    assert_sound(&folder);
}

#[test]
fn what_nobody_names_is_listed_and_left_alone() {
    let parent = temporary();
    let folder = parent.path().join("store");
    prepare(&folder, 1);
    fs::create_dir(folder.join("segment-00000099-0000")).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let report = UtxoStore::check(&folder, &mut |_, _| {}).unwrap();
    assert!(report.faults.is_empty());
    assert_eq!(report.orphans, ["notes.txt", "segment-00000099-0000"]);
    drop(UtxoStore::open(&folder).unwrap().writer(memory(0)).unwrap());
    let report = UtxoStore::check(&folder, &mut |_, _| {}).unwrap();
    assert_eq!(report.orphans, ["notes.txt"], "a writer removes only what writers make");
}
