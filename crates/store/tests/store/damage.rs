//! Bytes that change, and files that are cut, grow or vanish.

use crate::worlds::{assert_sound, memory, store_of, temporary, transfer};
use std::fs;
use std::path::{Path, PathBuf};
use tracehound_model::{Address, Amount, Asset, Chain, Transfer, TransferKind};
use tracehound_store::{AddressId, AssetDescription, RowId, Store};

/// A small store with every kind of file in use, of one or many segments.
fn prepare(folder: &Path, budget: u64) -> Store {
    let token = Asset::Token(Address::evm([7; 20]));
    let mut rows: Vec<Transfer> = (1..5).map(|height| transfer(height, 0, 1, 2, 5)).collect();
    rows.push(Transfer { amount: Amount::MAX, ..transfer(6, 0, 2, 3, 0) });
    rows.push(Transfer { asset: token, kind: TransferKind::Token, ..transfer(7, 0, 3, 1, 9) });
    let store = store_of(folder, &[rows], memory(budget));
    let mut writer = store.writer(memory(budget)).unwrap();
    let description =
        AssetDescription { asset: token, symbol: Some("X".into()), decimals: Some(6) };
    writer.describe(description).unwrap();
    writer.publish().unwrap();
    store
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
    let snapshot = Store::open(folder).ok()?.snapshot().ok()?;
    let mut said = snapshot.content_digest().ok()?;
    for number in 0..snapshot.address_count() {
        let id = AddressId(number);
        let address = snapshot.address(id).ok()?;
        let lists = [snapshot.outgoing(id).ok()?, snapshot.incoming(id).ok()?];
        for list in lists {
            said += &format!("{:?}", list.iter().collect::<Vec<_>>());
        }
        said += &format!("{:?}", snapshot.address_id(&address).ok()?);
    }
    for number in 0..snapshot.row_count() {
        let place = snapshot.place(RowId(number)).ok()?;
        said += &format!("{:?}", snapshot.transaction(&place.transaction).ok()?);
    }
    for number in 0..snapshot.asset_count() {
        let asset = snapshot.asset(tracehound_store::AssetId(number)).ok()?;
        said += &format!("{:?}", snapshot.asset_id(&asset.asset).ok()?);
    }
    Some(said)
}

fn faults(folder: &Path) -> usize {
    Store::check(folder, &mut |_, _| {}).map_or(1, |report| report.faults.len())
}

#[test]
fn every_flipped_byte_is_found_and_changes_no_answer() {
    let parent = temporary();
    for (budget, step) in [(0, 1), (1, 13)] {
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

#[test]
fn files_cut_grown_or_missing_are_found_and_refused() {
    let parent = temporary();
    let folder = parent.path().join("store");
    prepare(&folder, 0);
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
            let error = Store::open(&folder).unwrap_err().to_string();
            assert!(error.contains(path.file_name().unwrap().to_str().unwrap()), "{error}");
        }
        fs::remove_file(&path).unwrap();
        assert!(Store::open(&folder).is_err() && faults(&folder) > 0, "{}", path.display());
        fs::write(&path, &sound).unwrap();
    }
    assert_sound(&folder);
}

#[test]
fn files_of_another_segment_are_refused() {
    let parent = temporary();
    let folder = parent.path().join("store");
    prepare(&folder, 1);
    let of = |segment: &str| folder.join(segment).join("ordinals");
    let names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("segment-"))
        .collect();
    assert_eq!(fs::read(of(&names[0])).unwrap().len(), fs::read(of(&names[1])).unwrap().len());
    fs::copy(of(&names[0]), of(&names[1])).unwrap();
    assert!(Store::open(&folder).is_err() && faults(&folder) > 0);
}

#[test]
fn what_nobody_names_is_listed_and_left_alone() {
    let parent = temporary();
    let folder = parent.path().join("store");
    let store = prepare(&folder, 0);
    fs::create_dir(folder.join("segment-00000099-0000")).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let report = Store::check(&folder, &mut |_, _| {}).unwrap();
    assert!(report.faults.is_empty());
    assert_eq!(report.orphans, ["notes.txt", "segment-00000099-0000"]);
    drop(store.writer(memory(0)).unwrap());
    let report = Store::check(&folder, &mut |_, _| {}).unwrap();
    assert_eq!(report.orphans, ["notes.txt"], "a writer removes only what writers make");
}

#[test]
fn an_empty_store_is_sound() {
    let folder = temporary();
    let store = Store::create(folder.path(), &Chain::ethereum()).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!((snapshot.row_count(), snapshot.tip(), snapshot.start()), (0, None, None));
    assert_eq!(snapshot.content_digest().unwrap().len(), 64);
    drop(store.writer(memory(0)).unwrap());
    assert_sound(folder.path());
}
