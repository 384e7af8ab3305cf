//! From flows over outputs to transfers between addresses and places.

use super::COIN;
use super::legs::{Key, Leg, output_of};
use super::undone::{Undone, ended_at_its_maker, spent_by};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracehound_analysis::output_trace::{Arrival, Flow, Holder, OutputTrace};
use tracehound_analysis::trace::{
    Booking, CleanInflow, Closing, PolicyTrace, Rest, SeedId, TaintedTransfer,
};
use tracehound_model::Amount;
use tracehound_store::utxo::{InputRecord, OutputId, OutputLedger, TransactionId};
use tracehound_store::{AddressId, RowId, StoreError};

pub(super) struct Teller<'a> {
    ledger: &'a dyn OutputLedger,
    /// Outputs that carry taint under any policy.
    tainted: BTreeSet<OutputId>,
    /// Transactions that are places, with their numbers among them.
    pub(super) places: Vec<TransactionId>,
    numbers: BTreeMap<TransactionId, usize>,
    /// What [`Teller::gathered`] found, since several legs ask.
    gathered: BTreeMap<TransactionId, Gathered>,
    /// Where a backward trace gathers; `None` of a forward one.
    undone: Option<Undone>,
}

/// Tainted inputs of a transaction with their values.
type Gathered = Arc<[(u32, u64)]>;

impl<'a> Teller<'a> {
    pub(super) fn new(
        ledger: &'a dyn OutputLedger,
        tainted: BTreeSet<OutputId>,
        undone: Option<Undone>,
    ) -> Self {
        let (places, numbers) = (Vec::new(), BTreeMap::new());
        Self { ledger, tainted, places, numbers, gathered: BTreeMap::new(), undone }
    }

    pub(super) fn key(&self, transaction: TransactionId, leg: Leg) -> Result<Key, StoreError> {
        let is_coinbase = self.ledger.transaction(transaction)?.fields.coinbase;
        let when = match is_coinbase {
            true => TransactionId(self.ledger.block(transaction)?.transactions.end.0 - 1),
            false => transaction,
        };
        Ok(Key { when, is_coinbase, transaction, leg })
    }

    /// Tainted inputs, if they are of several addresses.
    pub(super) fn gathered(&mut self, transaction: TransactionId) -> Result<Gathered, StoreError> {
        if let Some(known) = self.gathered.get(&transaction) {
            return Ok(Arc::clone(known));
        }
        let view = self.ledger.transaction(transaction)?;
        let tainted: Vec<_> =
            (0..).zip(view.inputs).filter(|(_, input)| self.is_tainted(input)).collect();
        let addresses: BTreeSet<_> = tainted.iter().map(|(_, input)| input.address()).collect();
        let several = addresses.len() > 1;
        let value = |input: &InputRecord| input.value().map_or(0, |value| value.0);
        let inputs = tainted.into_iter().filter(|_| several);
        let found: Gathered = inputs.map(|(index, input)| (index, value(input))).collect();
        self.gathered.insert(transaction, Arc::clone(&found));
        Ok(found)
    }

    fn is_tainted(&self, input: &InputRecord) -> bool {
        input.spends().is_some_and(|output| self.tainted.contains(&output))
    }

    /// Who pays and who is paid.
    pub(super) fn ends(
        &mut self,
        transaction: TransactionId,
        leg: Leg,
    ) -> Result<(AddressId, AddressId), StoreError> {
        let view = self.ledger.transaction(transaction)?;
        let arrival = match leg {
            // It goes to the transaction, as what enters a CoinJoin does.
            Leg::Spent(index) => Arrival::Mixed(index),
            Leg::Arrival(arrival) => arrival,
            Leg::Undone(index) => Arrival::Input(index),
            Leg::Earned(index) => Arrival::Output(index),
        };
        let input = |index: u32| usize::try_from(index).ok().and_then(|i| view.inputs.get(i));
        Ok(match arrival {
            Arrival::Output(index) => {
                let record = usize::try_from(index).ok().and_then(|i| view.outputs.get(i));
                let to = record.and_then(|record| record.address());
                (self.payer(transaction)?, self.address_or(to, transaction))
            }
            Arrival::Mixed(index) => {
                let from = input(index).and_then(InputRecord::address);
                (self.address_or(from, transaction), self.place(transaction))
            }
            Arrival::Fee => {
                let coinbase = self.ledger.block(transaction)?.transactions.start;
                (self.payer(transaction)?, self.place(coinbase))
            }
            Arrival::Input(index) => {
                let from = input(index).and_then(InputRecord::address);
                let to = self.undone.as_ref().and_then(|undone| undone.receiver(transaction));
                (self.address_or(from, transaction), self.address_or(to, transaction))
            }
        })
    }

