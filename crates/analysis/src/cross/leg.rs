//! One chain of the case: its data, its request, and its trace under one policy.

use super::outcome::SeedAmount;
use super::place::{Crossing, Entry};
use crate::AnalysisError;
use crate::output_trace::{
    Arrival, OutputSeed, OutputTrace, OutputTraceOutcome, OutputTraceRequest, first_after,
    trace_outputs,
};
use crate::trace::{ResolvedSeed, SeedId, SeedWhat, TraceOutcome, TraceRequest, trace};
use hashbrown::HashMap;
use std::sync::atomic::AtomicBool;
use tracehound_model::{Amount, Category, Chain, Policy, Timestamp};
use tracehound_store::utxo::{OutputId, OutputLedger};
use tracehound_store::{RowId, Snapshot};

/// The data of a chain with what is asked of them: stops, limits, and, on the
/// first chain, the seeds.
#[derive(Clone)]
pub enum ChainData<'a> {
    /// Transfers between accounts.
    Accounts(&'a Snapshot, TraceRequest),
    /// Transactions that spend outputs.
    Outputs(&'a dyn OutputLedger, OutputTraceRequest<'a>),
}

/// A chain of the case.
#[derive(Clone)]
pub struct CrossChain<'a> {
    /// Which.
    pub chain: Chain,
    /// Its data.
    pub data: ChainData<'a>,
}

/// A chain's trace.
#[derive(Clone, Debug)]
pub enum LegOutcome {
    /// Over accounts.
    Accounts(TraceOutcome),
    /// Over outputs.
    Outputs(OutputTraceOutcome),
}

/// A chain's trace with what it was asked at last.
#[derive(Clone, Debug)]
pub struct ChainLeg {
    /// The trace, one policy or all of them.
    pub outcome: LegOutcome,
    /// Over outputs: the seeds, for whoever tells the trace.
    pub output_seeds: Vec<OutputSeed>,
}

/// What came to a chain: by entry, how much of it is which seed's.
pub(super) type Incoming = Vec<(Entry, Vec<SeedAmount>)>;

impl<'a> CrossChain<'a> {
    /// The chain with its bridges as stops and what it is paid in followed.
    pub(super) fn with_crossings(
        mut self,
        number: usize,
        crossings: &[Crossing],
    ) -> Result<Self, AnalysisError> {
        let sources = crossings.iter().filter_map(|crossing| crossing.source.as_ref());
        for entry in sources.filter(|spot| spot.chain == number).flat_map(|spot| &spot.entries) {
            self.data.pay_in(*entry)?;
        }
        let parts = crossings.iter().filter(|crossing| crossing.is_followed());
        let spots = parts.flat_map(|c| &c.parts).filter_map(|part| part.spot.as_ref());
        for entry in spots.filter(|spot| spot.chain == number).flat_map(|spot| &spot.entries) {
            if let (ChainData::Accounts(snapshot, request), Entry::Row(row)) =
                (&mut self.data, *entry)
            {
                request.followed.insert(snapshot.row(row)?.asset);
            }
        }
        Ok(self)
    }

    /// Traces one policy with what came over from other chains.
    pub(super) fn trace(
        &self,
        policy: Policy,
        seeds: &[(String, String)],
        incoming: &Incoming,
        stop: Option<&AtomicBool>,
    ) -> Result<ChainLeg, AnalysisError> {
        match &self.data {
            ChainData::Accounts(snapshot, request) => {
                let mut request = request.clone();
                request.policies = vec![policy];
                request.seeds.extend(account_seeds(seeds, incoming));
                let outcome = LegOutcome::Accounts(trace(snapshot, &request, stop)?);
                Ok(ChainLeg { outcome, output_seeds: Vec::new() })
            }
            ChainData::Outputs(ledger, request) => {
                let mut request = request.clone();
                request.policies = vec![policy];
                request.seeds.extend(output_seeds(policy, seeds, incoming)?);
                let outcome = LegOutcome::Outputs(trace_outputs(*ledger, &request, stop)?);
                Ok(ChainLeg { outcome, output_seeds: request.seeds })
            }
        }
    }
}

