//! Exposures of the shipped cases' terminals to the thefts, beside what the traces say.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use support::{Desk, root};

/// Cents of a decimal text in dollars.
fn cents(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    whole.parse::<i64>().unwrap() * 100 + format!("{part:0<2}").parse::<i64>().unwrap()
}

fn lines(case: &str, file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("cases").join(case).join(file)).unwrap();
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The case's transfers in a store, its sources and terminals as a pack.
fn desk(case: &str) -> Desk {
    let desk = Desk::new();
    let transfers = root().join("cases").join(case).join("transfers.csv");
    let run = desk.run(&["ingest", transfers.to_str().unwrap(), "--store", "store"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut tags = "address,label,abuse,category,source,network\n".to_owned();
    for address in lines(case, "sources.csv") {
        tags += &format!("{address},thief,service_hack,,the case,ETH\n");
    }
    for address in lines(case, "terminals.csv") {
        tags += &format!("{address},end,,case_terminal,the case,ETH\n");
    }
    desk.write("tags.csv", tags);
    desk
}

fn exposure(desk: &Desk, more: &[&str]) -> Vec<Value> {
    let fixed =
        ["exposure", "--json", "--side", "received", "--store", "store", "--tags", "tags.csv"];
    let run = desk.run(&[&fixed[..], more].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// Theft, and what another terminal of the case passed on, by address.
fn exposed(records: &[Value]) -> BTreeMap<String, (i64, i64)> {
    let mut found = BTreeMap::new();
    for record in records {
        let address = record["address"].as_str().unwrap().to_lowercase();
        let sums: &mut (i64, i64) = found.entry(address).or_default();
        for figure in record["sides"][0]["assets"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|asset| asset["figures"].as_array().unwrap())
        {
            let amount = cents(figure["amount"].as_str().unwrap());
            match figure["label"].as_str().unwrap() {
                "service_hack" => sums.0 += amount,
                _ => sums.1 += amount,
            }
        }
    }
    found
}

/// The trace keeps the sources apart and cuts a fraction of a cent off each
/// one's share, the exposure off their sum. Where a terminal pays on in the
/// transaction in which it is paid, the trace goes on through it, and the
/// exposure says that the money came from that terminal.
fn agrees(case: &str, passed_on: i64) {
    let desk = desk(case);
    let folder = root().join("cases").join(case);
    let run = desk.run(&["trace", folder.to_str().unwrap(), "--policy", "haircut", "--out", "out"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut traced: BTreeMap<String, i64> = BTreeMap::new();
    let text = std::fs::read_to_string(desk.path("out/transfers.csv")).unwrap();
    for row in text.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        *traced.entry(cells[3].to_lowercase()).or_default() += cents(cells[6]);
    }
    let terminals = lines(case, "terminals.csv");
    let asked: Vec<&str> = terminals.iter().map(String::as_str).collect();
    let found = exposed(&exposure(&desk, &asked));
    let sources = i64::try_from(lines(case, "sources.csv").len()).unwrap();
    let mut by_terminals = 0;
    for terminal in &terminals {
        let terminal = terminal.to_lowercase();
        let (theft, terminals) = found[&terminal];
        let trace = traced.get(&terminal).copied().unwrap_or(0);
        let apart = (theft + terminals - trace).abs();
        assert!(apart <= sources, "{case} {terminal}: {theft} + {terminals} and {trace}");
        by_terminals += terminals;
    }
    assert_eq!(by_terminals, passed_on, "{case}");
}

#[test]
fn terminals_of_atomic_wallet_are_exposed_as_the_trace_says() {
    agrees("atomic-wallet", 1_999_283);
}

#[test]
fn terminals_of_lifi_are_exposed_as_the_trace_says() {
    agrees("lifi", 0);
}

#[test]
fn terminals_of_txphish_are_exposed_as_the_trace_says() {
    agrees("txphish", 0);
}

#[test]
fn a_table_answers_as_reading_does_until_it_is_out_of_date() {
    let desk = desk("lifi");
    let terminals = lines("lifi", "terminals.csv");
    let asked: Vec<&str> = terminals.iter().map(String::as_str).collect();
    let early =
        desk.run(&["exposure", asked[0], "--store", "store", "--tags", "tags.csv", "--table"]);
    assert!(early.code == 2 && early.stderr.contains("exposure --build"), "{}", early.stderr);
    let built = desk.run(&["exposure", "--build", "--store", "store", "--tags", "tags.csv"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert!(built.stdout.contains("store.received: "), "{}", built.stdout);
    let read = exposed(&exposure(&desk, &asked));
    assert_eq!(exposed(&exposure(&desk, &[&["--table"], &asked[..]].concat())), read);
    assert!(read.values().any(|(theft, _)| *theft > 0));

    // One tag fewer: the table is of other tags.
    let tags = std::fs::read_to_string(desk.path("tags.csv")).unwrap();
    let fewer: Vec<&str> = tags.lines().take(2).collect();
    desk.write("tags.csv", fewer.join("\n"));
    let stale =
        desk.run(&["exposure", asked[0], "--store", "store", "--tags", "tags.csv", "--table"]);
    assert!(stale.code == 2 && stale.stderr.contains("of other tags"), "{}", stale.stderr);
}

#[test]
fn the_answer_has_the_path_and_says_what_it_cannot_see() {
    let desk = desk("lifi");
    let terminals = lines("lifi", "terminals.csv");
    let run = desk.run(&["exposure", &terminals[0], "--store", "store", "--tags", "tags.csv"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for words in ["largest path of service_hack", "unattributed", "is not followed", "not seen"] {
        assert!(run.stdout.contains(words), "{words} in {}", run.stdout);
    }
    let nobody = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
    let run = desk.run(&["exposure", nobody, "--store", "store"]);
    assert!(run.code == 2 && run.stderr.contains("is not in this store"), "{}", run.stderr);
}

/// A verdict on where the money came from, made again when the store has
/// grown and the tags it rests on are withdrawn.
#[test]
fn a_verdict_with_exposures_is_made_again_in_a_grown_store() {
    let desk = desk("lifi");
    assert_eq!(desk.run(&["tag", "import", "tags.csv"]).code, 0);
    // A holder between the thief and the mixer that is neither.
    let table = std::fs::read_to_string(root().join("cases/lifi/transfers.csv")).unwrap();
    let sources = lines("lifi", "sources.csv");
    let terminals = lines("lifi", "terminals.csv");
    let is = |list: &[String], address: &str| list.iter().any(|a| a.eq_ignore_ascii_case(address));
    let mut between = table.lines().skip(1).map(|row| row.split(',').nth(5).unwrap());
    let between = between.find(|to| !is(&sources, to) && !is(&terminals, to)).unwrap().to_owned();

    let fixed = ["screen", "--json", "--exposure", "--store", "store"];
    let run = desk.run(&[&fixed[..], &[&between]].concat());
    let found: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(run.code, 1, "{}", run.stderr);
    let reasons = found[0]["reasons"].as_array().unwrap();
    let harm = reasons.iter().find(|reason| reason["rule"] == "harm-indirect").unwrap();
    assert_eq!(harm["exposure"]["label"], "service_hack");
    assert!(!harm["exposure"]["path"].as_array().unwrap().is_empty());
    assert!(found[0]["coverage"][0].as_str().unwrap().contains("money after block"));
    assert_eq!(found[0]["exposure"]["rows"], 135);

    // One transfer more, from the holder on.
    let header = table.lines().next().unwrap();
    let mut last: Vec<String> =
        table.lines().last().unwrap().split(',').map(str::to_owned).collect();
    last[0] = "2025-01-01 00:00:00".to_owned();
    last[1] = "29000000".to_owned();
    last[2] = format!("0x{}", "ab".repeat(32));
    last[3] = between.clone();
    desk.write("more.csv", format!("{header}\n{}\n", last.join(",")));
    let run = desk.run(&["ingest", "more.csv", "--store", "store"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    desk.run(&["tag", "withdraw", "tags", "--reason", "wrong"]);

    let id = found[0]["id"].as_str().unwrap();
    let run = desk.run(&["replay", &id[..12], "--store", "store"]);
    assert!(run.code == 0 && run.stderr.contains("the same bytes"), "{}", run.stderr);
    let other = desk.run(&["replay", &id[..12], "--store", "nowhere"]);
    assert_eq!(other.code, 2, "{}", other.stdout);
}
