//! A store with damaged files: an error or the old answer, nothing else.
//!
//! The bytes are a list of edits of five bytes each: which file, where (two
//! bytes, scaled to the file), what (set, cut off, extend) and with which value.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tracehound_model::{Chain, Transfer};
use tracehound_store::{AddressId, RowId, Snapshot, Store, StoreError, WriteOptions};
use tracehound_testkit::world;

/// Bytes of one edit.
const EDIT: usize = 5;

struct Sound {
    files: Vec<(PathBuf, Vec<u8>)>,
    answers: Vec<String>,
}

/// Applies the edits in `data` to a sound store and reads everything.
pub fn target(data: &[u8]) {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    let sound = SOUND.get_or_init(make);
    let mut files = sound.files.clone();
    for edit in data.chunks_exact(EDIT).take(8) {
        apply(&mut files, edit);
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (path, bytes) in &files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder.path())).expect("folders can be made");
        fs::write(path, bytes).expect("a temporary file can be written");
    }
    if let Ok(answers) = read(folder.path()) {
        assert_eq!(answers.len(), sound.answers.len());
        for (answer, expected) in answers.iter().zip(&sound.answers) {
            assert!(answer.starts_with("error: ") || answer == expected, "{answer} for {expected}");
        }
    }
    let sound_still = files == sound.files;
    let found = Store::check(folder.path(), &mut |_, _| ()).map(|report| report.faults);
    let clean = found.as_ref().is_ok_and(Vec::is_empty);
    assert_eq!(clean, sound_still, "check found {found:?}");
}

fn make() -> Sound {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = Store::create(folder.path(), &Chain::ethereum()).expect("a new store");
    let transfers: Vec<Transfer> = world(&world::entropy(1, 120));
    let (first, second) = transfers.split_at(100);
    for part in [first, second] {
        let mut writer = store.writer(WriteOptions::default()).expect("a writer");
        writer.push(part).expect("transfers are taken");
        writer.publish().expect("a publish");
    }
    let mut files = Vec::new();
    collect(folder.path(), folder.path(), &mut files);
    // The lock file holds nothing.
    files.retain(|(_, bytes)| !bytes.is_empty());
    files.sort();
    Sound { files, answers: read(folder.path()).expect("a sound store can be read") }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("below the root").to_owned();
            files.push((name, fs::read(&path).expect("a file can be read")));
        }
    }
}

fn apply(files: &mut [(PathBuf, Vec<u8>)], edit: &[u8]) {
    let count = files.len();
    let bytes = &mut files[usize::from(edit[0]) % count].1;
    let place = usize::from(u16::from_le_bytes([edit[1], edit[2]]));
    let place = place * bytes.len() / 65536;
    match edit[3] {
        0..=199 => {
            if let Some(byte) = bytes.get_mut(place) {
                *byte = edit[4];
            }
        }
        200..=227 => bytes.truncate(place),
        _ => bytes.extend(std::iter::repeat_n(edit[4], place.min(5000) + 1)),
    }
}

/// Every answer the store gives, one text each; errors as text, too.
fn read(folder: &Path) -> Result<Vec<String>, StoreError> {
    let store = Store::open(folder)?;
    let snapshot = store.snapshot()?;
    let mut answers = vec![
        format!("{:?} {:?}", snapshot.chain(), snapshot.tip()),
        format!("{:?} {}", snapshot.start(), snapshot.row_count()),
        text(snapshot.content_digest()),
        text(snapshot.blocks_ordered_by_funding()),
    ];
    for row in (0..snapshot.row_count()).map(RowId) {
        answers.push(text(snapshot.row(row)));
        answers.push(text(snapshot.place(row)));
        answers.push(match snapshot.place(row) {
            Ok(place) => text(snapshot.transaction(&place.transaction)),
            Err(error) => format!("error: {error}"),
        });
    }
    for id in (0..snapshot.address_count()).map(AddressId) {
        answers.push(address(&snapshot, id));
    }
    let mut sum = 0_u64;
    let all = RowId(0)..RowId(snapshot.row_count());
    let scanned = snapshot.scan(all, |row, value| {
        sum = sum.wrapping_mul(31).wrapping_add(row.0 ^ u64::from(value.from.0));
    });
    answers.push(text(scanned.map(|()| sum)));
    Ok(answers)
}

fn address(snapshot: &Snapshot, id: AddressId) -> String {
    let all = || -> Result<_, StoreError> {
        let address = snapshot.address(id)?;
        let back = snapshot.address_id(&address)?;
        let outgoing: Vec<RowId> = snapshot.outgoing(id)?.iter().collect();
        let incoming: Vec<RowId> = snapshot.incoming(id)?.iter().collect();
        Ok((address, back, outgoing, incoming))
    };
    text(all())
}

fn text<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("error: {error}"),
    }
}
