//! GraphSense's own small chain, where it is present: the published answers
//! are compared with those of the surface, number by number.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use support::graphsense::{Service, ingest};
use support::{Desk, shared};

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
