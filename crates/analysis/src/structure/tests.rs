//! Planted shapes are found, and the background seldom looks like them.

use super::findings;
use crate::coinjoin::CoinJoinFinder;
use crate::output_trace::{OutputSeed, OutputTraceRequest, trace_outputs};
use crate::trace::Stops;
use tracehound_model::{Direction, Finding, Policy};
use tracehound_store::utxo::{MemoryLedger, OutputId, OutputLedger, TransactionId};
use tracehound_testkit::utxo::{PlantedTheft, UtxoChain, UtxoChainConfig, UtxoPlant};

fn planted(plants: &[UtxoPlant]) -> (MemoryLedger, Vec<PlantedTheft>) {
    let mut config = UtxoChainConfig::new(3, 6_000);
    config.plants = plants.to_vec();
    let mut chain = UtxoChain::new(config);
    let mut ledger = MemoryLedger::new("bitcoin-regtest".parse().unwrap());
    for generated in chain.by_ref() {
        ledger.push(&generated.block);
    }
    (ledger, chain.planted().to_vec())
}

fn found(ledger: &MemoryLedger, stolen: OutputId) -> Vec<Finding> {
    let request = OutputTraceRequest {
        seeds: vec![OutputSeed {
            victim: "victim".to_owned(),
            description: "theft".to_owned(),
            outputs: vec![(stolen, None)],
        }],
        policies: vec![Policy::Fifo],
        direction: Direction::Forward,
        end: TransactionId(ledger.transaction_count()),
        stops: Stops::default(),
        dust_satoshi: 0,
        too_old: None,
        coinjoin: None,
        through_coinjoins: None,
    };
    let outcome = trace_outputs(ledger, &request, None).unwrap();
    assert!(outcome.policies[0].closes());
    findings(ledger, &outcome, &CoinJoinFinder::new(ledger)).unwrap()
}

fn of_plant(plant: UtxoPlant) -> Vec<Finding> {
    let (ledger, planted) = planted(&[plant]);
    let transaction = ledger.find(&planted[0].theft).unwrap().unwrap();
    found(&ledger, OutputId { transaction, index: 0 })
}

fn rules(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.name).collect()
}

#[test]
fn a_peel_chain_is_one_finding_with_its_peels() {
    let all = of_plant(UtxoPlant::PeelChain(9));
    let chains: Vec<_> = all.iter().filter(|f| f.rule.name == "peel-chain").collect();
    assert_eq!(chains.len(), 1, "{:?}", rules(&all));
    assert_eq!(chains[0].evidence.len(), 9, "{}", chains[0].claim);
    assert!(chains[0].claim.contains("9 payments"), "{}", chains[0].claim);
    // Shorter than the least number of hops.
    assert!(!rules(&of_plant(UtxoPlant::PeelChain(4))).contains(&"peel-chain"));
}

#[test]
fn an_equal_split_names_its_outputs() {
    let all = of_plant(UtxoPlant::EqualSplit(20));
    let splits: Vec<_> = all.iter().filter(|f| f.rule.name == "equal-split-outputs").collect();
    assert_eq!(splits.len(), 1, "{:?}", rules(&all));
    assert!(splits[0].evidence.len() >= 19, "{}", splits[0].claim);
    assert!(!rules(&of_plant(UtxoPlant::EqualSplit(6))).contains(&"equal-split-outputs"));
}

#[test]
fn chips_are_named_by_their_size() {
    let all = of_plant(UtxoPlant::ChipSplit(16));
    let chips: Vec<_> = all.iter().filter(|f| f.rule.name == "chip-split").collect();
    assert_eq!(chips.len(), 1, "{:?}", rules(&all));
    assert_eq!(chips[0].evidence.len(), 16, "{}", chips[0].claim);
    assert!(chips[0].claim.contains("a chip size"), "{}", chips[0].claim);
    for plant in [UtxoPlant::ChipSplit(4), UtxoPlant::EqualSplit(20)] {
        assert!(!rules(&of_plant(plant)).contains(&"chip-split"), "{plant:?}");
    }
}

#[test]
fn what_is_joined_again_is_a_consolidation() {
    let all = of_plant(UtxoPlant::Consolidation(12));
    let joins: Vec<_> = all.iter().filter(|f| f.rule.name == "consolidation").collect();
    assert_eq!(joins.len(), 1, "{:?}", rules(&all));
    assert!(joins[0].claim.contains("12 addresses"), "{}", joins[0].claim);
    assert!(!rules(&of_plant(UtxoPlant::EqualSplit(12))).contains(&"consolidation"));
}

#[test]
fn ordinary_money_seldom_takes_these_shapes() {
    let (ledger, _) = planted(&[]);
    let (mut traced, mut shapes) = (0, 0);
    for transaction in (500..ledger.transaction_count()).step_by(97).map(TransactionId) {
        traced += 1;
        let all = found(&ledger, OutputId { transaction, index: 0 });
        // Pass-through is what every active wallet's change looks like.
        shapes += usize::from(rules(&all).iter().any(|rule| *rule != "pass-through"));
    }
    assert!(traced > 50 && shapes * 4 < traced, "{shapes} of {traced}");
}
