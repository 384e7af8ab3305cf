//! A planted depositor is found where his withdrawals share something, and never where they do not.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use support::run;
use tracehound_testkit::mixer::{Behaviour, TrafficOptions};

fn endings(behaviour: Behaviour, planted: usize) -> [usize; 3] {
    let mut counts = [0; 3];
    for seed in 1_000..1_006 {
        let options =
            TrafficOptions { seed, background: 20_000, planted, behaviour, is_split: true };
        counts[run(&options).0 as usize] += 1;
    }
    counts
}

#[test]
fn a_hundred_notes_to_one_receiver_are_found() {
    let [right, wrong, _] = endings(Behaviour::OneReceiver, 100);
    assert!(right >= 5 && wrong == 0, "{right} found, {wrong} wrong");
}

#[test]
fn a_common_next_hop_is_found() {
    let [right, wrong, _] = endings(Behaviour::CommonNextHop, 100);
    assert!(right >= 5 && wrong == 0, "{right} found, {wrong} wrong");
}

#[test]
fn what_shares_nothing_is_not_separable() {
    for planted in [20, 100, 400] {
        for behaviour in [Behaviour::Dispersed, Behaviour::Absent] {
            let [right, wrong, _] = endings(behaviour, planted);
            assert!(right == 0 && wrong <= 1, "{behaviour:?} {planted}: {right} {wrong}");
        }
    }
}
