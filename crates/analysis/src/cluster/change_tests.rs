//! Each heuristic on chains small enough to decide by hand, and the guard.

use super::change::{Combination, Context, Heuristic, change_evidence};
use super::testing::{Spend, address, block, chain, ledger, spending};
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_store::AddressId;
use tracehound_store::utxo::{MemoryLedger, OutputLedger, TransactionId};

/// 1 is paid 50 M; pays 2 a round 20 M and 3 the rest; 3 peels on to 4 and 5;
/// 5 pays 1 and 6 with a lock time and another fee.
fn peel() -> MemoryLedger {
    let mut ledger = MemoryLedger::new(chain());
    ledger
        .push(&block(1, &Spend { inputs: vec![(9, 50_001_000)], outputs: vec![(1, 50_000_000)] }));
    ledger.push(&spending(2, &[(1, 0)], &[(2, 20_000_000), (3, 29_999_000)]));
    ledger.push(&spending(3, &[(2, 1)], &[(4, 10_000_000), (5, 19_998_000)]));
    let mut last = spending(4, &[(3, 1)], &[(1, 9_000_000), (6, 10_990_000 - 2_000)]);
    last.transactions[0].lock_time = 3;
    ledger.push(&last);
    ledger
}

fn left(ledger: &MemoryLedger, heuristic: Heuristic, transaction: u32) -> Vec<u32> {
    let context = Context { ledger, coinjoin: None, clusters: None };
    let view = ledger.transaction(TransactionId(transaction)).unwrap();
    heuristic.candidates(&context, &view).unwrap().into_iter().collect()
}

#[test]
fn each_heuristic_leaves_what_it_cannot_rule_out() {
    let ledger = peel();
    let cases: &[(Heuristic, u32, &[u32])] = &[
        (Heuristic::PeelingChain, 0, &[]),
        (Heuristic::PeelingChain, 1, &[0, 1]),
        (Heuristic::PowerOfTen(6), 1, &[1]),
        (Heuristic::PowerOfTen(3), 1, &[]),
        (Heuristic::OptimalChange, 1, &[0, 1]),
        (Heuristic::AddressType, 1, &[0, 1]),
        (Heuristic::LockTime, 1, &[0, 1]),
        (Heuristic::LockTime, 2, &[0]),
        (Heuristic::AddressReuse, 1, &[]),
        (Heuristic::ClientChange, 1, &[0, 1]),
        (Heuristic::ClientChange, 3, &[1]),
        (Heuristic::Legacy, 1, &[]),
        (Heuristic::FixedFee, 1, &[0, 1]),
        (Heuristic::FixedFee, 2, &[0]),
        (Heuristic::Spent, 1, &[1]),
        (Heuristic::Spent, 3, &[]),
    ];
    for (heuristic, transaction, expected) in cases {
        assert_eq!(
            left(&ledger, *heuristic, *transaction),
            *expected,
            "{heuristic:?} {transaction}"
        );
    }
}

#[test]
fn legacy_takes_the_one_fresh_output_below_every_input() {
    let paid = [
        Spend { inputs: vec![(1, 10), (2, 12)], outputs: vec![(3, 16), (4, 5)] },
        Spend { inputs: vec![(1, 10), (2, 12)], outputs: vec![(3, 16), (4, 5)] },
    ];
    let ledger = ledger(&paid);
    assert_eq!(left(&ledger, Heuristic::Legacy, 0), [1]);
    assert!(left(&ledger, Heuristic::Legacy, 1).is_empty(), "4 has been seen before");
    // With a known CoinJoin nothing is left.
    let detect = |_: &tracehound_store::utxo::TransactionView<'_>| true;
    let rule = tracehound_model::Rule { name: "every", version: 1 };
    let coinjoin = Some(CoinJoinFilter { rule, detect: &detect });
    let context = Context { ledger: &ledger, coinjoin, clusters: None };
    let view = ledger.transaction(TransactionId(0)).unwrap();
    assert!(Heuristic::Legacy.candidates(&context, &view).unwrap().is_empty());
}

#[test]
fn combinations_are_set_operations_and_evidence_is_graded() {
    let ledger = peel();
    let context = Context { ledger: &ledger, coinjoin: None, clusters: None };
    let view = ledger.transaction(TransactionId(1)).unwrap();
    let one = |heuristic| Box::new(Combination::One(heuristic));
    let (all, odd) = (one(Heuristic::ClientChange), one(Heuristic::PowerOfTen(6)));
    let and = Combination::And(all.clone(), odd.clone());
    assert_eq!(and.unique(&context, &view).unwrap(), Some(1));
    let minus = Combination::Minus(all.clone(), odd.clone());
    assert_eq!(minus.unique(&context, &view).unwrap(), Some(0));
    assert_eq!(Combination::Or(all, odd).unique(&context, &view).unwrap(), None);
    // 29,999,000 is a multiple of 1000, so GraphSense's one-time change stays silent.
    let evidence = change_evidence(&context, &view).unwrap();
    let names: Vec<_> = evidence.iter().map(|e| (e.rule.name, e.output.index)).collect();
    assert_eq!(names, [("change-power-of-ten", 1)]);
}

