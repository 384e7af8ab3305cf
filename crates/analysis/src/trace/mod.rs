//! Following stolen money transfer by transfer, in chain order.
//!
//! Start at [`trace`]: it runs one engine (`engine.rs`) per policy over a
//! ledger (`ledger.rs`), the store's rows in one direction. A holder
//! (`holder.rs`) is an address with an asset; its purse (`purse.rs`) applies
//! the policy. `resolve.rs` turns a case into a [`TraceRequest`].

mod booking;
mod engine;
mod gaps;
mod holder;
mod ledger;
mod outcome;
mod purse;
mod request;
mod resolve;
mod unfollowed;
mod unreached;

pub use ledger::{Entry, Lane, Ledger, StoreLane, StoreLedger, Tick};
pub use outcome::{
    Booking, CleanInflow, Closing, Conversion, Cut, Exchanged, Gap, NotFollowed, PolicyTrace, Rest,
    SeedId, SeedRecord, TaintedTransfer, TraceOutcome, Unreached, Unvouched,
};
pub use request::{ResolvedSeed, SeedWhat, Stops, TraceRequest};
pub(crate) use resolve::stopping_tags;
pub use resolve::{CaseLists, resolve};
pub use unreached::unreached;

use crate::AnalysisError;
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;
use tracehound_model::{Amount, Direction, Policy, Rule};
use tracehound_store::{AddressId, AssetId, Snapshot};

/// The engine as a rule: raised whenever the same request can give other figures.
pub const RULE: Rule = Rule { name: "account-trace", version: 1 };

/// Traces a request over a store.
///
/// # Errors
/// [`AnalysisError`]; `stop` is polled and ends the trace with nothing returned.
pub fn trace(
    snapshot: &Snapshot,
    request: &TraceRequest,
    stop: Option<&AtomicBool>,
) -> Result<TraceOutcome, AnalysisError> {
    let ledger = StoreLedger::new(snapshot, request.direction, request.end);
    let mut outcome = trace_ledger(&ledger, request, stop)?;
    outcome.not_followed = unfollowed::find(&ledger, snapshot, request, &outcome)?;
    Ok(outcome)
}

/// Traces a request over any ledger (tests bring one that lives in memory).
///
/// # Errors
/// As [`trace`].
pub fn trace_ledger<D: Ledger>(
    ledger: &D,
    request: &TraceRequest,
    stop: Option<&AtomicBool>,
) -> Result<TraceOutcome, AnalysisError> {
    let only_outputs = |policy: &&Policy| matches!(policy, Policy::Tiho | Policy::Tilo);
    if let Some(policy) = request.policies.iter().find(only_outputs) {
        return Err(AnalysisError::PolicyNotHere { policy: *policy, chains: "unspent-output" });
    }
    let openings = |address: AddressId, asset: AssetId| opening(ledger, request, (address, asset));
    let runs: Vec<engine::Run> = request
        .policies
        .par_iter()
        .map(|policy| engine::Engine::new(ledger, request, &openings, *policy).run(stop))
        .collect::<Result<_, _>>()?;
    let mut outcome = TraceOutcome {
        direction: request.direction,
        seeds: seed_records(request, &runs),
        unvouched: unvouched(ledger, &runs),
        policies: runs.into_iter().map(|run| run.trace).collect(),
        not_followed: Vec::new(),
        end: request.end,
    };
    attach_gaps(ledger, &mut outcome, &openings)?;
    Ok(outcome)
}

/// Balance before the first entry in the direction of the trace.
fn opening<D: Ledger>(
    ledger: &D,
    request: &TraceRequest,
    key: (AddressId, AssetId),
) -> Result<Amount, AnalysisError> {
    let known = request.opening.get(&key).copied().unwrap_or_default();
    match ledger.direction() {
        Direction::Forward => Ok(known),
        Direction::Backward => gaps::closing_balance(ledger, key, known),
    }
}

