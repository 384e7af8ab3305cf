//! Deposits of each known depositor, and withdrawals to each receiver.

use super::{Link, assign};
use crate::{EventId, MixerEvents};
use std::collections::{BTreeMap, HashSet};
use tracehound_model::Address;

/// Events of one party in each pool, in chain order.
pub(super) type ByPool = BTreeMap<usize, Vec<EventId>>;

/// What is said where a rule needs to know who paid in.
pub(super) const NEEDS_DEPOSITORS: &str = "needs who made the deposits, which the events do not \
     tell: give --transactions (with their senders) or --depositors";

/// Known depositors with their deposits.
pub(super) fn depositors(events: &MixerEvents) -> BTreeMap<Address, ByPool> {
    let mut by: BTreeMap<Address, ByPool> = BTreeMap::new();
    for (id, deposit) in events.deposits() {
        if let Some(depositor) = deposit.depositor {
            by.entry(depositor).or_default().entry(id.pool).or_default().push(id);
        }
    }
    by
}

/// Receivers with their withdrawals; payments to nobody are left out.
pub(super) fn receivers(events: &MixerEvents) -> BTreeMap<Address, ByPool> {
    let mut by: BTreeMap<Address, ByPool> = BTreeMap::new();
    for (id, withdrawal) in events.withdrawals() {
        if !withdrawal.receiver.is_zero() {
            by.entry(withdrawal.receiver).or_default().entry(id.pool).or_default().push(id);
        }
    }
    by
}

/// Pairs of parties, each turned into links; what one pair used, a later one cannot.
#[derive(Default)]
pub(super) struct Pairing {
    spent: HashSet<EventId>,
    paid: HashSet<EventId>,
    pub(super) links: Vec<Link>,
}

impl Pairing {
    /// Links the deposits of one party with the withdrawals of another, in each pool.
    /// `score` is given how many deposits each could have been.
    pub(super) fn pair(
        &mut self,
        events: &MixerEvents,
        deposits: &ByPool,
        withdrawals: &ByPool,
        evidence: &str,
        score: impl Fn(usize) -> f64,
    ) {
        for (pool, paid_in) in deposits {
            let Some(paid_out) = withdrawals.get(pool) else { continue };
            let free = |ids: &[EventId], used: &HashSet<EventId>| -> Vec<EventId> {
                ids.iter().copied().filter(|id| !used.contains(id)).collect()
            };
            let (paid_in, paid_out) = (free(paid_in, &self.spent), free(paid_out, &self.paid));
            for (deposit, withdrawal, possible) in assign(events, &paid_in, &paid_out) {
                self.spent.insert(deposit);
                self.paid.insert(withdrawal);
                let evidence = match possible {
                    1 => evidence.to_owned(),
                    many => format!("{evidence}; one of {many} deposits"),
                };
                self.links.push(Link { deposit, withdrawal, score: score(possible), evidence });
            }
        }
    }
}

/// 1 divided by a count, for scores.
#[allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // a score; counts are far below 2^53
pub(super) fn one_of(count: usize) -> f64 {
    1.0 / count.max(1) as f64
}