#[test]
fn one_time_change_and_direct_change_carry_their_confidence() {
    let ledger = ledger(&[Spend {
        inputs: vec![(1, 9_000), (2, 8_000)],
        outputs: vec![(1, 12_000), (4, 4_321)],
    }]);
    let context = Context { ledger: &ledger, coinjoin: None, clusters: None };
    let view = ledger.transaction(TransactionId(0)).unwrap();
    let evidence = change_evidence(&context, &view).unwrap();
    let of = |name| {
        evidence.iter().find(|e| e.rule.name == name).map(|e| (e.output.index, e.confidence))
    };
    assert_eq!(of("change-one-time"), Some((1, Some(50))));
    assert_eq!(of("change-direct"), Some((0, Some(100))));
}

fn id(ledger: &MemoryLedger, number: u8) -> AddressId {
    ledger.address_id(&address(number)).unwrap().unwrap()
}

#[test]
fn the_guard_refuses_two_giants_and_two_entities() {
    let pair = |a, b| Spend { inputs: vec![(a, 5), (b, 5)], outputs: vec![(30, 9)] };
    let (rule, tags) = (MultiInput::default(), BTreeMap::new());
    let mut chained = MemoryLedger::new(chain());
    chained.push(&block(1, &pair(1, 2)));
    chained.push(&block(2, &pair(3, 4)));
    chained.push(&block(3, &Spend { inputs: vec![(1, 9)], outputs: vec![(3, 4), (30, 5)] }));
    chained.push(&spending(4, &[(3, 0)], &[(31, 3)]));
    let clusters = Clustering::build(&chained, &rule, 1).unwrap();
    let context = Context { ledger: &chained, coinjoin: None, clusters: None };
    let spent = Combination::One(Heuristic::Spent);
    let run = |most_members, tags: &BTreeMap<AddressId, String>| {
        merge_change(&context, &clusters, &rule, &spent, &Guard { most_members, tags }).unwrap()
    };
    let (merged, made, refused) = run(10_000, &tags);
    assert!(refused.is_empty() && made.len() == 1);
    assert_eq!(merged.cluster(id(&chained, 1)), merged.cluster(id(&chained, 4)));
    let (_, made, refused) = run(1, &tags);
    assert!(made.is_empty());
    assert_eq!(refused[0].reason, Refusal::BothLarge(2, 2));
    let entity = |name: &str| BTreeSet::from([name.to_owned()]);
    let tags =
        BTreeMap::from([(id(&chained, 2), "A".to_owned()), (id(&chained, 4), "B".to_owned())]);
    let (kept, made, refused) = run(10_000, &tags);
    assert!(made.is_empty());
    assert_eq!(refused[0].reason, Refusal::Entities(entity("A"), entity("B")));
    assert!(tag_conflicts(&kept, &tags).is_empty());
    assert_eq!(tag_conflicts(&merged, &tags).len(), 1, "unguarded, they would be one");
}

proptest! {
    #[test]
    fn guarded_merges_only_coarsen_and_never_join_entities(
        inputs in prop::collection::vec((0_u8..12, 0_u8..12, 0_u8..12), 1..20),
        tagged in prop::collection::btree_map(0_u8..12, 0_u8..3, 0..5),
    ) {
        let spend = |(a, b, c): &(u8, u8, u8)| Spend { inputs: vec![(*a, 5), (*b, 9)], outputs: vec![(*c, 3), (99, 11)] };
        let ledger = ledger(&inputs.iter().map(spend).collect::<Vec<_>>());
        let rule = MultiInput::default();
        let clusters = Clustering::build(&ledger, &rule, 1).unwrap();
        let context = Context { ledger: &ledger, coinjoin: None, clusters: None };
        let tags: BTreeMap<AddressId, String> = tagged.iter()
            .filter_map(|(n, e)| Some((ledger.address_id(&address(*n)).unwrap()?, e.to_string()))).collect();
        let optimal = Combination::One(Heuristic::OptimalChange);
        let guard = Guard { most_members: 10_000, tags: &tags };
        let (merged, made, refused) = merge_change(&context, &clusters, &rule, &optimal, &guard).unwrap();
        let before = tag_conflicts(&clusters, &tags).len();
        prop_assert!(tag_conflicts(&merged, &tags).len() <= before);
        for address in 0..ledger.address_count() {
            let root = clusters.cluster(AddressId(address)).unwrap();
            prop_assert_eq!(merged.cluster(AddressId(address)), merged.cluster(root));
        }
        prop_assert_eq!(clusters.count() - made.len(), merged.count());
        for refusal in refused {
            prop_assert!(matches!(refusal.reason, Refusal::Entities(a, b) if a != b));
        }
    }
}