    /// The address of the tainted inputs, the transaction where they have
    /// several; the address of the largest input where none is tainted.
    fn payer(&mut self, transaction: TransactionId) -> Result<AddressId, StoreError> {
        let view = self.ledger.transaction(transaction)?;
        if self.gathers(transaction) || !self.gathered(transaction)?.is_empty() {
            return Ok(self.place(transaction));
        }
        let tainted = view.inputs.iter().find(|input| self.is_tainted(input));
        let payer = tainted.or_else(|| view.inputs.iter().max_by_key(|input| input.value()));
        let address = payer.and_then(|input| input.address());
        Ok(self.address_or(address, transaction))
    }

    /// Whether a backward trace gathers at a transaction.
    fn gathers(&self, transaction: TransactionId) -> bool {
        self.undone.as_ref().is_some_and(|undone| undone.gathers(transaction))
    }

    /// An address, or the transaction as a place where there is none.
    fn address_or(&mut self, address: Option<AddressId>, transaction: TransactionId) -> AddressId {
        address.unwrap_or_else(|| self.place(transaction))
    }

    /// The number of a transaction as a place.
    fn place(&mut self, transaction: TransactionId) -> AddressId {
        let places = &mut self.places;
        let place = *self.numbers.entry(transaction).or_insert_with(|| {
            places.push(transaction);
            places.len() - 1
        });
        // A trace names far fewer transactions than there are numbers left.
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        AddressId(self.ledger.address_count().saturating_add(place))
    }

    pub(super) fn policy(
        &mut self,
        trace: &OutputTrace,
        rows: &[Key],
    ) -> Result<PolicyTrace, StoreError> {
        let mut numbers = Vec::with_capacity(trace.flows.len());
        for flow in &trace.flows {
            let key = self.key(flow.transaction, Leg::of(flow.arrival))?;
            numbers.push(row_of(rows, key));
        }
        let arrivals = trace.flows.iter().zip(&numbers).map(|(flow, row)| TaintedTransfer {
            row: *row,
            tainted: Amount::from_u64(flow.tainted),
            seeded: Amount::from_u64(flow.seeded),
            unexplained: Amount::ZERO,
            hops: flow.hops,
            by_seed: amounts(&flow.by_seed),
        });
        let mut transfers: Vec<TaintedTransfer> = arrivals.collect();
        for (key, _, flow) in self.gathering(trace)? {
            transfers.push(TaintedTransfer {
                row: row_of(rows, key),
                tainted: Amount::from_u64(flow.tainted),
                seeded: Amount::ZERO,
                unexplained: Amount::ZERO,
                hops: flow.hops,
                by_seed: amounts(&flow.by_seed),
            });
        }
        transfers.sort_by_key(|transfer| transfer.row);
        if self.undone.is_some() {
            // A backward trace lists the latest first.
            transfers.reverse();
        }
        Ok(PolicyTrace {
            policy: trace.policy,
            transfers,
            bookings: self.bookings(trace, &numbers),
            closings: closings(trace),
            conversions: Vec::new(),
            gaps: Vec::new(),
            clean_inflows: self.clean_inflows(trace)?,
            touched: trace.touched,
        })
    }

