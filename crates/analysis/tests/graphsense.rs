//! Address numbers, totals, clusters and relations against those that
//! GraphSense publishes for its own small chain. Skipped where the files are
//! not there. GraphSense's number 0 is the coinbase; ours come one lower.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tracehound_analysis::cluster::relations::{Party, Relations, relations};
use tracehound_analysis::cluster::{Clustering, CoinJoinFilter, MultiInput};
use tracehound_model::address::AddressKind;
use tracehound_model::{
    Address, Height, Rule, Satoshi, StatedOutput, Timestamp, UtxoBlock, UtxoInput, UtxoOutput,
    UtxoTransaction,
};
use tracehound_store::AddressId;
use tracehound_store::utxo::{MemoryLedger, OutputLedger, TransactionId};

fn folder() -> Option<PathBuf> {
    let shared = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let folder = shared.join("data/conformance/graphsense-spark/utxo");
    folder.exists().then_some(folder)
}

fn lines(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().unwrap().join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// Several addresses are a bare multisignature. Some texts fail their
/// checksum, so an address is known here by its text alone.
fn address(side: &Value) -> Address {
    let texts = side["address"].as_array().unwrap();
    let kind = if texts.len() > 1 { AddressKind::Multisig } else { AddressKind::Script };
    Address::from_bytes(
        kind,
        &texts[0].as_str().unwrap().as_bytes()[..32.min(texts[0].as_str().unwrap().len())],
    )
}

fn ledger() -> MemoryLedger {
    let mut ledger = MemoryLedger::new("bitcoin".parse().unwrap());
    let transactions = lines("test_txs.json");
    for place in lines("test_blocks.json") {
        let mut block = UtxoBlock {
            height: Height(number(&place["blockId"])),
            hash: place["blockHash"].as_str().unwrap().parse().unwrap(),
            timestamp: Timestamp(place["timestamp"].as_i64().unwrap()),
            ..UtxoBlock::default()
        };
        for transaction in transactions.iter().filter(|t| t["blockId"] == place["blockId"]) {
            block.transactions.push(UtxoTransaction {
                hash: transaction["txHash"].as_str().unwrap().parse().unwrap(),
                first_input: u32::try_from(block.inputs.len()).unwrap(),
                first_output: u32::try_from(block.outputs.len()).unwrap(),
                version: 1,
                lock_time: 0,
                virtual_size: 0,
                coinbase: transaction["coinbase"].as_bool().unwrap(),
                replaceable: false,
            });
            for input in transaction["inputs"].as_array().unwrap() {
                let transaction = tracehound_model::TransactionHash([0; 32]);
                block.inputs.push(UtxoInput { transaction, index: 0 });
                let value = Satoshi(number(&input["value"]));
                block.stated.push(StatedOutput { value, address: Some(address(input)) });
            }
            for output in transaction["outputs"].as_array().unwrap() {
                let value = Satoshi(number(&output["value"]));
                block.outputs.push(UtxoOutput {
                    value,
                    address: Some(address(output)),
                    payload: 0..0,
                });
            }
        }
        ledger.push(&block);
    }
    ledger
}

/// GraphSense's number of each of our addresses; multisignatures have none there.
fn numbers(ledger: &MemoryLedger) -> BTreeMap<AddressId, u64> {
    let ours = (0..ledger.address_count()).map(AddressId);
    let named = ours.filter(|id| ledger.address(*id).unwrap().kind() != AddressKind::Multisig);
    named.zip(1..).collect()
}

fn pairs(relations: &Relations, numbers: &BTreeMap<AddressId, u64>) -> BTreeSet<[u64; 4]> {
    let name = |party| match party {
        Party::Coinbase => 0,
        Party::Member(id) => numbers[&id],
    };
    let row = |((from, to), relation): (
        &(Party, Party),
        &tracehound_analysis::cluster::relations::Relation,
    )| { [name(*from), name(*to), relation.transactions, relation.value.0] };
    relations.pairs.iter().map(row).collect()
}

fn expected_pairs(file: &str, from: &str, to: &str) -> BTreeSet<[u64; 4]> {
    let row = |row: Value| {
        [&row[from], &row[to], &row["noTransactions"], &row["estimatedValue"]["value"]].map(number)
    };
    lines(file).into_iter().map(row).collect()
}

fn totals(relations: &Relations, numbers: &BTreeMap<AddressId, u64>) -> BTreeSet<[u64; 7]> {
    let row = |(party, totals): (&Party, &tracehound_analysis::cluster::relations::Totals)| {
        let name = match party {
            Party::Coinbase => 0,
            Party::Member(id) => numbers[id],
        };
        // Transactions are numbered from 1 there.
        let (first, last) = (u64::from(totals.first.0) + 1, u64::from(totals.last.0) + 1);
        [name, first, last, totals.incoming, totals.received.0, totals.outgoing, totals.spent.0]
    };
    relations.totals.iter().map(row).collect()
}

fn expected_totals(file: &str, id: &str) -> BTreeSet<[u64; 7]> {
    let row = |row: Value| {
        let (received, spent) = (&row["totalReceived"]["value"], &row["totalSpent"]["value"]);
        let ends = (&row["firstTxId"], &row["lastTxId"]);
        let counts = (&row["noIncomingTxs"], &row["noOutgoingTxs"]);
        [&row[id], ends.0, ends.1, counts.0, received, counts.1, spent].map(number)
    };
    lines(file).into_iter().map(row).collect()
}

fn cluster(ledger: &MemoryLedger, without_coinjoins: bool) -> Clustering {
    let coinjoins: BTreeSet<_> = lines("test_txs.json")
        .iter()
        .filter(|transaction| transaction["coinjoin"] == true)
        .map(|transaction| TransactionId(u32::try_from(number(&transaction["txId"]) - 1).unwrap()))
        .collect();
    let detect = |view: &tracehound_store::utxo::TransactionView<'_>| coinjoins.contains(&view.id);
    let filter = CoinJoinFilter { rule: Rule { name: "data", version: 1 }, detect: &detect };
    let coinjoin = without_coinjoins.then_some(filter);
    Clustering::build(ledger, &MultiInput { coinjoin, ..MultiInput::default() }, 2).unwrap()
}

fn check_clusters(ledger: &MemoryLedger, clusters: &Clustering, file: &str) {
    let numbers = numbers(ledger);
    let mut found: BTreeSet<_> = numbers
        .iter()
        .map(|(id, number)| [*number, numbers[&clusters.cluster(*id).unwrap()]])
        .collect();
    found.insert([0, 0]);
    let row = |row: Value| [&row["addressId"], &row["clusterId"]].map(number);
    assert_eq!(found, lines(file).into_iter().map(row).collect(), "{file}");
}

#[test]
fn graphsense_reference_files_are_met() {
    if folder().is_none() {
        return;
    }
    let ledger = ledger();
    let numbers = numbers(&ledger);
    for row in lines("reference/address_ids.json").iter().filter(|row| row["addressId"] != 0) {
        let text = row["address"].as_str().unwrap();
        let key = Address::from_bytes(AddressKind::Script, &text.as_bytes()[..32.min(text.len())]);
        let id = ledger.address_id(&key).unwrap().unwrap();
        assert_eq!(numbers[&id], number(&row["addressId"]), "{text}");
    }
    let by_address = relations(&ledger, None).unwrap();
    let expected =
        expected_pairs("reference/address_relations.json", "srcAddressId", "dstAddressId");
    assert_eq!(pairs(&by_address, &numbers), expected);
    let expected = expected_totals("reference/basic_addresses.json", "addressId");
    assert_eq!(totals(&by_address, &numbers), expected);

    let fine = cluster(&ledger, true);
    check_clusters(&ledger, &fine, "reference/address_cluster.json");
    let expected =
        expected_pairs("reference/cluster_relations.json", "srcClusterId", "dstClusterId");
    let by_cluster = relations(&ledger, Some(&fine)).unwrap();
    assert_eq!(pairs(&by_cluster, &numbers), expected);

    // The reference for totals of clusters was made with CoinJoins merged.
    let coarse = cluster(&ledger, false);
    check_clusters(&ledger, &coarse, "reference/address_cluster_with_coinjoin.json");
    let expected = expected_totals("reference/basic_cluster.json", "clusterId");
    assert_eq!(totals(&relations(&ledger, Some(&coarse)).unwrap(), &numbers), expected);

    let statistics = &lines("reference/summary_statistics.json")[0];
    let count = |length: usize| u64::try_from(length).unwrap();
    assert_eq!(number(&statistics["noTransactions"]), u64::from(ledger.transaction_count()));
    assert_eq!(number(&statistics["noAddresses"]), count(numbers.len()) + 1, "one is the coinbase");
    assert_eq!(number(&statistics["noAddressRelations"]), count(by_address.pairs.len()));
    assert_eq!(number(&statistics["noClusterRelations"]), count(by_cluster.pairs.len()));
    // 12 with CoinJoins merged: ours, less the multisignature, with the coinbase.
    assert_eq!(number(&statistics["noClusters"]), count(coarse.count()) - 1 + 1);
}
