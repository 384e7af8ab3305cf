//! One deposit to one withdrawal, so that no note is spent twice.

use crate::{EventId, MixerEvents};

/// Gives each withdrawal the earliest deposit that is left and can have paid it.
///
/// Both lists are of one pool and in chain order. Deposits that can pay a
/// withdrawal can pay every later one, so this pairs as many as can be paired.
/// With the pair comes how many of the deposits it could have been.
pub(crate) fn assign(
    events: &MixerEvents,
    deposits: &[EventId],
    withdrawals: &[EventId],
) -> Vec<(EventId, EventId, usize)> {
    let mut pairs = Vec::new();
    let mut left = deposits.iter();
    for withdrawal in withdrawals {
        let possible = deposits.partition_point(|id| events.is_eligible(*id, *withdrawal));
        if pairs.len() < possible
            && let Some(deposit) = left.next()
        {
            pairs.push((*deposit, *withdrawal, possible));
        }
    }
    pairs
}
