//! `bridge match`, through the program: shipped samples, hostile tables, and
//! the whole data where they are present.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use support::{Desk, Run, root, shared};

fn sample(name: &str) -> String {
    root().join("crates/bridge/tests/data").join(name).display().to_string()
}

fn totals(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

fn route(totals: &Value, from: &str) -> Value {
    let routes = totals["by_key"]["routes"].as_array().unwrap();
    routes.iter().find(|route| route["from"] == from).unwrap().clone()
}

fn csv(desk: &Desk, name: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(desk.path(name)).unwrap();
    reader.records().map(Result::unwrap).collect()
}

#[test]
fn releases_for_nothing_are_found_and_named() {
    let desk = Desk::new();
    let run = desk.run(&["bridge", "match", &sample("nomad"), "--out", "out", "--json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let found = totals(&run);
    let out = route(&found, "ethereum");
    for (name, number) in [
        ("sources", 10),
        ("destinations", 11),
        ("matched", 9),
        ("mismatched_destinations", 1),
        ("unmatched_destinations", 1),
        ("releases_without_counterpart", 2),
    ] {
        assert_eq!(out[name], number, "{name}: {out}");
    }
    let back = route(&found, "eip155:1284");
    // One withdrawal was paid out 15 times to others, one of another token,
    // three were never asked for.
    for (name, number) in [
        ("sources", 12),
        ("destinations", 25),
        ("matched", 8),
        ("matched_with_supplement", 2),
        ("supplements", 2),
        ("unmatched_sources", 2),
        ("unmatched_destinations", 3),
        ("mismatched_destinations", 2),
        ("doubly_matched_destinations", 14),
        ("releases_without_counterpart", 19),
    ] {
        assert_eq!(back[name], number, "{name}: {back}");
    }
    assert_eq!(csv(&desk, "out/matched.csv").len(), 17);
    assert_eq!(csv(&desk, "out/doubly_matched.csv").len(), 14);
    let named = |name: &str| {
        let shape = "release without counterpart: attack shape";
        csv(&desk, name).iter().filter(|row| row.iter().any(|field| field == shape)).count()
    };
    assert_eq!(named("out/unmatched.csv") + named("out/doubly_matched.csv"), 21);
    assert!(found["notes"].to_string().contains("have no time"));
}

#[test]
fn text_and_json_tell_the_same_and_do_not_change() {
    let desk = Desk::new();
    let text = desk.run(&["bridge", "match", &sample("nomad")]);
    assert_eq!(text.code, 1);
    assert!(
        text.stdout.contains("21 x release without counterpart: attack shape"),
        "{}",
        text.stdout
    );
    assert!(text.stderr.contains("note:"), "{}", text.stderr);
    let again = desk.run(&["bridge", "match", &sample("nomad")]);
    assert_eq!(text.stdout, again.stdout);
}

#[test]
fn connectors_files_are_told_by_content() {
    let desk = Desk::new();
    let run = desk.run(&["bridge", "match", &sample("connector"), "--key", "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let found = totals(&run);
    let routes = found["by_key"]["routes"].as_array().unwrap();
    let of = |bridge: &str| routes.iter().find(|route| route["bridge"] == bridge).unwrap();
    assert_eq!(of("multichain")["matched"], 30);
    assert_eq!(of("celer")["keyless_sources"], 30);
    assert_eq!(found["by_key"]["judged"]["not_judged"], 30);
    // The same under other names, compressed.
    for (number, name) in ["Multi/input.csv", "Multi/label.csv"].iter().enumerate() {
        let content = std::fs::read(sample(&format!("connector/{name}"))).unwrap();
        let path = desk.write(&format!("elsewhere/{number}.csv.gz"), b"");
        let mut out = flate2::write::GzEncoder::new(
            std::fs::File::create(path).unwrap(),
            flate2::Compression::fast(),
        );
        std::io::Write::write_all(&mut out, &content).unwrap();
        out.finish().unwrap();
    }
    let run = desk.run(&["bridge", "match", "elsewhere", "--key", "--json"]);
    assert_eq!(totals(&run)["by_key"]["routes"][0]["matched"], 30, "{}", run.stderr);
}

#[test]
fn candidates_are_sets_and_never_adverse() {
    let desk = Desk::new();
    let run = desk.run(&[
        "bridge",
        "match",
        &sample("nomad"),
        "--keyless",
        "--truth",
        "keys",
        "--out",
        "out",
        "--json",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let found = totals(&run);
    assert_eq!(found["by_key"], Value::Null);
    assert_eq!(found["without_key"]["calibration"]["judged"], 17);
    assert!(!desk.path("out/matched.csv").exists());
    assert!(std::fs::read_to_string(desk.path("out/calibration.svg")).unwrap().contains("Brier"));
    assert!(csv(&desk, "out/candidates.csv").len() >= 22);
}

#[test]
fn a_table_of_ones_own_is_paired() {
    let desk = Desk::new();
    let hash = |byte: &str| byte.repeat(32);
    desk.write("t/events.csv", format!(
        "bridge,side,chain,other_chain,transaction,key,token,amount,receiver,time\nown,source,ethereum,bsc,0x{},k1,native,1000,0x{},2024-01-01\nown,destination,bsc,ethereum,0x{},k1,native,1000,0x{},2024-01-01 00:10:00\n",
        hash("aa"), "11".repeat(20), hash("bb"), "11".repeat(20)
    ));
    desk.write("t/tokens.csv", "source_chain,source_token,source_decimals,destination_chain,destination_token,destination_decimals\nethereum,native,18,bsc,native,18\n");
    let run = desk.run(&["bridge", "match", "t", "--json", "--finality", "ethereum=60"]);
    assert_eq!(
        (run.code, totals(&run)["by_key"]["routes"][0]["matched"].clone()),
        (0, 1.into()),
        "{}",
        run.stderr
    );
    // Paid out before the payment counted: the fields differ, nothing is stolen.
    let early = desk.run(&["bridge", "match", "t", "--json", "--finality", "ethereum=900"]);
    assert_eq!(
        (early.code, totals(&early)["by_key"]["routes"][0]["mismatched_sources"].clone()),
        (0, 1.into())
    );
}

#[test]
fn a_broken_row_stops_with_file_line_and_cure() {
    let desk = Desk::new();
    desk.write("t/events.csv", "bridge,side,chain,amount\nown,source,ethereum,1.5\n");
    let run = desk.run(&["bridge", "match", "t"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("events.csv, line 2") && run.stderr.contains("base units"),
        "{}",
        run.stderr
    );
    let run = desk.run(&["bridge", "match", &sample("nomad"), "--truth", "keys"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    desk.write("empty/readme.txt", "nothing");
    assert_eq!(desk.run(&["bridge", "match", "empty"]).code, 2);
}

/// The published answers: 11,404 deposits and 4,482 withdrawals, 387 withdrawals without a match.
#[test]
fn the_whole_of_nomad_beside_what_was_published() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("crosschain/nomad");
    let desk = Desk::new();
    let run = desk.run(&["bridge", "match", folder.to_str().unwrap(), "--json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let found = totals(&run);
    let (out, back) = (route(&found, "ethereum"), route(&found, "eip155:1284"));
    // Five more than published: those need the times that the data lack.
    assert_eq!(out["matched"], 11_409);
    assert_eq!(out["unmatched_destinations"], 7);
    let within = |route: &Value| {
        route["matched"].as_u64().unwrap() - route["matched_with_supplement"].as_u64().unwrap()
    };
    assert_eq!(within(&back), 4482);
    assert_eq!(back["releases_without_counterpart"], 387);
}

/// Every destination call of Multichain names a deposit that the label knows.
#[test]
fn the_whole_of_connector_by_key() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("crosschain/connector");
    let desk = Desk::new();
    let run = desk.run(&["bridge", "match", folder.to_str().unwrap(), "--key", "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let found = totals(&run);
    let routes = found["by_key"]["routes"].as_array().unwrap();
    let of = |bridge: &str| routes.iter().find(|route| route["bridge"] == bridge).unwrap();
    assert_eq!(of("multichain")["matched"], 8349);
    assert_eq!(of("celer")["keyless_sources"], 7296);
    assert_eq!(of("poly")["keyless_sources"], 5460);
}
