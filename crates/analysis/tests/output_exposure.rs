//! Exposure over outputs against a naive model that works the other way: from
//! the first block forward, in fractions of every output.
#![allow(clippy::cast_precision_loss)] // the naive model is in floats, within stated error
#![allow(clippy::float_arithmetic)]
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use hashbrown::HashMap;
use std::collections::BTreeMap;
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_analysis::exposure::{
    Label, OutputExposure, OutputExposureRequest, OutputLabel, on_demand_outputs,
};
use tracehound_analysis::output_trace::Holder;
use tracehound_model::{Direction, Policy};
use tracehound_store::AddressId;
use tracehound_store::utxo::{MemoryLedger, OutputId, OutputLedger, TransactionId};
use tracehound_testkit::utxo::{UtxoChain, UtxoChainConfig, UtxoPlant};

fn chain(seed: u64) -> MemoryLedger {
    let mut config = UtxoChainConfig::new(seed, 1_500);
    config.plants = vec![UtxoPlant::WasabiRound(12), UtxoPlant::ExchangeDeposits(8)];
    let mut chain = UtxoChain::new(config);
    let mut ledger = MemoryLedger::new("bitcoin-regtest".parse().unwrap());
    for generated in chain.by_ref() {
        ledger.push(&generated.block);
    }
    ledger
}

/// Every fifteenth address is of one of three categories.
fn tagged(ledger: &MemoryLedger) -> HashMap<AddressId, u8> {
    (0..ledger.address_count()).step_by(15).map(|id| (AddressId(id), (id / 15 % 3) as u8)).collect()
}

fn categories() -> Vec<String> {
    ["exchange", "mixer", "theft"].map(str::to_owned).to_vec()
}

fn asked(
    ledger: &MemoryLedger,
    tagged: &HashMap<AddressId, u8>,
    address: AddressId,
    side: Direction,
) -> Vec<OutputExposure> {
    let finder = CoinJoinFinder::new(ledger);
    let mixes = |view: &tracehound_store::utxo::TransactionView<'_>| finder.mixes(view);
    let categories = categories();
    let request =
        OutputExposureRequest { categories: &categories, tagged, coinjoin: &mixes, dust: 0 };
    on_demand_outputs(ledger, &request, address, side, None).unwrap()
}

/// Fractions of an output by name; what is missing to one is unattributed.
type Fractions = BTreeMap<String, f64>;

/// What one address received, by name, and `own` for what came back to it.
fn naive(ledger: &MemoryLedger, tagged: &HashMap<AddressId, u8>, of: AddressId) -> Fractions {
    let finder = CoinJoinFinder::new(ledger);
    let names = categories();
    let mut outputs: BTreeMap<OutputId, Fractions> = BTreeMap::new();
    let mut received = Fractions::new();
    for id in (0..ledger.transaction_count()).map(TransactionId) {
        let view = ledger.transaction(id).unwrap();
        let mut mix = Fractions::new();
        if view.fields.coinbase {
            mix.insert("mined".to_owned(), 1.0);
        } else if finder.mixes(&view).unwrap() {
            mix.insert("coinjoin".to_owned(), 1.0);
        } else {
            let whole: u64 = view.inputs.iter().filter_map(|input| Some(input.value()?.0)).sum();
            for input in view.inputs {
                let share = input.value().unwrap().0 as f64 / whole as f64;
                let owner = input.address();
                let label = owner.and_then(|owner| tagged.get(&owner));
                if owner == Some(of) {
                    *mix.entry("own".to_owned()).or_default() += share;
                } else if let Some(category) = label {
                    *mix.entry(names[usize::from(*category)].clone()).or_default() += share;
                } else if let Some(spent) = input.spends().and_then(|spent| outputs.get(&spent)) {
                    for (name, fraction) in spent {
                        *mix.entry(name.clone()).or_default() += share * fraction;
                    }
                }
            }
        }
        for (index, output) in (0..).zip(view.outputs) {
            if output.address() == Some(of) {
                let value = output.value().0 as f64;
                *received.entry("all".to_owned()).or_default() += value;
                for (name, fraction) in &mix {
                    *received.entry(name.clone()).or_default() += value * fraction;
                }
            }
            outputs.insert(OutputId { transaction: id, index }, mix.clone());
        }
    }
    received
}

