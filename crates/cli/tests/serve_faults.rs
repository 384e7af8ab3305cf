//! Full disks: no wrong verdict, a clear error, nothing stored is lost.
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![cfg(unix)] // limits of the shell

mod support;

use serde_json::json;
use std::time::{Duration, Instant};
use support::lists::{LISTED, NOBODY, desk, entry, list};
use support::root;
use support::service::{Service, limited};

/// Blocks that hold the home folder of these tests and some hundred answers.
const BLOCKS: u32 = 128;
/// Blocks that hold less than the transfers of a case.
const FEW: u32 = 8;

/// A list that needs more room than there is, however it is packed: its
/// addresses are the digits of a multiplicative generator.
fn large(date: &str) -> String {
    let mut state = 1u128;
    let mut digits = || {
        state = state.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
        format!("0x{:020x}{:020x}", state >> 48, (state >> 40) ^ (state >> 90))
    };
    let one = |uid| entry(uid, &format!("PARTY, {uid}"), &[("ETH", &digits())]);
    list(date, &(1..6_000).map(one).collect::<Vec<_>>())
}

#[test]
fn no_answer_is_given_that_the_log_has_no_room_for() {
    let desk = desk();
    let service = Service::start_limited(&desk, BLOCKS, &[]);
    let ask = |address| service.post("/v1/screen", None, &json!({ "address": address }));
    let mut given = Vec::new();
    let refused = loop {
        assert!(given.len() < 2_000, "the log never filled");
        let answer = ask(NOBODY);
        match answer.status {
            200 => given.push(answer.json()["id"].as_str().unwrap().to_owned()),
            _ => break answer,
        }
    };
    assert_eq!((refused.status, &refused.json()["code"]), (503, &json!("audit-unavailable")));
    assert!(given.len() > 50, "{}", given.len());
    assert_eq!(ask(LISTED).status, 503);
    let ready = service.get("/v1/ready", None);
    assert_eq!((ready.status, &ready.json()["code"]), (503, &json!("audit-unavailable")));
    assert_eq!(service.get("/v1/health", None).status, 200);
    // What was given stands in a log that holds to its last byte.
    assert_eq!(desk.run(&["audit", "verify"]).code, 0);
    let log = desk.path("home/audit/audit-00000000.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.ends_with('\n'));
    for id in &given {
        assert!(text.contains(id.as_str()), "an answer that was given is not in the log");
    }
    // Room is made: the service finds it by itself, and a new log is whole.
    std::fs::rename(desk.path("home/audit"), desk.path("audit-of-before")).unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while service.get("/v1/ready", None).status != 200 {
        assert!(Instant::now() < until, "the service does not become ready again");
        std::thread::sleep(Duration::from_millis(50));
    }
    let verdict = ask(NOBODY).json();
    drop(service);
    assert_eq!(desk.run(&["audit", "verify"]).code, 0);
    let replayed = desk.run(&["replay", verdict["id"].as_str().unwrap()]);
    assert_eq!(replayed.code, 0, "what the answer rests on is in the new log: {}", replayed.stderr);
}

#[test]
fn an_import_without_room_changes_nothing() {
    let desk = desk();
    let service = Service::start_limited(&desk, BLOCKS, &[]);
    let before = service.get("/v1/lists", None).text;
    let send = |text: &str| {
        let path = "/v1/lists?file=sdn.xml&force=true";
        service.ask("POST", path, None, "application/octet-stream", text.as_bytes())
    };
    let refused = send(&large("04/01/2025"));
    assert_eq!((refused.status, &refused.json()["code"]), (507, &json!("disk-full")));
    assert_eq!(service.get("/v1/lists", None).text, before);
    let verdict = service.post("/v1/screen", None, &json!({ "address": LISTED })).json();
    assert_eq!(verdict["decision"], "block");
    assert_eq!(service.get("/v1/ready", None).status, 200);
    let small = list("04/01/2025", &[entry(1, "LAZARUS", &[("ETH", LISTED)])]);
    assert_eq!(send(&small).status, 201, "what has room is taken");
}

#[test]
fn the_command_line_without_room_leaves_what_was_there() {
    let desk = desk();
    let run = |blocks: u32, arguments: &[&str]| {
        let mut command = limited(blocks);
        command.args(arguments).current_dir(desk.folder.path());
        let output = command.env("TRACEHOUND_HOME", desk.path("home")).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let listed = |desk: &support::Desk| desk.run(&["lists", "status", "--json"]).stdout;
    let before = listed(&desk);
    desk.write("large.xml", large("04/01/2025"));
    let (code, errors) = run(BLOCKS, &["lists", "import", "large.xml", "--force"]);
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("File too large"), "{errors}");
    assert_eq!(listed(&desk), before);
    let transfers = root().join("cases/atomic-wallet/transfers.csv");
    let ingest = ["ingest", transfers.to_str().unwrap(), "--chain", "ethereum"];
    let (code, errors) = run(FEW, &ingest);
    assert_eq!(code, Some(2), "{errors}");
    // With room the same command goes through, and the store is whole.
    assert_eq!(desk.run(&ingest).code, 0);
    assert_eq!(desk.run(&["store", "check", "--chain", "ethereum"]).code, 0);
    // Half an update: the store stays as it was published.
    let whole = desk.run(&["store", "info", "--chain", "ethereum", "--json"]).stdout;
    let (code, errors) = run(FEW, &ingest);
    assert!([Some(0), Some(2)].contains(&code), "{errors}");
    assert_eq!(desk.run(&["store", "info", "--chain", "ethereum", "--json"]).stdout, whole);
    assert_eq!(desk.run(&["store", "check", "--chain", "ethereum"]).code, 0);
}
