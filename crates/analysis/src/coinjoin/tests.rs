use super::*;
use proptest::prelude::*;
use tracehound_model::address::AddressKind;
use tracehound_model::{
    Address, Height, Satoshi, StatedOutput, TransactionHash, UtxoBlock, UtxoInput, UtxoOutput,
    UtxoTransaction,
};
use tracehound_store::utxo::{MemoryLedger, OutputLedger, TransactionId};

fn address(kind: AddressKind, number: u64) -> Option<Address> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Some(Address::from_bytes(kind, &bytes))
}

fn coins(from: u64, values: &[u64]) -> Vec<MixCoin> {
    let coin = |(number, value): (u64, &u64)| MixCoin {
        value: Some(*value),
        address: address(AddressKind::WitnessKeyHash, number),
    };
    (from..).zip(values).map(coin).collect()
}

fn mix(height: u64, inputs: &[u64], outputs: &[u64]) -> MixTransaction {
    MixTransaction {
        height: Height(height),
        inputs: coins(0, inputs),
        outputs: coins(1_000, outputs),
        data: Vec::new(),
    }
}

fn kind(transaction: &MixTransaction) -> Option<CoinJoinKind> {
    detect(transaction).map(|verdict| verdict.kind)
}

/// Twelve people, equal outputs of 0.1 BTC, a fee and change, all in order.
fn wasabi1() -> MixTransaction {
    let inputs: Vec<u64> = (0..12).map(|n| 10_500_000 + n * 100_000).collect();
    let mut outputs = vec![10_000_000; 12];
    outputs.extend((0..12).map(|n| 20_000_000 + n));
    mix(650_000, &inputs, &outputs)
}

#[test]
fn wasabi_1_by_height() {
    assert_eq!(kind(&wasabi1()), Some(CoinJoinKind::Wasabi1));
    let early = MixTransaction { height: Height(600_000), ..wasabi1() };
    assert_ne!(kind(&early), Some(CoinJoinKind::Wasabi1), "without the coordinator's address");
    let mut paid = early.clone();
    paid.outputs[20].address = "bc1qs604c7jv6amk4cxqlnvuxv26hv3e48cds4m0ew".parse().ok();
    assert_eq!(kind(&paid), Some(CoinJoinKind::Wasabi1));
    let before = MixTransaction { height: Height(500_000), ..paid };
    assert_ne!(kind(&before), Some(CoinJoinKind::Wasabi1));
    let mut unordered = wasabi1();
    unordered.inputs.swap(0, 5);
    unordered.outputs.swap(13, 20);
    assert_ne!(kind(&unordered), Some(CoinJoinKind::Wasabi1));
    let mut other_scripts = wasabi1();
    other_scripts.inputs[3].address = address(AddressKind::PublicKeyHash, 3);
    assert_ne!(kind(&other_scripts), Some(CoinJoinKind::Wasabi1));
}

/// Sixty inputs and outputs, all of standard values, falling.
fn wasabi2(height: u64, inputs: usize) -> MixTransaction {
    let values = [1_073_741_824, 500_000_000, 387_420_489, 200_000_000, 65_536, 20_000, 5_000];
    let mut all: Vec<u64> = (0..inputs).map(|n| values[n % values.len()]).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    mix(height, &all, &all)
}

#[test]
fn wasabi_2_by_inputs_order_and_values() {
    assert_eq!(kind(&wasabi2(800_000, 60)), Some(CoinJoinKind::Wasabi2));
    assert_ne!(kind(&wasabi2(800_000, 40)), Some(CoinJoinKind::Wasabi2), "too few then");
    assert_eq!(kind(&wasabi2(860_000, 40)), Some(CoinJoinKind::Wasabi2), "enough later");
    assert_ne!(kind(&wasabi2(740_000, 60)), Some(CoinJoinKind::Wasabi2), "not yet");
    let mut rising = wasabi2(800_000, 60);
    rising.outputs.reverse();
    assert_ne!(kind(&rising), Some(CoinJoinKind::Wasabi2));
    let mut odd = wasabi2(800_000, 60);
    for output in odd.outputs.iter_mut().take(13) {
        output.value = Some(1_073_741_823);
    }
    assert_ne!(kind(&odd), Some(CoinJoinKind::Wasabi2), "a fifth has no standard value");
}

#[test]
fn whirlpool_and_its_preparation() {
    let five =
        mix(700_000, &[5_000_000, 5_000_000, 5_000_000, 5_010_000, 5_009_000], &[5_000_000; 5]);
    assert_eq!(kind(&five), Some(CoinJoinKind::Whirlpool));
    let all_new = mix(700_000, &[5_010_000; 5], &[5_000_000; 5]);
    assert_ne!(kind(&all_new), Some(CoinJoinKind::Whirlpool), "nobody mixed before");
    let none_new = mix(700_000, &[5_000_000; 5], &[5_000_000; 5]);
    assert_ne!(kind(&none_new), Some(CoinJoinKind::Whirlpool), "nobody pays the miner");
    let mut unknown = five.clone();
    unknown.inputs.iter_mut().for_each(|input| input.value = None);
    let verdict = detect(&unknown).unwrap();
    assert_eq!((verdict.kind, verdict.unknown_inputs), (CoinJoinKind::Whirlpool, 5));
    let mut tx0 = mix(700_000, &[9_000_000], &[175_000, 1_003_000, 1_003_000, 50_000]);
    assert_eq!(kind(&tx0), None);
    tx0.data = vec![65];
    assert_eq!(kind(&tx0), Some(CoinJoinKind::WhirlpoolTx0));
    assert!(!CoinJoinKind::WhirlpoolTx0.mixes());
    tx0.data = vec![20];
    assert_ne!(kind(&tx0), Some(CoinJoinKind::WhirlpoolTx0));
}

