//! What goes wrong over chains, what is not followed, and what the outputs say of it.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use std::path::Path;
use support::crossing::{POLICIES, at, crossed, desk, of, replace, share, trace, transaction_to};
use tracehound_testkit::cross::{ETHER, SECOND_FILL, cross_case};

#[test]
fn a_fill_before_its_deposit_is_reported_and_not_followed() {
    let case = cross_case(1, 10);
    let desk = desk(&case);
    // The fill of deposit 7001 (0x1b59) claims to be of long ago.
    replace(&desk, "events.csv", |text| {
        let fill = |line: &str| line.contains("44b559f1") && line.contains("1b59|");
        let line = |line: &str| match line.rsplit_once(',') {
            Some((head, _)) if fill(line) => format!("{head},1600000000"),
            _ => line.to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
    });
    let traced = trace(&desk);
    let report = traced.report();
    let across = case.places.paid_in[0].to_string();
    let crossings = report["crossings"].as_array().unwrap();
    let early = crossings.iter().find(|c| c["paid_in"]["transaction"] == *across).unwrap();
    assert_eq!(early["followed"], false);
    assert!(early["problem"].as_str().unwrap().contains("time"), "{early}");
    assert_eq!(at(&traced, "base", "fifo", &case.places.first.to_string(), "held"), 0);
}

#[test]
fn stores_stand_in_for_files_and_a_chain_without_data_is_named() {
    let case = cross_case(1, 10);
    let desk = desk(&case);
    let whole = trace(&desk).report();
    let ingest = |file: &str, chain: &str, store: &str| {
        let file = desk.path("case").join(file);
        let run = desk.run(&["ingest", file.to_str().unwrap(), "--chain", chain, "--store", store]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    };
    ingest("base.csv", "base", "base-store");
    ingest("bitcoin.json", "bitcoin", "bitcoin-store");
    replace(&desk, "case.toml", |text| {
        let kept = |part: &&str| !part.contains("base.csv") && !part.contains("bitcoin.json");
        text.split("\n\n").filter(kept).collect::<Vec<_>>().join("\n\n")
    });
    let folder = desk.path("case");
    let run = desk.run(&["trace", folder.to_str().unwrap()]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("has no data") && run.stderr.contains("--store"), "{}", run.stderr);
    let traced = desk.trace_folder(&folder, &["--store", "base-store", "--store", "bitcoin-store"]);
    let report = traced.report();
    for part in ["crossings", "policies", "probable"] {
        assert_eq!(report[part], whole[part], "{part}");
    }
    let run = desk.run(&[
        "trace",
        folder.to_str().unwrap(),
        "--store",
        "base-store",
        "--store",
        "base-store",
    ]);
    assert!(run.code == 2 && run.stderr.contains("are both of the chain"), "{}", run.stderr);
}

#[test]
fn the_same_case_gives_the_same_bytes() {
    let case = cross_case(2, 10);
    let read = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let names = ["crossings.csv", "closing.csv", "ethereum/report.json", "bitcoin/transfers.csv"];
    let desk = desk(&case);
    let first: Vec<String> = names.map(|name| read(&trace(&desk).out, name)).to_vec();
    let second: Vec<String> = names.map(|name| read(&trace(&desk).out, name)).to_vec();
    assert_eq!(first, second);
    let header = first[0].lines().next().unwrap();
    assert!(header.starts_with("crossing,policy,bridge,rule,key,probability"), "{header}");
}

#[test]
fn the_page_stands_alone_and_shows_every_crossing() {
    let case = cross_case(1, 20);
    let desk = desk(&case);
    let traced = trace(&desk);
    let html = std::fs::read_to_string(traced.out.join("report.html")).unwrap();
    assert!(html.contains("default-src 'none'") && !html.contains("<script"));
    for fetched in ["src=", "url(http", "@import", "<link", "<iframe"] {
        assert!(!html.contains(fetched), "{fetched}");
    }
    assert!(html.contains("prefers-color-scheme: dark") && html.contains("<svg class=\"lanes\""));
    let report = traced.report();
    for taint in of(&report, "fifo")["crossed"].as_array().unwrap() {
        let crossings = report["crossings"].as_array().unwrap();
        let crossing = crossings.iter().find(|c| c["number"] == taint["crossing"]).unwrap();
        assert!(html.contains(crossing["paid_in"]["transaction"].as_str().unwrap()));
        for part in crossing["paid_out"].as_array().unwrap() {
            assert!(html.contains(part["transaction"].as_str().unwrap()), "{part}");
        }
    }
    assert!(html.contains("gave 60 ETH on ethereum, got 59.709259259175925925 ETH on base"));
    for chain in ["ethereum", "base", "bitcoin"] {
        assert!(html.contains(&format!("href=\"{chain}/report.html\"")));
        assert!(traced.out.join(chain).join("report.html").is_file());
    }
}

#[test]
fn a_leg_says_where_it_goes_on_or_why_it_does_not() {
    let case = cross_case(1, 20);
    let desk = desk(&case);
    let traced = trace(&desk);
    let mut reader = csv::Reader::from_path(traced.out.join("ethereum/legs.csv")).unwrap();
    let rows = reader.deserialize::<std::collections::BTreeMap<String, String>>();
    let rows: Vec<_> = rows.map(Result::unwrap).filter(|row| row["policy"] == "lifo").collect();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows.iter().all(|row| row["service"] == "Across" && row["kind"] == "bridge"));
    let of = |transaction: &str| rows.iter().find(|row| row["tx_hash"] == transaction).unwrap();
    let [across, _, unfilled, ..] = case.places.paid_in.map(|hash| hash.to_string());
    assert!(of(&across)["continued"].starts_with("on base in 0x"), "{rows:?}");
    assert_eq!(of(&unfilled)["continued"], "not continued: no counterpart known");
}

#[test]
fn without_a_key_there_are_candidates_and_nothing_is_followed() {
    let case = cross_case(1, 20);
    let desk = desk(&case);
    let (second, paid_in) = (case.places.second.to_string(), case.places.paid_in[1]);
    let (paid_out, time) = transaction_to(&case, "base.csv", &second, SECOND_FILL);
    replace(&desk, "events.csv", |text| {
        // Deposit 7002 is 0x1b5a; its bridge is told by a table without keys instead.
        let kept = |line: &&str| !line.contains("1b5a|");
        text.lines().filter(kept).collect::<Vec<_>>().join("\n") + "\n"
    });
    let given = 18 * ETHER;
    let pool = case.places.spoke_pool.to_string();
    let (_, paid_at) = transaction_to(&case, "ethereum.csv", &pool, given);
    desk.write(
        "case/keyless.csv",
        format!(
            "bridge,side,chain,other_chain,transaction,token,other_token,amount,receiver,time\n\
             unkeyed,source,eip155:1,eip155:8453,{paid_in},native,native,{given},{second},{paid_at}\n\
             unkeyed,destination,eip155:8453,eip155:1,{paid_out},native,native,{SECOND_FILL},{second},{time}\n"
        ),
    );
    replace(&desk, "case.toml", |text| {
        text.replace("[trace]", "[[events]]\nfile = \"keyless.csv\"\n\n[trace]")
    });
    let traced = trace(&desk);
    let report = traced.report();
    let crossings = report["crossings"].as_array().unwrap();
    let source = paid_in.to_string();
    let open = crossings.iter().find(|c| c["paid_in"]["transaction"] == *source).unwrap();
    assert_eq!((&open["followed"], &open["bridge"]), (&false.into(), &"unkeyed".into()));
    let candidate = &open["candidates"][0];
    assert_eq!(candidate["paid_out"]["transaction"], *paid_out);
    assert_eq!(candidate["ambiguity"], 1);
    let (likely, none) =
        (candidate["probability"].as_f64().unwrap(), open["none_of_them"].as_f64().unwrap());
    assert!((likely + none - 1.0).abs() < 1e-6 && likely > 0.0, "{likely} {none}");
    assert_eq!(at(&traced, "base", "lifo", &second, "held"), 0);
    let rests = of(&report, "lifo")["totals"][0]["rests"].as_array().unwrap();
    let at_bridge = rests.iter().find(|rest| rest[0] == "bridge-no-counterpart-known").unwrap();
    assert_eq!(at_bridge[1]["base_units"], (20 * ETHER).to_string());
    let table = std::fs::read_to_string(traced.out.join("crossings.csv")).unwrap();
    assert!(table.contains("candidate only, not followed"), "{table}");
}

#[test]
fn two_victims_are_kept_apart_over_chains() {
    let case = cross_case(1, 20);
    let desk = desk(&case);
    let hand = case.places.mixer_of_money.to_string();
    // The money that the second hand held is another theft: all of it is tainted now.
    let (other, _) = transaction_to(&case, "ethereum.csv", &hand, 20 * ETHER);
    replace(&desk, "case.toml", |text| {
        let seed = format!(
            "[[seeds]]\nkind = \"transfer\"\nvictim = \"other\"\nhash = \"{other}\"\nindex = 0\n\n"
        );
        text.replacen("[[chains]]", &format!("{seed}[[chains]]"), 1)
    });
    let traced = trace(&desk);
    let report = traced.report();
    let units = |money: &Value| money["base_units"].as_str().unwrap().parse::<u128>().unwrap();
    let partly = case.places.paid_in[1].to_string();
    for policy in POLICIES {
        // 18 of 45 ether, all tainted: the whole fill is.
        assert_eq!(crossed(&report, policy, &partly), (18 * ETHER, vec![SECOND_FILL]), "{policy}");
        let closings = of(&report, policy)["closings"].as_array().unwrap();
        assert!(closings.iter().all(|line| line["closes"] == true), "{policy}: {closings:?}");
        let got = |seed: u32| -> u128 {
            let lines = closings.iter().filter(|line| {
                line["seed"] == seed && line["chain"].as_str().unwrap().ends_with(":8453")
            });
            let entries = lines.flat_map(|line| line["conversions"].as_array().unwrap());
            entries.filter(|entry| entry["crossing"] == 2).map(|entry| units(&entry["got"])).sum()
        };
        assert_eq!(got(0) + got(1), SECOND_FILL, "{policy}");
        let first = match policy {
            "lifo" => 18 * ETHER,
            "haircut" => 10 * ETHER,
            _ => 0,
        };
        assert_eq!(got(0), share(SECOND_FILL, first, 18 * ETHER), "{policy}");
    }
}

#[test]
fn backward_is_refused_over_chains() {
    let case = cross_case(1, 5);
    let desk = desk(&case);
    let folder = desk.path("case");
    let run = desk.run(&["trace", folder.to_str().unwrap(), "--backward"]);
    assert!(run.code == 2 && run.stderr.contains("forward only"), "{}", run.stderr);
}
