//! The Bitcoin part of the theft over three chains, asked by itself.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use support::crossing::{desk, units};
use tracehound_testkit::cross::{PEELS, cross_case};

#[test]
fn a_store_of_blocks_is_matched_by_the_memos_in_it() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let ingest = desk.run(&["ingest", "case/bitcoin.json", "--store", "s", "--chain", "bitcoin"]);
    assert!(ingest.code < 2, "{}", ingest.stderr);
    let run =
        desk.run(&["bridge", "match", "s", "case/events.csv", "--key", "--json", "--out", "o"]);
    assert!(run.code < 2, "{}", run.stderr);
    let record: Value = serde_json::from_str(&run.stdout).unwrap();
    let store = &record["files"].as_array().unwrap()[1];
    assert_eq!(store["layout"], "memos in a store of blocks");
    assert!(store["rows"].as_u64().unwrap() >= 3, "two payments out and one in: {store}");
    let matched = std::fs::read_to_string(desk.path("o/matched.csv")).unwrap();
    let back = case.places.paid_in[4].to_plain_hex();
    let line = matched.lines().find(|line| line.starts_with("thorchain") && line.contains(&back));
    assert!(line.unwrap().contains(",eip155:1,"), "{matched}");
    let transfers = desk.run(&["ingest", "case/base.csv", "--store", "t", "--chain", "base"]);
    assert!(transfers.code < 2, "{}", transfers.stderr);
    let refused = desk.run(&["bridge", "match", "t"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("give the event logs of its bridges"), "{}", refused.stderr);
}

#[test]
fn exposure_over_outputs_names_the_exchange_behind_the_peel_chain() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let ingest = desk.run(&["ingest", "case/bitcoin.json", "--store", "s", "--chain", "bitcoin"]);
    assert!(ingest.code < 2, "{}", ingest.stderr);
    let receiver = case.places.receiver.as_str();
    let ask = ["exposure", receiver, "--store", "s", "--tags", "case/tags-bitcoin.csv", "--json"];
    let run = desk.run(&ask);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let record: Value = serde_json::from_str(&run.stdout).unwrap();
    let sent = record[0]["sides"].as_array().unwrap().iter().find(|s| s["side"] == "sent").unwrap();
    let figures = sent["figures"].as_array().unwrap();
    let of = |label: &str| figures.iter().find(|figure| figure["label"] == label).unwrap();
    // All three peels, whatever else the receiver paid for.
    let peeled: u64 = PEELS.iter().sum();
    assert_eq!(units(of("exchange")["amount"].as_str().unwrap(), 8), u128::from(peeled));
    assert_eq!(of("exchange")["path_entity"], "Peel Exchange");
    assert!(of("coinjoin")["amount"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);
    let text = desk.run(&ask[..6]);
    assert!(
        text.stdout.contains("CoinJoins, bridges and mixers are not crossed"),
        "{}",
        text.stdout
    );
    let refused = desk.run(&["exposure", "--build", "--store", "s"]);
    assert_eq!(refused.code, 2);
}