#[test]
fn join_market_and_the_generic_shape() {
    let join = mix(
        600_000,
        &[70_000_000, 60_000_000, 55_000_000],
        &[50_000_000, 50_000_000, 50_000_000, 19_999_000, 10_001_000, 4_990_000],
    );
    assert_eq!(kind(&join), Some(CoinJoinKind::JoinMarket));
    let two = mix(400_000, &[7_000, 9_000], &[5_000, 5_000, 1_900, 3_900]);
    assert_eq!(kind(&two), Some(CoinJoinKind::Generic));
    // A payout: one payer, many equal outputs.
    let payout = mix(600_000, &[900_000_000], &[100_000; 40]);
    assert_eq!(kind(&payout), None);
    // One person with two coins of one address.
    let mut alone = two.clone();
    alone.inputs[1].address = alone.inputs[0].address;
    assert_eq!(kind(&alone), None);
    assert_eq!(kind(&mix(600_000, &[7_000, 9_000], &[546, 546, 3_900])), None, "token markers");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// But for the orders that Wasabi keeps, order proves nothing.
    #[test]
    fn order_does_not_matter_elsewhere(seed in any::<u64>(), which in 0_usize..3) {
        let before = match which {
            0 => mix(700_000, &[5_000_000, 5_000_000, 5_000_000, 5_010_000, 5_009_000], &[5_000_000; 5]),
            1 => mix(
                600_000,
                &[70_000_000, 60_000_000, 55_000_000],
                &[50_000_000, 50_000_000, 50_000_000, 19_999_000, 10_001_000, 4_990_000],
            ),
            _ => mix(400_000, &[7_000, 9_000], &[5_000, 5_000, 1_900, 3_900]),
        };
        let mut after = before.clone();
        let mut state = seed;
        for list in [&mut after.inputs, &mut after.outputs] {
            for place in (1..list.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                list.swap(place, usize::try_from(state >> 33).unwrap() % (place + 1));
            }
        }
        prop_assert_eq!(detect(&after), detect(&before));
    }

    /// No shape crashes a rule, and what mixes has several payers.
    #[test]
    fn any_shape_is_judged(
        height in 0_u64..900_000,
        inputs in prop::collection::vec(0_u64..1 << 40, 0..60),
        outputs in prop::collection::vec(0_u64..1 << 40, 0..60),
        equal in 0_u64..1 << 30,
        repeats in 0_usize..60,
    ) {
        let mut outputs = outputs;
        outputs.iter_mut().take(repeats).for_each(|value| *value = equal);
        let transaction = mix(height, &inputs, &outputs);
        if let Some(verdict) = detect(&transaction) {
            prop_assert!(!verdict.kind.mixes() || transaction.inputs.len() >= 2);
        }
    }

    /// The look at counts and values never hides a CoinJoin from the rules.
    #[test]
    fn the_quick_look_hides_nothing(
        height in prop::sample::select(vec![400_000_u64, 600_000, 650_000, 800_000, 860_000]),
        inputs in prop::collection::vec(prop::sample::select(vec![10_000_000_u64, 10_009_000, 12_345_678, 5_000_000, 5_000_000, 5_009_000]), 0..24),
        outputs in prop::collection::vec(1_u64..9_000_000, 0..24),
        equal in prop::sample::select(vec![10_000_000_u64, 5_000_000, 8_192, 546]),
        whole in any::<bool>(),
        repeats in 0_usize..24,
        coordinator in any::<bool>(),
        ordered in any::<bool>(),
        payers in 1_u64..24,
    ) {
        let (mut inputs, mut outputs) = (inputs, outputs);
        outputs.iter_mut().take(repeats).for_each(|value| *value = equal);
        if whole {
            outputs.truncate(repeats);
        }
        if ordered {
            inputs.sort_unstable_by(|a, b| b.cmp(a));
            outputs.sort_unstable_by(|a, b| b.cmp(a));
        }
        let mut transaction = mix(height, &inputs, &outputs);
        for (number, input) in (0..).zip(&mut transaction.inputs) {
            input.address = address(AddressKind::WitnessKeyHash, number % payers);
        }
        if coordinator && let Some(last) = transaction.outputs.last_mut() {
            last.address = "bc1qs604c7jv6amk4cxqlnvuxv26hv3e48cds4m0ew".parse().ok();
        }
        let ledger = ledger(&transaction);
        let view = ledger.transaction(TransactionId(0)).unwrap();
        let mixes = detect(&transaction).is_some_and(|verdict| verdict.kind.mixes());
        prop_assert_eq!(CoinJoinFinder::new(&ledger).mixes(&view).unwrap(), mixes);
    }
}

/// A chain of one block with this one transaction.
fn ledger(transaction: &MixTransaction) -> MemoryLedger {
    let mut block = UtxoBlock { height: transaction.height, ..UtxoBlock::default() };
    block.transactions.push(UtxoTransaction {
        hash: TransactionHash([1; 32]),
        first_input: 0,
        first_output: 0,
        version: 1,
        lock_time: 0,
        virtual_size: 0,
        coinbase: false,
        replaceable: false,
    });
    for coin in &transaction.inputs {
        block.inputs.push(UtxoInput { transaction: TransactionHash([7; 32]), index: 0 });
        let value = Satoshi(coin.value.unwrap());
        block.stated.push(StatedOutput { value, address: coin.address });
    }
    for coin in &transaction.outputs {
        let value = Satoshi(coin.value.unwrap());
        block.outputs.push(UtxoOutput { value, address: coin.address, payload: 0..0 });
    }
    let mut ledger = MemoryLedger::new("bitcoin".parse().unwrap());
    ledger.push(&block);
    ledger
}
