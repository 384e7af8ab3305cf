//! Planted thefts with known answers on a synthetic chain: where nothing mixes
//! in, every policy must find the same outputs, whole.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use std::collections::BTreeMap;
use tracehound_analysis::output_trace::{
    Arrival, OutputSeed, OutputTrace, OutputTraceRequest, trace_outputs, trace_outputs_in_one_pass,
};
use tracehound_analysis::trace::{Rest, SeedId, Stops};
use tracehound_model::{Chain, Direction, Policy, TransactionHash};
use tracehound_store::utxo::{
    MemoryLedger, OutputId, OutputLedger, TransactionId, UtxoOptions, UtxoStore,
};
use tracehound_testkit::utxo::{Coin, PlantedTheft, UtxoChain, UtxoChainConfig, UtxoPlant};

const PLANTS: [UtxoPlant; 8] = [
    UtxoPlant::PeelChain(12),
    UtxoPlant::EqualSplit(9),
    UtxoPlant::WasabiRound(8),
    UtxoPlant::Consolidation(6),
    UtxoPlant::ExchangeDeposits(7),
    UtxoPlant::WhirlpoolMix,
    UtxoPlant::PeelChain(30),
    UtxoPlant::EqualSplit(2),
];

/// The chain in memory and in a store, and the answers.
fn chain(folder: &std::path::Path) -> (MemoryLedger, UtxoStore, Vec<PlantedTheft>) {
    let config = UtxoChainConfig { plants: PLANTS.to_vec(), ..UtxoChainConfig::new(7, 3_000) };
    let mut blocks = UtxoChain::new(config);
    let mut ledger = MemoryLedger::new(Chain::bitcoin());
    let store = UtxoStore::create(folder, &Chain::bitcoin()).unwrap();
    let mut writer = store.writer(UtxoOptions::default()).unwrap();
    for generated in blocks.by_ref() {
        ledger.push(&generated.block);
        writer.push(&generated.block).unwrap();
    }
    writer.publish().unwrap();
    let planted = blocks.planted().to_vec();
    assert_eq!(planted.len(), PLANTS.len());
    (ledger, store, planted)
}

fn request<'a>(ledger: &dyn OutputLedger, thefts: &[PlantedTheft]) -> OutputTraceRequest<'a> {
    let seed = |theft: &PlantedTheft| {
        let transaction = ledger.find(&theft.theft).unwrap().unwrap();
        let outputs = vec![(OutputId { transaction, index: 0 }, None)];
        OutputSeed { victim: String::new(), description: String::new(), outputs }
    };
    OutputTraceRequest {
        seeds: thefts.iter().map(seed).collect(),
        policies: Policy::ALL.into_iter().filter(|policy| *policy != Policy::Libr).collect(),
        direction: Direction::Forward,
        end: TransactionId(ledger.transaction_count()),
        stops: Stops::default(),
        dust_satoshi: 0,
        too_old: None,
        coinjoin: None,
        through_coinjoins: None,
    }
}

fn output(ledger: &dyn OutputLedger, coin: &Coin) -> OutputId {
    let mut printed = coin.transaction;
    printed.reverse();
    let transaction = ledger.find(&TransactionHash(printed)).unwrap().unwrap();
    OutputId { transaction, index: coin.index }
}

fn mixes(theft: &PlantedTheft) -> bool {
    matches!(theft.plant, UtxoPlant::WasabiRound(_) | UtxoPlant::WhirlpoolMix)
}

/// Satoshis of a theft held in outputs, and those that went into fees.
fn found(trace: &OutputTrace, theft: SeedId) -> (BTreeMap<OutputId, u64>, u64) {
    let part = |list: &[(SeedId, u64)]| {
        list.iter().find(|(seed, _)| *seed == theft).map(|(_, amount)| *amount)
    };
    let held = trace.bookings.iter().filter(|booking| booking.rest == Rest::Held);
    let held = held.filter_map(|booking| Some((booking.output?, part(&booking.by_seed)?)));
    let fees = trace.flows.iter().filter(|flow| flow.arrival == Arrival::Fee);
    (held.collect(), fees.filter_map(|flow| part(&flow.by_seed)).sum())
}

#[test]
fn what_was_planted_is_found_under_every_policy() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, _, planted) = chain(&folder.path().join("store"));
    for theft in planted.iter().filter(|theft| !mixes(theft)) {
        let request = request(&ledger, std::slice::from_ref(theft));
        let outcome = trace_outputs(&ledger, &request, None).unwrap();
        for trace in outcome.policies.iter().filter(|trace| trace.policy.conserves()) {
            assert_eq!(trace.stolen, [theft.amount]);
            let (held, fees) = found(trace, SeedId(0));
            for coin in &theft.terminals {
                let part = held.get(&output(&ledger, coin)).copied();
                assert_eq!(part, Some(coin.value), "{} {:?}", trace.policy, theft.plant);
            }
            // Fees are in miners' hands, who may have spent them since and paid fees of them.
            assert!(fees >= theft.fees, "{} {:?}", trace.policy, theft.plant);
            let held: u64 = held.values().sum();
            assert_eq!(held, theft.amount, "nothing stops it, so all of it is held");
            let rest: u64 = theft.terminals.iter().map(|coin| coin.value).sum();
            assert_eq!(rest + theft.fees, theft.amount);
        }
    }
}

/// Fees of one theft may be stolen again by the next: then the earlier keeps them.
#[test]
fn thefts_traced_together_close_with_what_they_share() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, _, planted) = chain(&folder.path().join("store"));
    let outcome = trace_outputs(&ledger, &request(&ledger, &planted), None).unwrap();
    for trace in outcome.policies.iter().filter(|trace| trace.policy.conserves()) {
        assert!(trace.closes(), "{}", trace.policy);
        for ((theft, stolen), collided) in planted.iter().zip(&trace.stolen).zip(&trace.collided) {
            assert_eq!(stolen + collided, theft.amount, "{}", trace.policy);
        }
    }
}

#[test]
fn a_store_on_disk_gives_the_same_trace_as_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, store, planted) = chain(&folder.path().join("store"));
    let snapshot = store.snapshot().unwrap();
    let asked = request(&ledger, &planted);
    let in_memory = trace_outputs(&ledger, &asked, None).unwrap();
    assert_eq!(in_memory, trace_outputs(&snapshot, &asked, None).unwrap());
    assert_eq!(in_memory, trace_outputs_in_one_pass(&snapshot, &asked, None).unwrap());
}
