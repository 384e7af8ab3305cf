//! The service from outside: verdicts, the log, faults, reload, cases.
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![cfg(unix)] // signals

mod support;

use serde_json::{Value, json};
use std::io::Write;
use std::time::{Duration, Instant};
use support::lists::{LISTED, NOBODY, desk};
use support::service::Service;
use support::{Desk, root};

fn screened(service: &Service, address: &str) -> Value {
    let answer = service.post("/v1/screen", None, &json!({ "address": address }));
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[test]
fn verdicts_are_those_of_the_command_line_and_are_made_again() {
    let desk = desk();
    let service = Service::start(&desk, &[]);
    let (listed, nobody) = (screened(&service, LISTED), screened(&service, NOBODY));
    assert_eq!((&listed["decision"], &nobody["decision"]), (&json!("block"), &json!("allow")));
    let other = desk.run(&["screen", LISTED, "--json"]);
    let other: Value = serde_json::from_str(&other.stdout).unwrap();
    for field in ["decision", "reasons", "lists", "policy", "coverage", "rules"] {
        assert_eq!(other[0][field], listed[field], "{field}");
    }
    // One stands whole in the log, the other short; both are made again to the byte.
    for verdict in [&listed, &nobody] {
        let id = verdict["id"].as_str().unwrap();
        let again = service.get(&format!("/v1/verdicts/{id}/replay"), None).json();
        assert_eq!((&again["same"], &again["made"]), (&json!(true), verdict), "{again}");
        assert_eq!(service.get(&format!("/v1/verdicts/{id}"), None).json(), *verdict);
        let run = desk.run(&["replay", id]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap(), *verdict);
    }
    assert_eq!(service.get("/v1/verdicts/0123456789", None).status, 404);
    assert_eq!(service.get("/v1/verdicts/..%2f..%2fkeys", None).status, 400);
    assert_eq!(desk.run(&["audit", "verify"]).code, 0);
}

#[test]
fn bulk_is_one_by_one() {
    let desk = desk();
    let service = Service::start(&desk, &[]);
    let asked = [LISTED, NOBODY, "nonsense"];
    let rows = service.post("/v1/screen/bulk", None, &json!(asked)).json();
    let one_by_one: Vec<Value> =
        asked.iter().map(|address| screened(&service, address)["decision"].clone()).collect();
    let decisions: Vec<Value> =
        rows["rows"].as_array().unwrap().iter().map(|row| row["decision"].clone()).collect();
    assert_eq!(decisions, one_by_one);
    let csv = format!("address,note\n{LISTED},a\n{NOBODY},b\nnonsense,c\n");
    let same = service.ask("POST", "/v1/screen/bulk", None, "text/csv", csv.as_bytes()).json();
    assert_eq!(same["decisions"], rows["decisions"]);
    for wrong in [&b"[1]"[..], b"{", b"[\"a\"", b"\xff\xfe"] {
        let answer = service.ask("POST", "/v1/screen/bulk", None, "application/json", wrong);
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(answer.json()["code"], "bad-request");
    }
}

#[test]
fn malformed_and_large_requests_are_refused_with_a_cure() {
    let desk = desk();
    let service = Service::start(&desk, &[]);
    let deep = "[".repeat(100_000);
    let large = format!("{{\"address\":\"{}\"}}", "a".repeat(2 << 20));
    for (body, status) in [(deep.as_bytes(), 422), (large.as_bytes(), 413), (b"{}", 422)] {
        let answer = service.ask("POST", "/v1/screen", None, "application/json", body);
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.headers.contains("application/problem+json"), "{}", answer.headers);
        assert!(answer.json()["code"].is_string());
    }
    let answer = service.ask("POST", "/v1/screen", None, "text/plain", b"{}");
    assert_eq!((answer.status, answer.json()["cure"].is_string()), (415, true));
    assert_eq!(service.get("/v1/nothing", None).json()["code"], "not-found");
    assert_eq!(service.ask("DELETE", "/v1/health", None, "", b"").status, 405);
    for bytes in [&b"\x16\x03\x01\x02\x00"[..], b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"] {
        assert!([0, 400, 505].contains(&service.raw(bytes).status));
    }
    // A name that the service does not go by: a page in a browser made it.
    let foreign = b"GET /v1/version HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    assert_eq!(service.raw(foreign).status, 421);
    assert_eq!(service.get("/v1/version", None).status, 200);
}

/// A body that closes everything it opens is JSON, however deep; each surface
/// with a reader of its own refuses it and lives.
#[test]
fn deep_bodies_end_no_surface() {
    let desk = desk();
    let service = Service::start(&desk, &["--surface", "graphsense,yente,chainalysis"]);
    let deep = format!("{}{}", "[".repeat(60_000), "]".repeat(60_000));
    let wrapped = format!(
        "{{\"queries\":{{\"a\":{{\"schema\":\"Person\",\"properties\":{{\"name\":{deep}}}}}}}}}"
    );
    for path in [
        "/graphsense/graph/summary",
        "/graphsense/graph/compare",
        "/graphsense/btc/bulk.json/get_address?num_pages=1",
        "/graphsense/btc/bulk.csv/get_address?num_pages=1",
        "/yente/match/default",
        "/chainalysis/api/kyt/v2/users/u/transfers",
        "/v1/cases",
    ] {
        for body in [&deep, &wrapped] {
            let answer = service.ask("POST", path, None, "application/json", body.as_bytes());
            assert!(
                (400..500).contains(&answer.status),
                "{path}: {} {}",
                answer.status,
                answer.text
            );
        }
    }
    assert_eq!(screened(&service, LISTED)["decision"], "block");
}

