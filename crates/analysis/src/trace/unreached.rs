//! Transfers of the data that a trace did not reach, each with its reason.

use super::ledger::{Ledger, StoreLedger};
use super::outcome::{PolicyTrace, TraceOutcome, Unreached};
use super::request::TraceRequest;
use crate::AnalysisError;
use hashbrown::{HashMap, HashSet};
use tracehound_store::{AddressId, AssetId, RowId, Snapshot};

/// Rows of the store (before the trace's end) that `policy` did not taint.
/// Meant for case-sized stores: it reads every row.
///
/// # Errors
/// If the store cannot be read.
pub fn unreached(
    snapshot: &Snapshot,
    request: &TraceRequest,
    outcome: &TraceOutcome,
    policy: &PolicyTrace,
) -> Result<Vec<Unreached>, AnalysisError> {
    let ledger = StoreLedger::new(snapshot, outcome.direction, outcome.end);
    let reached: HashSet<RowId> = policy.transfers.iter().map(|t| t.row).collect();
    let mut first: HashMap<(AddressId, AssetId), u64> = HashMap::new();
    for transfer in &policy.transfers {
        let tick = ledger.tick(transfer.row);
        let entry = ledger.entry(tick)?;
        let at = first.entry((entry.creditor, entry.asset)).or_insert(tick.0);
        *at = tick.0.min(*at);
    }
    let mut missed = Vec::new();
    for row in (0..ledger.length()).map(RowId).filter(|row| !reached.contains(row)) {
        let tick = ledger.tick(row);
        let entry = ledger.entry(tick)?;
        let arrival = first.get(&(entry.debtor, entry.asset));
        let reason = if entry.amount.is_zero() {
            "moves nothing"
        } else if !request.followed.contains(&entry.asset) {
            "asset not followed"
        } else if arrival.is_some() && request.stops.services.contains_key(&entry.debtor) {
            "leaves a place where the trace stops"
        } else if arrival.is_some_and(|at| *at > tick.0) {
            "happened before any traced money reached its sender"
        } else if arrival.is_some() {
            "its sender's traced money was cut off or spent before"
        } else {
            "no traced money ever reached its sender"
        };
        missed.push(Unreached { row, reason: reason.to_owned() });
    }
    Ok(missed)
}
