//! The rule against a naive model, in batches, threads and with withdrawals.

use super::testing::{Spend, block, chain, ledger};
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::Rule;
use tracehound_store::AddressId;
use tracehound_store::utxo::{MemoryLedger, OutputLedger, TransactionId, TransactionView};

const DETECTOR: Rule = Rule { name: "three-outputs", version: 1 };

fn is_coinjoin(transaction: &TransactionView<'_>) -> bool {
    transaction.outputs.len() >= 3
}

fn without_coinjoins() -> MultiInput<'static> {
    let coinjoin = Some(CoinJoinFilter { rule: DETECTOR, detect: &is_coinjoin });
    MultiInput { coinjoin, ..MultiInput::default() }
}

fn spends() -> impl Strategy<Value = Vec<Spend>> {
    let side =
        |most| prop::collection::vec((prop_oneof![0_u8..16, 200_u8..203], 1_u64..9), 0..most);
    let spend = (side(5), side(5)).prop_map(|(inputs, outputs)| Spend { inputs, outputs });
    prop::collection::vec(spend, 0..14)
}

/// Repeated merging of sets, from the spends alone.
fn naive(ledger: &MemoryLedger, spends: &[Spend], skip: &BTreeSet<usize>) -> Vec<u32> {
    let number = |address| ledger.address_id(&testing::address(address)).unwrap().unwrap().0;
    let mut sets: Vec<BTreeSet<u32>> =
        (0..ledger.address_count()).map(|id| BTreeSet::from([id])).collect();
    for (place, spend) in spends.iter().enumerate() {
        if spend.outputs.len() >= 3 || skip.contains(&place) {
            continue;
        }
        let joined: BTreeSet<u32> =
            spend.inputs.iter().filter(|i| i.0 < 200).map(|i| number(i.0)).collect();
        let (touched, mut rest): (Vec<_>, Vec<_>) =
            sets.into_iter().partition(|set| !set.is_disjoint(&joined));
        if !touched.is_empty() {
            rest.push(touched.into_iter().flatten().collect());
        }
        sets = rest;
    }
    let mut labels = vec![0; ledger.address_count() as usize];
    for set in sets {
        set.iter().for_each(|id| labels[index(*id)] = *set.first().unwrap());
    }
    labels
}

