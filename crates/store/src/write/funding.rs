//! Order by funding: where a source gives no order inside a block, credits
//! come before the debits they can pay for.
//!
//! Nodes are transactions of a block, or rows of a transaction. A node that
//! credits an (address, asset) comes before every node that debits it; known
//! places are kept among the nodes that have one. Per (address, asset) two
//! extra nodes stand for "all pure credits done" and "all credits done", so
//! that a hub with a thousand payers and payees costs two thousand edges, not
//! a million. Nodes that both credit and debit it stand between the two, in
//! no order among themselves.
//!
//! The result depends only on the order of the nodes given (by hash or by
//! content), which decides all ties. Where credits and debits run in a
//! circle no order satisfies all; then the first node of a circle that
//! depends on nothing outside it goes first. Beyond [`MOST_WORK`] steps
//! circles are broken at the first node left, without looking for the best.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Steps spent on finding circles within one block.
const MOST_WORK: usize = 50_000_000;

/// One thing to be placed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    /// Its known place among the others.
    pub(crate) place: Option<u32>,
    /// Numbers of the (address, asset) it credits.
    pub(crate) credits: Vec<u32>,
    /// Numbers of the (address, asset) it debits.
    pub(crate) debits: Vec<u32>,
}

/// Indexes of `nodes` in funding order. `keys` is above every key number.
pub(crate) fn order(nodes: &[Node], keys: usize) -> Vec<usize> {
    let mut graph = Graph::new(nodes, keys);
    let mut order = Vec::with_capacity(nodes.len());
    while order.len() < nodes.len() {
        match graph.next_ready() {
            Some(node) => graph.finish(node, &mut order),
            None => graph.break_circles(),
        }
    }
    order
}

/// Waits for of one node.
#[derive(Clone, Copy, Default)]
struct Waits {
    /// Unfinished nodes before it by funding.
    funding: usize,
    /// Whether the node with the known place before it is unfinished.
    place: bool,
    done: bool,
}

struct Graph {
    /// Nodes given; the extra ones come after them.
    given: usize,
    after: Vec<Vec<usize>>,
    after_by_place: Vec<Option<usize>>,
    waits: Vec<Waits>,
    ready: BinaryHeap<Reverse<usize>>,
    ready_extra: Vec<usize>,
    /// Given nodes that wait for no known place, for breaking circles without a search.
    unplaced: BinaryHeap<Reverse<usize>>,
    work: usize,
}

impl Graph {
    fn new(nodes: &[Node], keys: usize) -> Self {
        let count = nodes.len() + 2 * keys;
        let mut graph = Self {
            given: nodes.len(),
            after: vec![Vec::new(); count],
            after_by_place: vec![None; count],
            waits: vec![Waits::default(); count],
            ready: BinaryHeap::new(),
            ready_extra: Vec::new(),
            unplaced: BinaryHeap::new(),
            work: 0,
        };
        for (index, node) in nodes.iter().enumerate() {
            graph.add_funding(index, node);
        }
        for key in 0..keys {
            let all_credited = nodes.len() + 2 * key + 1;
            graph.edge(all_credited - 1, all_credited);
        }
        graph.add_places(nodes);
        for node in 0..count {
            graph.wake(node);
        }
        graph.unplaced = (0..nodes.len()).filter(|n| !graph.waits[*n].place).map(Reverse).collect();
        graph
    }

    fn edge(&mut self, before: usize, after: usize) {
        self.after[before].push(after);
        self.waits[after].funding += 1;
    }

    fn add_funding(&mut self, index: usize, node: &Node) {
        // Key numbers are indexes of this block's keys and fit usize.
        let first_extra = |key: u32| self.given + 2 * crate::widen::index(key);
        let (mut credits, mut debits) = (node.credits.clone(), node.debits.clone());
        for keys in [&mut credits, &mut debits] {
            keys.sort_unstable();
            keys.dedup();
        }
        let edges: Vec<(usize, usize)> = credits
            .iter()
            .map(|key| (first_extra(*key), debits.binary_search(key).is_ok()))
            .map(|(extra, passes)| (index, if passes { extra + 1 } else { extra }))
            .chain(debits.iter().map(|key| {
                let passes = credits.binary_search(key).is_ok();
                let extra = first_extra(*key);
                (if passes { extra } else { extra + 1 }, index)
            }))
            .collect();
        for (before, after) in edges {
            self.edge(before, after);
        }
    }

    fn add_places(&mut self, nodes: &[Node]) {
        let mut placed: Vec<usize> =
            (0..nodes.len()).filter(|n| nodes[*n].place.is_some()).collect();
        placed.sort_by_key(|n| nodes[*n].place);
        for pair in placed.windows(2) {
            self.after_by_place[pair[0]] = Some(pair[1]);
            self.waits[pair[1]].place = true;
        }
    }

    /// Queues a node that waits for nothing.
    fn wake(&mut self, node: usize) {
        let waits = self.waits[node];
        if waits.funding > 0 || waits.place || waits.done {
            return;
        }
        if node < self.given {
            self.ready.push(Reverse(node));
        } else {
            self.ready_extra.push(node);
        }
    }

