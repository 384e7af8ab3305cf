//! Packs in, what they say out, the packs back, and a withdrawal that leaves nothing.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use support::{Desk, root, shared};

const RONIN: &str = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96";

fn published() -> String {
    root().join("crates/tags/tests/packs-published").to_str().unwrap().to_owned()
}

fn json(desk: &Desk, arguments: &[&str]) -> Value {
    let run = desk.run(&[&["--json"], arguments].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn packs_are_imported_found_exported_and_imported_again() {
    let desk = Desk::new();
    let run = desk.run(&["tag", "import", &published()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("8 packs: "), "{}", run.stdout);
    let said = json(&desk, &["tag", "list", &RONIN.to_lowercase()]);
    let tags = said[0]["tags"].as_array().unwrap();
    assert!(!tags.is_empty() && tags[0]["by"] == "stated", "{said}");
    assert!(
        tags.iter().all(|tag| tag["fields"]["source"].is_string() && tag["digest"].is_string())
    );

    let run = desk.run(&["tag", "export", "--out", "packs"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let table = desk.run(&["tag", "export", "--format", "table"]).stdout;
    let again = Desk::new();
    let packs = desk.path("packs");
    assert_eq!(again.run(&["tag", "import", packs.to_str().unwrap()]).code, 0);
    assert_eq!(again.run(&["tag", "export", "--format", "table"]).stdout, table);
    assert!(table.contains("black_list"), "a concept the format lacks came back");
}

#[test]
fn a_withdrawn_pack_leaves_nothing_and_both_are_in_the_log() {
    let desk = Desk::new();
    desk.run(&["tag", "import", &published()]);
    let before = json(&desk, &["tag", "list", RONIN]);
    let packs: Vec<&str> =
        before[0]["tags"].as_array().unwrap().iter().map(|t| t["pack"].as_str().unwrap()).collect();
    for pack in &packs {
        let run = desk.run(&["tag", "withdraw", pack, "--reason", "taken back by its source"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let run = desk.run(&["tag", "list", RONIN]);
    assert!(run.stdout.contains("says nothing about it"), "{}", run.stdout);
    assert!(!desk.run(&["tag", "list", "--category", "concept"]).stdout.contains(RONIN));
    assert!(desk.run(&["tag", "list", "--withdrawn"]).stdout.contains("taken back by its source"));
    let log = json(&desk, &["audit", "verify"]);
    assert_eq!(log["lines"], 8 + packs.len());
    let run = desk.run(&["tag", "withdraw", packs[0], "--reason", "again"]);
    assert!(run.code == 2 && run.stderr.contains("no pack is called"), "{}", run.stderr);
}

#[test]
fn a_broken_pack_keeps_none_of_the_others_out() {
    let desk = Desk::new();
    desk.write("in/broken.yaml", "title: t\ncreator: c\ntags:\n- address: x\n");
    desk.write("in/good.csv", format!("address,label,source\n{RONIN},thief,me\n"));
    let run = desk.run(&["tag", "import", "in"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("broken.yaml: line 4: label is missing"), "{}", run.stderr);
    assert!(run.stderr.contains("1 of 2 packs were not taken"), "{}", run.stderr);
    assert_eq!(json(&desk, &["tag", "list", RONIN])[0]["tags"].as_array().unwrap().len(), 1);
}

#[test]
fn sources_that_disagree_are_shown_side_by_side() {
    let desk = Desk::new();
    desk.write(
        "a.csv",
        format!("address,label,entity,category,source\n{RONIN},x,Binance,exchange,a\n"),
    );
    desk.write(
        "b.csv",
        format!("address,label,entity,abuse,source\n{RONIN},y,Lazarus,service_hack,b\n"),
    );
    assert_eq!(desk.run(&["tag", "import", "a.csv", "b.csv"]).code, 0);
    let found = json(&desk, &["tag", "list", "--conflicts"]);
    let about: Vec<&str> =
        found.as_array().unwrap().iter().map(|one| one["about"].as_str().unwrap()).collect();
    assert_eq!(about, ["entity", "harm"]);
    assert_eq!(json(&desk, &["tag", "list", RONIN])[0]["tags"].as_array().unwrap().len(), 2);
}

#[test]
fn tags_are_judged_by_labelled_data() {
    let desk = Desk::new();
    let address = |n: u32| format!("0x{n:040x}");
    let mut truth = "address,label,entity,category,source,since\n".to_owned();
    let mut claims = "address,label,entity,category,source,lastmod\n".to_owned();
    // Ten exchanges, of which eight are tagged, seven as exchanges, six by the right name.
    for n in 0..10 {
        truth += &format!("{},x,binance,exchange,t,2024-01-01\n", address(n));
    }
    for n in 0..8 {
        let category = if n < 7 { "exchange" } else { "mixer" };
        let entity = if n < 6 { "Binance" } else { "okx" };
        claims += &format!("{},x,{entity},{category},c,2024-01-{:02}\n", address(n), n + 2);
    }
    desk.write("truth.csv", truth);
    desk.write("claims.csv", claims);
    let found = json(&desk, &["evaluate", "claims.csv", "--truth", "truth.csv"]);
    let share = |value: &Value| (value["hits"].as_u64().unwrap(), value["of"].as_u64().unwrap());
    assert_eq!(share(&found["coverage"]), (8, 10));
    assert_eq!(share(&found["category"]), (7, 8));
    assert_eq!(share(&found["entity"]), (6, 8));
    let exchange = &found["categories"][0];
    assert_eq!((share(&exchange["recall"]), share(&exchange["precision"])), ((7, 10), (7, 7)));
    assert_eq!(found["days_to_label"][7], 8);
    let text = desk.run(&["evaluate", "claims.csv", "--truth", "truth.csv"]).stdout;
    assert!(text.contains("0.4902 to 0.9433"), "{text}");
    assert!(text.contains("median 4, quarters 2 and 6, of 8"), "{text}");
}

#[test]
fn all_published_packs_load() {
    let Some(shared) = shared() else { return };
    let desk = Desk::new();
    let packs = shared.join("labels/graphsense-tagpacks");
    let folders = [packs.join("packs"), packs.join("actors")];
    let run =
        desk.run(&["tag", "import", folders[0].to_str().unwrap(), folders[1].to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.ends_with("87 packs: 524170 tags, 3813 actors\n"), "{}", run.stdout);
}

/// Kept packs speak in a trace only where they are asked, and the report says which.
#[test]
fn a_trace_takes_kept_packs_only_when_asked() {
    let desk = Desk::new();
    let lines = |file: &str| std::fs::read_to_string(root().join("cases/lifi").join(file)).unwrap();
    let (sources, terminals) = (lines("sources.csv"), lines("terminals.csv"));
    let table = lines("transfers.csv");
    let mut paid = table.lines().skip(1).map(|row| row.split(',').nth(5).unwrap());
    let between = paid.find(|to| !sources.contains(to) && !terminals.contains(to)).unwrap();
    let fifo = ["--policy", "fifo"];
    let before = desk.trace("lifi", &fifo).run.stdout;
    desk.write(
        "tags.csv",
        format!("address,label,category,source,confidence\n{between},stop,case-terminal,me,90\n"),
    );
    assert_eq!(desk.run(&["tag", "import", "tags.csv"]).code, 0);
    assert_eq!(desk.trace("lifi", &fifo).run.stdout, before, "packs are not asked");

    let asked = desk.trace("lifi", &["--policy", "fifo", "--kept-tags"]);
    assert_ne!(asked.run.stdout, before);
    let terminals =
        std::fs::read_to_string(asked.out.join("terminals.csv")).unwrap().to_lowercase();
    let row = terminals.lines().find(|row| row.starts_with(between)).unwrap();
    assert!(row.contains(",stop,"), "the money stops where the pack says: {row}");
    let report: Value =
        serde_json::from_slice(&std::fs::read(asked.out.join("report.json")).unwrap()).unwrap();
    let said = report.to_string();
    assert!(said.contains("me (pack tags)") && said.contains("1 tags of 1 kept packs"), "{said}");
    assert!(said.contains("--kept-tags"), "the command says so");
}
