//! The order of spending inside a block that lists its transactions by hash
//! (Bitcoin Cash since November 2018). Everywhere else it is the order in which
//! they are listed, and nothing here does anything.

use super::index;
use hashbrown::HashSet;
use std::ops::Range;
use tracehound_model::Direction;
use tracehound_store::StoreError;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId};

/// What of a block has been settled.
#[derive(Debug)]
pub(super) struct BlockOrder {
    sorted_by_hash: bool,
    direction: Direction,
    block: Range<TransactionId>,
    settled: HashSet<TransactionId>,
}

impl BlockOrder {
    pub(super) fn new<L: OutputLedger + ?Sized>(ledger: &L, direction: Direction) -> Self {
        let sorted_by_hash = ledger.chain().utxo().is_some_and(|chain| chain.sorted_by_hash);
        let block = TransactionId(0)..TransactionId(0);
        Self { sorted_by_hash, direction, block, settled: HashSet::new() }
    }

    /// Transactions of the same block through which money comes to this one,
    /// in the order in which it passes them; those settled left out.
    pub(super) fn before<L: OutputLedger + ?Sized>(
        &mut self,
        ledger: &L,
        last: TransactionId,
    ) -> Result<Vec<TransactionId>, StoreError> {
        if !self.sorted_by_hash {
            return Ok(Vec::new());
        }
        if !self.block.contains(&last) {
            self.block = ledger.block(last)?.transactions;
            self.settled.clear();
        }
        let (mut order, mut seen) = (Vec::new(), HashSet::new());
        let mut open = vec![(last, false)];
        while let Some((id, complete)) = open.pop() {
            if complete {
                order.push(id);
            } else if !self.settled.contains(&id) && seen.insert(id) {
                open.push((id, true));
                let nearer = self.nearer(ledger, id)?;
                open.extend(nearer.into_iter().map(|id| (id, false)));
            }
        }
        // The one asked for comes last.
        order.pop();
        Ok(order)
    }

    /// Transactions of the block from which money comes to this one at once.
    fn nearer<L: OutputLedger + ?Sized>(
        &self,
        ledger: &L,
        id: TransactionId,
    ) -> Result<Vec<TransactionId>, StoreError> {
        let view = ledger.transaction(id)?;
        let mut nearer = Vec::new();
        match self.direction {
            Direction::Forward => {
                let spent = view.inputs.iter().filter_map(|input| input.spends());
                nearer.extend(spent.map(|output| output.transaction));
            }
            Direction::Backward => {
                for place in (0..).take_while(|place| index(*place) < view.outputs.len()) {
                    nearer.extend(ledger.spender(OutputId { transaction: id, index: place })?);
                }
            }
        }
        nearer.retain(|other| *other != id && self.block.contains(other));
        Ok(nearer)
    }

    /// Notes that a transaction is settled.
    pub(super) fn settled(&mut self, id: TransactionId) {
        if self.sorted_by_hash {
            self.settled.insert(id);
        }
    }

    /// Whether a transaction of the block under way can still be settled.
    pub(super) fn is_open(&self, id: TransactionId) -> bool {
        self.sorted_by_hash && self.block.contains(&id) && !self.settled.contains(&id)
    }
}
