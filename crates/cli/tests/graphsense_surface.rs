//! The GraphSense surface of the running service, asked over HTTP, over a
//! small chain that is written here.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::{Value, json};
use support::Desk;
use support::graphsense::{Service, ingest};

const MINER: &str = "138cWsiAGpW9yqfjMVCCsFcnaiSHyoWMnJ";
const CHANGE: &str = "1FAkhqm95YnV5Mi7Q5j2Wb8CkbK7Z9zpyB";
const OTHER: &str = "3Kawbc5pkpQPfmaoGCBiaw5t2uK6WBoVVe";
const FIRST: &str = "ab100004ba5dd70a143ca2359693c19fc879bb86b259870eed0de573f51d34e6";
const SECOND: &str = "ab20101c4ca509cd1bbb31bef15b96cc5f987e6438f770e105e41d012057930a";
const THIRD: &str = "ab3020c34bed7a86eef78534d72fd38c3c247c25d58be632201cb2027c9d2197";

/// A coinbase and two payments, as bitcoin-etl writes them.
fn small_chain(desk: &Desk) {
    let line = |height: u64, hash: &str, inputs: Value, outputs: Value| {
        json!({ "hash": hash, "version": 1, "lock_time": 0, "block_number": height, "index": 0,
            "block_hash": format!("{height:064x}"), "block_timestamp": 1_230_948_000 + height,
            "is_coinbase": inputs == json!([]), "inputs": inputs, "outputs": outputs })
        .to_string()
    };
    let coin = |index: u64, address: &str, value: u64| json!({ "index": index, "type": "pubkeyhash", "addresses": [address], "value": value });
    let spend = |index: u64, hash: &str, address: &str, value: u64| {
        let mut input = coin(0, address, value);
        input["spent_transaction_hash"] = hash.into();
        input["spent_output_index"] = index.into();
        input
    };
    let halves = json!([coin(0, CHANGE, 1_500_000), coin(1, OTHER, 900_000)]);
    let both = json!([spend(0, SECOND, CHANGE, 1_500_000), spend(1, SECOND, OTHER, 900_000)]);
    let transactions = [
        line(1, FIRST, json!([]), json!([coin(0, MINER, 2_500_000)])),
        line(2, SECOND, json!([spend(0, FIRST, MINER, 2_500_000)]), halves),
        line(3, THIRD, both, json!([coin(0, MINER, 2_390_000)])),
    ];
    // The root of a block of one transaction is its name.
    let block = |(height, root): (u64, &&str)| {
        json!({ "type": "block", "hash": format!("{height:064x}"), "number": height,
            "merkle_root": root, "timestamp": 1_230_948_000 + height, "transaction_count": 1 })
        .to_string()
    };
    let blocks: Vec<String> = (1..).zip(&[FIRST, SECOND, THIRD]).map(block).collect();
    desk.write("transactions.json", transactions.join("\n") + "\n");
    desk.write("blocks.json", blocks.join("\n") + "\n");
    ingest(desk, &["transactions.json", "blocks.json", "--chain", "bitcoin"]);
}