impl CrossChain<'_> {
    /// When the first of the chain's seeds was taken.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn first_theft(&self) -> Result<Option<Timestamp>, AnalysisError> {
        match &self.data {
            ChainData::Accounts(snapshot, request) => {
                let mut first: Option<RowId> = None;
                for seed in &request.seeds {
                    let row = match &seed.what {
                        SeedWhat::Rows(rows) => rows.iter().min().copied(),
                        SeedWhat::Parts(parts) => parts.iter().map(|(row, _)| *row).min(),
                        SeedWhat::Outflow { address, start, .. } => {
                            let rows = snapshot.outgoing(*address)?;
                            rows.get(rows.first_at_or_after(*start))
                        }
                    };
                    first = first.into_iter().chain(row).min();
                }
                let place = first.map(|row| snapshot.place(row)).transpose()?;
                Ok(place.map(|place| place.timestamp))
            }
            ChainData::Outputs(ledger, request) => {
                let outputs = request.seeds.iter().flat_map(|seed| &seed.outputs);
                let first = outputs.map(|(output, _)| output.transaction).min();
                let block = first.map(|id| ledger.block(id)).transpose()?;
                Ok(block.map(|block| block.timestamp))
            }
        }
    }

    /// Follows nothing from a time on, as the age limit of the case does on
    /// the chain where the seeds are.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn too_old_from(&mut self, time: Timestamp) -> Result<(), AnalysisError> {
        match &mut self.data {
            ChainData::Accounts(snapshot, request) => {
                request.stops.age = Some(snapshot.first_row_at_time(time)?);
            }
            ChainData::Outputs(ledger, request) => {
                let before = Timestamp(time.0.saturating_sub(1));
                request.too_old = Some(first_after(*ledger, before)?);
            }
        }
        Ok(())
    }
}

impl ChainData<'_> {
    /// Makes an entry and whom it pays a stop. An address that a tag names
    /// already keeps the tag's category.
    fn pay_in(&mut self, entry: Entry) -> Result<(), AnalysisError> {
        match (self, entry) {
            (Self::Accounts(snapshot, request), Entry::Row(row)) => {
                let bridge = snapshot.row(row)?.to;
                request.stops.deposits.insert(row);
                request.stops.services.entry(bridge).or_insert(Category::Bridge);
            }
            (Self::Outputs(ledger, request), Entry::Output(output)) => {
                let view = ledger.transaction(output.transaction)?;
                let record = view.outputs.get(crate::output_trace::index(output.index));
                request.stops.deposit_outputs.insert(output);
                if let Some(bridge) = record.and_then(|record| record.address()) {
                    request.stops.services.entry(bridge).or_insert(Category::Bridge);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Number of a place in a list of seeds.
fn id(place: usize) -> SeedId {
    SeedId(u32::try_from(place).unwrap_or(u32::MAX))
}

fn account_seeds(seeds: &[(String, String)], incoming: &Incoming) -> Vec<ResolvedSeed> {
    let of = |place: usize| {
        let mut parts = Vec::new();
        for (entry, by_seed) in incoming {
            let Entry::Row(row) = entry else { continue };
            let mine = by_seed.iter().filter(|(seed, _)| *seed == id(place));
            parts.extend(mine.map(|(_, amount)| (*row, *amount)));
        }
        SeedWhat::Parts(parts)
    };
    let seed = |(place, (victim, description)): (usize, &(String, String))| ResolvedSeed {
        victim: victim.clone(),
        description: description.clone(),
        what: of(place),
    };
    seeds.iter().enumerate().map(seed).collect()
}

/// The first satoshis of each output, seed after seed: each names how many are
/// its own and its forerunners', who keep theirs.
fn output_seeds(
    policy: Policy,
    seeds: &[(String, String)],
    incoming: &Incoming,
) -> Result<Vec<OutputSeed>, AnalysisError> {
    let mut own: Vec<OutputSeed> = seeds
        .iter()
        .map(|(victim, description)| OutputSeed {
            victim: victim.clone(),
            description: description.clone(),
            outputs: Vec::new(),
        })
        .collect();
    for (entry, by_seed) in incoming {
        let Entry::Output(output) = entry else { continue };
        let mut up_to = Amount::ZERO;
        for (seed, amount) in by_seed {
            up_to = up_to.add(*amount)?;
            let most = if policy.conserves() { up_to.to_u64() } else { None };
            if let Some(own) = own.get_mut(crate::output_trace::index(seed.0)) {
                own.outputs.push((*output, most));
            }
        }
    }
    Ok(own)
}

/// The taint of every transfer or output that a trace of one policy touched.
pub(super) fn taint_by_entry(leg: &ChainLeg) -> HashMap<Entry, (Amount, Vec<SeedAmount>)> {
    let mut taint = HashMap::new();
    match &leg.outcome {
        LegOutcome::Accounts(outcome) => {
            for transfer in outcome.policies.iter().flat_map(|policy| &policy.transfers) {
                let value = (transfer.tainted, transfer.by_seed.clone());
                taint.insert(Entry::Row(transfer.row), value);
            }
        }
        LegOutcome::Outputs(outcome) => {
            for flow in outcome.policies.iter().flat_map(|policy: &OutputTrace| &policy.flows) {
                let Arrival::Output(index) = flow.arrival else { continue };
                let output = OutputId { transaction: flow.transaction, index };
                let by_seed = flow.by_seed.iter().map(|(s, a)| (*s, Amount::from_u64(*a)));
                let value = (Amount::from_u64(flow.tainted), by_seed.collect());
                taint.insert(Entry::Output(output), value);
            }
        }
    }
    taint
}
