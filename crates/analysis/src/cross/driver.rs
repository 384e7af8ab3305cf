//! Rounds of traces, chain by chain, until nothing new comes over.
//!
//! Each policy is followed by itself, since the tainted part of what crosses
//! differs by policy. In a round every chain to which something new came over
//! is traced anew with all that came over; then every crossing is dealt again.
//! A crossing is final one round after those it depends on, and money is not
//! paid out before it is paid in, so that there are never more rounds than
//! crossings, and one to see that nothing changed.

use super::claim::Claim;
use super::leg::{ChainData, ChainLeg, CrossChain, Incoming, LegOutcome, taint_by_entry};
use super::outcome::{CrossOutcome, CrossPolicy, CrossedTaint, PartTaint, SeedAmount};
use super::place::{Crossing, place};
use super::share::shares;
use crate::AnalysisError;
use crate::trace::{SeedId, TraceOutcome};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use tracehound_model::{Amount, AmountError, Direction, Policy};

/// Traces a case over its chains, the first of which holds the seeds. Only
/// forward; `policies` are followed side by side on every chain.
///
/// # Errors
/// [`AnalysisError`]; `stop` is polled and ends the trace with nothing returned.
pub fn trace_over_chains(
    chains: &[CrossChain<'_>],
    claims: &[Claim],
    policies: &[Policy],
    stop: Option<&AtomicBool>,
) -> Result<CrossOutcome, AnalysisError> {
    if chains.iter().any(|chain| direction(&chain.data) == Direction::Backward) {
        return Err(AnalysisError::BackwardOverChains);
    }
    let crossings = place(chains, claims)?;
    let chains = chains.iter().cloned().enumerate();
    let chains: Vec<CrossChain<'_>> = chains
        .map(|(number, chain)| chain.with_crossings(number, &crossings))
        .collect::<Result<_, _>>()?;
    let seeds = chains.first().map(|first| seeds(&first.data)).unwrap_or_default();
    let run = Run { chains: &chains, crossings: &crossings, seeds: &seeds, stop };
    let traced: Vec<(CrossPolicy, Vec<ChainLeg>)> =
        policies.par_iter().map(|policy| run.policy(*policy)).collect::<Result<_, _>>()?;
    let mut legs: Vec<ChainLeg> = Vec::new();
    let mut outcomes = Vec::new();
    for (policy, its_legs) in traced {
        outcomes.push(policy);
        for (place, leg) in its_legs.into_iter().enumerate() {
            match legs.get_mut(place) {
                Some(all) => merge(all, leg),
                None => legs.push(leg),
            }
        }
    }
    Ok(CrossOutcome { seeds: seeds.len(), crossings, legs, policies: outcomes })
}

fn direction(data: &ChainData<'_>) -> Direction {
    match data {
        ChainData::Accounts(_, request) => request.direction,
        ChainData::Outputs(_, request) => request.direction,
    }
}

/// Victim and description of each seed of the case, as what came over of it.
fn seeds(data: &ChainData<'_>) -> Vec<(String, String)> {
    let over = |victim: &String, text: &String| (victim.clone(), format!("by crossings: {text}"));
    match data {
        ChainData::Accounts(_, request) => {
            request.seeds.iter().map(|seed| over(&seed.victim, &seed.description)).collect()
        }
        ChainData::Outputs(_, request) => {
            request.seeds.iter().map(|seed| over(&seed.victim, &seed.description)).collect()
        }
    }
}

/// Adds one policy's trace of a chain to the others'.
fn merge(all: &mut ChainLeg, leg: ChainLeg) {
    match (&mut all.outcome, leg.outcome) {
        (LegOutcome::Accounts(all), LegOutcome::Accounts(more)) => merge_accounts(all, more),
        (LegOutcome::Outputs(all), LegOutcome::Outputs(more)) => {
            all.policies.extend(more.policies);
        }
        _ => {}
    }
}

fn merge_accounts(all: &mut TraceOutcome, more: TraceOutcome) {
    // Figures of a seed are those of the first policy that conserves value.
    if !all.policies.iter().any(|trace| trace.policy.conserves()) {
        all.seeds = more.seeds;
        all.unvouched = more.unvouched;
    }
    all.policies.extend(more.policies);
    for token in more.not_followed {
        match all.not_followed.iter_mut().find(|known| known.asset == token.asset) {
            Some(known) if known.transfers < token.transfers => *known = token,
            Some(_) => {}
            None => all.not_followed.push(token),
        }
    }
    all.not_followed.sort_by_key(|token| token.asset);
}

struct Run<'a> {
    chains: &'a [CrossChain<'a>],
    crossings: &'a [Crossing],
    seeds: &'a [(String, String)],
    stop: Option<&'a AtomicBool>,
}

