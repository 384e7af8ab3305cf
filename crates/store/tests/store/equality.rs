//! Batch, incremental, repeated, reordered and dropped writing against the naive model.

use crate::naive;
use crate::worlds::{assert_sound, memory, read_all, store_of, temporary, write};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use tracehound_model::{Chain, Height, Transfer};
use tracehound_store::Store;
use tracehound_testkit::world::{WorldShape, world_with};

/// A world with some places forgotten, dealt out over sources, in some order.
#[derive(Clone, Debug)]
struct Dealt {
    sources: Vec<Vec<Transfer>>,
}

fn dealt() -> impl Strategy<Value = Dealt> {
    let bytes = prop::collection::vec(any::<u8>(), 0..240);
    let deal = prop::collection::vec((0_usize..4, any::<u8>()), 40);
    (bytes, deal, 0_u8..5, any::<bool>()).prop_map(|(bytes, deal, forget, in_order)| {
        let world = world_with(&WorldShape::default(), &bytes);
        let mut sources = vec![Vec::new(); 4];
        for (number, (source, dice)) in deal.into_iter().cycle().take(world.len()).enumerate() {
            let mut row = world[number];
            // From every place known (0) to most forgotten (4).
            row.ordinal = row.ordinal.filter(|_| dice % 4 >= forget);
            row.position = row.position.filter(|_| dice / 4 % 4 >= forget);
            sources[source].push(row);
            if dice % 5 == 0 {
                // Another source has it too, and knows its place or not.
                let other = if dice % 2 == 0 { row } else { world[number] };
                sources[(source + 1) % 4].push(other);
            }
        }
        if !in_order {
            sources.iter_mut().for_each(|source| source.reverse());
        }
        Dealt { sources }
    })
}

fn new_store(folder: &Path) -> Store {
    Store::create(folder, &Chain::ethereum()).unwrap()
}

fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batch_incremental_and_repeated_writing_agree(world in dealt(), budget in prop::sample::select(vec![0, 9_000, 9_500])) {
        let folder = temporary();
        let at = |name: &str| folder.path().join(name);
        let batch = store_of(&at("batch"), &world.sources, memory(0));
        let snapshot = batch.snapshot().unwrap();
        naive::compare(&snapshot, &world.sources);
        let digest = snapshot.content_digest().unwrap();
        assert_sound(batch.folder());

        let other = store_of(&at("budget"), &world.sources, memory(budget));
        prop_assert_eq!(&other.snapshot().unwrap().content_digest().unwrap(), &digest);
        naive::compare(&other.snapshot().unwrap(), &world.sources);
        assert_sound(other.folder());

        let pieces = new_store(&at("pieces"));
        let mut added = 0;
        for source in &world.sources {
            let summary = write(&pieces, std::slice::from_ref(source), memory(budget));
            prop_assert_eq!(summary.conflicts, 0);
            added += summary.added;
            prop_assert_eq!(summary.rows, added);
            assert_sound(pieces.folder());
        }
        prop_assert_eq!(&pieces.snapshot().unwrap().content_digest().unwrap(), &digest);

        for store in [&batch, &other, &pieces] {
            let before = bytes_of(store.folder());
            let pushed: usize = world.sources.iter().map(Vec::len).sum();
            let summary = write(store, &world.sources, memory(budget));
            prop_assert_eq!((summary.added, summary.duplicates), (0, pushed as u64));
            prop_assert!(!summary.changed);
            prop_assert_eq!(bytes_of(store.folder()), before);
        }
    }

    #[test]
    fn any_split_into_blocks_appends_to_the_same(bytes in prop::collection::vec(any::<u8>(), 0..300), cuts in prop::collection::vec(0_usize..50, 0..5), budget in prop::sample::select(vec![0, 9_000])) {
        let world = world_with(&WorldShape::default(), &bytes);
        let folder = temporary();
        let whole = store_of(&folder.path().join("whole"), std::slice::from_ref(&world), memory(0));
        let digest = whole.snapshot().unwrap().content_digest().unwrap();
        let pieces = new_store(&folder.path().join("pieces"));
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(world.len())).collect();
        cuts.extend([0, world.len()]);
        cuts.sort_unstable();
        let mut snapshots = Vec::new();
        for cut in cuts.windows(2) {
            // Rows of one transaction may be cut apart: each has its ordinal.
            let before = pieces.snapshot().unwrap();
            snapshots.push((read_all(&before), before));
            write(&pieces, &[world[cut[0]..cut[1]].to_vec()], memory(budget));
        }
        prop_assert_eq!(pieces.snapshot().unwrap().content_digest().unwrap(), digest);
        assert_sound(pieces.folder());
        for (rows, snapshot) in snapshots {
            prop_assert_eq!(read_all(&snapshot), rows, "a snapshot changed under its reader");
        }
    }

    #[test]
    fn dropped_blocks_were_never_seen(world in dealt(), height in 0_u64..60, budget in prop::sample::select(vec![0, 9_000])) {
        let folder = temporary();
        let first = world.sources.iter().flatten().map(|row| row.height.0).min().unwrap_or(0);
        let height = Height(first.saturating_add(height).saturating_sub(2));
        let store = store_of(&folder.path().join("dropped"), &world.sources, memory(budget));
        store.drop_above(height, memory(budget)).unwrap();
        assert_sound(store.folder());
        let below: Vec<Vec<Transfer>> = world
            .sources
            .iter()
            .map(|source| source.iter().copied().filter(|row| row.height <= height).collect())
            .collect();
        naive::compare(&store.snapshot().unwrap(), &below);
        let never = store_of(&folder.path().join("never"), &below, memory(0));
        let digest = |store: &Store| store.snapshot().unwrap().content_digest().unwrap();
        prop_assert_eq!(digest(&store), digest(&never));
        // And replaying them gives what there was.
        write(&store, &world.sources, memory(budget));
        let whole = store_of(&folder.path().join("whole"), &world.sources, memory(0));
        prop_assert_eq!(digest(&store), digest(&whole));
    }
}