#[test]
fn slow_clients_take_nothing_from_others() {
    let desk = desk();
    desk.write("serve.toml", "[limits]\nhead_seconds = 1\n");
    let service = Service::start(&desk, &["--config", "serve.toml"]);
    let slow: Vec<std::net::TcpStream> = (0..300)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(&service.address).unwrap();
            stream.write_all(b"POST /v1/screen HTTP/1.1\r\nhost: loc").unwrap();
            stream
        })
        .collect();
    assert_eq!(screened(&service, LISTED)["decision"], "block");
    // They are let go by themselves.
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let figures = service.get("/metrics", None).text;
        let open = figures.lines().find(|line| line.starts_with("tracehound_connections "));
        let open: usize = open.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
        if open < 10 {
            break;
        }
        assert!(Instant::now() < until, "{open} connections stay open");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(slow);
}

#[test]
fn a_killed_service_loses_no_line_and_goes_on() {
    let desk = desk();
    let service = Service::start(&desk, &[]);
    let mut ids = Vec::new();
    std::thread::scope(|scope| {
        let ask =
            |_| scope.spawn(|| (0..40).map(|_| screened(&service, NOBODY)).collect::<Vec<_>>());
        let all: Vec<_> = (0..4).map(ask).collect();
        for thread in all {
            ids.extend(
                thread.join().unwrap().into_iter().map(|v| v["id"].as_str().unwrap().to_owned()),
            );
        }
    });
    service.signal("KILL");
    assert!(!service.ended());
    assert_eq!(desk.run(&["audit", "verify"]).code, 0);
    let log: String = std::fs::read_dir(desk.path("home/audit"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for id in &ids {
        assert!(log.contains(id), "an answer that was given is not in the log");
    }
    // A line that the kill cut off is taken away, and the chain goes on.
    let file = desk.path("home/audit/audit-00000000.jsonl");
    std::fs::OpenOptions::new()
        .append(true)
        .open(file)
        .unwrap()
        .write_all(b"{\"number\":9")
        .unwrap();
    let service = Service::start(&desk, &[]);
    screened(&service, LISTED);
    service.signal("TERM");
    assert!(service.ended(), "told to end, it ends well");
    assert_eq!(desk.run(&["audit", "verify"]).code, 0);
}

#[test]
fn changes_are_loaded_and_damage_answers_nothing() {
    let desk = Desk::new();
    desk.write("serve.toml", "reload_seconds = 1\n");
    let service = Service::start(&desk, &["--config", "serve.toml"]);
    // No list: nothing is allowed silently.
    let before = screened(&service, LISTED);
    assert_eq!((&before["complete"], before["decision"] == "allow"), (&json!(false), false));
    let list = support::lists::list(
        "03/04/2025",
        &[support::lists::entry(1, "LAZARUS", &[("ETH", LISTED)])],
    );
    let path = "/v1/lists?file=sdn.xml";
    let answer = service.ask("POST", path, None, "application/octet-stream", list.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(screened(&service, LISTED)["decision"], "block");
    for (file, body) in
        [("sdn.xml", "<sdnList><sdnEntry>"), ("../sdn.xml", "x"), ("a%2f..%2fb", "x")]
    {
        let path = format!("/v1/lists?file={file}");
        let answer = service.ask("POST", &path, None, "application/octet-stream", body.as_bytes());
        assert!([400, 422].contains(&answer.status), "{file}: {}", answer.text);
    }
    assert_eq!(screened(&service, LISTED)["decision"], "block", "what was refused changed nothing");
    // The kept snapshot is damaged behind the service's back.
    let folder = desk.path("home/lists/ofac-sdn");
    let snapshot = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path());
    let snapshot = snapshot.into_iter().find(|path| path.extension().is_some_and(|e| e == "zst"));
    let whole = std::fs::read(snapshot.as_ref().unwrap()).unwrap();
    std::fs::write(snapshot.as_ref().unwrap(), &whole[..whole.len() - 3]).unwrap();
    wait(&service, 503);
    let answer = service.post("/v1/screen", None, &json!({ "address": LISTED }));
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("not-loaded")));
    std::fs::write(snapshot.as_ref().unwrap(), &whole).unwrap();
    wait(&service, 200);
    assert_eq!(screened(&service, LISTED)["decision"], "block");
}

