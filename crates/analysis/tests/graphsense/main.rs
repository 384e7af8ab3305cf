//! Address numbers, totals, clusters, relations, values in currencies and
//! counts against those that GraphSense publishes for its own small chain.
//! Skipped where the files are not there. GraphSense's number 0 is the
//! coinbase; ours come one lower. Each place where the files and we differ is
//! listed with the arithmetic that says who is right.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod chain;
mod expected;

use chain::{cluster, folder, ledger, lines, number, prices};
use expected::{Row, expected_worth, pairs, standing_row, total_row, worth_row};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::cluster::Clustering;
use tracehound_analysis::cluster::relations::{Party, Relations, payments, relations};
use tracehound_model::Address;
use tracehound_model::address::AddressKind;
use tracehound_store::AddressId;
use tracehound_store::utxo::{MemoryLedger, OutputLedger, TransactionId};

/// GraphSense's number of each of our addresses; multisignatures have none there.
pub(crate) type Numbers = BTreeMap<AddressId, u64>;

fn numbers(ledger: &MemoryLedger) -> Numbers {
    let ours = (0..ledger.address_count()).map(AddressId);
    let named = ours.filter(|id| ledger.address(*id).unwrap().kind() != AddressKind::Multisig);
    named.zip(1..).collect()
}

pub(crate) fn name(party: Party, numbers: &Numbers) -> u64 {
    match party {
        Party::Coinbase => 0,
        Party::Member(id) => numbers[&id],
    }
}

struct Chain {
    ledger: MemoryLedger,
    numbers: Numbers,
    /// The CoinJoin left out.
    fine: Clustering,
    /// The CoinJoin merged like any other transaction.
    coarse: Clustering,
}

impl Chain {
    fn open() -> Option<Self> {
        folder()?;
        let ledger = ledger();
        let (fine, coarse) = (cluster(&ledger, true), cluster(&ledger, false));
        Some(Self { numbers: numbers(&ledger), ledger, fine, coarse })
    }

    fn relations(&self, clusters: Option<&Clustering>) -> Relations {
        relations(&self.ledger, clusters, prices()).unwrap()
    }
}

#[test]
fn addresses_have_the_numbers_of_the_reference() {
    let Some(chain) = Chain::open() else { return };
    for row in lines("reference/address_ids.json").iter().filter(|row| row["addressId"] != 0) {
        let text = row["address"].as_str().unwrap();
        let key = Address::from_bytes(AddressKind::Script, &text.as_bytes()[..32.min(text.len())]);
        let id = chain.ledger.address_id(&key).unwrap().unwrap();
        assert_eq!(chain.numbers[&id], number(&row["addressId"]), "{text}");
    }
}

#[test]
fn clusters_are_those_of_the_reference_both_ways() {
    let Some(chain) = Chain::open() else { return };
    for (clusters, file) in [
        (&chain.fine, "reference/address_cluster.json"),
        (&chain.coarse, "reference/address_cluster_with_coinjoin.json"),
    ] {
        let member = |(id, number): (&AddressId, &u64)| {
            [*number, chain.numbers[&clusters.cluster(*id).unwrap()]]
        };
        let mut found: BTreeSet<_> = chain.numbers.iter().map(member).collect();
        found.insert([0, 0]);
        let row = |row: serde_json::Value| [&row["addressId"], &row["clusterId"]].map(number);
        assert_eq!(found, lines(file).into_iter().map(row).collect(), "{file}");
    }
}

/// Cells of basic_addresses.json, addresses.json, cluster_addresses.json,
/// basic_cluster.json and cluster.json whose exact value lies half way between
/// two cents. 1,325,000 satoshi at 500 EUR are 6.625 and 1,425,000 are 7.125;
/// the reference rounds the binary number (these two are exact in binary) to
/// the even cent, though it rounds 1.485, 1.725 and 2.475 up, which are not
/// exact in binary. We round every half up: one rule.
const HALF_CENTS: [(u64, u64, u64); 2] = [(1_325_000, 662, 663), (1_425_000, 712, 713)];

fn half_up(mut row: Row) -> Row {
    for worth in &mut row.worth {
        for (satoshi, theirs, ours) in HALF_CENTS {
            if worth[0] == satoshi && worth[1] == theirs {
                worth[1] = ours;
            }
        }
    }
    row
}

fn check_totals(relations: &Relations, numbers: &Numbers, file: &str, id: &str) {
    let found: BTreeSet<Row> =
        relations.totals.iter().map(|(party, totals)| total_row(*party, totals, numbers)).collect();
    let row = |row: serde_json::Value| {
        let fields = [id, "firstTxId", "lastTxId", "noIncomingTxs", "noOutgoingTxs"];
        let worth = ["totalReceived", "totalSpent"];
        half_up(expected_worth(&row, &fields, &worth))
    };
    assert_eq!(found, lines(file).into_iter().map(row).collect(), "{file}");
}

