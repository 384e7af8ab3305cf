//! Shapes in which stolen money moves over unspent outputs: equal split,
//! chip split, consolidation, peel chain, dormancy then burst, pass-through.
//!
//! Each rule looks at the transactions that a trace touched, names its
//! parameters, and proves itself by outputs. They are structural: none says
//! who acts. Definitions and what misleads: `docs/methods/structure.md`.

mod chips;
mod consolidation;
mod dormancy;
mod pass_through;
mod peel;
mod split;
#[cfg(test)]
mod tests;
mod trail;

pub use peel::{PeelChain, peel_chains};
pub use trail::Trail;

use crate::AnalysisError;
use crate::coinjoin::CoinJoinFinder;
use crate::output_trace::OutputTraceOutcome;
use tracehound_model::Finding;
use tracehound_store::utxo::OutputLedger;

/// Every finding over what a trace touched, under its first policy that
/// conserves value (poison would reach half the chain).
///
/// # Errors
/// If the chain cannot be read.
pub fn findings(
    ledger: &dyn OutputLedger,
    outcome: &OutputTraceOutcome,
    coinjoins: &CoinJoinFinder<'_>,
) -> Result<Vec<Finding>, AnalysisError> {
    let conserving = outcome.policies.iter().find(|trace| trace.policy.conserves());
    let Some(trace) = conserving.or(outcome.policies.first()) else { return Ok(Vec::new()) };
    let trail = Trail::of(ledger, trace, coinjoins)?;
    let mut findings = peel::find(&trail)?;
    findings.append(&mut split::find(&trail)?);
    findings.append(&mut chips::find(&trail)?);
    findings.append(&mut consolidation::find(&trail)?);
    findings.append(&mut dormancy::find(&trail)?);
    findings.append(&mut pass_through::find(&trail)?);
    Ok(findings)
}
