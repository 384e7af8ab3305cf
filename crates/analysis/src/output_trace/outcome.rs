//! What a trace over outputs returns.

use super::Lots;
use crate::trace::{Rest, SeedId};
use std::collections::BTreeMap;
use tracehound_model::{Direction, Policy};
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputId, TransactionId};

/// Where money arrives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Arrival {
    /// An output of the transaction.
    Output(u32),
    /// The transaction itself, which mixes; through this input.
    Mixed(u32),
    /// The fee, which the block's miner may take.
    Fee,
    /// Backward: the output that this input spends.
    Input(u32),
}

/// Who holds money that rests.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Holder {
    /// An address.
    Address(AddressId),
    /// A transaction as a place: a CoinJoin, a coinbase, an output that carries data.
    Transaction(TransactionId),
}

/// Tainted money that a transaction moved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flow {
    /// The transaction.
    pub transaction: TransactionId,
    /// Where in it.
    pub arrival: Arrival,
    /// How much arrived there in all.
    pub value: u64,
    /// Tainted part.
    pub tainted: u64,
    /// Part of it that entered here.
    pub seeded: u64,
    /// Fewest hops from a theft.
    pub hops: u32,
    /// Tainted part per theft, ascending; empty under poison.
    pub by_seed: Vec<(SeedId, u64)>,
}

/// Tainted money at rest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputBooking {
    /// Who holds it.
    pub holder: Holder,
    /// In which state.
    pub rest: Rest,
    /// The output, where it rests in one.
    pub output: Option<OutputId>,
    /// How much.
    pub amount: u64,
    /// How much per theft; empty under poison.
    pub by_seed: Vec<(SeedId, u64)>,
    /// Index in `flows` of what brought it.
    pub flow: usize,
}

/// Other money that a tainted transaction took in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mixing {
    /// The transaction.
    pub transaction: TransactionId,
    /// Satoshis of no theft among its inputs.
    pub clean: u64,
    /// Inputs wholly clean.
    pub inputs: u32,
}

/// One policy's trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputTrace {
    /// The policy.
    pub policy: Policy,
    /// Tainted money moved, in chain order (backward: the reverse).
    pub flows: Vec<Flow>,
    /// Where it rests.
    pub bookings: Vec<OutputBooking>,
    /// What each theft took: satoshis that were no earlier theft's.
    pub stolen: Vec<u64>,
    /// Satoshis that a theft claims and an earlier one had already.
    pub collided: Vec<u64>,
    /// Where other money mixed in.
    pub mixings: Vec<Mixing>,
    /// Transactions read.
    pub touched: u64,
}

impl OutputTrace {
    /// A trace of so many thefts before anything moved.
    pub(super) fn new(policy: Policy, seeds: usize) -> Self {
        Self {
            policy,
            flows: Vec::new(),
            bookings: Vec::new(),
            stolen: vec![0; seeds],
            collided: vec![0; seeds],
            mixings: Vec::new(),
            touched: 0,
        }
    }

    /// Notes that money moved; gives the index of the flow.
    pub(super) fn flow(
        &mut self,
        transaction: TransactionId,
        arrival: Arrival,
        value: u64,
        lots: &Lots,
        seeded: u64,
        hops: u32,
    ) -> usize {
        let (tainted, by_seed) = (lots.tainted(), self.by_seed(lots));
        self.flows.push(Flow { transaction, arrival, value, tainted, seeded, hops, by_seed });
        self.flows.len() - 1
    }

    /// Notes that money rests.
    pub(super) fn book(
        &mut self,
        holder: Holder,
        rest: Rest,
        output: Option<OutputId>,
        lots: &Lots,
        flow: usize,
    ) {
        let (amount, by_seed) = (lots.tainted(), self.by_seed(lots));
        self.bookings.push(OutputBooking { holder, rest, output, amount, by_seed, flow });
    }

    fn by_seed(&self, lots: &Lots) -> Vec<(SeedId, u64)> {
        if self.policy.conserves() { lots.by_seed() } else { Vec::new() }
    }

    /// Satoshis at rest per theft and state.
    #[must_use]
    pub fn rests(&self) -> BTreeMap<(SeedId, Rest), u64> {
        let mut rests = BTreeMap::new();
        for booking in &self.bookings {
            for (seed, amount) in &booking.by_seed {
                *rests.entry((*seed, booking.rest)).or_insert(0) += amount;
            }
        }
        rests
    }

    /// Whether what was stolen is what rests, for each theft, to the last satoshi.
    #[must_use]
    pub fn closes(&self) -> bool {
        let mut sums: BTreeMap<SeedId, u64> = BTreeMap::new();
        for ((seed, _), amount) in self.rests() {
            *sums.entry(seed).or_insert(0) += amount;
        }
        let stolen = (0..).map(SeedId).zip(&self.stolen);
        !self.policy.conserves()
            || stolen.into_iter().all(|(seed, stolen)| sums.get(&seed).unwrap_or(&0) == stolen)
    }
}

/// A whole trace: every policy over the same thefts and stops.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputTraceOutcome {
    /// Which way.
    pub direction: Direction,
    /// One trace a policy, in the order asked for.
    pub policies: Vec<OutputTrace>,
}
