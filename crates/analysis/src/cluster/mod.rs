//! Which addresses one rule set says are controlled together.
//!
//! A cluster is a structural claim. Its number is its smallest address
//! number, so that it does not depend on order, batches or threads
//! (`union_find.rs`). `multi_input.rs` decides which transactions merge,
//! `clustering.rs` runs that over a chain, `explain.rs` shows why two
//! addresses are together, `change.rs` grades outputs as possible change,
//! `guard.rs` merges on that only where asked and safe. `file.rs` keeps a
//! clustering, `view.rs` and `relations.rs` read it.

pub mod change;
#[cfg(test)]
mod change_tests;
mod clustering;
mod error;
mod explain;
mod file;
mod guard;
mod multi_input;
pub mod relations;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod union_find;
mod view;

pub use clustering::{Clustering, JoinEdge, join_edges};
pub use error::ClusterError;
pub use explain::{Explanation, Link, explain};
pub use guard::{ChangeMerge, Guard, Refusal, Refused, TagConflict, merge_change, tag_conflicts};
pub use multi_input::{CoinJoinFilter, Decision, MULTI_INPUT, MultiInput, Payjoin};
pub use union_find::UnionFind;
pub use view::{ClusterIndex, ClusterSummary, summary};

/// A 32-bit number as an index; widens on every target the store compiles for.
#[inline]
pub(crate) const fn index(value: u32) -> usize {
    value as usize
}