fn name(label: &OutputLabel) -> String {
    match label {
        OutputLabel::Label(Label::Category(name)) => name.clone(),
        OutputLabel::CoinJoin => "coinjoin".to_owned(),
        OutputLabel::Mined => "mined".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Untagged addresses with some history, spread over the chain.
fn subjects(
    ledger: &MemoryLedger,
    tagged: &HashMap<AddressId, u8>,
    every: usize,
) -> Vec<AddressId> {
    let all = (0..ledger.address_count()).map(AddressId);
    let busy =
        all.filter(|id| !tagged.contains_key(id) && !ledger.outputs_to(*id).unwrap().is_empty());
    busy.step_by(every).collect()
}

#[test]
fn received_equals_the_naive_model_pro_rata() {
    let ledger = chain(11);
    let tagged = tagged(&ledger);
    let mut attributed = 0;
    for address in subjects(&ledger, &tagged, 97) {
        let naive = naive(&ledger, &tagged, address);
        let of = |name: &str| naive.get(name).copied().unwrap_or_default();
        let exposures = asked(&ledger, &tagged, address, Direction::Forward);
        let ours = exposures.iter().find(|e| e.policy == Policy::Haircut).unwrap();
        // A satoshi a transaction of the way at most is dealt by rounding.
        let error = ours.touched as f64 + 2.0;
        let total = of("all") - of("own");
        assert!((ours.total as f64 - total).abs() <= error, "{address:?}: {ours:?} {naive:?}");
        for figure in &ours.figures {
            let theirs = of(&name(&figure.label));
            let off = (figure.whole() as f64 - theirs).abs();
            assert!(off <= error, "{address:?} {:?}: {} {theirs}", figure.label, figure.whole());
            attributed += usize::from(matches!(figure.label, OutputLabel::Label(_)));
        }
        for (named, amount) in naive.iter().filter(|(n, _)| !["all", "own"].contains(&n.as_str())) {
            let found = ours.figures.iter().any(|figure| name(&figure.label) == *named);
            assert!(found || *amount <= error, "{address:?} lacks {named} {amount}");
        }
    }
    assert!(attributed > 20, "tags are met: {attributed}");
}

#[test]
fn figures_close_both_ways_and_each_has_a_path() {
    let ledger = chain(12);
    let tagged = tagged(&ledger);
    for address in subjects(&ledger, &tagged, 61) {
        for side in [Direction::Forward, Direction::Backward] {
            for exposure in asked(&ledger, &tagged, address, side) {
                let sum: u64 = exposure.figures.iter().map(|figure| figure.whole()).sum();
                assert_eq!(sum + exposure.unattributed, exposure.total, "{address:?} {side:?}");
                for figure in &exposure.figures {
                    let by_hops: u64 = figure.by_hops.values().sum();
                    assert_eq!(by_hops, figure.whole());
                    assert!(!figure.witness.0.is_empty() && figure.witness.2 <= figure.whole());
                    assert!(figure.witness.0.windows(2).all(|pair| pair[0] < pair[1]));
                }
            }
        }
    }
}

#[test]
fn a_withdrawn_tag_leaves_what_was_there_without_it() {
    let ledger = chain(13);
    let all = tagged(&ledger);
    let category = |label: &OutputLabel| matches!(label, OutputLabel::Label(Label::Category(_)));
    let mut met = 0;
    for address in subjects(&ledger, &all, 211) {
        let before = asked(&ledger, &all, address, Direction::Forward);
        let witness = before[0].figures.iter().find(|figure| category(&figure.label));
        let Some(Holder::Address(named)) = witness.map(|figure| figure.witness.1) else { continue };
        met += 1;
        let mut fewer = all.clone();
        fewer.remove(&named);
        let after = asked(&ledger, &fewer, address, Direction::Forward);
        assert_ne!(before, after, "the tag made part of a figure");
        // Its path is gone from every figure, and what it hid comes to light as elsewhere.
        let naive = naive(&ledger, &fewer, address);
        let error = after[0].touched as f64 + 2.0;
        for figure in after[0].figures.iter().filter(|figure| category(&figure.label)) {
            assert_ne!(figure.witness.1, Holder::Address(named));
            let theirs = naive.get(&name(&figure.label)).copied().unwrap_or_default();
            assert!((figure.whole() as f64 - theirs).abs() <= error, "{figure:?} {theirs}");
        }
        assert_eq!(asked(&ledger, &all, address, Direction::Forward), before, "and back again");
    }
    assert!(met > 3, "tags are met: {met}");
}
