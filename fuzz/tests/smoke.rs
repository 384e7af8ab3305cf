//! Every target over its seeds and a fixed number of their mutations, on a
//! stable toolchain and in seconds. Long runs are libFuzzer's; see README.md.

use std::fs;
use std::path::{Path, PathBuf};
use tracehound_fuzz::{TARGETS, Target, block_lines, tag_pack, transfer_file};
use tracehound_testkit::random::Random;

fn seed_files(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    seed_files(name).iter().map(|path| fs::read(path).unwrap()).collect()
}

/// One to four changes: a byte set, a bit flipped, a piece removed, doubled or
/// taken from another seed, the end cut off.
fn mutate(random: &mut Random, seed: &[u8], other: &[u8]) -> Vec<u8> {
    let mut data = seed.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(data.len() as u64 + 1) as usize;
        let length = (random.below(16) as usize).min(data.len() - at);
        match random.below(7) {
            0 if at < data.len() => data[at] = random.bits() as u8,
            1 if at < data.len() => data[at] ^= 1 << random.below(8),
            2 => drop(data.drain(at..at + length)),
            3 => {
                let piece = data[at..at + length].to_vec();
                data.splice(at..at, piece);
            }
            4 => {
                let from = random.below(other.len() as u64 + 1) as usize;
                let piece = other[from..(from + 16).min(other.len())].to_vec();
                data.splice(at..at + length, piece);
            }
            5 => data.truncate(at),
            _ => {
                const TELLING: [&[u8]; 8] =
                    [b"-", b",", b"\n", b"\"", b"0x", b"\0", b"\xff", b"99999999999999999999"];
                let piece = TELLING[random.below(8) as usize].to_vec();
                data.splice(at..at, piece);
            }
        }
    }
    data
}

fn run(target: &Target) {
    let seeds = seeds(target.name);
    assert!(!seeds.is_empty(), "{} has no seeds", target.name);
    let mut random = Random::new(1);
    (target.run)(&[]);
    for seed in &seeds {
        (target.run)(seed);
        for _ in 0..target.mutations {
            let other = &seeds[random.below(seeds.len() as u64) as usize];
            let data = mutate(&mut random, seed, other);
            let held = std::panic::catch_unwind(|| (target.run)(&data));
            if held.is_err() {
                let file = std::env::temp_dir().join(format!("{}-failure", target.name));
                fs::write(&file, &data).unwrap();
                panic!("{}: failing input kept as {}", target.name, file.display());
            }
        }
    }
}

macro_rules! smoke {
    ($($name:ident),*) => {
        $(
            #[test]
            fn $name() {
                let target = TARGETS.iter().find(|target| target.name == stringify!($name));
                run(target.expect("listed in TARGETS"));
            }
        )*

        #[test]
        fn no_target_is_forgotten() {
            assert_eq!(TARGETS.map(|target| target.name).as_slice(), [$(stringify!($name)),*]);
        }
    };
}

smoke!(
    model_text,
    case_file,
    address_list,
    tag_table,
    transfer_file,
    block_lines,
    raw_block,
    block_files,
    tag_pack,
    sanctions_list,
    name,
    thorchain_memo,
    mixer_events,
    store_folder
);

/// Mutations of a file that is refused from the start would test little.
#[test]
fn every_seed_of_transfers_is_taken() {
    for path in seed_files("transfer_file") {
        let rows = transfer_file::rows_taken(&fs::read(&path).unwrap());
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(rows > 0, !path.ends_with("etl_blocks.csv"), "{}: {rows}", path.display());
    }
}

#[test]
fn every_seed_of_lists_is_taken() {
    for path in seed_files("sanctions_list") {
        let list = tracehound_lists::read_list(&path);
        let list = list.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(list.entries.len(), 1, "{}", path.display());
        assert!(list.entries[0].party.primary_name().is_some(), "{}", path.display());
    }
}

#[test]
fn every_seed_of_packs_is_taken() {
    for path in seed_files("tag_pack") {
        let pack = tag_pack::read(&fs::read(&path).unwrap());
        let pack = pack.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(pack.tags().count() + pack.actors().len() > 0, "{}", path.display());
    }
}

#[test]
fn every_seed_of_blocks_is_taken_whole() {
    for path in seed_files("block_lines") {
        let (blocks, left_out) = block_lines::read(&fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(blocks.len() > 1 && left_out == 0, "{}: {}", path.display(), blocks.len());
    }
}
