//! `tracehound mixer` on the shipped sample, on generated traffic and, where present, on all events.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use std::path::PathBuf;
use support::{Desk, Run, root, shared};
use tracehound_testkit::mixer::{Behaviour, TrafficOptions, traffic, write_traffic};

fn sample() -> String {
    root().join("crates/mixer/tests/data/tornado").to_str().unwrap().to_owned()
}

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}\n{}", run.stdout, run.stderr))
}

fn rule<'a>(answer: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let rules = answer["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["rule"] == name).unwrap()
}

#[test]
fn pairs_of_the_sample_come_as_csv_with_rule_and_evidence() {
    let desk = Desk::new();
    let run = desk.run(&["mixer", "links", &sample()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut rows = csv::Reader::from_reader(run.stdout.as_bytes());
    let header = rows.headers().unwrap().iter().collect::<Vec<_>>().join(",");
    assert_eq!(
        header,
        "deposit_transaction,withdrawal_transaction,pool,deposit_address,withdrawal_address,\
         rule,version,score,evidence"
    );
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.unwrap()).collect();
    // The first three blocks of the 0.1 ETH pool pay in and out a hundred notes each at once.
    let together = rows.iter().filter(|row| &row[5] == "same-transaction").count();
    assert_eq!(together, 300);
    assert!(rows.iter().filter(|row| &row[5] == "same-transaction").all(|row| row[0] == row[1]));
    assert!(run.stderr.contains("540 deposits, 463 withdrawals"), "{}", run.stderr);
    assert!(
        run.stderr.contains("same-address/1: not applicable: needs who made"),
        "{}",
        run.stderr
    );
    let wrong = desk.run(&["mixer", "links", &sample(), "--rule", "nonsense"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("lone-pair"), "{}", wrong.stderr);
}

#[test]
fn known_depositors_and_truth_measure_a_rule() {
    let desk = Desk::new();
    // The second deposit of the 1 ETH pool and the first withdrawal after it, as if published.
    let deposit = "0x83645c7b74a5b6778d12a137204d882340d2f294f314f27978bfa3c9bc79402e";
    let withdrawal = "0x866bb4a0402e88e54a3a79dae34358bde3ea776d0593983810479de946dd1297";
    let receiver = "0x95b1bb34f5cfd96e73dc935bdbbba0583b9f053b";
    desk.write("known.csv", format!("transaction,address\n{deposit},{receiver}\n"));
    desk.write(
        "links.csv",
        format!(
            "pool_name,clue_type,deposit_address,withdraw_address,first_deposit_hash,first_withdraw_hash\n\
             1ETH,dl_1,{receiver},{receiver},{deposit},{withdrawal}\n"
        ),
    );
    let sample = sample();
    let arguments = ["mixer", "links", &sample, "--depositors", "known.csv", "--truth"];
    let run = desk.run(&[&arguments[..], &["links.csv", "--json", "--rule", "all"]].concat());
    let answer = json(&run);
    assert_eq!(answer["truth"]["findable"]["dl_1"], 1);
    let same = rule(&answer, "same-address/1");
    assert_eq!(same["links"], 1);
    assert_eq!(same["evaluation"]["precision"]["hits"], 1);
    assert_eq!(same["evaluation"]["recall"]["hits"], 1);
    assert!(rule(&answer, "gas-funder/1")["not_applicable"].is_string());
    let own =
        desk.run(&["mixer", "links", &sample, "--depositors", "links.csv", "--truth", "links.csv"]);
    assert!(own.stderr.contains("measured against itself"), "{}", own.stderr);
}

#[test]
fn sets_of_the_sample_at_a_block_and_at_the_end() {
    let desk = Desk::new();
    let answer = json(&desk.run(&["mixer", "anonymity", &sample(), "--json"]));
    assert_eq!(answer["pools"][0]["unspent"], 0);
    assert_eq!(answer["pools"][1]["deposits"], 240);
    assert_eq!(answer["pools"][1]["unspent"], 77);
    let at = ["mixer", "anonymity", &sample(), "--json", "--at", "9122013", "--out", "sets.csv"];
    let answer = json(&desk.run(&at));
    assert_eq!(answer["pools"][1]["deposits"], 3);
    let sets = std::fs::read_to_string(desk.path("sets.csv")).unwrap();
    assert!(sets.lines().nth(1).unwrap().contains("0.1 ETH,9117019"), "{sets}");
    let text = desk.run(&["mixer", "anonymity", &sample()]).stdout;
    assert!(text.contains("37.00 ± 15") && text.contains("27.34"), "{text}");
}

fn planted(desk: &Desk, behaviour: Behaviour) -> serde_json::Value {
    let options =
        TrafficOptions { seed: 5, background: 6_000, planted: 100, behaviour, is_split: true };
    let traffic = traffic(&options);
    write_traffic(&traffic, desk.folder.path()).unwrap();
    let place = desk.folder.path().to_str().unwrap().to_owned();
    let run = desk.run(&[
        "mixer",
        "groups",
        &place,
        "--deposits",
        "planted.csv",
        "--transfers",
        "transfers.csv",
        "--json",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut answer = json(&run);
    answer["planted"] = traffic.answers.first().map(ToString::to_string).into();
    answer
}

#[test]
fn a_planted_depositor_is_found_by_his_next_hop_and_not_where_nothing_is_shared() {
    let desk = Desk::new();
    let found = planted(&desk, Behaviour::CommonNextHop);
    assert_eq!(found["verdict"], "separable", "{found}");
    assert_eq!(found["candidates"][0]["address"], found["planted"]);
    assert_eq!(found["candidates"][0]["shared"], "next-hop");
    let hidden = planted(&desk, Behaviour::Dispersed);
    assert_eq!(hidden["verdict"], "not-separable", "{hidden}");
    desk.write("other.csv", format!("0x{}\n", "12".repeat(32)));
    let place = desk.folder.path().to_str().unwrap();
    let run = desk.run(&["mixer", "groups", place, "--deposits", "other.csv"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("other.csv: line 1") && run.stderr.contains("made none"),
        "{}",
        run.stderr
    );
}

#[test]
fn broken_and_doubtful_events_are_told() {
    let desk = Desk::new();
    desk.write("deposits_eth_1.json", "[{\"blockNumber\":1}]");
    let run = desk.run(&["mixer", "anonymity", "."]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("deposits_eth_1.json: line 1"), "{}", run.stderr);
    let sample = PathBuf::from(sample()).join("deposits_eth_1.json");
    let text = std::fs::read_to_string(sample).unwrap();
    let lacking: Vec<&str> =
        text.lines().enumerate().filter(|(at, _)| *at != 5).map(|(_, l)| l).collect();
    desk.write("deposits_eth_1.json", lacking.join("\n"));
    let run = desk.run(&["mixer", "anonymity", "."]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("leaf 5 after 3"), "{}", run.stderr);
}

#[test]
fn all_events_are_read_and_published_links_found_again() {
    let Some(folder) = shared().map(|data| data.join("tornado")) else { return };
    let (place, truth) = (folder.to_str().unwrap(), folder.join("links_direct.csv.gz"));
    let truth = truth.to_str().unwrap();
    let desk = Desk::new();
    let run = desk.run(&[
        "mixer",
        "links",
        place,
        "--truth",
        truth,
        "--depositors",
        truth,
        "--json",
        "--out",
        "pairs.csv",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let answer = json(&run);
    assert_eq!(answer["sources"]["deposits"], 131_036);
    assert_eq!(answer["sources"]["withdrawals"], 120_849);
    assert_eq!(answer["truth"]["rows"], 4_729);
    assert_eq!(answer["truth"]["findable"]["dl_1"], 2_911);
    // Against its own definition: every row of that clue, and none of the other.
    let same = &rule(&answer, "same-address/1")["evaluation"];
    assert_eq!(same["recall_by_clue"]["dl_1"]["hits"], 2_911);
    assert_eq!(same["recall_by_clue"]["dl_2"]["hits"], 0);
    assert_eq!(same["precision"]["hits"], same["precision"]["of"]);
    let lone = rule(&answer, "lone-pair/1");
    assert_eq!(lone["links"], 4_570);
    assert_eq!(lone["evaluation"]["precision"]["hits"], 83);
    assert_eq!(lone["evaluation"]["precision"]["of"], 233);
    for name in ["unique-gas-price/1", "linked-addresses/1", "mining-reward/1", "gas-funder/1"] {
        assert!(rule(&answer, name)["not_applicable"].is_string(), "{name}");
    }
    let written = csv::Reader::from_path(desk.path("pairs.csv")).unwrap().records().count();
    let links = |name: &str| rule(&answer, name)["links"].as_u64().unwrap();
    let together = ["same-transaction/1", "same-address/1", "portfolio/1", "lone-pair/1"];
    assert_eq!(written as u64, together.into_iter().map(links).sum::<u64>());
}
