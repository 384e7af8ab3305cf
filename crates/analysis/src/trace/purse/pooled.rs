//! Sums per seed beside one clean sum, for the policies that do not tell
//! coins apart: haircut, libr and poison.
//!
//! Shares are integer-exact: labels take their floor of what is left of the
//! debit in turn, each from what is left of the balance, and the clean sum
//! takes the rest. Rows and columns add up without remainder, and no label is
//! ever asked for more than it has, because the debit never exceeds the balance.

use super::{Drawn, Portion, smaller};
use tracehound_model::{Amount, AmountError, Policy};

/// Sums per seed (ascending) and clean.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Pooled {
    portions: Vec<Portion>,
    clean: Amount,
    policy: Policy,
    /// Poison only: taint once arrived never leaves.
    poisoned: Option<Portion>,
}

impl Pooled {
    pub(super) fn new(policy: Policy) -> Self {
        Self { portions: Vec::new(), clean: Amount::ZERO, policy, poisoned: None }
    }

    pub(super) fn put(&mut self, portion: Portion) -> Result<(), AmountError> {
        if portion.seed.is_none() || self.policy == Policy::Poison {
            self.clean = self.clean.add(portion.amount)?;
        }
        if portion.seed.is_none() {
            return Ok(());
        }
        if self.policy == Policy::Poison {
            let fewest = self.poisoned.map_or(portion.hops, |p| p.hops.min(portion.hops));
            let first = self.poisoned.unwrap_or(portion);
            self.poisoned = Some(Portion { hops: fewest, ..first });
            return Ok(());
        }
        match self.portions.binary_search_by_key(&portion.seed, |p| p.seed) {
            Ok(found) => {
                let held = &mut self.portions[found];
                held.amount = held.amount.add(portion.amount)?;
                held.hops = held.hops.min(portion.hops);
            }
            Err(place) => self.portions.insert(place, portion),
        }
        Ok(())
    }

    pub(super) fn draw(&mut self, amount: Amount) -> Result<Drawn, AmountError> {
        match self.policy {
            Policy::Poison => self.draw_poison(amount),
            Policy::Libr => {
                // The claim is the least of itself and the balance left; what it loses leaves.
                let claim = self.claim()?;
                let balance = claim.add(self.clean)?;
                let left = balance.saturating_subtract(amount);
                let lost = claim.saturating_subtract(left);
                let clean = smaller(self.clean, amount.saturating_subtract(lost));
                let unexplained = amount.saturating_subtract(balance);
                self.take(lost, clean, unexplained)
            }
            _ => {
                let claim = self.claim()?;
                let balance = claim.add(self.clean)?;
                let drawable = smaller(amount, balance);
                self.take_pro_rata(drawable, balance, amount.subtract(drawable)?)
            }
        }
    }

    pub(super) fn draw_tainted_first(&mut self, amount: Amount) -> Result<Drawn, AmountError> {
        if self.policy == Policy::Poison {
            return self.draw_poison(amount);
        }
        let tainted = smaller(amount, self.claim()?);
        let rest = amount.subtract(tainted)?;
        let clean = smaller(rest, self.clean);
        self.take(tainted, clean, rest.subtract(clean)?)
    }

    fn claim(&self) -> Result<Amount, AmountError> {
        Amount::sum(self.portions.iter().map(|p| p.amount))
    }

    /// Takes `tainted`, shared pro rata among the seeds, and `clean`.
    fn take(
        &mut self,
        tainted: Amount,
        clean: Amount,
        unexplained: Amount,
    ) -> Result<Drawn, AmountError> {
        let whole = self.claim()?;
        let mut drawn = Drawn { unexplained, ..Drawn::default() };
        let left = self.take_shares(&mut drawn, tainted, whole)?;
        debug_assert!(left.is_zero(), "the last share takes the remainder");
        self.clean = self.clean.subtract(clean)?;
        drawn.push(Portion::clean(clean))?;
        Ok(drawn)
    }

    /// Takes `drawable` of `balance`, every label and the clean sum by its share.
    fn take_pro_rata(
        &mut self,
        drawable: Amount,
        balance: Amount,
        unexplained: Amount,
    ) -> Result<Drawn, AmountError> {
        let mut drawn = Drawn { unexplained, ..Drawn::default() };
        let clean = self.take_shares(&mut drawn, drawable, balance)?;
        self.clean = self.clean.subtract(clean)?;
        drawn.push(Portion::clean(clean))?;
        Ok(drawn)
    }

    /// Each seed in turn gives its floor share of `wanted` out of `whole`;
    /// returns what is still wanted, which falls to whatever else is in `whole`.
    fn take_shares(
        &mut self,
        drawn: &mut Drawn,
        mut wanted: Amount,
        mut whole: Amount,
    ) -> Result<Amount, AmountError> {
        for held in &mut self.portions {
            let share = held.amount.multiply_divide(wanted, whole)?;
            whole = whole.subtract(held.amount)?;
            wanted = wanted.subtract(share)?;
            held.amount = held.amount.subtract(share)?;
            drawn.push(Portion { amount: share, ..*held })?;
        }
        self.portions.retain(|p| !p.amount.is_zero());
        Ok(wanted)
    }

    fn draw_poison(&mut self, amount: Amount) -> Result<Drawn, AmountError> {
        let held = smaller(amount, self.clean);
        self.clean = self.clean.subtract(held)?;
        let unexplained = amount.subtract(held)?;
        let whole = match self.poisoned {
            Some(poison) => Portion { amount, ..poison },
            None => Portion::clean(held),
        };
        let mut drawn = Drawn { unexplained, ..Drawn::default() };
        drawn.push(whole)?;
        Ok(drawn)
    }

    pub(super) fn poison(&self) -> Option<Portion> {
        self.poisoned.map(|poison| Portion { amount: Amount::ZERO, ..poison })
    }

    #[expect(clippy::unnecessary_wraps, reason = "the same for every purse")]
    pub(super) fn drop_clean(&mut self, amount: Amount) -> Result<(), AmountError> {
        self.clean = self.clean.saturating_subtract(amount);
        Ok(())
    }

    pub(super) fn has_taint(&self) -> bool {
        self.poisoned.is_some() || !self.portions.is_empty()
    }

    pub(super) fn tainted(&self) -> Vec<Portion> {
        match self.poisoned {
            Some(_) if self.clean.is_zero() => Vec::new(),
            Some(poison) => vec![Portion { amount: self.clean, ..poison }],
            None => self.portions.clone(),
        }
    }
}
