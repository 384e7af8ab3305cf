//! How far a rule agrees with published links.
//!
//! The published rows tie addresses, and name the first deposit of each
//! depositor in a pool. So a link can be judged where its deposit is such a
//! first one, or where its depositor is known to be one of theirs: it is right
//! if the row ties that depositor to that receiver. A depositor may have other
//! receivers that nobody published, so precision is a lower bound. A row can be
//! found if its deposit is among the events and its receiver was paid later.

use crate::rules::Link;
use crate::share::Share;
use crate::{EventId, MixerEvents, TruthLink};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use tracehound_model::Address;

/// How a rule did.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RuleEvaluation {
    /// Links found.
    pub links: usize,
    /// Of the links that can be judged, how many are right.
    pub precision: Share,
    /// Of the rows that can be found, how many were.
    pub recall: Share,
    /// The same by the publisher's clue.
    pub recall_by_clue: BTreeMap<String, Share>,
}

/// Published links, ready to judge by.
pub struct Truth {
    /// Rows that were read.
    pub rows: usize,
    /// Rows that can be found, by clue.
    pub findable: BTreeMap<String, usize>,
    /// Who made a deposit that a row names.
    depositors: HashMap<EventId, Vec<Address>>,
    /// Depositors of each pool that the rows name.
    known: HashSet<(usize, Address)>,
    /// Ties that can be found, with the clue that they were published by.
    ties: HashMap<Tie, String>,
    /// All ties, found among the events or not.
    all: HashSet<Tie>,
}

/// A pool, a depositor and a receiver.
type Tie = (usize, Address, Address);

impl Truth {
    /// Reads rows in the light of the events.
    #[must_use]
    pub fn new(events: &MixerEvents, rows: &[TruthLink]) -> Self {
        let pools: BTreeMap<_, _> =
            events.pools.iter().enumerate().map(|(at, pool)| (&pool.pool, at)).collect();
        let by_transaction = events.deposits_by_transaction();
        let mut last_paid: HashMap<(usize, Address), EventId> = HashMap::new();
        for (id, withdrawal) in events.withdrawals() {
            last_paid.insert((id.pool, withdrawal.receiver), id);
        }
        let mut truth = Self {
            rows: rows.len(),
            findable: BTreeMap::new(),
            depositors: HashMap::new(),
            known: HashSet::new(),
            ties: HashMap::new(),
            all: HashSet::new(),
        };
        for row in rows {
            let Some(&pool) = pools.get(&row.pool) else { continue };
            let deposits = by_transaction.get(&row.first_deposit).into_iter().flatten();
            let deposits: Vec<EventId> = deposits.copied().filter(|id| id.pool == pool).collect();
            let last = last_paid.get(&(pool, row.receiver));
            let possible = |id: &EventId| last.is_some_and(|last| events.is_eligible(*id, *last));
            truth.all.insert((pool, row.depositor, row.receiver));
            truth.known.insert((pool, row.depositor));
            let tie = (pool, row.depositor, row.receiver);
            // Of several clues for one tie the first counts.
            if deposits.iter().any(possible) && !truth.ties.contains_key(&tie) {
                truth.ties.insert(tie, row.clue.clone());
                *truth.findable.entry(row.clue.clone()).or_default() += 1;
            }
            for id in deposits {
                truth.depositors.entry(id).or_default().push(row.depositor);
            }
        }
        truth
    }

    /// Judges a rule's links.
    #[must_use]
    pub fn judge(&self, events: &MixerEvents, links: &[Link]) -> RuleEvaluation {
        let (mut judged, mut right) = (0, 0);
        let mut found = HashSet::new();
        for link in links {
            let pool = link.deposit.pool;
            let receiver = events.withdrawal(link.withdrawal).receiver;
            let own = events.deposit(link.deposit).depositor;
            let own = own.filter(|depositor| self.known.contains(&(pool, *depositor)));
            let named = self.depositors.get(&link.deposit).into_iter().flatten().copied();
            let depositors: HashSet<Address> = named.chain(own).collect();
            let ties = depositors.iter().map(|depositor| (pool, *depositor, receiver));
            let ties: Vec<_> = ties.filter(|tie| self.all.contains(tie)).collect();
            judged += usize::from(!depositors.is_empty());
            right += usize::from(!ties.is_empty());
            found.extend(ties.into_iter().filter(|tie| self.ties.contains_key(tie)));
        }
        let by_clue = self.findable.iter().map(|(clue, findable)| {
            let of_clue = found.iter().filter(|tie| self.ties.get(*tie) == Some(clue)).count();
            (clue.clone(), Share::new(of_clue, *findable))
        });
        RuleEvaluation {
            recall_by_clue: by_clue.collect(),
            links: links.len(),
            precision: Share::new(right, judged),
            recall: Share::new(found.len(), self.ties.len()),
        }
    }
}