    fn next_ready(&mut self) -> Option<usize> {
        if let Some(extra) = self.ready_extra.pop() {
            return Some(extra);
        }
        while let Some(Reverse(node)) = self.ready.pop() {
            if !self.waits[node].done {
                return Some(node);
            }
        }
        None
    }

    fn finish(&mut self, node: usize, order: &mut Vec<usize>) {
        self.waits[node].done = true;
        if node < self.given {
            order.push(node);
        }
        for after in std::mem::take(&mut self.after[node]) {
            self.waits[after].funding -= 1;
            self.wake(after);
        }
        if let Some(after) = self.after_by_place[node] {
            self.waits[after].place = false;
            self.unplaced.push(Reverse(after));
            self.wake(after);
        }
    }

    /// Declares nodes ready although they wait for funding.
    fn break_circles(&mut self) {
        if self.work > MOST_WORK {
            while let Some(Reverse(node)) = self.unplaced.pop() {
                if !self.waits[node].done {
                    self.ready.push(Reverse(node));
                    return;
                }
            }
        }
        for circle in self.first_circles() {
            let free = |n: &&usize| **n < self.given && !self.waits[**n].place;
            // Known places form one line, so a circle nothing outside leads
            // into contains a node that waits for none of them.
            if let Some(node) = circle.iter().filter(free).min() {
                self.ready.push(Reverse(*node));
            }
        }
    }

    fn followers(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let followers = self.after[node].iter().copied().chain(self.after_by_place[node]);
        followers.filter(|after| !self.waits[*after].done)
    }

    /// Strongly connected sets of unfinished nodes that no other leads into.
    fn first_circles(&mut self) -> Vec<Vec<usize>> {
        let component = Components::find(self);
        let count = component.iter().copied().max().map_or(0, |last| last + 1);
        let mut led_into = vec![false; count];
        let mut members = vec![Vec::new(); count];
        let mut work = 0;
        for node in (0..self.waits.len()).filter(|n| !self.waits[*n].done) {
            members[component[node]].push(node);
            for after in self.followers(node) {
                led_into[component[after]] |= component[after] != component[node];
                work += 1;
            }
        }
        self.work += work + self.waits.len();
        let first = members.into_iter().zip(led_into).filter(|(_, led_into)| !led_into);
        first.map(|(members, _)| members).filter(|members| !members.is_empty()).collect()
    }
}

/// Tarjan's strongly connected components with a stack of its own, since a
/// block may hold a path longer than the thread's stack.
struct Components {
    number: Vec<usize>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    component: Vec<usize>,
    numbered: usize,
    components: usize,
}

const UNSEEN: usize = usize::MAX;

impl Components {
    /// The component of each unfinished node; zero for finished ones, whose
    /// number means nothing.
    fn find(graph: &Graph) -> Vec<usize> {
        let count = graph.waits.len();
        let mut search = Self {
            number: vec![UNSEEN; count],
            low: vec![0; count],
            on_stack: vec![false; count],
            stack: Vec::new(),
            component: vec![0; count],
            numbered: 0,
            components: 0,
        };
        for root in 0..count {
            if !graph.waits[root].done && search.number[root] == UNSEEN {
                search.visit(graph, root);
            }
        }
        search.component
    }

    fn visit(&mut self, graph: &Graph, root: usize) {
        let mut path: Vec<(usize, Vec<usize>)> = vec![self.enter(graph, root)];
        while let Some((node, rest)) = path.last_mut() {
            let node = *node;
            match rest.pop() {
                Some(after) if self.number[after] == UNSEEN => {
                    path.push(self.enter(graph, after));
                }
                Some(after) if self.on_stack[after] => {
                    self.low[node] = self.low[node].min(self.number[after]);
                }
                Some(_) => {}
                None => {
                    path.pop();
                    if let Some((before, _)) = path.last() {
                        self.low[*before] = self.low[*before].min(self.low[node]);
                    }
                    self.leave(node);
                }
            }
        }
    }

    fn enter(&mut self, graph: &Graph, node: usize) -> (usize, Vec<usize>) {
        self.number[node] = self.numbered;
        self.low[node] = self.numbered;
        self.numbered += 1;
        self.on_stack[node] = true;
        self.stack.push(node);
        (node, graph.followers(node).collect())
    }

    fn leave(&mut self, node: usize) {
        if self.low[node] != self.number[node] {
            return;
        }
        while let Some(member) = self.stack.pop() {
            self.on_stack[member] = false;
            self.component[member] = self.components;
            if member == node {
                break;
            }
        }
        self.components += 1;
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)] // Test sizes are far below 32 bits.
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn node(place: Option<u32>, credits: &[u32], debits: &[u32]) -> Node {
        Node { place, credits: credits.to_vec(), debits: debits.to_vec() }
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
        for n in 0..20_000_u32 {
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
                        b.debits.contains(key)
                            && !(b.credits.contains(key) && a.debits.contains(key))
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
            flows in prop::collection::vec((prop::collection::vec(0_u32..6, 0..3), prop::collection::vec(0_u32..6, 0..3)), 1..7),
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
}
