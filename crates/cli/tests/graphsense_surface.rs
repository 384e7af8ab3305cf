//! The GraphSense surface of the running service, asked over HTTP. A small
//! chain is written here; where GraphSense's own small chains are present,
//! their published answers are compared number by number.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use support::{Desk, shared};

const MINER: &str = "138cWsiAGpW9yqfjMVCCsFcnaiSHyoWMnJ";
const CHANGE: &str = "1FAkhqm95YnV5Mi7Q5j2Wb8CkbK7Z9zpyB";
const OTHER: &str = "3Kawbc5pkpQPfmaoGCBiaw5t2uK6WBoVVe";
const FIRST: &str = "ab100004ba5dd70a143ca2359693c19fc879bb86b259870eed0de573f51d34e6";
const SECOND: &str = "ab20101c4ca509cd1bbb31bef15b96cc5f987e6438f770e105e41d012057930a";
const THIRD: &str = "ab3020c34bed7a86eef78534d72fd38c3c247c25d58be632201cb2027c9d2197";

/// The service, ended when it is dropped.
struct Service {
    child: Child,
    address: String,
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Service {
    fn start(desk: &Desk) -> Self {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("tracehound"))
            .args(["serve", "--listen", "127.0.0.1:0", "--surface", "graphsense", "--json"])
            .current_dir(desk.folder.path())
            .env("TRACEHOUND_HOME", desk.path("home"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut begun = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.trim_end().ends_with('}') {
            assert!(begun.read_line(&mut text).unwrap() > 0, "it ended: {text}");
        }
        let begun: Value = serde_json::from_str(&text).unwrap();
        let address = begun["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let service = Self { child, address };
        while service.get("/stats").status == 503 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        service
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // The old version of HTTP ends an answer by closing the connection.
        write!(
            stream,
            "{method} /graphsense{path} HTTP/1.0\r\nHost: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Answer { status, headers: headers.collect(), body: body.to_owned() }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    fn told(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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

fn ingest(desk: &Desk, files: &[&str]) {
    let run = desk.run(&[&["ingest"], files].concat());
    assert!(run.code < 2, "{}{}", run.stdout, run.stderr);
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

fn reference(name: &str) -> Option<Vec<Value>> {
    let folder: PathBuf = shared()?.join("conformance/graphsense-spark/utxo");
    let text = std::fs::read_to_string(folder.join(name)).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Hundredths of a number of currency, to the nearest: the reference's carry
/// the noise of single precision.
fn cents(value: &Value) -> i64 {
    format!("{:.2}", value.as_f64().unwrap()).replace('.', "").parse().unwrap()
}

/// A value of the reference beside ours; cents may differ where the exact
/// value lies half way between two (docs/methods/clusters.md).
fn same_worth(theirs: &Value, ours: &Value) -> bool {
    let fiat = theirs["fiatValues"].as_array().unwrap();
    let mut fiat = fiat.iter().zip(ours["fiat_values"].as_array().unwrap());
    theirs["value"] == ours["value"]
        && fiat.all(|(theirs, ours)| (cents(theirs) - cents(&ours["value"])).abs() <= 1)
}

fn check(theirs: &Value, ours: &Value, fields: &[(&str, &str)]) {
    for (their_name, our_name) in fields {
        assert_eq!(theirs[their_name], ours[our_name], "{our_name} of {ours}");
    }
    for (their_name, our_name) in
        [("totalReceived", "total_received"), ("totalSpent", "total_spent")]
    {
        assert!(same_worth(&theirs[their_name], &ours[our_name]), "{theirs} {ours}");
    }
}

/// GraphSense's small chain: every address, cluster, relation and transaction
/// of its published answers. The clusters are those with the CoinJoin merged,
/// which our rules do not take for one.
#[test]
fn the_published_answers_are_given() {
    let Some(addresses) = reference("reference/addresses.json") else { return };
    let folder = shared().unwrap().join("conformance/graphsense-spark/utxo");
    let desk = Desk::new();
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    ingest(&desk, &[&file("test_txs.json"), &file("test_blocks.json"), "--chain", "bitcoin"]);
    assert!(desk.run(&["cluster", "build", "--chain", "bitcoin"]).code < 2);
    let prices = std::fs::read(folder.join("test_exchange_rates.json")).unwrap();
    desk.write("home/rates/bitcoin.csv", prices);
    let service = Service::start(&desk);

    statistics_are_equal(&service);
    let names = addresses_are_equal(&service, &addresses);
    relations_are_equal(&service, &names);
    transactions_are_equal(&service, &names);
}

/// Addresses by GraphSense's numbers.
type Names = BTreeMap<u64, String>;

fn statistics_are_equal(service: &Service) {
    let statistics = &service.told("/stats")["currencies"][0];
    let theirs = &reference("reference/summary_statistics.json").unwrap()[0];
    for (their_name, our_name) in [
        ("noBlocks", "no_blocks"),
        ("noTransactions", "no_txs"),
        ("noAddresses", "no_addresses"),
        ("noAddressRelations", "no_address_relations"),
        ("noClusters", "no_entities"),
    ] {
        assert_eq!(theirs[their_name], statistics[our_name], "{our_name}");
    }
}

fn addresses_are_equal(service: &Service, addresses: &[Value]) -> Names {
    let counts = [("noIncomingTxs", "no_incoming_txs"), ("noOutgoingTxs", "no_outgoing_txs")];
    let degrees = [("inDegree", "in_degree"), ("outDegree", "out_degree")];
    let clusters = reference("reference/address_cluster_with_coinjoin.json").unwrap();
    let cluster_of =
        |id: &Value| &clusters.iter().find(|row| row["addressId"] == *id).unwrap()["clusterId"];
    let mut names = BTreeMap::new();
    for theirs in addresses {
        let text = theirs["address"].as_str().unwrap();
        let ours = service.told(&format!("/btc/addresses/{text}"));
        check(theirs, &ours, &[&counts[..], &degrees].concat());
        assert_eq!(ours["cluster"], *cluster_of(&theirs["addressId"]), "{text}");
        names.insert(theirs["addressId"].as_u64().unwrap(), text.to_owned());
    }
    for theirs in reference("reference/basic_cluster.json").unwrap() {
        let ours = service.told(&format!("/btc/clusters/{}", theirs["clusterId"]));
        check(&theirs, &ours, &[&counts[..], &[("noAddresses", "no_addresses")]].concat());
    }
    names
}

fn relations_are_equal(service: &Service, names: &Names) {
    let relations = reference("reference/address_relations.json").unwrap();
    for (id, text) in names {
        let told = service.told(&format!("/btc/addresses/{text}/neighbors?direction=out"));
        let told = told["neighbors"].as_array().unwrap();
        let theirs: Vec<&Value> =
            relations.iter().filter(|row| row["srcAddressId"] == json!(id)).collect();
        assert_eq!(told.len(), theirs.len(), "{text}");
        for theirs in theirs {
            let other = &names[&theirs["dstAddressId"].as_u64().unwrap()];
            let ours = told.iter().find(|row| row["address"]["address"] == json!(other)).unwrap();
            assert_eq!(ours["no_txs"], theirs["noTransactions"]);
            assert!(same_worth(&theirs["estimatedValue"], &ours["value"]), "{theirs} {ours}");
        }
    }
}

fn transactions_are_equal(service: &Service, names: &Names) {
    let hashes: BTreeMap<u64, String> = reference("test_txs.json")
        .unwrap()
        .iter()
        .map(|row| (row["txId"].as_u64().unwrap(), row["txHash"].as_str().unwrap().to_owned()))
        .collect();
    let rows = reference("reference/address_txs.json").unwrap();
    for (id, text) in names {
        let told = service.told(&format!("/btc/addresses/{text}/txs?order=asc"));
        let ours: Vec<(&Value, &Value)> = told["address_txs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (&row["tx_hash"], &row["value"]["value"]))
            .collect();
        let theirs: Vec<(Value, &Value)> = rows
            .iter()
            .filter(|row| row["addressId"] == json!(id))
            .map(|row| (json!(hashes[&row["txId"].as_u64().unwrap()]), &row["value"]))
            .collect();
        let theirs: BTreeMap<String, i64> = theirs
            .iter()
            .map(|(hash, value)| (hash.to_string(), value.as_i64().unwrap()))
            .collect();
        let ours: BTreeMap<String, i64> =
            ours.iter().map(|(hash, value)| (hash.to_string(), value.as_i64().unwrap())).collect();
        assert_eq!(ours, theirs, "{text}");
    }
}
