//! Disjoint sets that threads join without locks.
//!
//! Each number has a parent; a root is its own parent. The one invariant:
//! `parent(x) <= x`, with equality only at a root. It holds because a parent
//! is changed in two ways alone, both by compare-and-swap and both downward:
//! * `link` climbs from both numbers, always at the side whose parent is
//!   larger, until both have one parent (they were together) or the larger
//!   parent `a` is a root. Then it makes `a` a child of the other side's
//!   smaller parent. That one is below `a`, and every member of `a`'s set is
//!   at or above `a`, so it belongs to another set: no cycle arises, and the
//!   call that swaps is the one that joined. The swap succeeds only if `a` is
//!   still a root, so no set is torn from another parent and no update lost;
//!   if it fails, the climb goes on from what was found.
//! * climbing makes a number the child of its grandparent (path halving in
//!   `find`, splitting in `link`). The swap succeeds only if the parent is
//!   the one that was read; its parent was an ancestor and stays one, so the
//!   set does not change.
//!
//! Parents strictly fall along a path, so there is no cycle, `find` ends, and
//! the root of a set is its smallest member once all links are done: a set
//! has one root, and no member lies below it. Each failed swap means that
//! another thread lowered a parent, which can happen only finitely often, so
//! `link` ends. `Relaxed` is enough: a parent guards no other memory, and of
//! one atomic all threads see the changes in one order.

use super::index;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Disjoint sets of the numbers below a count; 4 bytes a number.
#[derive(Debug)]
pub struct UnionFind {
    parents: Vec<AtomicU32>,
}

impl UnionFind {
    /// Every number below `count` alone.
    #[must_use]
    pub fn new(count: u32) -> Self {
        Self { parents: (0..count).map(AtomicU32::new).collect() }
    }

    /// Sets from parents; `None` if one is larger than its number.
    #[must_use]
    pub fn from_parents(parents: Vec<u32>) -> Option<Self> {
        let sound =
            (0..).zip(&parents).all(|(number, parent): (u64, _)| u64::from(*parent) <= number);
        sound.then(|| Self { parents: parents.into_iter().map(AtomicU32::new).collect() })
    }

    /// How many numbers.
    #[must_use]
    pub fn count(&self) -> u32 {
        // Never more than a u32 of them are put in.
        u32::try_from(self.parents.len()).unwrap_or(u32::MAX)
    }

    /// Adds numbers, each alone, up to `count`.
    pub fn grow(&mut self, count: u32) {
        self.parents.extend((self.count()..count).map(AtomicU32::new));
    }

    /// The root of a number: its set's smallest member, if nobody links meanwhile.
    ///
    /// # Panics
    /// If `number` is not below the count.
    #[must_use]
    #[inline]
    pub fn find(&self, mut number: u32) -> u32 {
        loop {
            let parent = self.parents[index(number)].load(Relaxed);
            if parent == number {
                return number;
            }
            let above = self.parents[index(parent)].load(Relaxed);
            if above == parent {
                return parent;
            }
            // A failed swap costs only speed.
            let _ =
                self.parents[index(number)].compare_exchange_weak(parent, above, Relaxed, Relaxed);
            number = above;
        }
    }

    /// Joins two sets; whether they were apart.
    ///
    /// # Panics
    /// If a number is not below the count.
    #[inline]
    pub fn link(&self, mut a: u32, mut b: u32) -> bool {
        let parent = |number| self.parents[index(number)].load(Relaxed);
        // Read side by side, so that the two cache misses overlap.
        let (mut above_a, mut above_b) = (parent(a), parent(b));
        loop {
            if above_a == above_b {
                return false;
            }
            if above_a < above_b {
                (a, b, above_a, above_b) = (b, a, above_b, above_a);
            }
            if a == above_a {
                match self.parents[index(a)].compare_exchange(a, above_b, Relaxed, Relaxed) {
                    Ok(_) => return true,
                    Err(lowered) => above_a = lowered,
                }
                continue;
            }
            let next = parent(above_a);
            if next != above_a {
                // Path splitting; a failed swap costs only speed.
                let _ =
                    self.parents[index(a)].compare_exchange_weak(above_a, next, Relaxed, Relaxed);
            }
            (a, above_a) = (above_a, next);
        }
    }

    /// The smallest member of the set of each number.
    #[must_use]
    pub fn labels(&self) -> Vec<u32> {
        (0..self.count()).map(|number| self.find(number)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn threads_and_a_naive_merge_agree(
            links in prop::collection::vec((0_u32..60, 0_u32..60), 0..200),
        ) {
            let parallel = UnionFind::new(60);
            std::thread::scope(|scope| {
                for part in links.chunks(links.len() / 3 + 1) {
                    let sets = &parallel;
                    scope.spawn(move || part.iter().for_each(|(a, b)| { sets.link(*a, *b); }));
                }
            });
            let mut naive: Vec<u32> = (0..60).collect();
            for (a, b) in links {
                let (a, b) = (naive[index(a)], naive[index(b)]);
                naive.iter_mut().filter(|label| **label == a.max(b)).for_each(|l| *l = a.min(b));
            }
            prop_assert_eq!(parallel.labels(), naive);
        }
    }

    #[test]
    fn many_threads_on_one_long_chain() {
        let sets = UnionFind::new(100_000);
        let joined: usize = std::thread::scope(|scope| {
            let sets = &sets;
            let work = (0..4).map(|_| {
                scope.spawn(move || (1..100_000).rev().filter(|n| sets.link(*n, n - 1)).count())
            });
            work.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(joined, 99_999, "each join is reported once");
        assert!(sets.labels().iter().all(|label| *label == 0));
    }

    #[test]
    fn parents_above_their_number_are_refused() {
        assert!(UnionFind::from_parents(vec![0, 2, 2]).is_none());
        assert!(UnionFind::from_parents(vec![0, 0, 1]).is_some());
    }
}
