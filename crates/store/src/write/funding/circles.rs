//! Strongly connected sets of nodes, to find where a circle can be broken.

use super::Graph;

/// Strongly connected sets of unfinished nodes that no other leads into.
pub(super) fn first_circles(graph: &mut Graph) -> Vec<Vec<usize>> {
    let component = Components::find(graph);
    let count = component.iter().copied().max().map_or(0, |last| last + 1);
    let mut led_into = vec![false; count];
    let mut members = vec![Vec::new(); count];
    let mut work = 0;
    for node in (0..graph.waits.len()).filter(|n| !graph.waits[*n].done) {
        members[component[node]].push(node);
        for after in graph.followers(node) {
            led_into[component[after]] |= component[after] != component[node];
            work += 1;
        }
    }
    graph.work += work + graph.waits.len();
    let first = members.into_iter().zip(led_into).filter(|(_, led_into)| !led_into);
    first.map(|(members, _)| members).filter(|members| !members.is_empty()).collect()
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
