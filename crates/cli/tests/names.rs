//! Names against lists: hits, decisions on them, and the same answers again.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use support::Desk;
use support::lists::{LISTED, desk, entry, list};

#[test]
fn names_are_found_with_the_reasons_of_their_score() {
    let desk = desk();
    let run = desk.run(&["screen", "--name", "Lazarus", "--name", "Nobody Else"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("ofac-sdn entry 1"), "{}", run.stdout);
    assert!(run.stdout.contains("NO HIT  Nobody Else"), "{}", run.stdout);
    assert!(run.stdout.contains("does not mean clean"), "{}", run.stdout);
    let run = desk.run(&["screen", "--name", "lazarus", "--json"]);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    let hit = &answer[0]["hits"][0];
    assert_eq!((&hit["ofac"], &hit["features"][0]["name"]), (&100.into(), &"pair".into()));
    assert_eq!(desk.run(&["screen", "--name", "Nobody Else"]).code, 0);
    let empty = Desk::new();
    let run = empty.run(&["screen", "--name", "Lazarus"]);
    assert_eq!(run.code, 2, "no list, no answer");
    assert!(run.stderr.contains("lists import"), "{}", run.stderr);
}

/// A decision on a name hit holds until the customer's data or the entry change.
#[test]
fn a_decision_on_a_hit_is_remembered_and_opened_again() {
    let desk = desk();
    let screen = |more: &[&str]| desk.run(&[&["screen", "--name", "Lazarus"], more].concat());
    assert_eq!(screen(&[]).code, 1);
    let decide = ["--list", "ofac-sdn", "--entry", "1", "--as", "no-match", "--reason", "a child"];
    let run = desk.run(&[&["decide", "--name", "LAZARUS"], &decide[..]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = screen(&[]);
    assert!(run.code == 0 && run.stdout.contains("DECIDED"), "{}", run.stdout);
    assert!(run.stdout.contains("no match (a child)"), "{}", run.stdout);

    let other = screen(&["--born", "1970"]);
    assert!(
        other.code == 1 && other.stdout.contains("OPEN AGAIN: the customer's"),
        "{}",
        other.stdout
    );
    let kept: Vec<String> = (10..20).map(|uid| entry(uid, &format!("PARTY, {uid}"), &[])).collect();
    let changed = entry(1, "LAZARUS", &[("ETH", LISTED)]).replace("DPRK3", "DPRK4");
    desk.write("april.xml", list("04/01/2025", &[&[changed][..], &kept].concat()));
    assert_eq!(desk.run(&["lists", "import", "april.xml", "--force"]).code, 0);
    let run = screen(&[]);
    assert!(
        run.code == 1 && run.stdout.contains("OPEN AGAIN: the list's entry has changed"),
        "{}",
        run.stdout
    );

    // A match stays one, and what nothing hits cannot be decided.
    let confirm =
        ["--list", "ofac-sdn", "--entry", "1", "--as", "match", "--reason", "papers seen"];
    assert_eq!(desk.run(&[&["decide", "--name", "Lazarus"], &confirm[..]].concat()).code, 0);
    assert_eq!(screen(&[]).code, 1);
    let run = desk.run(&[&["decide", "--name", "Nobody Else"], &decide[..]].concat());
    assert!(run.code == 2 && run.stderr.contains("does not come near"), "{}", run.stderr);
    // A damaged file of decisions gives no answer rather than a fresh one.
    desk.write("home/decisions/names.jsonl", "{");
    let run = screen(&[]);
    assert!(run.code == 2 && run.stderr.contains("names.jsonl: line 1"), "{}", run.stderr);
}

/// An answer on a name is made again from the lists and decisions of its time.
#[test]
fn answers_on_names_are_made_again() {
    let desk = desk();
    let ask = || {
        let run = desk.run(&["screen", "--name", "Lazarus", "--born", "1970", "--json"]);
        let answers: Value = serde_json::from_str(&run.stdout).unwrap();
        answers[0]["id"].as_str().unwrap().to_owned()
    };
    let first = ask();
    let decide = ["--list", "ofac-sdn", "--entry", "1", "--as", "no-match", "--reason", "a child"];
    let run = desk.run(&[&["decide", "--name", "Lazarus", "--born", "1970"], &decide[..]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let second = ask();
    assert_ne!(first, second);
    let kept: Vec<String> = (10..20).map(|uid| entry(uid, &format!("PARTY, {uid}"), &[])).collect();
    desk.write("april.xml", list("04/01/2025", &kept));
    assert_eq!(desk.run(&["lists", "import", "april.xml", "--force"]).code, 0);
    for id in [&first, &second] {
        let run = desk.run(&["replay", &id[..12]]);
        assert!(run.code == 0 && run.stderr.contains("the same bytes"), "{}", run.stderr);
        assert!(run.stdout.contains("LAZARUS"), "the list of that day had it: {}", run.stdout);
    }
    assert!(desk.run(&["screen", "--name", "Lazarus"]).stdout.contains("NO HIT"));
}
