//! A writer killed at any step leaves the last published state.
//!
//! The test starts its own binary again; the child aborts at the n-th step
//! it reports. A process that aborts runs no clean-up, as in a power cut,
//! except that what it wrote reaches the disk.

use crate::worlds::{assert_sound, copy, memory, temporary, transfer, write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tracehound_model::{Address, Asset, Chain, Height, Transfer};
use tracehound_store::{AssetDescription, Step, Store, WriteOptions};

const FOLDER: &str = "TRACEHOUND_TEST_CRASH_FOLDER";
const STEP: &str = "TRACEHOUND_TEST_CRASH_STEP";
const JOB: &str = "TRACEHOUND_TEST_CRASH_JOB";

/// What the child does to the store.
const JOBS: [&str; 3] = ["append", "merge", "drop"];

fn rows(heights: std::ops::Range<u64>) -> Vec<Transfer> {
    heights.map(|height| transfer(height, 0, height as u8, 1, 7)).collect()
}

fn run(job: &str, store: &Store, options: WriteOptions) {
    if job == "drop" {
        return store.drop_above(Height(21), options).unwrap();
    }
    let mut writer = store.writer(options).unwrap();
    let asset = Asset::Token(Address::evm([9; 20]));
    let description = AssetDescription { asset, symbol: Some("X".into()), decimals: Some(6) };
    writer.describe(description).unwrap();
    let merged = [rows(35..37), vec![transfer(12, 3, 5, 6, 7)]].concat();
    writer.push(&if job == "append" { rows(30..32) } else { merged }).unwrap();
    writer.publish().unwrap();
}

/// A budget at which each block becomes a segment for some jobs.
fn budget(job: &str) -> u64 {
    u64::from(job == "merge")
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
    let options = WriteOptions { on_step: Some(Arc::new(on_step)), ..memory(budget(&job)) };
    run(&job, &Store::open(Path::new(&folder)).unwrap(), options);
}

fn prepare(folder: &Path) -> Store {
    let store = Store::create(folder, &Chain::ethereum()).unwrap();
    write(&store, &[rows(10..13)], memory(1));
    write(&store, &[rows(20..24)], memory(70_000_000));
    store
}

fn digest(folder: &Path) -> String {
    Store::open(folder).unwrap().snapshot().unwrap().content_digest().unwrap()
}

#[test]
fn every_step_of_every_job() {
    let parent = temporary();
    for job in JOBS {
        let (old, new) = (parent.path().join("old"), parent.path().join("new"));
        prepare(&old);
        let steps = Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = Arc::clone(&steps);
        let on_step = move |step: Step| seen.lock().unwrap().push(step);
        let options = WriteOptions { on_step: Some(Arc::new(on_step)), ..memory(budget(job)) };
        run(job, &prepare(&new), options);
        let (before, after) = (digest(&old), digest(&new));
        assert_ne!(before, after);
        let steps = steps.lock().unwrap().clone();
        for step in Step::ALL {
            let reached = steps.contains(&step);
            assert!(reached || job == "drop" && step == Step::DescriptionsSynced, "{step:?}");
        }
        let renamed = steps.iter().position(|step| *step == Step::ManifestRenamed).unwrap();
        for (number, step) in steps.iter().enumerate() {
            let folder = parent.path().join(format!("{job}-{number}"));
            copy(&old, &folder);
            crash(&folder, job, number);
            let expected = if number < renamed { &before } else { &after };
            assert_eq!(&digest(&folder), expected, "{job} killed at {step:?}");
            let report = Store::check(&folder, &mut |_, _| {}).unwrap();
            assert!(report.faults.is_empty(), "{:?}", report.faults);
            // The next writer cleans up and comes to the same end.
            run(job, &Store::open(&folder).unwrap(), memory(budget(job)));
            assert_eq!(digest(&folder), after);
            write(&Store::open(&folder).unwrap(), &[rows(50..51)], memory(0));
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
    assert!(!output.status.success(), "the child did not crash at step {step}");
}