impl Run<'_> {
    fn policy(&self, policy: Policy) -> Result<(CrossPolicy, Vec<ChainLeg>), AnalysisError> {
        let mut incoming: Vec<Incoming> = vec![Incoming::new(); self.chains.len()];
        let mut legs = Vec::with_capacity(self.chains.len());
        for (chain, came) in self.chains.iter().zip(&incoming) {
            legs.push(chain.trace(policy, self.seeds, came, self.stop)?);
        }
        let most = self.crossings.len().saturating_add(1);
        for round in 1..=most {
            let crossed = self.deal(policy, &legs)?;
            let next = self.incoming(&crossed);
            if next == incoming {
                let rounds = u32::try_from(round).unwrap_or(u32::MAX);
                return Ok((CrossPolicy { policy, rounds, crossings: crossed }, legs));
            }
            for (place, chain) in self.chains.iter().enumerate() {
                if next[place] != incoming[place] {
                    legs[place] = chain.trace(policy, self.seeds, &next[place], self.stop)?;
                }
            }
            incoming = next;
        }
        Err(AnalysisError::CrossingsDoNotSettle { rounds: most })
    }

    /// What every crossing carries, given the chains' traces.
    fn deal(&self, policy: Policy, legs: &[ChainLeg]) -> Result<Vec<CrossedTaint>, AnalysisError> {
        let taints: Vec<_> = legs.iter().map(taint_by_entry).collect();
        let mut crossed = Vec::new();
        for (number, crossing) in self.crossings.iter().enumerate() {
            let Some(source) = &crossing.source else { continue };
            let mut tainted = Amount::ZERO;
            let mut sums: BTreeMap<SeedId, Amount> = BTreeMap::new();
            for entry in &source.entries {
                let Some((amount, by_seed)) = taints[source.chain].get(entry) else { continue };
                tainted = tainted.add(*amount)?;
                for (seed, amount) in by_seed {
                    let sum = sums.entry(self.of_case(*seed)).or_default();
                    *sum = sum.add(*amount)?;
                }
            }
            if tainted.is_zero() {
                continue;
            }
            let given = source.amount()?;
            let by_seed: Vec<SeedAmount> = sums.into_iter().collect();
            let one = Dealt { policy, given, by_seed: &by_seed };
            let parts = crossing.parts.iter().map(|part| match part.amount {
                Some(paid_out) if crossing.is_followed() && !part.is_early() => one.part(paid_out),
                _ => Ok(PartTaint::default()),
            });
            let parts = parts.collect::<Result<_, AmountError>>()?;
            crossed.push(CrossedTaint { crossing: number, tainted, by_seed, parts });
        }
        Ok(crossed)
    }

    /// The case's seed behind a chain's, which may be what came over of it.
    fn of_case(&self, seed: SeedId) -> SeedId {
        let count = u32::try_from(self.seeds.len()).unwrap_or(u32::MAX).max(1);
        SeedId(seed.0 % count)
    }

    /// What comes over to each chain, entry by entry.
    fn incoming(&self, crossed: &[CrossedTaint]) -> Vec<Incoming> {
        let mut incoming = vec![Incoming::new(); self.chains.len()];
        for taint in crossed {
            let crossing = &self.crossings[taint.crossing];
            for (part, taint) in crossing.parts.iter().zip(&taint.parts) {
                let Some(spot) = &part.spot else { continue };
                for (entry, by_seed) in super::share::over_entries(spot, taint) {
                    incoming[spot.chain].push((entry, by_seed));
                }
            }
        }
        incoming.iter_mut().for_each(|chain| chain.sort());
        incoming
    }
}

/// What was paid in, and of it whose.
struct Dealt<'a> {
    policy: Policy,
    given: Amount,
    by_seed: &'a [SeedAmount],
}

impl Dealt<'_> {
    fn part(&self, paid_out: Amount) -> Result<PartTaint, AmountError> {
        if !self.policy.conserves() {
            return Ok(PartTaint { tainted: paid_out, by_seed: Vec::new() });
        }
        let by_seed = shares(self.given, self.by_seed, paid_out)?;
        let tainted = Amount::sum(by_seed.iter().map(|(_, amount)| *amount))?;
        Ok(PartTaint { tainted, by_seed })
    }
}