    /// Legs into the places that gather, with their values, and the flow that
    /// brought each under a policy.
    pub(super) fn gathering<'t>(
        &mut self,
        trace: &'t OutputTrace,
    ) -> Result<Vec<(Key, u64, &'t Flow)>, StoreError> {
        if self.undone.is_some() {
            return self.earned(trace);
        }
        let stopped: BTreeSet<OutputId> =
            trace.bookings.iter().filter_map(|booking| booking.output).collect();
        let made: BTreeMap<OutputId, &Flow> =
            trace.flows.iter().filter_map(|flow| Some((output_of(flow)?, flow))).collect();
        let settled: BTreeSet<TransactionId> = trace.flows.iter().filter_map(settled).collect();
        let mut legs = Vec::new();
        for transaction in settled {
            let view = self.ledger.transaction(transaction)?;
            for (index, value) in self.gathered(transaction)?.iter() {
                let input = usize::try_from(*index).ok().and_then(|index| view.inputs.get(index));
                let Some(output) = input.and_then(InputRecord::spends) else { continue };
                let Some(flow) = made.get(&output).filter(|_| !stopped.contains(&output)) else {
                    continue;
                };
                legs.push((self.key(transaction, Leg::Spent(*index))?, *value, *flow));
            }
        }
        Ok(legs)
    }

    /// Tainted outputs of gathering transactions, with the flow that led back to each.
    fn earned<'t>(
        &mut self,
        trace: &'t OutputTrace,
    ) -> Result<Vec<(Key, u64, &'t Flow)>, StoreError> {
        let stopped = trace.bookings.iter().filter(|booking| !ended_at_its_maker(booking));
        // An output asked about has a leg of its own, which carries all of it.
        let asked = trace.flows.iter().filter_map(output_of);
        let told: BTreeSet<OutputId> =
            stopped.filter_map(|booking| booking.output).chain(asked).collect();
        let mut legs = Vec::new();
        for flow in &trace.flows {
            let Some(output) = spent_by(self.ledger, flow)? else { continue };
            if self.gathers(output.transaction) && !told.contains(&output) {
                let key = self.key(output.transaction, Leg::Earned(output.index))?;
                legs.push((key, flow.value, flow));
            }
        }
        Ok(legs)
    }

    fn bookings(&mut self, trace: &OutputTrace, numbers: &[RowId]) -> Vec<Booking> {
        let mut sums: BTreeMap<(AddressId, Rest), Booking> = BTreeMap::new();
        for booked in &trace.bookings {
            let address = match booked.holder {
                Holder::Address(address) => address,
                Holder::Transaction(transaction) => self.place(transaction),
            };
            let row = numbers.get(booked.flow).copied().unwrap_or(RowId(0));
            let sum = sums.entry((address, booked.rest)).or_insert_with(|| Booking {
                address,
                asset: COIN,
                rest: booked.rest,
                amount: Amount::ZERO,
                by_seed: Vec::new(),
                last_row: row,
                arrivals: 0,
            });
            // Sums of one chain's coins are far from 256 bits.
            sum.amount = sum.amount.add(Amount::from_u64(booked.amount)).unwrap_or(Amount::MAX);
            sum.last_row = sum.last_row.max(row);
            sum.arrivals = sum.arrivals.saturating_add(1);
            add_seeds(&mut sum.by_seed, &booked.by_seed);
        }
        let mut bookings: Vec<Booking> = sums.into_values().collect();
        bookings.sort_by_key(|booking| std::cmp::Reverse(booking.amount));
        bookings
    }

    fn clean_inflows(&mut self, trace: &OutputTrace) -> Result<Vec<CleanInflow>, StoreError> {
        let mut sums: BTreeMap<AddressId, CleanInflow> = BTreeMap::new();
        for mixing in &trace.mixings {
            let address = self.payer(mixing.transaction)?;
            let sum = sums.entry(address).or_insert_with(|| CleanInflow {
                address,
                asset: COIN,
                amount: Amount::ZERO,
                opening: Amount::ZERO,
                credits: 0,
            });
            sum.amount = sum.amount.add(Amount::from_u64(mixing.clean)).unwrap_or(Amount::MAX);
            sum.credits = sum.credits.saturating_add(mixing.inputs);
        }
        Ok(sums.into_values().collect())
    }
}

fn amounts(by_seed: &[(SeedId, u64)]) -> Vec<(SeedId, Amount)> {
    by_seed.iter().map(|(seed, amount)| (*seed, Amount::from_u64(*amount))).collect()
}

fn add_seeds(sums: &mut Vec<(SeedId, Amount)>, more: &[(SeedId, u64)]) {
    for (seed, amount) in more {
        let amount = Amount::from_u64(*amount);
        match sums.binary_search_by_key(seed, |(seed, _)| *seed) {
            Ok(place) => sums[place].1 = sums[place].1.add(amount).unwrap_or(Amount::MAX),
            Err(place) => sums.insert(place, (*seed, amount)),
        }
    }
}

fn closings(trace: &OutputTrace) -> Vec<Closing> {
    if !trace.policy.conserves() {
        return Vec::new();
    }
    let rests = trace.rests();
    let of = |seed: SeedId| {
        let mine = rests.iter().filter(move |((other, _), _)| *other == seed);
        mine.map(|((_, rest), amount)| (*rest, Amount::from_u64(*amount))).collect()
    };
    let stolen = (0..).map(SeedId).zip(&trace.stolen);
    let closing = |(seed, stolen): (SeedId, &u64)| Closing {
        seed,
        asset: COIN,
        stolen: Amount::from_u64(*stolen),
        received: Amount::ZERO,
        rests: of(seed),
    };
    stolen.map(closing).collect()
}

/// The transaction of a flow that dealt its inputs out.
fn settled(flow: &Flow) -> Option<TransactionId> {
    matches!(flow.arrival, Arrival::Output(_) | Arrival::Fee).then_some(flow.transaction)
}

fn row_of(rows: &[Key], key: Key) -> RowId {
    let place = rows.binary_search(&key).unwrap_or(0);
    // An index fits 64 bits.
    RowId(place as u64)
}
