//! Who may ask the service what.
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![cfg(unix)] // signals

mod support;

use serde_json::{Value, json};
use support::lists::{LISTED, desk};
use support::service::{Service, key};

/// Every operation of the description with the role its words name.
fn operations(service: &Service) -> Vec<(String, String, Option<String>)> {
    let api = service.get("/openapi.json", None).json();
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let words = operation["description"].as_str().unwrap();
            let role = words.split("Needs the role `").nth(1).map(|w| w.split('`').next().unwrap());
            found.push((method.to_uppercase(), path.clone(), role.map(str::to_owned)));
        }
    }
    found
}

#[test]
fn no_route_is_reached_without_its_role() {
    let desk = desk();
    let roles = ["read", "screen", "investigate", "administer"];
    let keys: Vec<(&str, String)> =
        roles.iter().map(|role| (*role, key(&desk, role, role))).collect();
    let service = Service::start(&desk, &["--surface", "yente,chainalysis,watchman"]);
    let operations = operations(&service);
    assert!(operations.len() > 30, "{}", operations.len());
    let mut open = Vec::new();
    for (method, path, role) in &operations {
        let asked = path.replace(['{', '}'], "");
        let ask =
            |key: Option<&str>| service.ask(method, &asked, key, "application/json", b"{}").status;
        let Some(role) = role else {
            open.push(path.as_str());
            continue;
        };
        assert_eq!(ask(None), 401, "{method} {path}");
        assert_eq!(ask(Some("thk_wrong")), 401, "{method} {path}");
        for (own, key) in &keys {
            let may = *own == "administer"
                || (*own == "investigate" && role != "administer")
                || own == role;
            let status = ask(Some(key));
            assert_eq!(status != 403, may, "{method} {path} with {own}: {status}");
            assert!(status < 500 || status == 503, "{method} {path} with {own}: {status}");
        }
    }
    assert_eq!(open, ["/v1/health", "/v1/ready"]);
    for path in [
        "/yente/search/default",
        "/yente/entities/x",
        "/yente/catalog",
        "/yente/algorithms",
        "/chainalysis/api/v1/address/x",
        "/chainalysis/api/kyt/v2/transfers/x",
        "/watchman/v2/search?name=x",
    ] {
        assert_eq!(service.get(path, None).status, 401, "{path}");
        assert_eq!(service.get(path, Some(&keys[0].1)).status, 403, "{path} by a reader");
    }
}

#[test]
fn keys_are_limited_revoked_and_never_written_down() {
    let desk = desk();
    let run = desk.run(&["key", "new", "few", "--role", "screen", "--per-day", "3"]);
    let few = run.stdout.trim().to_owned();
    let other = key(&desk, "other", "screen");
    let service = Service::start(&desk, &[]);
    let ask = |key: &str| service.post("/v1/screen", Some(key), &json!({ "address": LISTED }));
    for _ in 0..3 {
        assert_eq!(ask(&few).status, 200);
    }
    let refused = ask(&few);
    assert_eq!((refused.status, refused.json()["code"].as_str()), (429, Some("quota")));
    assert!(refused.headers.contains("retry-after"));
    assert_eq!(ask(&other).status, 200);
    assert_eq!(desk.run(&["key", "revoke", "other"]).code, 0);
    service.signal("HUP");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while ask(&other).status != 401 {
        assert!(std::time::Instant::now() < until, "a revoked key still opens");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    service.signal("TERM");
    assert!(service.ended());
    // What was used up today stays so over a restart and a reload of the keys.
    let service = Service::start(&desk, &[]);
    let asked = |key: &str| service.post("/v1/screen", Some(key), &json!({ "address": LISTED }));
    assert_eq!(asked(&few).status, 429);
    service.signal("HUP");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(asked(&few).status, 429);
    service.signal("TERM");
    assert!(service.ended());
    let mut kept = std::fs::read_to_string(desk.path("service.log")).unwrap();
    for file in ["home/keys.toml", "home/quotas.json", "home/audit/audit-00000000.jsonl"] {
        kept += &std::fs::read_to_string(desk.path(file)).unwrap();
    }
    assert!(kept.contains("\"by\":\"few\""), "the log says who asked");
    for key in [&few, &other] {
        assert!(!kept.contains(key.as_str()), "a key is written down");
    }
    let log = std::fs::read_to_string(desk.path("service.log")).unwrap();
    assert!(!log.contains(LISTED), "the service's own log names an address");
}

#[test]
fn it_refuses_to_listen_to_others_unprotected() {
    let desk = desk();
    let run = desk.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("without keys"), "{}", run.stderr);
    key(&desk, "a", "read");
    let run = desk.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(run.code == 2 && run.stderr.contains("without TLS"), "{}", run.stderr);
    desk.write("serve.toml", "lissten = \"x\"\n");
    let run = desk.run(&["serve", "--config", "serve.toml"]);
    assert!(run.code == 2 && run.stderr.contains("lissten"), "{}", run.stderr);
}

