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

mod circles;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Steps spent on finding circles within one block.
const MOST_WORK: usize = 50_000_000;

/// What is to be placed. Nodes are numbered in the order that decides ties.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes {
    /// The known place of each node among the others.
    pub(crate) places: Vec<Option<u32>>,
    /// (node, number of an (address, asset) it credits).
    pub(crate) credits: Vec<(usize, usize)>,
    /// (node, number of an (address, asset) it debits).
    pub(crate) debits: Vec<(usize, usize)>,
    /// Above every number of an (address, asset).
    pub(crate) keys: usize,
}

/// The nodes in funding order.
pub(crate) fn order(nodes: Nodes) -> Vec<usize> {
    let count = nodes.places.len();
    let mut graph = Graph::new(nodes);
    let mut order = Vec::with_capacity(count);
    while order.len() < count {
        match graph.next_ready() {
            Some(node) => graph.finish(node, &mut order),
            None => graph.break_circles(),
        }
    }
    order
}

/// What one node waits for.
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
    /// The nodes after node `n` are `after[starts[n]..starts[n + 1]]`.
    starts: Vec<usize>,
    after: Vec<usize>,
    after_by_place: Vec<Option<usize>>,
    waits: Vec<Waits>,
    ready: BinaryHeap<Reverse<usize>>,
    ready_extra: Vec<usize>,
    /// Given nodes that wait for no known place, for breaking circles without a search.
    unplaced: BinaryHeap<Reverse<usize>>,
    work: usize,
}

impl Graph {
    fn new(nodes: Nodes) -> Self {
        let given = nodes.places.len();
        let count = given + 2 * nodes.keys;
        let edges = funding_edges(&nodes);
        let (starts, after) = lists(&edges, count);
        let mut graph = Self {
            given,
            starts,
            after,
            after_by_place: vec![None; count],
            waits: vec![Waits::default(); count],
            ready: BinaryHeap::new(),
            ready_extra: Vec::new(),
            unplaced: BinaryHeap::new(),
            work: 0,
        };
        for (_, after) in edges {
            graph.waits[after].funding += 1;
        }
        graph.add_places(&nodes.places);
        for node in 0..count {
            graph.wake(node);
        }
        graph.unplaced = (0..given).filter(|n| !graph.waits[*n].place).map(Reverse).collect();
        graph
    }

    fn add_places(&mut self, places: &[Option<u32>]) {
        let mut placed: Vec<usize> = (0..places.len()).filter(|n| places[*n].is_some()).collect();
        placed.sort_by_key(|n| places[*n]);
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
        for place in self.starts[node]..self.starts[node + 1] {
            let after = self.after[place];
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
        for circle in circles::first_circles(self) {
            let free = |n: &&usize| **n < self.given && !self.waits[**n].place;
            // Known places form one line, so a circle nothing outside leads
            // into contains a node that waits for none of them.
            if let Some(node) = circle.iter().filter(free).min() {
                self.ready.push(Reverse(*node));
            }
        }
    }

    fn followers(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let by_funding = &self.after[self.starts[node]..self.starts[node + 1]];
        let followers = by_funding.iter().copied().chain(self.after_by_place[node]);
        followers.filter(|after| !self.waits[*after].done)
    }
}

/// Who comes before whom by funding.
fn funding_edges(nodes: &Nodes) -> Vec<(usize, usize)> {
    let given = nodes.places.len();
    let (mut credits, mut debits) = (nodes.credits.clone(), nodes.debits.clone());
    for flows in [&mut credits, &mut debits] {
        flows.sort_unstable();
        flows.dedup();
    }
    let mut edges = Vec::with_capacity(credits.len() + debits.len() + nodes.keys);
    for flow in &credits {
        let both = usize::from(debits.binary_search(flow).is_ok());
        edges.push((flow.0, given + 2 * flow.1 + both));
    }
    for flow in &debits {
        let only = usize::from(credits.binary_search(flow).is_err());
        edges.push((given + 2 * flow.1 + only, flow.0));
    }
    edges.extend((0..nodes.keys).map(|key| (given + 2 * key, given + 2 * key + 1)));
    edges
}

/// Edges as one list of followers a node.
fn lists(edges: &[(usize, usize)], count: usize) -> (Vec<usize>, Vec<usize>) {
    let mut starts = vec![0; count + 1];
    for (before, _) in edges {
        starts[before + 1] += 1;
    }
    for node in 0..count {
        starts[node + 1] += starts[node];
    }
    let (mut places, mut after) = (starts.clone(), vec![0; edges.len()]);
    for (before, follower) in edges {
        after[places[*before]] = *follower;
        places[*before] += 1;
    }
    (starts, after)
}