#[test]
fn totals_of_addresses_and_clusters_are_equal_in_coins_and_currencies() {
    let Some(chain) = Chain::open() else { return };
    let by_address = chain.relations(None);
    check_totals(&by_address, &chain.numbers, "reference/basic_addresses.json", "addressId");
    check_totals(&by_address, &chain.numbers, "reference/addresses.json", "addressId");
    // The reference for totals of clusters was made with the CoinJoin merged.
    let by_cluster = chain.relations(Some(&chain.coarse));
    check_totals(&by_cluster, &chain.numbers, "reference/basic_cluster.json", "clusterId");
    check_totals(&by_cluster, &chain.numbers, "reference/cluster.json", "clusterId");
}

#[test]
fn relations_are_equal_in_coins_and_currencies() {
    let Some(chain) = Chain::open() else { return };
    for (clusters, file, ends, values) in [
        (
            None,
            "reference/address_relations.json",
            ["srcAddressId", "dstAddressId"],
            &["estimatedValue"][..],
        ),
        (
            Some(&chain.fine),
            "reference/cluster_relations.json",
            ["srcClusterId", "dstClusterId"],
            // The adjusted value is the same number in every row.
            &["estimatedValue", "estimatedValueAdj"][..],
        ),
    ] {
        let found = pairs(&chain.relations(clusters), &chain.numbers, values.len());
        let fields = [ends[0], ends[1], "noTransactions"];
        let row = |row: serde_json::Value| expected_worth(&row, &fields, values);
        assert_eq!(found, lines(file).into_iter().map(row).collect(), "{file}");
    }
}

/// Row 2 of cluster.json is the cluster {2, 3} by its totals (3,980,000
/// received), but its adjusted sums and degrees are those of address 2 alone
/// (2,500,000 received, 895,100 + 1,476,131 = 2,371,231 spent): the file was
/// joined from clusters with the CoinJoin merged and payments with it left
/// out, and the payments of cluster 3 (1,480,000 received; 529,900 + 873,869
/// spent) are in no row. So standings are compared under the clusters that
/// the payments have, and cluster 3 is named as missing there.
const LOST_CLUSTER: u64 = 3;

#[test]
fn degrees_and_adjusted_sums_are_equal() {
    let Some(chain) = Chain::open() else { return };
    let found = |clusters, worth: bool| -> BTreeSet<Row> {
        let standings = chain.relations(clusters).standings();
        let row = |(party, standing)| standing_row(party, &standing, &chain.numbers, worth);
        standings.into_iter().map(row).collect()
    };
    let fields = ["addressId", "inDegree", "outDegree"];
    let row = |row: serde_json::Value| expected_worth(&row, &fields, &[]);
    let expected: BTreeSet<Row> = lines("reference/addresses.json").into_iter().map(row).collect();
    assert_eq!(found(None, false), expected);

    let fields = ["clusterId", "inDegree", "outDegree"];
    let sums = ["totalReceivedAdj", "totalSpentAdj"];
    let row = |row: serde_json::Value| half_up(expected_worth(&row, &fields, &sums));
    let expected: BTreeSet<Row> = lines("reference/cluster.json").into_iter().map(row).collect();
    let mut found = found(Some(&chain.fine), true);
    let lost: Vec<Row> = found.extract_if(.., |row| row.numbers[0] == LOST_CLUSTER).collect();
    assert_eq!(found, expected);
    assert_eq!(lost[0].worth[0][0], 1_480_000);
    assert_eq!(lost[0].worth[1][0], 529_900 + 873_869);
}

#[test]
fn every_transaction_says_what_the_reference_says() {
    let Some(chain) = Chain::open() else { return };
    let mut plain = BTreeSet::new();
    let (mut by_address, mut by_cluster) = (BTreeSet::new(), BTreeSet::new());
    for id in (0..chain.ledger.transaction_count()).map(TransactionId) {
        let view = chain.ledger.transaction(id).unwrap();
        let number = u64::from(id.0) + 1;
        let net = payments(&chain.ledger, &view, None).unwrap();
        for (party, change) in net.changes {
            by_address.insert((number, name(party, &chain.numbers), change));
        }
        let net = payments(&chain.ledger, &view, Some(&chain.fine)).unwrap();
        for ((from, to), value) in net.pairs {
            plain.insert([number, name(from, &chain.numbers), name(to, &chain.numbers), value]);
        }
        let net = payments(&chain.ledger, &view, Some(&chain.coarse)).unwrap();
        for (party, change) in net.changes {
            by_cluster.insert((number, name(party, &chain.numbers), change));
        }
    }
    let fields = ["txId", "srcClusterId", "dstClusterId", "estimatedValue"];
    let row = |row: serde_json::Value| fields.map(|field| number(&row[field]));
    let expected: BTreeSet<_> =
        lines("reference/plain_cluster_relations.json").into_iter().map(row).collect();
    assert_eq!(plain, expected);

    let expected = |file: &str, id: &str| -> BTreeSet<(u64, u64, i128)> {
        let row = |row: serde_json::Value| {
            (number(&row["txId"]), number(&row[id]), i128::from(row["value"].as_i64().unwrap()))
        };
        lines(file).into_iter().map(row).collect()
    };
    assert_eq!(by_address, expected("reference/address_txs.json", "addressId"));
    assert_eq!(by_cluster, expected("reference/cluster_txs.json", "clusterId"));
}

