//! Against every permutation of a few nodes, and at the size of a hub.

use super::Nodes;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Node {
    place: Option<u32>,
    credits: Vec<usize>,
    debits: Vec<usize>,
}

fn node(place: Option<u32>, credits: &[usize], debits: &[usize]) -> Node {
    Node { place, credits: credits.to_vec(), debits: debits.to_vec() }
}

fn order(nodes: &[Node], keys: usize) -> Vec<usize> {
    let mut all = Nodes { keys, ..Nodes::default() };
    for (number, node) in nodes.iter().enumerate() {
        all.places.push(node.place);
        all.credits.extend(node.credits.iter().map(|key| (number, *key)));
        all.debits.extend(node.debits.iter().map(|key| (number, *key)));
    }
    super::order(all)
}

#[test]
fn credits_come_before_the_debits_they_pay_for() {
    // Payment 0 spends what 2 brings, which spends what 1 brings.
    let nodes = [node(None, &[9], &[1]), node(None, &[0], &[8]), node(None, &[1], &[0])];
    assert_eq!(order(&nodes, 10), [1, 2, 0]);
}

#[test]
fn known_places_win_over_funding() {
    let nodes = [node(Some(1), &[9], &[0]), node(Some(2), &[0], &[8])];
    assert_eq!(order(&nodes, 10), [0, 1]);
    let nodes = [node(Some(2), &[9], &[0]), node(Some(1), &[0], &[8])];
    assert_eq!(order(&nodes, 10), [1, 0]);
}

#[test]
fn a_circle_is_broken_at_its_first_node_not_behind_it() {
    // 1 and 2 pay each other; 0 spends what 1 brings and must wait for it.
    let nodes = [node(None, &[7], &[2]), node(None, &[0, 2], &[1]), node(None, &[1], &[0])];
    assert_eq!(order(&nodes, 8), [1, 0, 2]);
}

#[test]
fn a_hub_with_many_payers_and_payees_is_quick() {
    let mut nodes = Vec::new();
    for n in 0..20_000 {
        nodes.push(node(None, &[n + 1], &[0]));
        nodes.push(node(None, &[0], &[n + 20_001]));
    }
    let order = order(&nodes, 40_001);
    assert!(order[..20_000].iter().all(|n| n % 2 == 1));
}

fn violated(nodes: &[Node], order: &[usize]) -> usize {
    let mut count = 0;
    for (place, later) in order.iter().enumerate() {
        for earlier in &order[..place] {
            let funds = |a: &Node, b: &Node| {
                a.credits.iter().any(|key| {
                    b.debits.contains(key) && !(b.credits.contains(key) && a.debits.contains(key))
                })
            };
            count += usize::from(funds(&nodes[*later], &nodes[*earlier]));
        }
    }
    count
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn an_order_without_violations_is_found_if_there_is_one(
        flows in prop::collection::vec((prop::collection::vec(0_usize..6, 0..3), prop::collection::vec(0_usize..6, 0..3)), 1..7),
        places in Just((0..7_u32).collect::<Vec<_>>()).prop_shuffle(),
        placed in prop::collection::vec(prop::bool::weighted(0.3), 7),
    ) {
        let places = places.iter().zip(&placed).map(|(place, placed)| placed.then_some(*place));
        let nodes: Vec<Node> =
            flows.iter().zip(places).map(|((c, d), place)| node(place, c, d)).collect();
        let found = order(&nodes, 6);
        let mut sorted = found.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..nodes.len()).collect::<Vec<_>>());
        let known: Vec<u32> = found.iter().filter_map(|n| nodes[*n].place).collect();
        prop_assert!(known.is_sorted());
        // Compare with every permutation that keeps the known places.
        let mut best = usize::MAX;
        permute(&mut (0..nodes.len()).collect(), 0, &mut |p| {
            let known: Vec<u32> = p.iter().filter_map(|n| nodes[*n].place).collect();
            if known.is_sorted() {
                best = best.min(violated(&nodes, p));
            }
        });
        if best == 0 {
            prop_assert_eq!(violated(&nodes, &found), 0);
        }
    }
}

fn permute(items: &mut Vec<usize>, from: usize, visit: &mut impl FnMut(&[usize])) {
    if from == items.len() {
        return visit(items);
    }
    for place in from..items.len() {
        items.swap(from, place);
        permute(items, from + 1, visit);
        items.swap(from, place);
    }
}
