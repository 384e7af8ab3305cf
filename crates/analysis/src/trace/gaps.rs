//! Debits that no known credit explains.
//!
//! A data set may lack inflows, or give values that drift along a path (US
//! dollars at the time of each transfer). The shortfall of each debit is what
//! exceeds the balance that the opening and all earlier credits give. It does
//! not depend on the policy, and it is reported, never invented.

use super::ledger::{Lane, Ledger, Tick};
use super::outcome::Gap;
use crate::AnalysisError;
use tracehound_model::Amount;
use tracehound_store::{AddressId, AssetId, RowId};

/// One address and asset read from end to end.
struct Walk<L> {
    credits: L,
    debits: L,
    next_credit: usize,
    next_debit: usize,
}

/// Shortfalls of an address over the whole ledger, `None` if every debit is explained.
pub(super) fn gap<D: Ledger>(
    ledger: &D,
    (address, asset): (AddressId, AssetId),
    opening: Amount,
) -> Result<Option<Gap>, AnalysisError> {
    let mut walk = Walk {
        credits: ledger.credits(address)?,
        debits: ledger.debits(address)?,
        next_credit: 0,
        next_debit: 0,
    };
    let mut balance = opening;
    let mut gap = Gap {
        address,
        asset,
        inflow: opening,
        outflow: Amount::ZERO,
        unexplained: Amount::ZERO,
        rows: Vec::new(),
    };
    while let Some((tick, is_credit)) = walk.next() {
        let entry = ledger.entry(tick)?;
        if entry.asset != asset {
            continue;
        }
        if is_credit {
            gap.inflow = gap.inflow.add(entry.amount)?;
            balance = balance.add(entry.amount)?;
            continue;
        }
        gap.outflow = gap.outflow.add(entry.amount)?;
        let short = entry.amount.saturating_subtract(balance);
        balance = balance.saturating_subtract(entry.amount);
        if !short.is_zero() {
            gap.unexplained = gap.unexplained.add(short)?;
            gap.rows.push(ledger.row(tick));
        }
    }
    Ok((!gap.rows.is_empty()).then_some(gap))
}

impl<L: Lane> Walk<L> {
    /// The next tick on either lane; a debit before a credit of the same tick.
    fn next(&mut self) -> Option<(Tick, bool)> {
        let credit = self.credits.tick(self.next_credit);
        let debit = self.debits.tick(self.next_debit);
        let take_credit = match (credit, debit) {
            (None, None) => return None,
            (Some(c), Some(d)) => c < d,
            (credit, _) => credit.is_some(),
        };
        if take_credit {
            self.next_credit += 1;
            credit.map(|tick| (tick, true))
        } else {
            self.next_debit += 1;
            debit.map(|tick| (tick, false))
        }
    }
}

/// What an address holds after its last entry, walked against the ledger's
/// direction: the opening balance of a backward trace.
pub(super) fn closing_balance<D: Ledger>(
    ledger: &D,
    (address, asset): (AddressId, AssetId),
    opening: Amount,
) -> Result<Amount, AnalysisError> {
    let (credits, debits) = (ledger.credits(address)?, ledger.debits(address)?);
    let past_end = Tick(u64::MAX);
    let mut next_credit = credits.first_at_or_after(past_end);
    let mut next_debit = debits.first_at_or_after(past_end);
    let mut balance = opening;
    loop {
        let credit = next_credit.checked_sub(1).and_then(|at| credits.tick(at));
        let debit = next_debit.checked_sub(1).and_then(|at| debits.tick(at));
        // Against the direction a ledger credit is a real debit, and for a
        // transfer to oneself the real debit comes first.
        let take_credit = match (credit, debit) {
            (None, None) => return Ok(balance),
            (Some(c), Some(d)) => c >= d,
            (credit, _) => credit.is_some(),
        };
        let tick = if take_credit { credit } else { debit };
        if take_credit {
            next_credit -= 1;
        } else {
            next_debit -= 1;
        }
        let Some(tick) = tick else { return Ok(balance) };
        let entry = ledger.entry(tick)?;
        if entry.asset == asset {
            balance = if take_credit {
                balance.saturating_subtract(entry.amount)
            } else {
                balance.add(entry.amount)?
            };
        }
    }
}

/// Rows are shown in chain order whatever the direction.
pub(super) fn sort_rows(rows: &mut [RowId]) {
    rows.sort_unstable();
}
