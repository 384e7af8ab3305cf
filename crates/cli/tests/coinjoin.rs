//! CoinJoins found by the binary in real lists of transactions.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use std::collections::BTreeMap;
use support::{Desk, shared};

fn data(name: &str) -> String {
    format!("{}/tests/data/coinjoin/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Transactions by kind.
fn kinds(desk: &Desk, files: &[&str]) -> BTreeMap<String, Vec<String>> {
    let mut arguments = vec!["coinjoin", "detect"];
    arguments.extend(files);
    let run = desk.run(&arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in run.stdout.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        kinds.entry(fields[1].to_owned()).or_default().push(fields[0].to_owned());
    }
    kinds
}

#[test]
fn shipped_samples_are_what_their_origin_says() {
    let desk = Desk::new();
    let wasabi = kinds(&desk, &[&data("wasabi1.txt")]);
    assert_eq!(wasabi["wasabi1"].len(), 2);
    // On the authors' list of false positives for that rule.
    for false_positive in [
        "bb4d34cc355a40c27cc3903259e0fd722aed14808fa8d291a68e8ded70b6e1b6",
        "34590da30ec598a0f4717e09ed4a9a9dbdd7f6c8416a4b9e297d90ba9fed9347",
    ] {
        assert!(!wasabi["wasabi1"].iter().any(|found| found == false_positive));
    }
    let whirlpool = kinds(&desk, &[&data("whirlpool.txt")]);
    assert_eq!(whirlpool["whirlpool"].len(), 3);
    assert_eq!(whirlpool["whirlpool-tx0"].len(), 2);
    assert_eq!(whirlpool["whirlpool-post-mix"].len(), 1);
}

#[test]
fn the_wasabi_1_study_adds_up_as_published() {
    let Some(file) =
        shared().map(|data| data.join("btc/coinjoin/dumplings__ww1_202405/WasabiCoinJoins.txt.gz"))
    else {
        return;
    };
    let desk = Desk::new();
    let run = desk.run(&["coinjoin", "detect", file.to_str().unwrap(), "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let all = &answer["coinjoins"];
    assert_eq!(all["transactions"], 196);
    // What the study calls addresses are coins, and its values are of coins that enter.
    assert_eq!(all["distinct_coins"], 26_033);
    assert_eq!(all["distinct_entering_values"], 4_231);
    let file = shared()
        .map(|data| data.join("btc/coinjoin/false_positives/wasabi1_false_cjtxs.json"))
        .unwrap();
    let list = std::fs::read_to_string(file).unwrap();
    let rows = answer["rows"].as_array().unwrap();
    let wasabi: Vec<_> = rows.iter().filter(|row| row["kind"] == "wasabi1").collect();
    assert_eq!(wasabi.len(), 188, "of 192 that are not on the list of false positives");
    for row in wasabi {
        assert!(!list.contains(row["transaction"].as_str().unwrap()), "{row}");
    }
}

#[test]
fn every_listed_whirlpool_mix_is_found_and_nothing_of_it_taken_for_wasabi() {
    let Some(folder) = shared().map(|data| data.join("btc/coinjoin/dumplings__sw_202403")) else {
        return;
    };
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let desk = Desk::new();
    let mixes = kinds(&desk, &[&file("SamouraiCoinJoins.txt.gz")]);
    assert_eq!((mixes.len(), mixes["whirlpool"].len()), (1, 1_403));
    let prepared = kinds(&desk, &[&file("SamouraiTx0s.txt.gz")]);
    // 749 of its 900 are preparations, the others mixes.
    assert_eq!((prepared["whirlpool-tx0"].len(), prepared["whirlpool"].len()), (731, 151));
    let all = ["SamouraiCoinJoins.txt.gz", "SamouraiTx0s.txt.gz", "SamouraiPostMixTxs.txt.gz"];
    let all: Vec<String> = all.iter().map(|name| file(name)).collect();
    let all = kinds(&desk, &all.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(!all.contains_key("wasabi1") && !all.contains_key("wasabi2"), "{:?}", all.keys());
}

#[test]
fn a_broken_line_is_named() {
    let desk = Desk::new();
    let good = std::fs::read_to_string(data("whirlpool.txt")).unwrap();
    let bad = good.replacen("-5000000+", "-5000000.5+", 4);
    desk.write("list.txt", bad);
    let run = desk.run(&["coinjoin", "detect", "list.txt"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("list.txt, line 1"), "{}", run.stderr);
    let run = desk.run(&["coinjoin", "detect", "list.txt", "--kind", "wasabi3"]);
    assert!(run.code == 2 && run.stderr.contains("wasabi2"), "{}", run.stderr);
}