/// A desk with the small chain, its clusters and a pack of tags.
fn small() -> Desk {
    let desk = Desk::new();
    small_chain(&desk);
    assert!(desk.run(&["cluster", "build", "--chain", "bitcoin"]).code < 2);
    let pack = format!(
        "title: Pack\ncreator: Us\nconfidence: service_data\ncurrency: BTC\nlastmod: 2021-11-12\n\
         source: https://example.org\ntags:\n- address: {MINER}\n  label: First Miner\n  \
         category: miner\n- address: {CHANGE}\n  label: Big Exchange\n  actor: big\n  \
         category: exchange\n  is_cluster_definer: true\n"
    );
    desk.write("pack.yaml", pack);
    let run = desk.run(&["tag", "import", "pack.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    desk
}

#[test]
fn addresses_clusters_and_transactions_are_told() {
    let desk = small();
    let service = Service::start(&desk);
    let miner = service.told(&format!("/BTC/addresses/{MINER}"));
    assert_eq!((&miner["cluster"], &miner["in_degree"]), (&json!(1), &json!(3)), "{miner}");
    assert_eq!(miner["total_received"]["value"], 4_890_000);
    assert_eq!(miner["balance"]["value"], 2_390_000);
    let zeros = json!([{ "code": "eur", "value": 0.0 }, { "code": "usd", "value": 0.0 }]);
    assert_eq!(miner["balance"]["fiat_values"], zeros, "there are no prices");
    let cluster = service.told(&format!("/btc/addresses/{OTHER}/cluster"));
    assert_eq!((&cluster["cluster"], &cluster["no_addresses"]), (&json!(2), &json!(2)));
    assert_eq!(cluster["best_address_tag"]["label"], "Big Exchange");
    assert_eq!(cluster["actors"], json!([{ "id": "big", "label": "big" }]));
    let transaction = service.told(&format!("/btc/txs/{THIRD}?include_io=true"));
    assert_eq!(transaction["inputs"][1]["address"], json!([OTHER]));
    let spending = service.told(&format!("/btc/txs/{THIRD}/spending"));
    assert_eq!(spending[1], json!({ "input_index": 1, "output_index": 1, "tx_hash": SECOND }));
    let spent = service.told(&format!("/btc/txs/{FIRST}/spent_in"));
    assert_eq!(spent, json!([{ "input_index": 0, "output_index": 0, "tx_hash": SECOND }]));
    let links = service.told(&format!("/btc/addresses/{MINER}/links?neighbor={OTHER}"));
    assert_eq!(links["links"][0]["input_value"]["value"], -2_500_000);
    assert_eq!(links["links"][0]["output_value"]["value"], 900_000);
    let around = service.told("/btc/block_by_date/2009-01-03T02:00:02Z");
    assert_eq!((&around["before_block"], &around["after_block"]), (&json!(2), &json!(3)));
    let found = service.told("/search?q=138cW");
    assert_eq!(found["currencies"][0]["addresses"], json!([MINER]));
    let tags = service.told("/tags?label=big%20exchange");
    assert_eq!(tags["address_tags"][0]["cluster"], 2);
}

#[test]
fn pages_follow_each_other_without_gaps() {
    let desk = small();
    let service = Service::start(&desk);
    for order in ["asc", "desc"] {
        let whole = service.told(&format!("/btc/addresses/{MINER}/txs?order={order}"));
        let (mut rows, mut page) = (Vec::new(), String::new());
        loop {
            let path = format!("/btc/addresses/{MINER}/txs?order={order}&pagesize=1&page={page}");
            let told = service.told(&path);
            rows.extend(told["address_txs"].as_array().unwrap().clone());
            let Some(next) = told["next_page"].as_str() else { break };
            next.clone_into(&mut page);
        }
        assert_eq!(json!(rows), whole["address_txs"], "{order}");
        assert_eq!(rows.len(), 3);
    }
    let out = service.told(&format!("/btc/addresses/{MINER}/txs?direction=out&max_height=2"));
    assert_eq!(out["address_txs"][0]["value"]["value"], -2_500_000);
    let path = format!("/btc/addresses/{MINER}/neighbors?direction=out&pagesize=1");
    let first = service.told(&path);
    let next = first["next_page"].as_str().unwrap();
    let second = service.told(&format!("{path}&page={next}&include_labels=true"));
    assert_eq!(second["neighbors"][0]["address"]["address"], OTHER);
    assert!(second["next_page"].is_null());
    let wrong = service.get(&format!("{path}&page=zz"));
    assert_eq!(wrong.status, 422);
}

#[test]
fn refusals_have_the_shape_of_the_interface() {
    let desk = small();
    let service = Service::start(&desk);
    for (path, status, words) in [
        ("/doge/blocks/1", 404, "Network doge not supported"),
        ("/btc/blocks/9", 404, "Block 9 not found in network btc"),
        ("/btc/clusters/99", 404, "Cluster 99 not found in network btc"),
        ("/btc/txs/L", 400, "L does not look like a valid transaction hash."),
        ("/btc/no/such/path", 404, "Not Found"),
        ("/btc/clusters/1/neighbors?direction=in&only_ids=x", 400, "Invalid format for only_ids"),
    ] {
        let answer = service.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(words), "{}", answer.body);
    }
    let answer = service.get("/btc/clusters/x/neighbors?pagesize=0");
    let detail = answer.json()["detail"].clone();
    assert_eq!(answer.status, 422);
    assert_eq!(detail[0]["loc"], json!(["path", "cluster"]));
    assert_eq!(detail.as_array().unwrap().len(), 3, "direction is missing too: {detail}");
    for path in ["neighbors?direction=out", "addresses", "txs", "tags"] {
        let told = service.told(&format!("/btc/entities/2280857679/{path}"));
        assert!(told.as_object().unwrap().values().all(|rows| rows == &json!([])), "{path}");
    }
    let answer = service.get("/btc/entities/1");
    assert_eq!(answer.headers["deprecation"], "true");
    assert_eq!(answer.headers["sunset"], "Sat, 31 Oct 2026 00:00:00 GMT");
    assert!(!service.get("/btc/clusters/1").headers.contains_key("deprecation"));
}

#[test]
fn many_questions_are_answered_as_rows() {
    let desk = small();
    let service = Service::start(&desk);
    let body = json!({ "height": [1, 9] });
    let rows = service.ask("POST", "/btc/bulk.json/get_block?num_pages=1", Some(&body)).json();
    assert_eq!((&rows[0]["no_txs"], &rows[0]["_request_height"]), (&json!(1), &json!(1)));
    assert_eq!(rows[1], json!({ "_error": "not found", "_request_height": 9 }));
    let table = service.ask("POST", "/btc/bulk.csv/get_block?num_pages=1", Some(&body)).body;
    let mut lines = table.split("\r\n");
    let head = "_error,_info,_request_height,block_hash,currency,height,no_txs,timestamp";
    assert_eq!(lines.next(), Some(head));
    assert_eq!(lines.nth(1), Some("not found,,9,,,,,"));
    let body = json!({ "address": [MINER], "pagesize": 1 });
    let path = "/btc/bulk.json/list_address_txs?num_pages=2";
    assert_eq!(service.ask("POST", path, Some(&body)).json().as_array().unwrap().len(), 2);
    for (path, body) in [
        ("/btc/bulk.csv/get_block?num_pages=1", json!({ "x": "x" })),
        ("/btc/bulk.csv/get_block?num_pages=1", json!({})),
        ("/btc/bulk.json/no_such?num_pages=1", json!({ "height": [1] })),
        ("/btc/bulk.json/get_block?num_pages=1", json!({ "height": vec![1; 10_001] })),
    ] {
        assert_eq!(service.ask("POST", path, Some(&body)).status, 400, "{path}");
    }
    let body = json!({ "address": MINER, "network": "BTC", "label": "seen" });
    let reported = service.ask("POST", "/tags/report-tag", Some(&body));
    assert_eq!(reported.json()["id"].as_str().unwrap().len(), 32);
    let log = desk.run(&["audit", "verify"]);
    assert_eq!(log.code, 0, "{}{}", log.stdout, log.stderr);
}
