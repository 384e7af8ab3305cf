//! What a mixer's contract tells: who paid in and took out is not part of it.
//!
//! This is also the seam to other mixers of equal amounts. Whoever can name
//! pools, entries and exits (a CoinJoin's denominations, inputs and outputs)
//! builds [`MixerEvents`] from them and has every rule, the anonymity sets
//! and the groups; nothing here knows of Ethereum but the readers.

use crate::Pool;
use std::collections::HashMap;
use tracehound_model::{Address, Amount, Height, Timestamp, TransactionHash};

/// When an event happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventTime {
    /// The time.
    pub at: Timestamp,
    /// Interpolated between blocks whose time is known, not read.
    pub is_estimated: bool,
}

/// One payment in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deposit {
    /// Block height.
    pub height: Height,
    /// Place of the log in its block, where the source gives it.
    pub log_index: Option<u64>,
    /// When, if any time is known.
    pub time: Option<EventTime>,
    /// Transaction.
    pub transaction: TransactionHash,
    /// Number of the deposit in its pool, from 0.
    pub leaf_index: u64,
    /// What stands in the pool's tree.
    pub commitment: [u8; 32],
    /// Who paid, where the source gives it; the contract's event does not.
    pub depositor: Option<Address>,
}

/// One payment out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withdrawal {
    /// Block height.
    pub height: Height,
    /// Place of the log in its block, where the source gives it.
    pub log_index: Option<u64>,
    /// When, if any time is known.
    pub time: Option<EventTime>,
    /// Transaction.
    pub transaction: TransactionHash,
    /// Who was paid.
    pub receiver: Address,
    /// What the relayer kept of it, in base units; zero where the receiver paid for gas himself.
    pub fee: Amount,
    /// Tells that the note was not spent before; says nothing of which deposit it was.
    pub nullifier: [u8; 32],
}

/// An event by its place: the pool's number and the number in chain order there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct EventId {
    /// Number of the pool in [`MixerEvents::pools`].
    pub pool: usize,
    /// Number of the deposit or withdrawal in that pool.
    pub index: usize,
}

/// One pool and what happened in it, in chain order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolEvents {
    /// The pool.
    pub pool: Pool,
    /// By height and leaf.
    pub deposits: Vec<Deposit>,
    /// By height.
    pub withdrawals: Vec<Withdrawal>,
}

/// All pools that were read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MixerEvents {
    /// In the order of their currency and amount.
    pub pools: Vec<PoolEvents>,
}

impl MixerEvents {
    /// From the events of each pool, in any order.
    #[must_use]
    pub fn new(mut pools: Vec<PoolEvents>) -> Self {
        pools.sort_by(|a, b| a.pool.cmp(&b.pool));
        for pool in &mut pools {
            pool.deposits.sort_by_key(|deposit| (deposit.height, deposit.leaf_index));
            // Stable: within a block the source's order stays where it gives no place.
            pool.withdrawals.sort_by_key(|withdrawal| (withdrawal.height, withdrawal.log_index));
        }
        Self { pools }
    }

    /// A deposit. The id must come from these events.
    #[must_use]
    pub fn deposit(&self, id: EventId) -> &Deposit {
        &self.pools[id.pool].deposits[id.index]
    }

    /// A withdrawal. The id must come from these events.
    #[must_use]
    pub fn withdrawal(&self, id: EventId) -> &Withdrawal {
        &self.pools[id.pool].withdrawals[id.index]
    }

    /// Every deposit, by pool and in chain order.
    pub fn deposits(&self) -> impl Iterator<Item = (EventId, &Deposit)> {
        self.pools.iter().enumerate().flat_map(|(pool, events)| {
            let numbered = events.deposits.iter().enumerate();
            numbered.map(move |(index, deposit)| (EventId { pool, index }, deposit))
        })
    }

    /// Every withdrawal, by pool and in chain order.
    pub fn withdrawals(&self) -> impl Iterator<Item = (EventId, &Withdrawal)> {
        self.pools.iter().enumerate().flat_map(|(pool, events)| {
            let numbered = events.withdrawals.iter().enumerate();
            numbered.map(move |(index, withdrawal)| (EventId { pool, index }, withdrawal))
        })
    }

    /// Deposits of each transaction.
    #[must_use]
    pub fn deposits_by_transaction(&self) -> HashMap<TransactionHash, Vec<EventId>> {
        let mut by: HashMap<TransactionHash, Vec<EventId>> = HashMap::new();
        for (id, deposit) in self.deposits() {
            by.entry(deposit.transaction).or_default().push(id);
        }
        by
    }

    /// Whether a deposit can have paid a withdrawal: same pool and not later.
    #[must_use]
    pub fn is_eligible(&self, deposit: EventId, withdrawal: EventId) -> bool {
        deposit.pool == withdrawal.pool
            && precedes(self.deposit(deposit), self.withdrawal(withdrawal))
    }

    /// How many deposits of its pool can have paid a withdrawal: they are the first so many.
    #[must_use]
    pub fn eligible(&self, withdrawal: EventId) -> usize {
        let of = self.withdrawal(withdrawal);
        self.pools[withdrawal.pool].deposits.partition_point(|deposit| precedes(deposit, of))
    }
}

/// Within one block the order is known only where both logs have a place; where
/// it is not, the deposit may have been first and stays possible.
fn precedes(deposit: &Deposit, withdrawal: &Withdrawal) -> bool {
    match (deposit.log_index, withdrawal.log_index) {
        (Some(earlier), Some(later)) if deposit.height == withdrawal.height => earlier < later,
        _ => deposit.height <= withdrawal.height,
    }
}