/// cluster_addresses.json is of an older make than the rest: its row 0 repeats
/// row 1 (the coinbase cannot have received 2,500,000) at height 0, which no
/// block has, and payments of the coinbase count in no degree. The other rows
/// must be the same once the coinbase is left out of degrees.
#[test]
fn members_of_clusters_are_equal() {
    let Some(chain) = Chain::open() else { return };
    let relations = chain.relations(None);
    let paid_by_coinbase: BTreeSet<u64> = relations
        .pairs
        .keys()
        .filter(|(from, _)| *from == Party::Coinbase)
        .map(|(_, to)| name(*to, &chain.numbers))
        .collect();
    let standings = relations.standings();
    let mut found = BTreeSet::new();
    for (party, totals) in relations.totals.iter().filter(|(party, _)| **party != Party::Coinbase) {
        let Party::Member(id) = *party else { unreachable!() };
        let mut row = total_row(*party, totals, &chain.numbers);
        let place = |id| chain.ledger.block(id).unwrap();
        let (first, last) = (place(totals.first), place(totals.last));
        let cluster = chain.numbers[&chain.coarse.cluster(id).unwrap()];
        let degrees = &standings[party];
        let coinbase = u64::from(paid_by_coinbase.contains(&row.numbers[0]));
        row.numbers.extend([cluster, degrees.in_degree - coinbase, degrees.out_degree]);
        row.numbers.extend([first.height.0, last.height.0]);
        row.numbers.extend([first.timestamp.0, last.timestamp.0].map(i64::unsigned_abs));
        found.insert(row);
    }
    let row = |row: &serde_json::Value| {
        let fields = ["addressId", "/firstTx/txIndex", "/lastTx/txIndex", "noIncomingTxs"];
        let more = ["noOutgoingTxs", "clusterId", "inDegree", "outDegree"];
        let places = ["/firstTx/height", "/lastTx/height"];
        let times = ["/firstTx/timestamp", "/lastTx/timestamp"];
        let all: Vec<&str> = [&fields[..], &more, &places, &times].concat();
        half_up(expected_worth(row, &all, &["totalReceived", "totalSpent"]))
    };
    let rows = lines("reference/cluster_addresses.json");
    let (coinbase, rest) = rows.split_first().unwrap();
    assert_eq!(worth_row(coinbase, "totalReceived"), worth_row(&rest[0], "totalReceived"));
    assert_eq!(found, rest.iter().map(row).collect());
}

/// The reference gives the time of the summary as 1231552800, that of block 3,
/// though it counts 4 blocks and all 10 transactions, and its own input file
/// (cassandra/test_summary_statistics.json) says 1231639200, the time of block 4.
const TIME_OF_BLOCK_3: i64 = 1_231_552_800;

#[test]
fn the_summary_is_equal() {
    let Some(chain) = Chain::open() else { return };
    let by_address = chain.relations(None);
    let by_cluster = chain.relations(Some(&chain.fine));
    let statistics = &lines("reference/summary_statistics.json")[0];
    let count = |length: usize| u64::try_from(length).unwrap();
    let transactions = chain.ledger.transaction_count();
    assert_eq!(number(&statistics["noTransactions"]), u64::from(transactions));
    let addresses = count(chain.numbers.len()) + 1;
    assert_eq!(number(&statistics["noAddresses"]), addresses, "one is the coinbase");
    assert_eq!(number(&statistics["noAddressRelations"]), count(by_address.pairs.len()));
    assert_eq!(number(&statistics["noClusterRelations"]), count(by_cluster.pairs.len()));
    // 12 with the CoinJoin merged: ours, less the multisignature, with the coinbase.
    assert_eq!(number(&statistics["noClusters"]), count(chain.coarse.count()) - 1 + 1);
    let blocks: BTreeSet<_> = (0..transactions)
        .map(|id| chain.ledger.block(TransactionId(id)).unwrap())
        .map(|block| (block.height, block.timestamp))
        .collect();
    assert_eq!(number(&statistics["noBlocks"]), count(blocks.len()));
    assert_eq!(number(&statistics["noBlocksTransform"]), count(blocks.len()));
    let (_, tip) = blocks.last().unwrap();
    let input = &lines("cassandra/test_summary_statistics.json")[0];
    assert_eq!(input["timestamp"].as_i64(), Some(tip.0));
    assert_eq!(statistics["timestamp"].as_i64(), Some(TIME_OF_BLOCK_3));
    assert!(blocks.iter().any(|(height, time)| height.0 == 3 && time.0 == TIME_OF_BLOCK_3));
}
