//! What each chain lost and received, and where it rests, to the last unit.

use super::leg::{CrossChain, LegOutcome};
use super::outcome::{CrossOutcome, CrossPolicy};
use crate::AnalysisError;
use crate::trace::{Rest, SeedId};
use std::collections::BTreeMap;
use tracehound_model::{Amount, Asset, Category, Chain, Policy};

/// Where money of one asset rests, crossings included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum CrossRest {
    /// As on one chain. What rests at a bridge has no counterpart that is known.
    Rest(Rest),
    /// Given to a bridge that paid out for it: index of the crossing.
    Crossed(usize),
    /// Paid out where the case has no data.
    OutsideData,
    /// Paid out in coins that were a theft's already.
    AlreadyTainted,
}

/// One seed's money of one asset under one policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrossClosing {
    /// The policy.
    pub policy: Policy,
    /// The seed of the case.
    pub seed: SeedId,
    /// The asset's chain.
    pub chain: Chain,
    /// The asset.
    pub asset: Asset,
    /// What was stolen.
    pub stolen: Amount,
    /// What bridges paid out for what was given to them elsewhere.
    pub received: Amount,
    /// What was got for other stolen assets of the chain in exchanges.
    pub exchanged: Amount,
    /// Where it rests.
    pub rests: BTreeMap<CrossRest, Amount>,
}

impl CrossClosing {
    /// Whether what was stolen, received and got in exchanges is what rests.
    #[must_use]
    pub fn closes(&self) -> bool {
        let entered = Amount::sum([self.stolen, self.received, self.exchanged]);
        let rests = Amount::sum(self.rests.values().copied());
        matches!((entered, rests), (Ok(entered), Ok(rests)) if entered == rests)
    }
}

/// One line, by seed, chain and asset.
type Key = (SeedId, usize, Vec<u8>);

struct Lines<'a> {
    chains: Vec<Chain>,
    policy: &'a CrossPolicy,
    outcome: &'a CrossOutcome,
    lines: BTreeMap<Key, CrossClosing>,
}

