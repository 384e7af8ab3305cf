//! Lots in the order they came: fifo takes from the front, lifo from the back.

use super::{Drawn, Portion, smaller};
use std::collections::VecDeque;
use tracehound_model::{Amount, AmountError};

/// A queue (fifo) or stack (lifo) of lots.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Ordered {
    lots: VecDeque<Portion>,
    tainted_lots: usize,
    newest_first: bool,
}

impl Ordered {
    pub(super) fn new(newest_first: bool) -> Self {
        Self { lots: VecDeque::new(), tainted_lots: 0, newest_first }
    }

    /// Neighbours of one descent are one lot; this keeps queues short.
    pub(super) fn put(&mut self, lot: Portion) -> Result<(), AmountError> {
        if let Some(last) = self.lots.back_mut()
            && last.same_descent(&lot)
        {
            last.amount = last.amount.add(lot.amount)?;
            return Ok(());
        }
        self.tainted_lots += usize::from(lot.seed.is_some());
        self.lots.push_back(lot);
        Ok(())
    }

    pub(super) fn draw(&mut self, amount: Amount) -> Result<Drawn, AmountError> {
        let mut drawn = Drawn::default();
        let mut wanted = amount;
        while !wanted.is_zero() {
            let next = if self.newest_first { self.lots.back_mut() } else { self.lots.front_mut() };
            let Some(lot) = next else { break };
            let taken = smaller(wanted, lot.amount);
            wanted = wanted.subtract(taken)?;
            let left = lot.amount.subtract(taken)?;
            drawn.push(Portion { amount: taken, ..*lot })?;
            lot.amount = left;
            if left.is_zero() {
                let gone =
                    if self.newest_first { self.lots.pop_back() } else { self.lots.pop_front() };
                self.tainted_lots -= usize::from(gone.is_some_and(|lot| lot.seed.is_some()));
            }
        }
        drawn.unexplained = wanted;
        Ok(drawn)
    }

    pub(super) fn draw_tainted_first(&mut self, amount: Amount) -> Result<Drawn, AmountError> {
        let mut drawn = Drawn::default();
        let mut wanted = amount;
        if self.tainted_lots > 0 {
            for lot in self.lots.iter_mut().filter(|lot| lot.seed.is_some()) {
                let taken = smaller(wanted, lot.amount);
                wanted = wanted.subtract(taken)?;
                drawn.push(Portion { amount: taken, ..*lot })?;
                lot.amount = lot.amount.subtract(taken)?;
            }
            self.rebuild()?;
        }
        // If anything is still wanted, every tainted lot is gone and only clean ones remain.
        let rest = self.draw(wanted)?;
        for portion in rest.portions {
            drawn.push(portion)?;
        }
        drawn.unexplained = rest.unexplained;
        Ok(drawn)
    }

    pub(super) fn drop_clean(&mut self, amount: Amount) -> Result<(), AmountError> {
        let mut left = amount;
        for lot in self.lots.iter_mut().filter(|lot| lot.seed.is_none()) {
            let dropped = smaller(left, lot.amount);
            left = left.subtract(dropped)?;
            lot.amount = lot.amount.subtract(dropped)?;
        }
        self.rebuild()
    }

    fn rebuild(&mut self) -> Result<(), AmountError> {
        self.tainted_lots = 0;
        for lot in std::mem::take(&mut self.lots) {
            if !lot.amount.is_zero() {
                self.put(lot)?;
            }
        }
        Ok(())
    }

    pub(super) fn has_taint(&self) -> bool {
        self.tainted_lots > 0
    }

    pub(super) fn tainted(&self) -> Vec<Portion> {
        self.lots.iter().filter(|lot| lot.seed.is_some()).copied().collect()
    }
}
