//! A theft over three chains, from its files to one report, in one command.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use support::{Desk, Traced};
use tracehound_testkit::cross::{CrossCase, cross_case};

fn desk(case: &CrossCase) -> Desk {
    let desk = Desk::new();
    for (name, text) in &case.files {
        desk.write(&format!("case/{name}"), text);
    }
    desk
}

fn trace(desk: &Desk, more: &[&str]) -> Traced {
    desk.trace_folder(&desk.path("case"), more)
}

#[test]
fn a_theft_is_followed_over_three_chains() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let traced = trace(&desk, &[]);
    let report: Value = traced.report();
    println!("{}", traced.run.stdout);
    assert!(report["crossings"].as_array().unwrap().len() >= 4);
}