fn wait(service: &Service, status: u16) {
    let until = Instant::now() + Duration::from_secs(30);
    while service.get("/v1/ready", None).status != status {
        assert!(Instant::now() < until, "it does not become {status}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_reload_during_bulk_gives_each_its_own_world() {
    let desk = desk();
    let service = Service::start(&desk, &[]);
    let asked: Vec<&str> = (0..20_000).map(|n| if n % 2 == 0 { LISTED } else { NOBODY }).collect();
    std::thread::scope(|scope| {
        let bulk = scope.spawn(|| service.post("/v1/screen/bulk", None, &json!(asked)));
        for _ in 0..5 {
            assert_eq!(service.post("/v1/reload", None, &json!({})).status, 200);
        }
        let rows = bulk.join().unwrap().json();
        assert_eq!(rows["decisions"], json!({ "allow": 10_000, "block": 10_000 }));
    });
    assert_eq!(desk.run(&["audit", "verify"]).code, 0);
}

/// The shipped case's transfers in a store of the home folder.
fn with_store(case: &str) -> Desk {
    let desk = desk();
    let transfers = root().join("cases").join(case).join("transfers.csv");
    let run = desk.run(&["ingest", transfers.to_str().unwrap(), "--chain", "ethereum"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    desk
}

#[test]
fn addresses_and_their_transfers_are_paged_without_gaps() {
    let desk = with_store("atomic-wallet");
    let service = Service::start(&desk, &[]);
    let chains = service.get("/v1/chains", None).json();
    assert_eq!((&chains[0]["chain"], &chains[0]["rows"]), (&json!("eip155:1"), &json!(1080)));
    let file = root().join("cases/atomic-wallet/sources.csv");
    let source = std::fs::read_to_string(file).unwrap().lines().next().unwrap().trim().to_owned();
    let of = format!("/v1/chains/ethereum/addresses/{source}");
    let about = service.get(&of, None).json();
    let count = about["transfers_in"].as_u64().unwrap() + about["transfers_out"].as_u64().unwrap();
    let (mut rows, mut cursor) = (Vec::new(), 0);
    loop {
        let page = service.get(&format!("{of}/transfers?limit=7&cursor={cursor}"), None).json();
        rows.extend(
            page["transfers"].as_array().unwrap().iter().map(|t| t["row"].as_u64().unwrap()),
        );
        match page["next"].as_u64() {
            Some(next) => cursor = next,
            None => break,
        }
    }
    assert_eq!(rows.len() as u64, count);
    assert!(rows.is_sorted_by(|a, b| a < b), "each once, in order");
    let neighbours = service.get(&format!("{of}/neighbours?direction=out"), None).json();
    let sum: u64 = neighbours["neighbours"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|n| n["assets"].as_array().unwrap())
        .map(|a| a["transfers"].as_u64().unwrap())
        .sum();
    assert_eq!(Some(sum), about["transfers_out"].as_u64());
    assert_eq!(service.get("/v1/chains/ethereum/addresses/0x12", None).status, 400);
    assert_eq!(service.get("/v1/chains/tron/addresses/x", None).status, 404);
    assert_eq!(service.get(&format!("{of}/neighbours?direction=sideways"), None).status, 400);
}

#[test]
fn a_case_is_made_traced_watched_and_read() {
    let desk = with_store("atomic-wallet");
    let service = Service::start(&desk, &[]);
    let file = root().join("cases/atomic-wallet/sources.csv");
    let source = std::fs::read_to_string(file).unwrap().lines().next().unwrap().trim().to_owned();
    let text = format!(
        "version = 1\nname = \"one\"\ntitle = \"One source\"\nchain = \"ethereum\"\n\
         [[seeds]]\nkind = \"outflow\"\naddress = \"{source}\"\n"
    );
    let new = |name: &str, text: &str| {
        service.post("/v1/cases", None, &json!({ "name": name, "case": text }))
    };
    let with_file = text.replace("[[seeds]]", "[[transfers]]\nfile = \"x.csv\"\n[[seeds]]");
    assert_eq!(new("one", &with_file).status, 422);
    assert_eq!(new("../one", &text).status, 400);
    assert_eq!(new("one", "nonsense").status, 422);
    assert_eq!(new("one", &text).status, 201);
    assert_eq!(new("one", &text).status, 409);
    let job = service.post("/v1/cases/one/trace", None, &json!({}));
    assert_eq!(job.status, 202, "{}", job.text);
    let id = job.json()["id"].as_u64().unwrap();
    // The events end by themselves with the state that is the last.
    let events = service.get(&format!("/v1/jobs/{id}/events"), None);
    assert!(events.text.contains("\"state\":\"done\""), "{}", events.text);
    let job = service.get(&format!("/v1/jobs/{id}"), None).json();
    assert_eq!((&job["state"], &job["closes"]), (&json!("done"), &json!(true)));
    let case = service.get("/v1/cases/one", None).json();
    assert!(case["report"].is_object());
    let page = service.get("/v1/cases/one/report.html", None);
    assert!(page.status == 200 && page.headers.contains("content-security-policy"));
    assert_eq!(service.get("/v1/cases/one/case.toml", None).status, 404);
    assert_eq!(service.get("/v1/cases/..%2f..%2f/keys.toml", None).status, 400);
}
