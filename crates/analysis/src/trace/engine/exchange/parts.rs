//! Portions in a row, cut and scaled without loss.

use crate::AnalysisError;
use crate::trace::purse::Portion;
use std::collections::VecDeque;
use tracehound_model::{Amount, AmountError};

/// A portion, and whether it was stolen in this very transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) portion: Portion,
    pub(super) fresh: bool,
}

/// Parts in the order in which they left.
pub(super) type Parts = VecDeque<Part>;

/// The first `amount` of `parts`, taken out of it; less if there is less.
pub(super) fn take(parts: &mut Parts, mut amount: Amount) -> Result<Parts, AmountError> {
    let mut taken = Parts::new();
    while let Some(first) = parts.front_mut() {
        if amount.is_zero() {
            break;
        }
        let here = amount.min(first.portion.amount);
        amount = amount.subtract(here)?;
        first.portion.amount = first.portion.amount.subtract(here)?;
        taken.push_back(Part { portion: Portion { amount: here, ..first.portion }, ..*first });
        if first.portion.amount.is_zero() {
            parts.pop_front();
        }
    }
    Ok(taken)
}

/// The sum of some parts.
pub(super) fn sum(parts: &Parts) -> Result<Amount, AmountError> {
    Amount::sum(parts.iter().map(|part| part.portion.amount))
}

/// The plain portions of some parts.
pub(super) fn portions(parts: &Parts) -> Vec<Portion> {
    parts.iter().map(|part| part.portion).collect()
}

/// `given` in the proportions of another amount of another asset, one hop on.
///
/// Boundaries between parts are scaled and rounded down, so the result sums
/// to `amount` to the last unit.
pub(super) fn scaled(given: &Parts, amount: Amount) -> Result<Vec<Portion>, AnalysisError> {
    let whole = sum(given)?;
    let (mut until, mut dealt) = (Amount::ZERO, Amount::ZERO);
    let mut result = Vec::with_capacity(given.len());
    for part in given {
        until = until.add(part.portion.amount)?;
        let edge = amount.multiply_divide(until, whole)?;
        let mine = edge.subtract(dealt)?;
        dealt = edge;
        let hops = match part.portion.seed {
            Some(_) => part.portion.hops.saturating_add(1),
            None => 0,
        };
        crate::trace::purse::push_portion(
            &mut result,
            Portion { amount: mine, hops, ..part.portion },
        )?;
    }
    Ok(result)
}
