//! yente's reconciliation routes, as `OpenRefine` asks them.
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![cfg(unix)] // signals

mod support;

use serde_json::{Value, json};
use support::lists::{LISTED, desk};
use support::service::{Answer, Service};

const AT: &str = "/yente/reconcile/default";

/// A form with one field, percent-encoded throughout.
fn form(service: &Service, name: &str, value: &Value) -> Answer {
    let coded: String = value.to_string().bytes().map(|b| format!("%{b:02X}")).collect();
    let kind = "application/x-www-form-urlencoded";
    service.ask("POST", AT, None, kind, format!("{name}={coded}").as_bytes())
}

#[test]
fn a_table_is_reconciled_by_the_matcher() {
    let desk = desk();
    let service = Service::start(&desk, &["--surface", "yente"]);
    let manifest = service.get(AT, None).json();
    assert_eq!(manifest["versions"], json!(["0.2"]));
    let entity = &manifest["suggest"]["entity"];
    let url = entity["service_url"].as_str().unwrap();
    assert_eq!(url, format!("http://{}{AT}", service.address));
    assert_eq!(entity["service_path"], "/suggest/entity");
    let queries = json!({
        "q0": { "query": "Lazarus" },
        "q1": { "query": "LAZARUS", "type": "Person", "limit": 3 },
        "q2": { "query": "Lazarus", "type": ["Organization"], "limit": 1,
            "properties": [{ "pid": "Thing:country", "v": ["kp"] }] },
        "q3": { "type": "CryptoWallet", "properties": [{ "pid": "CryptoWallet:publicKey", "v": LISTED }] },
        "q4": { "query": "Entirely Unknown Person" },
    });
    let answer = form(&service, "queries", &queries);
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.headers.contains("x-batch-size: 5"), "{}", answer.headers);
    let told = answer.json();
    let example =
        json!({ "queries": { "a": { "schema": "Thing", "properties": { "name": ["Lazarus"] } } } });
    let matched = service.post("/yente/match/default", None, &example).json();
    let best = &matched["responses"]["a"]["results"][0];
    for field in ["id", "score", "match"] {
        assert_eq!(told["q0"]["result"][0][field], best[field], "{field}");
    }
    assert_eq!(told["q0"]["result"][0]["name"], best["caption"]);
    assert_eq!(told["q1"]["result"], json!([]), "an organisation is no person");
    assert_eq!(told["q2"]["result"][0]["type"][0]["id"], "Organization");
    assert_eq!(told["q3"]["result"][0]["type"][0]["id"], "CryptoWallet");
    assert_eq!(told["q4"]["result"], json!([]));
    // The same after the question mark, as the protocol allows.
    let text: String = json!({ "a": { "query": "Lazarus" } })
        .to_string()
        .bytes()
        .map(|b| format!("%{b:02X}"))
        .collect();
    let asked = service.get(&format!("{AT}?queries={text}"), None).json();
    assert_eq!(asked["a"], told["q0"]);
    let log = std::fs::read_to_string(desk.path("home/audit/audit-00000000.jsonl")).unwrap();
    assert!(log.contains("\"surface\":\"yente\""), "who asked stands in the log");
}

#[test]
fn tables_are_extended_and_choices_suggested() {
    let desk = desk();
    let service = Service::start(&desk, &["--surface", "yente"]);
    let wanted = json!({ "ids": ["ofac-sdn-1", "nobody"],
        "properties": [{ "id": "name" }, { "id": "programId", "settings": { "limit": "1" } }] });
    let told = form(&service, "extend", &wanted).json();
    assert_eq!(told["rows"]["ofac-sdn-1"]["name"], json!([{ "str": "LAZARUS" }]));
    assert_eq!(told["rows"]["ofac-sdn-1"]["programId"], json!([{ "str": "DPRK3" }]));
    assert_eq!(told["rows"]["nobody"], json!({}));
    assert_eq!(told["meta"][0]["id"], "name");
    let get = |path: &str| service.get(&format!("{AT}{path}"), None).json();
    let ids = |told: &Value| -> Vec<String> {
        let found = told["result"].as_array().unwrap();
        found.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&get("/suggest/entity?prefix=laz")), ["ofac-sdn-1"]);
    assert_eq!(ids(&get("/suggest/type?prefix=per")), ["Person"]);
    assert_eq!(ids(&get("/suggest/property?prefix=birth")), ["Person:birthDate"]);
    let proposed = get("/extend/property?type=Person&limit=2");
    assert_eq!(proposed["properties"].as_array().unwrap().len(), 2);
}

#[test]
fn what_cannot_be_reconciled_is_refused() {
    let desk = desk();
    let service = Service::start(&desk, &["--surface", "yente"]);
    for wrong in [json!([]), json!({ "a": 1 }), json!({ "a": { "type": 1 } })] {
        assert_eq!(form(&service, "queries", &wrong).status, 422, "{wrong}");
    }
    assert_eq!(form(&service, "nothing", &json!({})).status, 422);
    assert_eq!(form(&service, "extend", &json!({ "ids": 1 })).status, 422);
    let unknown = json!({ "a": { "query": "x", "type": "Spaceship" } });
    assert_eq!(form(&service, "queries", &unknown).status, 400);
    let many: serde_json::Map<String, Value> =
        (0..101).map(|n| (n.to_string(), json!({ "query": "x" }))).collect();
    assert_eq!(form(&service, "queries", &Value::Object(many)).status, 400);
    let asked = |path: &str| service.get(&format!("/yente/reconcile{path}"), None).status;
    assert_eq!((asked("/nothing"), asked("/nothing/suggest/type?prefix=a")), (400, 400));
    assert_eq!(asked("/default/extend/property?type=Spaceship"), 400);
    // Nothing found is not said while a required list is missing.
    let empty = support::Desk::new();
    let service = Service::start(&empty, &["--surface", "yente"]);
    assert_eq!(form(&service, "queries", &json!({ "a": { "query": "x" } })).status, 503);
}