#[test]
fn surfaces_answer_as_their_clients_read() {
    let desk = desk();
    let service = Service::start(&desk, &["--surface", "yente,chainalysis,watchman"]);
    let found = service.get(&format!("/chainalysis/api/v1/address/{LISTED}"), None).json();
    assert_eq!(found["identifications"][0]["category"], "sanctions");
    let nobody =
        service.get("/chainalysis/api/v1/address/0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045", None);
    assert_eq!(nobody.json(), json!({ "identifications": [] }));
    let queries = json!({ "queries": {
        "a": { "schema": "Organization", "properties": { "name": ["Lazarus"] } },
        "b": { "schema": "CryptoWallet", "properties": { "publicKey": [LISTED] } },
        "c": { "schema": "Person", "properties": { "name": "Entirely Unknown Person" } },
    }});
    let matched = service.post("/yente/match/default", None, &queries).json();
    let best = |key: &str| matched["responses"][key]["results"][0].clone();
    assert_eq!((&best("a")["id"], &best("a")["match"]), (&json!("ofac-sdn-1"), &json!(true)));
    assert_eq!((&best("b")["schema"], &best("b")["score"]), (&json!("CryptoWallet"), &json!(1.0)));
    assert_eq!(matched["responses"]["c"]["results"], json!([]));
    let entity = service.get("/yente/entities/ofac-sdn-1", None).json();
    assert_eq!(entity["caption"], "LAZARUS");
    assert_eq!(entity["properties"]["cryptoWallets"].as_array().unwrap().len(), 3);
    assert_eq!(service.get("/yente/entities/nobody", None).status, 404);
    assert_eq!(service.get("/yente/search/default?limit=900", None).status, 422);
    let all = service.get("/yente/search/ofac-sdn?limit=2&offset=10", None).json();
    assert_eq!((&all["total"]["value"], all["results"].as_array().unwrap().len()), (&json!(11), 1));
    let watchman =
        service.get("/watchman/v2/search?name=lazarus&type=business&minMatch=0.9", None).json();
    assert_eq!(watchman["entities"][0]["sourceID"], "1");
    assert_eq!(watchman["entities"][0]["match"], 1.0);
    let transfer = json!({ "network": "Ethereum", "asset": "ETH", "direction": "sent",
        "transferReference": format!("0xabc:{LISTED}"), "assetAmount": 1.5 });
    let kept = service.post("/chainalysis/api/kyt/v2/users/u1/transfers", None, &transfer).json();
    assert!(kept["updatedAt"].is_string(), "{kept}");
    let id = kept["externalId"].as_str().unwrap();
    let alerts =
        service.get(&format!("/chainalysis/api/kyt/v2/transfers/{id}/alerts"), None).json();
    assert_eq!(alerts["alerts"][0]["alertLevel"], "SEVERE");
    // Who paid is not known until a store holds the transaction.
    let received = json!({ "network": "Ethereum", "asset": "ETH", "direction": "received",
        "transferReference": format!("0x{}:{LISTED}", "0c".repeat(32)) });
    let kept = service.post("/chainalysis/api/kyt/v2/users/u1/transfers", None, &received).json();
    assert_eq!(kept["updatedAt"], Value::Null);
    for off in ["/graphsense/stats", "/yent/catalog"] {
        assert_eq!(service.get(off, None).status, 404);
    }
}

#[test]
fn nothing_found_is_not_said_without_a_required_list() {
    let desk = support::Desk::new();
    let service = Service::start(&desk, &["--surface", "yente,chainalysis,watchman"]);
    for path in [
        format!("/chainalysis/api/v1/address/{LISTED}"),
        "/watchman/v2/search?name=lazarus".to_owned(),
        "/yente/search/default?q=lazarus".to_owned(),
        "/yente/readyz".to_owned(),
    ] {
        assert_eq!(service.get(&path, None).status, 503, "{path}");
    }
}
