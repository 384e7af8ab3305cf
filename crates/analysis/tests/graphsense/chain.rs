//! GraphSense's small chain, as a ledger in memory.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use tracehound_analysis::cluster::{Clustering, CoinJoinFilter, MultiInput};
use tracehound_model::address::AddressKind;
use tracehound_model::{
    Address, DailyPrices, Height, Rule, Satoshi, StatedOutput, Timestamp, UtxoBlock, UtxoInput,
    UtxoOutput, UtxoTransaction,
};
use tracehound_store::utxo::{MemoryLedger, TransactionId};

pub(crate) fn folder() -> Option<PathBuf> {
    let shared = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let folder = shared.join("data/conformance/graphsense-spark/utxo");
    folder.exists().then_some(folder)
}

pub(crate) fn lines(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().unwrap().join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn number(value: &Value) -> u64 {
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

pub(crate) fn ledger() -> MemoryLedger {
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

pub(crate) fn cluster(ledger: &MemoryLedger, without_coinjoins: bool) -> Clustering {
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

/// Its price list: EUR, then USD.
pub(crate) fn prices() -> DailyPrices {
    let mut prices = DailyPrices::new(vec!["EUR".to_owned(), "USD".to_owned()]);
    for day in lines("test_exchange_rates.json") {
        let price = |name: &str| Some(day["fiatValues"][name].to_string().parse().unwrap());
        assert!(
            prices.set(
                day["date"].as_str().unwrap().parse().unwrap(),
                vec![price("EUR"), price("USD")]
            )
        );
    }
    prices
}