/// Addresses that exchanged and are no markets for all that is known.
fn unvouched<D: Ledger>(ledger: &D, runs: &[engine::Run]) -> Vec<Unvouched> {
    let conserving = runs.iter().find(|run| run.trace.policy.conserves());
    let found = conserving.map(|run| &run.unvouched);
    let mut list: Vec<Unvouched> = found
        .into_iter()
        .flatten()
        .map(|(address, (first, transactions))| Unvouched {
            address: *address,
            transactions: *transactions,
            example: ledger.row(*first),
        })
        .collect();
    list.sort_by_key(|found| (std::cmp::Reverse(found.transactions), found.address));
    list
}

/// The seeds as they turned out; counts of the first policy that conserves value.
fn seed_records(request: &TraceRequest, runs: &[engine::Run]) -> Vec<SeedRecord> {
    let counted = runs.iter().find(|run| run.trace.policy.conserves()).or(runs.first());
    (0_u32..)
        .zip(&request.seeds)
        .map(|(number, seed)| SeedRecord {
            victim: seed.victim.clone(),
            description: seed.description.clone(),
            address: match &seed.what {
                SeedWhat::Outflow { address, .. } => Some(*address),
                SeedWhat::Rows(_) | SeedWhat::Parts(_) => None,
            },
            rows: counted
                .and_then(|run| run.seeded_rows.get(&SeedId(number)).copied())
                .unwrap_or(0),
        })
        .collect()
}

/// What conversions brought in that no transfer lists: mints of a wrapped coin.
fn implied<D: Ledger>(
    ledger: &D,
    outcome: &TraceOutcome,
) -> Result<HashMap<(AddressId, AssetId), Amount>, AnalysisError> {
    let mut seen = HashSet::new();
    let mut sums: HashMap<(AddressId, AssetId), Amount> = HashMap::new();
    let conversions = outcome.policies.iter().flat_map(|policy| &policy.conversions);
    for got in conversions.flat_map(|conversion| &conversion.got) {
        let listed = ledger.entry(ledger.tick(got.row))?.asset == got.asset;
        let new = seen.insert((got.row, got.address, got.asset));
        if new && !listed {
            let sum = sums.entry((got.address, got.asset)).or_default();
            *sum = sum.add(got.amount)?;
        }
    }
    Ok(sums)
}

/// Finds the gaps of every address that passed taint on, once, and gives each
/// policy those it met. Seeds are exempt: what leaves them is stolen by definition.
fn attach_gaps<D: Ledger>(
    ledger: &D,
    outcome: &mut TraceOutcome,
    openings: &dyn Fn(AddressId, AssetId) -> Result<Amount, AnalysisError>,
) -> Result<(), AnalysisError> {
    let seeds: HashSet<AddressId> = outcome.seeds.iter().filter_map(|s| s.address).collect();
    let implied = implied(ledger, outcome)?;
    let mut known: HashMap<(AddressId, AssetId), Option<Gap>> = HashMap::new();
    for policy in &mut outcome.policies {
        let mut payers: Vec<(AddressId, AssetId)> = Vec::new();
        for transfer in policy.transfers.iter().filter(|t| t.seeded.is_zero()) {
            let entry = ledger.entry(ledger.tick(transfer.row))?;
            payers.push((entry.debtor, entry.asset));
        }
        payers.sort_unstable();
        payers.dedup();
        for key in payers.into_iter().filter(|key| !seeds.contains(&key.0)) {
            if !known.contains_key(&key) {
                let implied = implied.get(&key).copied().unwrap_or_default();
                let before = openings(key.0, key.1)?.add(implied)?;
                let mut gap = gaps::gap(ledger, key, before)?;
                if let Some(gap) = &mut gap {
                    gaps::sort_rows(&mut gap.rows);
                }
                known.insert(key, gap);
            }
            policy.gaps.extend(known.get(&key).cloned().flatten());
        }
        policy.gaps.sort_by(|a, b| {
            (a.asset, b.unexplained, a.address).cmp(&(b.asset, a.unexplained, b.address))
        });
    }
    Ok(())
}