fn refines(fine: &[u32], coarse: &[u32]) -> bool {
    fine.iter().enumerate().all(|(id, root)| coarse[id] == coarse[index(*root)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn equal_to_naive_merging_with_any_threads_and_withdrawals(
        spends in spends(), withdrawn in prop::collection::btree_set(0_usize..14, 0..4), threads in 1_usize..4,
    ) {
        let ledger = ledger(&spends);
        let mut rule = without_coinjoins();
        let whole = Clustering::build(&ledger, &rule, threads).unwrap().labels();
        prop_assert_eq!(&whole, &naive(&ledger, &spends, &BTreeSet::new()));
        let all = Clustering::build(&ledger, &MultiInput::default(), 1).unwrap().labels();
        prop_assert!(refines(&whole, &all));
        rule.withdrawn = withdrawn.iter().map(|p| TransactionId(u32::try_from(*p).unwrap())).collect();
        let less = Clustering::build(&ledger, &rule, threads).unwrap().labels();
        prop_assert_eq!(&less, &naive(&ledger, &spends, &withdrawn));
        prop_assert!(refines(&less, &whole));
        rule.off = true;
        let none = Clustering::build(&ledger, &rule, 1).unwrap().labels();
        prop_assert!((0..).zip(none).all(|(id, label): (u32, u32)| id == label));
    }

    #[test]
    fn batches_equal_the_whole_even_through_a_file(spends in spends(), cut in 0_usize..14) {
        let rule = without_coinjoins();
        let cut = cut.min(spends.len());
        let mut growing = ledger(&spends[..cut]);
        let mut clusters = Clustering::build(&growing, &rule, 2).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clusters");
        clusters.save(&path).unwrap();
        clusters = Clustering::load(&path, &growing).unwrap();
        for (height, spend) in (1..).zip(&spends).skip(cut) {
            growing.push(&block(height, spend));
            clusters.extend(&growing, &rule, 2).unwrap();
        }
        let whole = Clustering::build(&growing, &rule, 1).unwrap();
        prop_assert_eq!(clusters.labels(), whole.labels());
    }

    #[test]
    fn the_order_of_transactions_does_not_matter(spends in spends(), turn in 0_usize..14) {
        let mut turned = spends.clone();
        turned.rotate_left(turn.min(spends.len()));
        turned.reverse();
        let (one, other) = (ledger(&spends), ledger(&turned));
        let rule = without_coinjoins();
        let a = Clustering::build(&one, &rule, 1).unwrap();
        let b = Clustering::build(&other, &rule, 1).unwrap();
        let number = |ledger: &MemoryLedger, id| ledger.address_id(&one.address(AddressId(id)).unwrap()).unwrap().unwrap();
        for x in 0..one.address_count() {
            for y in 0..x {
                let together = a.cluster(AddressId(x)) == a.cluster(AddressId(y));
                prop_assert_eq!(together, b.cluster(number(&other, x)) == b.cluster(number(&other, y)));
            }
        }
    }

    #[test]
    fn a_shortest_chain_exists_exactly_within_clusters(spends in spends()) {
        let ledger = ledger(&spends);
        let rule = without_coinjoins();
        let clusters = Clustering::build(&ledger, &rule, 1).unwrap();
        let mut near: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        let mut joined = Vec::new();
        ledger.scan(TransactionId(0)..TransactionId(99), &mut |view| {
            rule.decide(&ledger, &view, &mut joined)?;
            joined.iter().for_each(|a| near.entry(a.0).or_default().extend(joined.iter().map(|b| b.0)));
            Ok(())
        }).unwrap();
        for a in 0..ledger.address_count() {
            let mut within = BTreeSet::from([a]);
            let mut steps = 0;
            let mut distance = BTreeMap::from([(a, 0)]);
            loop {
                let next: BTreeSet<u32> = within.iter().filter_map(|x| near.get(x)).flatten().copied()
                    .filter(|x| !distance.contains_key(x)).collect();
                if next.is_empty() { break; }
                steps += 1;
                next.iter().for_each(|x| { distance.insert(*x, steps); });
                within = next;
            }
            for b in 0..ledger.address_count() {
                let same = clusters.cluster(AddressId(a)) == clusters.cluster(AddressId(b));
                match explain(&ledger, &rule, AddressId(a), AddressId(b), 100).unwrap() {
                    Explanation::Chain(links) => {
                        prop_assert!(same);
                        prop_assert_eq!(links.len(), distance[&b]);
                        prop_assert!(links.windows(2).all(|pair| pair[0].to == pair[1].from));
                        prop_assert!(links.first().is_none_or(|link| link.from.0 == a));
                        prop_assert!(links.last().is_none_or(|link| link.to.0 == b));
                    }
                    other => prop_assert!(!same && other == Explanation::Apart),
                }
            }
        }
    }

    #[test]
    fn views_and_join_edges_cover_every_cluster(spends in spends()) {
        let ledger = ledger(&spends);
        let rule = without_coinjoins();
        let clusters = Clustering::build(&ledger, &rule, 2).unwrap();
        let view = ClusterIndex::new(&clusters);
        let edges = join_edges(&ledger, &rule).unwrap();
        prop_assert_eq!(edges.len() + clusters.count(), ledger.address_count() as usize);
        let again = UnionFind::new(ledger.address_count());
        edges.iter().for_each(|edge| { again.link(edge.from.0, edge.to.0); });
        prop_assert_eq!(again.labels(), clusters.labels());
        for id in 0..ledger.address_count() {
            let members = view.members(AddressId(id));
            prop_assert_eq!(Some(AddressId(members[0])), clusters.cluster(AddressId(id)));
            prop_assert!(members.contains(&id) && members.is_sorted());
        }
    }
}

#[test]
fn a_payjoin_shape_is_left_out_when_asked() {
    // 10 and 3 pay 8 and 4, fee 1: without the 3 there is enough for 8 and the fee.
    let shape = Spend { inputs: vec![(1, 10), (2, 3)], outputs: vec![(3, 8), (4, 4)] };
    // 10 and 3 pay 11 and 1: both are needed.
    let needed = Spend { inputs: vec![(5, 10), (6, 3)], outputs: vec![(3, 11), (4, 1)] };
    let ledger = ledger(&[shape, needed]);
    let rule = MultiInput { payjoin: Some(Payjoin { most_inputs: 4 }), ..MultiInput::default() };
    let clusters = Clustering::build(&ledger, &rule, 1).unwrap();
    let of = |n| clusters.cluster(ledger.address_id(&testing::address(n)).unwrap().unwrap());
    assert_ne!(of(1), of(2));
    assert_eq!(of(5), of(6));
}

#[test]
fn other_rules_chains_and_broken_files_are_refused() {
    let pair = |a, b| Spend { inputs: vec![(a, 5), (b, 5)], outputs: vec![(9, 10)] };
    let first = ledger(&[pair(1, 2), pair(2, 3)]);
    let rule = MultiInput::default();
    let mut clusters = Clustering::build(&first, &rule, 1).unwrap();
    let refused = clusters.extend(&first, &without_coinjoins(), 1).unwrap_err();
    assert!(refused.to_string().contains("three-outputs/1"), "{refused}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clusters");
    clusters.save(&path).unwrap();
    let mut other = MemoryLedger::new(chain());
    other.push(&block(7, &pair(1, 2)));
    other.push(&block(8, &pair(2, 3)));
    assert!(matches!(Clustering::load(&path, &other), Err(ClusterError::OtherChain { .. })));
    let bytes = std::fs::read(&path).unwrap();
    for place in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[place] ^= 4;
        std::fs::write(&path, &broken).unwrap();
        assert!(Clustering::load(&path, &first).is_err(), "byte {place}");
        std::fs::write(&path, &bytes[..place]).unwrap();
        assert!(Clustering::load(&path, &first).is_err(), "cut at {place}");
    }
}
