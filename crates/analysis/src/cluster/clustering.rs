//! The rule run over a chain, whole or block by block.

use super::multi_input::Multisig;
use super::{ClusterError, MULTI_INPUT, MultiInput, UnionFind};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tracehound_model::{BlockHash, Rule};
use tracehound_store::utxo::{OutputLedger, TransactionId};
use tracehound_store::{AddressId, StoreError};

/// Transactions a thread takes at a time: enough that taking costs nothing,
/// few enough that the threads end together.
const STRETCH: u32 = 16_384;

/// Two addresses that a transaction joined for the first time in chain order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JoinEdge {
    /// The transaction.
    pub transaction: TransactionId,
    /// An input address.
    pub from: AddressId,
    /// Another one, in another cluster until then.
    pub to: AddressId,
    /// The rule that joined them.
    pub rule: Rule,
}

/// The clusters of a chain up to some transaction.
#[derive(Debug)]
pub struct Clustering {
    pub(super) sets: UnionFind,
    pub(super) rules: String,
    pub(super) end: TransactionId,
    pub(super) tip: BlockHash,
}

impl Clustering {
    /// Clusters the whole chain on so many threads.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn build<L: OutputLedger + ?Sized>(
        ledger: &L,
        rule: &MultiInput<'_>,
        threads: usize,
    ) -> Result<Self, ClusterError> {
        let mut clustering = Self {
            sets: UnionFind::new(0),
            rules: rule.describe(),
            end: TransactionId(0),
            tip: BlockHash::default(),
        };
        clustering.extend(ledger, rule, threads)?;
        Ok(clustering)
    }

    /// Adds what the chain has gained since; the same as building anew.
    ///
    /// # Errors
    /// If the rules differ, the chain is another one, or it cannot be read.
    pub fn extend<L: OutputLedger + ?Sized>(
        &mut self,
        ledger: &L,
        rule: &MultiInput<'_>,
        threads: usize,
    ) -> Result<(), ClusterError> {
        let wanted = rule.describe();
        if wanted != self.rules {
            return Err(ClusterError::OtherRules { found: self.rules.clone(), wanted });
        }
        self.check(ledger)?;
        let end = TransactionId(ledger.transaction_count());
        self.sets.grow(ledger.address_count());
        join(ledger, rule, &self.sets, self.end..end, threads)?;
        self.tip = tip(ledger, end)?;
        self.end = end;
        Ok(())
    }

    /// Whether the chain still holds the block that the clusters end with.
    pub(super) fn check<L: OutputLedger + ?Sized>(&self, ledger: &L) -> Result<(), ClusterError> {
        let refuse = |detail: String| Err(ClusterError::OtherChain { detail });
        if self.end.0 > ledger.transaction_count() || self.sets.count() > ledger.address_count() {
            return refuse(format!(
                "they cover {} transactions and {} addresses, the store has {} and {}",
                self.end.0,
                self.sets.count(),
                ledger.transaction_count(),
                ledger.address_count()
            ));
        }
        let found = tip(ledger, self.end)?;
        if found != self.tip {
            return refuse(format!("they end at block {}, the store has {found} there", self.tip));
        }
        Ok(())
    }

    /// The cluster of an address: its smallest member. `None` past the end.
    #[must_use]
    pub fn cluster(&self, address: AddressId) -> Option<AddressId> {
        (address.0 < self.sets.count()).then(|| AddressId(self.sets.find(address.0)))
    }

    /// The cluster of every address.
    #[must_use]
    pub fn labels(&self) -> Vec<u32> {
        self.sets.labels()
    }

    /// How many clusters, those of one address included.
    #[must_use]
    pub fn count(&self) -> usize {
        (0..self.sets.count()).filter(|address| self.sets.find(*address) == *address).count()
    }

    /// The rules in one line.
    #[must_use]
    pub fn rules(&self) -> &str {
        &self.rules
    }

    /// The first transaction not yet taken in.
    #[must_use]
    pub fn end(&self) -> TransactionId {
        self.end
    }
}

/// The joins that made the clusters, in chain order, one less than the
/// members of each cluster. They are found by a pass of their own on one
/// thread: which of several threads joins two sets first is chance, and an
/// evidence log must not be.
///
/// # Errors
/// If the chain cannot be read.
pub fn join_edges<L: OutputLedger + ?Sized>(
    ledger: &L,
    rule: &MultiInput<'_>,
) -> Result<Vec<JoinEdge>, ClusterError> {
    let sets = UnionFind::new(ledger.address_count());
    let (mut edges, mut addresses) = (Vec::new(), Vec::new());
    let all = TransactionId(0)..TransactionId(ledger.transaction_count());
    ledger.scan(all, &mut |transaction| {
        rule.decide(ledger, &transaction, &mut addresses)?;
        for pair in addresses.windows(2) {
            if sets.link(pair[0].0, pair[1].0) {
                let (transaction, rule) = (transaction.id, MULTI_INPUT);
                edges.push(JoinEdge { transaction, from: pair[0], to: pair[1], rule });
            }
        }
        Ok(())
    })?;
    Ok(edges)
}

fn tip<L: OutputLedger + ?Sized>(ledger: &L, end: TransactionId) -> Result<BlockHash, StoreError> {
    match end.0.checked_sub(1) {
        Some(last) => Ok(ledger.block(TransactionId(last))?.hash),
        None => Ok(BlockHash::default()),
    }
}

fn join<L: OutputLedger + ?Sized>(
    ledger: &L,
    rule: &MultiInput<'_>,
    sets: &UnionFind,
    range: Range<TransactionId>,
    threads: usize,
) -> Result<(), StoreError> {
    // Worth it where a good part of the chain is read, not for a few new blocks.
    let many = range.end.0.saturating_sub(range.start.0) > ledger.transaction_count() / 8;
    let multisig =
        if many && !rule.merge_multisig { Some(Multisig::read(ledger, threads)?) } else { None };
    let multisig = multisig.as_ref();
    let next = AtomicU32::new(0);
    let work = || -> Result<(), StoreError> {
        let mut addresses = Vec::new();
        loop {
            let stretch = u64::from(next.fetch_add(1, Relaxed)) * u64::from(STRETCH);
            let start = u64::from(range.start.0) + stretch;
            if start >= u64::from(range.end.0) {
                return Ok(());
            }
            let until = (start + u64::from(STRETCH)).min(u64::from(range.end.0));
            // Both lie below the end, which is a u32.
            let bound = |number| TransactionId(u32::try_from(number).unwrap_or(u32::MAX));
            ledger.scan(bound(start)..bound(until), &mut |transaction| {
                rule.decide_knowing(ledger, &transaction, &mut addresses, multisig)?;
                for pair in addresses.windows(2) {
                    sets.link(pair[0].0, pair[1].0);
                }
                Ok(())
            })?;
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let mut result = work();
        for thread in others {
            let ended = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            result = result.and(ended);
        }
        result
    })
}
