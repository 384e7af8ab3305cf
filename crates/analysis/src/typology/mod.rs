//! Structure findings: shapes in the transfers of traced addresses.
//!
//! Each rule is a function of a snapshot and the trace, with its parameters
//! and the transfers that prove it in the finding. Its page in
//! `docs/methods/` gives definition, source and known false positives.

mod counterfeit;
mod deposit;
mod equal_split;
mod look_alike;

pub use deposit::{DEPOSIT_RULE, DepositAddress, MOST_BLOCKS, deposit_addresses};

use crate::AnalysisError;
use crate::trace::{SeedWhat, TraceOutcome, TraceRequest};
use std::collections::BTreeSet;
use tracehound_model::{Direction, Evidence, Finding};
use tracehound_store::{AddressId, RowId, Snapshot};

/// Transfers shown as proof at most; the claim gives the full count.
const MOST_EVIDENCE: usize = 60;

/// Every finding about the addresses that paid in the trace, in a fixed order.
///
/// # Errors
/// If the store cannot be read.
pub fn findings(
    snapshot: &Snapshot,
    request: &TraceRequest,
    outcome: &TraceOutcome,
) -> Result<Vec<Finding>, AnalysisError> {
    let payers = payers(snapshot, request, outcome)?;
    let mut findings = equal_split::find(snapshot, request, &payers)?;
    findings.extend(counterfeit::find(snapshot, request, &payers)?);
    findings.extend(look_alike::find(snapshot, request, &payers)?);
    Ok(findings)
}

/// Seeds and everybody who passed taint on, in order of first appearance in the chain.
fn payers(
    snapshot: &Snapshot,
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
        let row = snapshot.row(transfer.row)?;
        payers.insert(match outcome.direction {
            Direction::Forward => row.from,
            Direction::Backward => row.to,
        });
    }
    Ok(payers)
}

/// The transfer behind a row, as proof.
fn evidence(snapshot: &Snapshot, id: RowId) -> Result<Evidence, AnalysisError> {
    let (row, place) = (snapshot.row(id)?, snapshot.place(id)?);
    Ok(Evidence {
        transaction: place.transaction,
        height: place.height,
        timestamp: place.timestamp,
        ordinal: place.ordinal,
        from: snapshot.address(row.from)?,
        to: snapshot.address(row.to)?,
        asset: snapshot.asset(row.asset)?.asset.caip19(snapshot.chain()),
        amount: row.amount,
    })
}

/// Proof for the first rows of a list.
fn evidence_of(snapshot: &Snapshot, rows: &[RowId]) -> Result<Vec<Evidence>, AnalysisError> {
    rows.iter().take(MOST_EVIDENCE).map(|row| evidence(snapshot, *row)).collect()
}

/// `1 transfer`, `2 transfers`.
fn transfers(count: usize) -> String {
    format!("{count} transfer{}", if count == 1 { "" } else { "s" })
}

/// Symbol for a sentence: what the asset is known as, else its contract.
fn asset_name(
    snapshot: &Snapshot,
    asset: tracehound_store::AssetId,
) -> Result<String, AnalysisError> {
    let record = snapshot.asset(asset)?;
    Ok(record
        .asset
        .own_symbol(snapshot.chain())
        .map(str::to_owned)
        .or(record.symbol)
        .unwrap_or_else(|| record.asset.to_string()))
}
