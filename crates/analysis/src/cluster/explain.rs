//! Why two addresses are in one cluster.

use super::{ClusterError, Decision, MULTI_INPUT, MultiInput};
use hashbrown::{HashMap, HashSet};
use std::collections::VecDeque;
use tracehound_model::Rule;
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputLedger, TransactionId};

/// One step: a transaction that spends from both addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    /// The transaction.
    pub transaction: TransactionId,
    /// The address nearer to the first one.
    pub from: AddressId,
    /// The address nearer to the second one.
    pub to: AddressId,
    /// The rule that joins them.
    pub rule: Rule,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Explanation {
    /// A shortest chain of transactions; empty for one and the same address.
    Chain(Vec<Link>),
    /// The rule does not join them.
    Apart,
    /// Not found within so many transactions; longer chains may exist.
    GivenUp {
        /// Transactions that were looked at.
        transactions: usize,
    },
}

/// A shortest chain of merging transactions between two addresses, by
/// breadth-first search over all of the rule's links, not only those that
/// happened to join two sets first.
///
/// # Errors
/// If the chain cannot be read.
pub fn explain<L: OutputLedger + ?Sized>(
    ledger: &L,
    rule: &MultiInput<'_>,
    a: AddressId,
    b: AddressId,
    most_transactions: usize,
) -> Result<Explanation, ClusterError> {
    let mut reached: HashMap<AddressId, Option<Link>> = HashMap::from_iter([(a, None)]);
    let mut queue = VecDeque::from([a]);
    let (mut seen, mut joined) = (HashSet::new(), Vec::new());
    while let Some(from) = queue.pop_front() {
        if reached.contains_key(&b) {
            break;
        }
        for transaction in ledger.spends_from(from)? {
            if !seen.insert(transaction) {
                continue;
            }
            if seen.len() > most_transactions {
                return Ok(Explanation::GivenUp { transactions: most_transactions });
            }
            let view = ledger.transaction(transaction)?;
            if rule.decide(ledger, &view, &mut joined)? != Decision::Merge {
                continue;
            }
            // A multisignature input is none of the addresses it would join.
            if joined.binary_search(&from).is_err() {
                seen.remove(&transaction);
                continue;
            }
            for to in joined.iter().copied() {
                reached.entry(to).or_insert_with(|| {
                    queue.push_back(to);
                    Some(Link { transaction, from, to, rule: MULTI_INPUT })
                });
            }
        }
    }
    if !reached.contains_key(&b) {
        return Ok(Explanation::Apart);
    }
    let mut chain = Vec::new();
    let mut at = b;
    while let Some(Some(link)) = reached.get(&at) {
        chain.push(*link);
        at = link.from;
    }
    chain.reverse();
    Ok(Explanation::Chain(chain))
}
