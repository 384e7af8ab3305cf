//! A writer killed at any step leaves the last published state.
//!
//! The test starts its own binary again; the child aborts at the n-th step
//! it reports.

use crate::chains::{Random, assert_sound, chain, memory, next_block, temporary, write};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tracehound_model::{Chain, Height, UtxoBlock};
use tracehound_store::Step;
use tracehound_store::utxo::{UtxoOptions, UtxoStore};

const FOLDER: &str = "TRACEHOUND_TEST_CRASH_FOLDER";
const STEP: &str = "TRACEHOUND_TEST_CRASH_STEP";
const JOB: &str = "TRACEHOUND_TEST_CRASH_JOB";

/// What the child does to the store, and the budget it does it with.
const JOBS: [(&str, usize); 4] =
    [("append", 1), ("merge", usize::MAX), ("drop", usize::MAX), ("reorganise", 1)];

fn blocks() -> Vec<UtxoBlock> {
    chain(11, 12)
}

fn run(job: &str, store: &UtxoStore, options: UtxoOptions) {
    let mut writer = store.writer(options).unwrap();
    let mut known = blocks()[..8].to_vec();
    match job {
        "drop" => return store_dropped(writer),
        "reorganise" => {
            let height = known[5].height;
            writer.drop_above(Some(height)).unwrap();
            known.truncate(6);
            let mut random = Random(99);
            for _ in 0..3 {
                let block = next_block(&mut random, &known);
                writer.push(&block).unwrap();
                known.push(block);
            }
        }
        _ => {
            let tip = writer.tip().unwrap().unwrap().0;
            for block in blocks().iter().filter(|block| block.height > tip) {
                writer.push(block).unwrap();
            }
        }
    }
    writer.publish().unwrap();
}

fn store_dropped(mut writer: tracehound_store::utxo::UtxoWriter) {
    writer.drop_above(Some(blocks()[2].height)).unwrap();
    writer.publish().unwrap();
}

/// Not a test of its own: what the child runs.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let step: usize = std::env::var(STEP).unwrap().parse().unwrap();
    let job = std::env::var(JOB).unwrap();
    let count = AtomicUsize::new(0);
    let on_step = move |_: Step| {
        if count.fetch_add(1, Ordering::Relaxed) == step {
            std::process::abort();
        }
    };
    let budget = JOBS.iter().find(|(name, _)| *name == job).unwrap().1;
    let options = UtxoOptions { on_step: Some(Arc::new(on_step)), ..memory(budget) };
    run(&job, &UtxoStore::open(Path::new(&folder)).unwrap(), options);
}

fn prepare(folder: &Path) -> UtxoStore {
    let store = UtxoStore::create(folder, &Chain::bitcoin()).unwrap();
    write(&store, &blocks()[..4], memory(usize::MAX));
    write(&store, &blocks()[4..8], memory(1));
    store
}

fn digest(folder: &Path) -> String {
    UtxoStore::open(folder).unwrap().snapshot().unwrap().digest().unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
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

#[test]
fn every_step_of_every_job() {
    let parent = temporary();
    for (job, budget) in JOBS {
        let (old, new) = (parent.path().join("old"), parent.path().join("new"));
        prepare(&old);
        let steps = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&steps);
        let on_step = move |step: Step| seen.lock().unwrap().push(step);
        let options = UtxoOptions { on_step: Some(Arc::new(on_step)), ..memory(budget) };
        run(job, &prepare(&new), options);
        let (before, after) = (digest(&old), digest(&new));
        assert_ne!(before, after);
        let steps = steps.lock().unwrap().clone();
        for step in Step::ALL {
            let segment =
                matches!(step, Step::SegmentWritten | Step::SegmentSynced | Step::SegmentRenamed);
            let never = step == Step::DescriptionsSynced;
            // Dropping whole segments writes none.
            let reached = steps.contains(&step) || never || job == "drop" && segment;
            assert!(reached, "{job} did not reach {step:?}");
        }
        let renamed = steps.iter().position(|step| *step == Step::ManifestRenamed).unwrap();
        for (number, step) in steps.iter().enumerate() {
            let folder = parent.path().join(format!("{job}-{number}"));
            copy(&old, &folder);
            crash(&folder, job, number);
            let expected = if number < renamed { &before } else { &after };
            assert_eq!(&digest(&folder), expected, "{job} killed at {step:?}");
            let report = UtxoStore::check(&folder, &mut |_, _| {}).unwrap();
            assert!(report.faults.is_empty(), "{:?}", report.faults);
            // The next writer cleans up and comes to the same end.
            run(job, &UtxoStore::open(&folder).unwrap(), memory(budget));
            assert_eq!(digest(&folder), after, "{job} again after {step:?}");
            assert_sound(&folder);
        }
        std::fs::remove_dir_all(&old).unwrap();
        std::fs::remove_dir_all(&new).unwrap();
    }
}

fn crash(folder: &Path, job: &str, step: usize) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(STEP, step.to_string())
        .env(JOB, job)
        .output()
        .unwrap();
    assert!(!output.status.success(), "the child did not crash at step {step} of {job}");
}

#[test]
fn a_publish_that_fails_on_the_way_can_be_repeated() {
    let folder = temporary();
    let store = UtxoStore::create(folder.path(), &Chain::bitcoin()).unwrap();
    let blocks = blocks();
    write(&store, &blocks[..4], memory(1));
    let mut writer = store.writer(memory(1)).unwrap();
    blocks[4..].iter().for_each(|block| writer.push(block).unwrap());
    // A folder where the next manifest is to be written.
    let obstacle = folder.path().join("manifest-next");
    std::fs::create_dir(&obstacle).unwrap();
    assert!(writer.publish().is_err());
    assert_eq!(store.snapshot().unwrap().block_count(), 4);
    std::fs::remove_dir(&obstacle).unwrap();
    writer.publish().unwrap();
    drop(writer);
    assert_eq!(store.snapshot().unwrap().block_count(), 12);
    assert_eq!(
        store.snapshot().unwrap().tip().unwrap().unwrap().height,
        Height(blocks[11].height.0)
    );
    assert_sound(folder.path());
}
