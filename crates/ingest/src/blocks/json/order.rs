//! The transactions of one block, each once and in block order.

use super::record::Record;
use crate::blocks::parts::{TransactionParts, merkle_root};
use std::collections::{HashMap, HashSet};
use tracehound_model::TransactionHash;

/// What came of ordering.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// The order is the block's.
    Sure,
    /// The files do not say the order: transactions stand as in the file, but
    /// none before one whose output it spends.
    Guessed,
    /// What is there does not give the Merkle root that the block states.
    OtherRoot,
}

/// Brings the transactions of a block into order; see [`Order`].
pub(super) fn order(records: &mut Vec<Record>, root: Option<[u8; 32]>) -> Order {
    let mut seen = HashSet::new();
    records.retain(|record| seen.insert(record.parts.hash));
    let numbered = records.iter().all(|record| record.order.is_some());
    if numbered {
        records.sort_by_key(|record| record.order);
    } else {
        records.sort_by_key(|record| !record.parts.coinbase);
    }
    let found = merkle_root(records.iter().map(|record| record.parts.hash));
    match root {
        Some(_) if found == root => Order::Sure,
        Some(_) if numbered => Order::OtherRoot,
        None if numbered => Order::Sure,
        _ => {
            parents_first(records);
            Order::Guessed
        }
    }
}

/// Moves transactions down behind those of the same block that they spend from.
fn parents_first(records: &mut Vec<Record>) {
    let places: HashMap<TransactionHash, usize> =
        records.iter().enumerate().map(|(place, record)| (record.parts.hash, place)).collect();
    let parents = |parts: &TransactionParts| -> Vec<usize> {
        parts
            .inputs
            .iter()
            .filter_map(|(input, _)| places.get(&input.transaction).copied())
            .collect()
    };
    let mut order = Vec::with_capacity(records.len());
    let mut visited = vec![false; records.len()];
    let mut stack = Vec::new();
    for start in 0..records.len() {
        stack.push((start, false));
        while let Some((place, done)) = stack.pop() {
            if done {
                order.push(place);
            } else if !std::mem::replace(&mut visited[place], true) {
                stack.push((place, true));
                let above = parents(&records[place].parts);
                stack.extend(above.into_iter().rev().map(|parent| (parent, false)));
            }
        }
    }
    let mut taken: Vec<_> = std::mem::take(records).into_iter().map(Some).collect();
    records.extend(order.into_iter().filter_map(|place| taken[place].take()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tracehound_model::UtxoInput;

    fn record(name: u8, order: Option<u64>, parents: &[u8]) -> Record {
        let mut parts = TransactionParts::new(TransactionHash([name; 32]));
        parts.coinbase = name == 0;
        for parent in parents {
            let transaction = TransactionHash([*parent; 32]);
            parts.inputs.push((UtxoInput { transaction, index: 0 }, None));
        }
        Record { height: 1, block: None, order, parts, shielded: 0 }
    }

    fn names(records: &[Record]) -> Vec<u8> {
        records.iter().map(|record| record.parts.hash.0[0]).collect()
    }

    #[test]
    fn numbers_decide_and_the_root_checks_them() {
        let mut records =
            vec![record(2, Some(2), &[1]), record(0, Some(0), &[]), record(1, Some(1), &[])];
        records.push(record(1, Some(1), &[]));
        let sorted = [0, 1, 2].map(|name| TransactionHash([name; 32]));
        let root = merkle_root(sorted.into_iter());
        assert_eq!(order(&mut records, root), Order::Sure);
        assert_eq!(names(&records), [0, 1, 2]);
        assert_eq!(order(&mut records, Some([7; 32])), Order::OtherRoot);
    }

    #[test]
    fn without_numbers_the_root_may_prove_the_order() {
        let mut records = vec![record(1, None, &[]), record(2, None, &[]), record(0, None, &[])];
        let sorted = [0, 1, 2].map(|name| TransactionHash([name; 32]));
        assert_eq!(order(&mut records, merkle_root(sorted.into_iter())), Order::Sure);
        assert_eq!(order(&mut records, Some([7; 32])), Order::Guessed);
        assert_eq!(names(&records), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn parents_come_first_whatever_the_order(
            spends in prop::collection::vec((1_u8..40, 1_u8..40), 0..60),
            shuffled in Just((1_u8..40).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            // Spend only from a lower number, so that there is an order.
            let parents = |name: u8| -> Vec<u8> {
                spends.iter().filter(|s| s.0 == name && s.1 < name).map(|s| s.1).collect()
            };
            let mut records: Vec<_> =
                shuffled.iter().map(|name| record(*name, None, &parents(*name))).collect();
            prop_assert_eq!(order(&mut records, None), Order::Guessed);
            prop_assert_eq!(records.len(), shuffled.len());
            let found = names(&records);
            let place = |name: u8| found.iter().position(|other| *other == name).unwrap();
            for name in &found {
                for parent in parents(*name) {
                    prop_assert!(place(parent) < place(*name));
                }
            }
        }

        #[test]
        fn circles_end(spends in prop::collection::vec((0_u8..6, 0_u8..6), 0..30)) {
            let of = |name: u8| -> Vec<u8> {
                spends.iter().filter(|s| s.0 == name).map(|s| s.1).collect()
            };
            let mut records: Vec<_> = (0..6).map(|name| record(name, None, &of(name))).collect();
            order(&mut records, None);
            let mut found = names(&records);
            found.sort_unstable();
            prop_assert_eq!(found, vec![0, 1, 2, 3, 4, 5]);
        }
    }
}
