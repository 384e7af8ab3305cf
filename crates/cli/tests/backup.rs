//! A copy of the home folder, made under load, checked, put back elsewhere.
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![cfg(unix)] // signals

mod support;

use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use support::Desk;
use support::lists::{LISTED, NOBODY, desk};
use support::service::{Service, key};

fn ids(service: &Service, key: &str) -> Vec<String> {
    let ask = |address| service.post("/v1/screen", Some(key), &json!({ "address": address }));
    let id = |answer: Value| answer["id"].as_str().unwrap().to_owned();
    [LISTED, NOBODY].into_iter().map(|address| id(ask(address).json())).collect()
}

#[test]
fn a_copy_made_under_load_gives_the_same_answers_elsewhere() {
    let desk = desk();
    let key = key(&desk, "desk", "screen");
    let service = Service::start(&desk, &[]);
    let before = ids(&service, &key);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let ask = || {
            let mut count = 0;
            while !over.load(Ordering::Relaxed) {
                count += ids(&service, &key).len();
            }
            count
        };
        let asking: Vec<_> = (0..3).map(|_| scope.spawn(ask)).collect();
        let run = desk.run(&["backup", "copy", "--json"]);
        over.store(true, Ordering::Relaxed);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let state: Value = serde_json::from_str(&run.stdout).unwrap();
        assert!(state["log_lines"].as_u64().unwrap() >= 3, "{state}");
        assert!(asking.into_iter().all(|thread| thread.join().unwrap() > 0));
    });
    let other = Desk::new();
    let copy = desk.path("copy");
    let run = other.run(&["backup", "restore", copy.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(other.run(&["audit", "verify"]).code, 0);
    for id in &before {
        let (here, there) = (desk.run(&["replay", id]), other.run(&["replay", id]));
        assert_eq!((here.code, there.code), (0, 0), "{}", there.stderr);
        assert_eq!(here.stdout, there.stdout);
    }
    // The restored home serves, to the same keys, and its log goes on.
    let service = Service::start(&other, &[]);
    assert_eq!(ids(&service, &key).len(), 2);
    drop(service);
    assert_eq!(other.run(&["audit", "verify"]).code, 0);
    let again = other.run(&["backup", "restore", copy.to_str().unwrap()]);
    assert!(again.code == 2 && again.stderr.contains("not empty"), "{}", again.stderr);
}

#[test]
fn damage_to_a_copy_is_named_and_not_put_back() {
    let desk = desk();
    desk.run(&["screen", LISTED]);
    assert_eq!(desk.run(&["backup", "copy"]).code, 0);
    assert_eq!(desk.run(&["backup", "check", "copy"]).code, 0);
    let again = desk.run(&["backup", "copy"]);
    assert!(again.code == 2 && again.stderr.contains("not empty"), "{}", again.stderr);
    let inside = desk.run(&["backup", "home/copy"]);
    assert!(inside.code == 2 && inside.stderr.contains("in the home folder"), "{}", inside.stderr);
    let log = desk.path("copy/home/audit/audit-00000000.jsonl");
    let good = std::fs::read(&log).unwrap();
    let mut bad = good.clone();
    bad[40] ^= 1;
    std::fs::write(&log, bad).unwrap();
    desk.write("copy/home/new", "x");
    let run = desk.run(&["backup", "check", "copy"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for words in ["CHANGED audit/audit-00000000.jsonl", "UNKNOWN new", "LOG line 1"] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    let other = Desk::new();
    let copy = desk.path("copy");
    let run = other.run(&["backup", "restore", copy.to_str().unwrap()]);
    assert!(run.code == 2 && run.stderr.contains("3 faults"), "{}", run.stderr);
    assert!(!other.path("home").exists());
    std::fs::remove_file(desk.path("copy/home/new")).unwrap();
    std::fs::remove_file(&log).unwrap();
    let run = desk.run(&["backup", "check", "copy"]);
    assert!(run.stdout.contains("MISSING audit/audit-00000000.jsonl"), "{}", run.stdout);
    std::fs::write(&log, good).unwrap();
    assert_eq!(desk.run(&["backup", "check", "copy"]).code, 0);
    std::fs::remove_file(desk.path("copy/backup.json")).unwrap();
    let run = desk.run(&["backup", "check", "copy"]);
    assert!(run.code == 2 && run.stderr.contains("was not finished"), "{}", run.stderr);
}
