//! The net effect of a transaction in a store.

use super::{Markets, NetEffect};
use crate::AnalysisError;
use crate::trace::{Entry, Ledger, StoreLedger};
use std::ops::Range;
use tracehound_model::{Direction, Tag, genuine};
use tracehound_store::{RowId, Snapshot};

/// The movements of a transaction, those it implies included, and its net
/// effect if a market took part. Well-known assets count; `tags` may name markets.
///
/// # Errors
/// If the store cannot be read, or sums leave 256 bits.
pub fn of_transaction(
    snapshot: &Snapshot,
    rows: Range<RowId>,
    tags: &[Tag],
) -> Result<(Vec<Entry>, Option<NetEffect>), AnalysisError> {
    let ledger = StoreLedger::new(snapshot, Direction::Forward, RowId(snapshot.row_count()));
    let mut entries = ledger.entries(ledger.tick(rows.start)..ledger.tick(rows.end))?;
    let markets = Markets::of(snapshot, tags, &[])?;
    let mut followed = markets.genuine.clone();
    for entry in &entries {
        let asset = snapshot.asset(entry.asset)?.asset;
        if genuine::followed_by_default(snapshot.chain(), &asset) {
            followed.insert(entry.asset);
        }
    }
    let effect = NetEffect::of(&entries, &followed, &markets, &mut |address| {
        markets.judge(&ledger, &followed, address)
    })?;
    if let Some(effect) = &effect {
        entries.extend(&effect.implied);
    }
    Ok((entries, effect))
}