/// The closing lines of every policy that conserves value. `chains` are those
/// that were traced.
///
/// # Errors
/// If a store cannot be read, or a sum leaves the range of amounts.
pub fn closings(
    chains: &[CrossChain<'_>],
    outcome: &CrossOutcome,
) -> Result<Vec<CrossClosing>, AnalysisError> {
    let mut all = Vec::new();
    for policy in outcome.policies.iter().filter(|policy| policy.policy.conserves()) {
        let names = chains.iter().map(|chain| chain.chain.clone()).collect();
        let mut lines = Lines { chains: names, policy, outcome, lines: BTreeMap::new() };
        lines.receive()?;
        for (number, chain) in chains.iter().enumerate() {
            lines.chain(number, chain)?;
        }
        lines.cross()?;
        all.extend(lines.lines.into_values());
    }
    Ok(all)
}

impl Lines<'_> {
    fn line(&mut self, seed: SeedId, chain: usize, asset: Asset) -> &mut CrossClosing {
        let key = (seed, chain, asset.to_key().to_vec());
        let fresh = CrossClosing {
            policy: self.policy.policy,
            seed,
            chain: self.chains[chain].clone(),
            asset,
            stolen: Amount::ZERO,
            received: Amount::ZERO,
            exchanged: Amount::ZERO,
            rests: BTreeMap::new(),
        };
        self.lines.entry(key).or_insert(fresh)
    }

    /// What was paid out for what was given.
    fn receive(&mut self) -> Result<(), AnalysisError> {
        let outcome = self.outcome;
        for taint in &self.policy.crossings {
            let crossing = &outcome.crossings[taint.crossing];
            for (part, taint) in crossing.parts.iter().zip(&taint.parts) {
                let (Some(chain), Some(asset)) = (part_chain(part, &mut self.chains), part.asset)
                else {
                    continue;
                };
                for (seed, amount) in &taint.by_seed {
                    let line = self.line(*seed, chain, asset);
                    line.received = line.received.add(*amount)?;
                    if part.spot.is_none() {
                        add(&mut line.rests, CrossRest::OutsideData, *amount)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What a chain's trace says was stolen and rests.
    fn chain(&mut self, number: usize, chain: &CrossChain<'_>) -> Result<(), AnalysisError> {
        let (outcome, policy) = (self.outcome, self.policy.policy);
        match &outcome.legs[number].outcome {
            LegOutcome::Accounts(trace) => {
                let super::ChainData::Accounts(snapshot, _) = &chain.data else { return Ok(()) };
                let traces = trace.policies.iter().filter(|trace| trace.policy == policy);
                for closing in traces.flat_map(|trace| &trace.closings) {
                    let (seed, own) = self.of_case(closing.seed, number);
                    let asset = snapshot.asset(closing.asset)?.asset;
                    let line = self.line(seed, number, asset);
                    if own {
                        line.stolen = line.stolen.add(closing.stolen)?;
                    }
                    line.exchanged = line.exchanged.add(closing.received)?;
                    for (rest, amount) in &closing.rests {
                        add(&mut line.rests, CrossRest::Rest(*rest), *amount)?;
                    }
                }
            }
            LegOutcome::Outputs(trace) => {
                for trace in trace.policies.iter().filter(|trace| trace.policy == policy) {
                    self.outputs(number, trace)?;
                }
            }
        }
        Ok(())
    }

    fn outputs(
        &mut self,
        number: usize,
        trace: &crate::output_trace::OutputTrace,
    ) -> Result<(), AnalysisError> {
        for (seed, stolen) in (0..).map(SeedId).zip(&trace.stolen) {
            let stolen = Amount::from_u64(*stolen);
            let (seed, own) = self.of_case(seed, number);
            if own && !stolen.is_zero() {
                let line = self.line(seed, number, Asset::Native);
                line.stolen = line.stolen.add(stolen)?;
            }
            if !own {
                self.collided(seed, number, stolen)?;
            }
        }
        for ((seed, rest), amount) in trace.rests() {
            let (seed, _) = self.of_case(seed, number);
            let line = self.line(seed, number, Asset::Native);
            add(&mut line.rests, CrossRest::Rest(rest), Amount::from_u64(amount))?;
        }
        Ok(())
    }

    /// Coins that came over and were a theft's already stay with that theft.
    fn collided(
        &mut self,
        seed: SeedId,
        number: usize,
        marked: Amount,
    ) -> Result<(), AnalysisError> {
        let outcome = self.outcome;
        let mut came = Amount::ZERO;
        for taint in &self.policy.crossings {
            let crossing = &outcome.crossings[taint.crossing];
            for (part, taint) in crossing.parts.iter().zip(&taint.parts) {
                if part.spot.as_ref().is_none_or(|spot| spot.chain != number) {
                    continue;
                }
                let mine = taint.by_seed.iter().filter(|(of, _)| *of == seed);
                came = came.add(Amount::sum(mine.map(|(_, amount)| *amount))?)?;
            }
        }
        let missing = came.subtract(marked)?;
        if !missing.is_zero() {
            let line = self.line(seed, number, Asset::Native);
            add(&mut line.rests, CrossRest::AlreadyTainted, missing)?;
        }
        Ok(())
    }

    /// What rests at bridges and was paid out for is crossed.
    fn cross(&mut self) -> Result<(), AnalysisError> {
        let outcome = self.outcome;
        for taint in &self.policy.crossings {
            let crossing = &outcome.crossings[taint.crossing];
            let Some(source) = crossing.source.as_ref().filter(|_| crossing.is_followed()) else {
                continue;
            };
            for (seed, amount) in &taint.by_seed {
                let line = self.line(*seed, source.chain, source.asset);
                let bridge = CrossRest::Rest(Rest::Service(Category::Bridge));
                let at_bridge = line.rests.entry(bridge).or_default();
                *at_bridge = at_bridge.subtract(*amount)?;
                line.rests.retain(|_, amount| !amount.is_zero());
                add(&mut line.rests, CrossRest::Crossed(taint.crossing), *amount)?;
            }
        }
        Ok(())
    }

    /// The case's seed behind a chain's, and whether it is a theft there.
    fn of_case(&self, seed: SeedId, chain: usize) -> (SeedId, bool) {
        let own = u32::try_from(self.outcome.own_seeds(chain)).unwrap_or(u32::MAX);
        if seed.0 < own { (seed, true) } else { (SeedId(seed.0 - own), false) }
    }
}

/// Number of the chain that a part was paid out on; chains without data are
/// added to the list.
fn part_chain(part: &super::place::Part, chains: &mut Vec<Chain>) -> Option<usize> {
    if let Some(spot) = &part.spot {
        return Some(spot.chain);
    }
    let chain = &part.chain;
    let known = chains.iter().position(|known| known == chain);
    Some(known.unwrap_or_else(|| {
        chains.push(chain.clone());
        chains.len() - 1
    }))
}

fn add(
    rests: &mut BTreeMap<CrossRest, Amount>,
    rest: CrossRest,
    amount: Amount,
) -> Result<(), AnalysisError> {
    let sum = rests.entry(rest).or_default();
    *sum = sum.add(amount)?;
    Ok(())
}
