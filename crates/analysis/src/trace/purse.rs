//! What one address holds of one asset: tainted lots and clean money, and
//! which of it a debit takes.
//!
//! Clean money must be here too: without it every policy would pretend that
//! whatever arrives first leaves alone. Conservation holds in each function:
//! what is put in is either still held or was drawn; a debit beyond the
//! balance draws everything and reports the rest as unexplained.
//!
//! Three shapes serve the policies: an ordered queue of lots (fifo, lifo), a
//! queue of tainted lots beside one clean sum (dirty-first, clean-first), and
//! sums per seed beside one clean sum (haircut, libr, poison). Sources:
//! `docs/methods/policies.md`.

mod ordered;
mod pooled;
mod split;

use super::SeedId;
use ordered::Ordered;
use pooled::Pooled;
use split::Split;
use tracehound_model::{Amount, AmountError, Policy};

/// An amount with its descent: from a seed, or clean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Portion {
    /// The seed it descends from; `None` is clean money.
    pub(super) seed: Option<SeedId>,
    /// How much.
    pub(super) amount: Amount,
    /// Hops since the seed (0 for clean money).
    pub(super) hops: u32,
}

impl Portion {
    /// Clean money.
    pub(super) fn clean(amount: Amount) -> Self {
        Self { seed: None, amount, hops: 0 }
    }

    fn same_descent(&self, other: &Self) -> bool {
        (self.seed, self.hops) == (other.seed, other.hops)
    }
}

/// What a debit took, in the order in which it left.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Drawn {
    /// Tainted and clean portions; the payee receives them in this order.
    pub(super) portions: Vec<Portion>,
    /// What no known inflow explains; it leaves last and counts as clean.
    pub(super) unexplained: Amount,
}

impl Drawn {
    /// Sum of the tainted portions.
    pub(super) fn tainted(&self) -> Result<Amount, AmountError> {
        Amount::sum(self.portions.iter().filter(|p| p.seed.is_some()).map(|p| p.amount))
    }

    fn push(&mut self, portion: Portion) -> Result<(), AmountError> {
        push_portion(&mut self.portions, portion)
    }
}

/// Appends a portion; neighbours of one descent become one.
pub(super) fn push_portion(
    portions: &mut Vec<Portion>,
    portion: Portion,
) -> Result<(), AmountError> {
    if portion.amount.is_zero() {
        return Ok(());
    }
    match portions.last_mut() {
        Some(last) if last.same_descent(&portion) => {
            last.amount = last.amount.add(portion.amount)?;
        }
        _ => portions.push(portion),
    }
    Ok(())
}

/// Holdings of one address and asset under one policy.
#[derive(Clone, Debug)]
pub(super) enum Purse {
    /// Fifo and lifo.
    Ordered(Ordered),
    /// Dirty-first and clean-first.
    Split(Split),
    /// Haircut, libr and poison.
    Pooled(Pooled),
}

impl Purse {
    /// An empty purse.
    pub(super) fn new(policy: Policy) -> Self {
        match policy {
            Policy::Fifo | Policy::Lifo => Self::Ordered(Ordered::new(policy == Policy::Lifo)),
            Policy::DirtyFirst | Policy::CleanFirst => {
                Self::Split(Split::new(policy == Policy::DirtyFirst))
            }
            other => Self::Pooled(Pooled::new(other)),
        }
    }

    /// Puts a portion in.
    pub(super) fn put(&mut self, portion: Portion) -> Result<(), AmountError> {
        if portion.amount.is_zero() {
            return Ok(());
        }
        match self {
            Self::Ordered(purse) => purse.put(portion),
            Self::Split(purse) => purse.put(portion),
            Self::Pooled(purse) => purse.put(portion),
        }
    }

    /// Takes `amount` by the policy.
    pub(super) fn draw(&mut self, amount: Amount) -> Result<Drawn, AmountError> {
        match self {
            Self::Ordered(purse) => purse.draw(amount),
            Self::Split(purse) => purse.draw(amount),
            Self::Pooled(purse) => purse.draw(amount),
        }
    }

    /// Takes `amount`, tainted money first whatever the policy: what leaves
    /// a seed is stolen, so taint that came back to it must leave before
    /// anything is counted as newly stolen.
    pub(super) fn draw_tainted_first(&mut self, amount: Amount) -> Result<Drawn, AmountError> {
        match self {
            Self::Ordered(purse) => purse.draw_tainted_first(amount),
            Self::Split(purse) => purse.draw_tainted_first(amount),
            Self::Pooled(purse) => purse.draw_tainted_first(amount),
        }
    }

    /// The poison held, as a portion of no amount.
    pub(super) fn poison(&self) -> Option<Portion> {
        match self {
            Self::Pooled(purse) => purse.poison(),
            Self::Ordered(_) | Self::Split(_) => None,
        }
    }

    /// Poisons the holding without adding to it.
    pub(super) fn poison_with(&mut self, portion: Portion) -> Result<(), AmountError> {
        match self {
            Self::Pooled(purse) => purse.put(Portion { amount: Amount::ZERO, ..portion }),
            Self::Ordered(_) | Self::Split(_) => Ok(()),
        }
    }

    /// Lets clean money go, the oldest first, as far as there is any: a bridge
    /// pays what came over from another chain out of money of its own.
    pub(super) fn drop_clean(&mut self, amount: Amount) -> Result<(), AmountError> {
        match self {
            Self::Ordered(purse) => purse.drop_clean(amount),
            Self::Split(purse) => purse.drop_clean(amount),
            Self::Pooled(purse) => purse.drop_clean(amount),
        }
    }

    /// Whether any taint is held.
    pub(super) fn has_taint(&self) -> bool {
        match self {
            Self::Ordered(purse) => purse.has_taint(),
            Self::Split(purse) => purse.has_taint(),
            Self::Pooled(purse) => purse.has_taint(),
        }
    }

    /// The tainted portions held.
    pub(super) fn tainted(&self) -> Vec<Portion> {
        match self {
            Self::Ordered(purse) => purse.tainted(),
            Self::Split(purse) => purse.tainted(),
            Self::Pooled(purse) => purse.tainted(),
        }
    }
}

/// The smaller of two amounts.
fn smaller(a: Amount, b: Amount) -> Amount {
    a.min(b)
}

#[cfg(test)]
mod tests;
