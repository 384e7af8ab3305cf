//! Tokens that left traced addresses and were not followed, with the reason.

use super::ledger::{Lane, Ledger, StoreLedger, Tick};
use super::outcome::{NotFollowed, TraceOutcome};
use super::request::{SeedWhat, TraceRequest};
use crate::AnalysisError;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::Asset;
use tracehound_model::genuine::{self, Verdict};
use tracehound_store::{AddressId, AssetId, RowId, Snapshot};

/// Debits in unfollowed assets of every address that carried taint or is a seed.
pub(super) fn find(
    ledger: &StoreLedger<'_>,
    snapshot: &Snapshot,
    request: &TraceRequest,
    outcome: &TraceOutcome,
) -> Result<Vec<NotFollowed>, AnalysisError> {
    let mut seen: BTreeMap<AssetId, (u32, RowId)> = BTreeMap::new();
    for address in payers(ledger, request, outcome)? {
        let lane = ledger.debits(address)?;
        let mut place = lane.first_at_or_after(Tick(0));
        while let Some(tick) = lane.tick(place) {
            place += 1;
            let entry = ledger.entry(tick)?;
            if !request.followed.contains(&entry.asset) {
                let row = ledger.row(tick);
                seen.entry(entry.asset).or_insert((0, row)).0 += 1;
            }
        }
    }
    seen.into_iter()
        .map(|(asset, (transfers, example))| {
            let reason = reason(snapshot, asset)?;
            Ok(NotFollowed { asset, reason, transfers, example })
        })
        .collect()
}

/// Addresses that paid in the trace, stops excluded because they never pay in it.
fn payers(
    ledger: &StoreLedger<'_>,
    request: &TraceRequest,
    outcome: &TraceOutcome,
) -> Result<BTreeSet<AddressId>, AnalysisError> {
    let mut payers = BTreeSet::new();
    for seed in &request.seeds {
        if let SeedWhat::Outflow { address, .. } = &seed.what {
            payers.insert(*address);
        }
    }
    for transfer in outcome.policies.iter().flat_map(|policy| &policy.transfers) {
        payers.insert(ledger.entry(ledger.tick(transfer.row))?.debtor);
    }
    Ok(payers)
}

fn reason(snapshot: &Snapshot, asset: AssetId) -> Result<String, AnalysisError> {
    let record = snapshot.asset(asset)?;
    let Asset::Token(contract) = record.asset else {
        return Ok("not among the assets this case follows".to_owned());
    };
    Ok(match genuine::judge(snapshot.chain(), &contract, record.symbol.as_deref()) {
        Verdict::Counterfeit { imitates } => format!("counterfeit of {imitates}"),
        Verdict::Unknown => "unknown token contract".to_owned(),
        Verdict::Genuine(_) => "not among the assets this case follows".to_owned(),
    })
}
