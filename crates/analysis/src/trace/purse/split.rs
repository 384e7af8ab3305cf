//! Tainted lots in the order they came beside one clean sum: dirty-first
//! takes the tainted ones first, clean-first the clean sum first.

use super::{Drawn, Portion, smaller};
use std::collections::VecDeque;
use tracehound_model::{Amount, AmountError};

/// Tainted queue and clean sum.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Split {
    tainted: VecDeque<Portion>,
    clean: Amount,
    dirty_first: bool,
}

impl Split {
    pub(super) fn new(dirty_first: bool) -> Self {
        Self { tainted: VecDeque::new(), clean: Amount::ZERO, dirty_first }
    }

    pub(super) fn put(&mut self, portion: Portion) -> Result<(), AmountError> {
        if portion.seed.is_none() {
            self.clean = self.clean.add(portion.amount)?;
            return Ok(());
        }
        match self.tainted.back_mut() {
            Some(last) if last.same_descent(&portion) => {
                last.amount = last.amount.add(portion.amount)?;
            }
            _ => self.tainted.push_back(portion),
        }
        Ok(())
    }

    pub(super) fn draw(&mut self, amount: Amount) -> Result<Drawn, AmountError> {
        if self.dirty_first {
            return self.draw_tainted_first(amount);
        }
        let mut drawn = Drawn::default();
        let rest = self.take_clean(&mut drawn, amount)?;
        drawn.unexplained = self.take_tainted(&mut drawn, rest)?;
        Ok(drawn)
    }

    pub(super) fn draw_tainted_first(&mut self, amount: Amount) -> Result<Drawn, AmountError> {
        let mut drawn = Drawn::default();
        let rest = self.take_tainted(&mut drawn, amount)?;
        drawn.unexplained = self.take_clean(&mut drawn, rest)?;
        Ok(drawn)
    }

    fn take_clean(&mut self, drawn: &mut Drawn, wanted: Amount) -> Result<Amount, AmountError> {
        let taken = smaller(wanted, self.clean);
        self.clean = self.clean.subtract(taken)?;
        drawn.push(Portion::clean(taken))?;
        wanted.subtract(taken)
    }

    fn take_tainted(
        &mut self,
        drawn: &mut Drawn,
        mut wanted: Amount,
    ) -> Result<Amount, AmountError> {
        while !wanted.is_zero() {
            let Some(lot) = self.tainted.front_mut() else { break };
            let taken = smaller(wanted, lot.amount);
            wanted = wanted.subtract(taken)?;
            lot.amount = lot.amount.subtract(taken)?;
            drawn.push(Portion { amount: taken, ..*lot })?;
            if lot.amount.is_zero() {
                self.tainted.pop_front();
            }
        }
        Ok(wanted)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the same for every purse")]
    pub(super) fn drop_clean(&mut self, amount: Amount) -> Result<(), AmountError> {
        self.clean = self.clean.saturating_subtract(amount);
        Ok(())
    }

    pub(super) fn has_taint(&self) -> bool {
        !self.tainted.is_empty()
    }

    pub(super) fn tainted(&self) -> Vec<Portion> {
        self.tainted.iter().copied().collect()
    }
}