#[test]
fn an_external_sort_of_many_runs_equals_sorting_in_memory() {
    let entropy = tracehound_testkit::world::entropy(7, 9_000);
    let mut world = world_with(&WorldShape { addresses: 200, ..WorldShape::default() }, &entropy);
    let folder = temporary();
    let plain = store_of(&folder.path().join("plain"), std::slice::from_ref(&world), memory(0));
    let mut random = tracehound_testkit::random::Random::new(3);
    random.shuffle(&mut world);
    // Some fifty rows a run: more runs than are merged at once.
    let mut options = memory(40_000);
    options.temporary = Some(folder.path().join("temporary"));
    let sorted = store_of(&folder.path().join("sorted"), &[world], options);
    let digest = |store: &Store| store.snapshot().unwrap().content_digest().unwrap();
    assert_eq!(digest(&sorted), digest(&plain));
    assert_sound(sorted.folder());
    assert_eq!(std::fs::read_dir(folder.path().join("temporary")).unwrap().count(), 0);
}

#[test]
fn streamed_rows_are_merged_with_what_comes_out_of_order_later() {
    // Each world is long enough to be streamed; the later ones reach back into it.
    let shape = WorldShape { addresses: 50, ..WorldShape::default() };
    let world = world_with(&shape, &tracehound_testkit::world::entropy(11, 3_000));
    let mut sources = vec![Vec::new(); 3];
    for (number, row) in world.iter().enumerate() {
        let mut row = *row;
        row.ordinal = row.ordinal.filter(|_| number % 7 > 0);
        row.position = row.position.filter(|_| number % 5 > 0);
        sources[number % 3].push(row);
        if number % 11 == 0 {
            sources[(number + 1) % 3].push(world[number]);
            sources[number % 3].push(row);
        }
    }
    let folder = temporary();
    let small = store_of(&folder.path().join("small"), &sources, memory(100_000));
    naive::compare(&small.snapshot().unwrap(), &sources);
    assert_sound(small.folder());
    let large = store_of(&folder.path().join("large"), &sources, memory(0));
    let digest = |store: &Store| store.snapshot().unwrap().content_digest().unwrap();
    assert_eq!(digest(&small), digest(&large));
    // One source that goes back to its own beginning.
    let mut twisted: Vec<Transfer> = sources[0].clone();
    let middle = twisted.len() / 2;
    twisted.rotate_left(middle);
    let twisted = vec![[sources[0][..middle].to_vec(), twisted].concat()];
    let small = store_of(&folder.path().join("twisted"), &twisted, memory(100_000));
    naive::compare(&small.snapshot().unwrap(), &twisted);
}
