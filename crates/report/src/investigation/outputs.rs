//! A trace over outputs told as transfers, so that one report serves both
//! kinds of chain.
//!
//! Each tainted arrival becomes one transfer. Outputs do not say which input
//! paid them: the payer is the address of the tainted inputs; where they have
//! several, the transaction itself is a place that gathers them, with a
//! transfer for each input; where a theft enters, the address of the largest
//! input. A CoinJoin, a coinbase that takes fees, and an output of data are
//! places too, named by their transaction.

use super::facts::{ChainFacts, Extent};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::output_trace::{
    Arrival, Flow, Holder, OutputSeed, OutputTrace, OutputTraceOutcome,
};
use tracehound_analysis::trace::{
    Booking, CleanInflow, Closing, PolicyTrace, Rest, SeedId, SeedRecord, TaintedTransfer,
    TraceOutcome,
};
use tracehound_model::{Address, Amount, Asset, Chain, Rule, TransferKind};
use tracehound_store::utxo::{InputRecord, OutputId, OutputLedger, TransactionId};
use tracehound_store::{AddressId, AssetId, AssetRecord, Place, Row, RowId, StoreError};

/// The chain's coin, the only asset.
const COIN: AssetId = AssetId(0);

/// One transfer of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Leg {
    /// A tainted input of a transaction that gathers several addresses.
    Spent(u32),
    /// What the trace says arrived.
    Arrival(Arrival),
}

/// A leg by its place in time: the coinbase comes after its block's fees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    /// The transaction, or the last of the block for a coinbase.
    when: TransactionId,
    is_coinbase: bool,
    transaction: TransactionId,
    leg: Leg,
}

/// A trace over outputs with what a report looks up.
pub struct OutputTold<'a> {
    ledger: &'a dyn OutputLedger,
    digest: String,
    rows: Vec<Key>,
    transfers: Vec<Row>,
    /// Transactions that are places, numbered after the addresses.
    places: Vec<TransactionId>,
    pub(crate) outcome: TraceOutcome,
}

impl<'a> OutputTold<'a> {
    /// Tells a trace; `digest` is that of the store's content.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn new(
        ledger: &'a dyn OutputLedger,
        digest: String,
        seeds: &[OutputSeed],
        outcome: &OutputTraceOutcome,
    ) -> Result<Self, StoreError> {
        let flows = || outcome.policies.iter().flat_map(|policy| &policy.flows);
        let tainted: BTreeSet<OutputId> = flows().filter_map(output_of).collect();
        let mut teller = Teller { ledger, tainted, places: Vec::new() };
        let mut values: BTreeMap<Key, u64> = BTreeMap::new();
        for flow in flows() {
            let key = teller.key(flow.transaction, Leg::Arrival(flow.arrival))?;
            values.insert(key, flow.value);
            if matches!(flow.arrival, Arrival::Output(_) | Arrival::Fee) {
                for (index, value) in teller.gathered(flow.transaction)? {
                    values.insert(teller.key(flow.transaction, Leg::Spent(index))?, value);
                }
            }
        }
        let rows: Vec<Key> = values.keys().copied().collect();
        let mut transfers = Vec::with_capacity(rows.len());
        for (key, value) in &values {
            let (from, to) = teller.ends(key.transaction, key.leg)?;
            let amount = Amount::from_u64(*value);
            transfers.push(Row { from, to, asset: COIN, kind: TransferKind::Native, amount });
        }
        let mut policies = Vec::with_capacity(outcome.policies.len());
        for policy in &outcome.policies {
            policies.push(teller.policy(policy, &rows)?);
        }
        let seeds = seeds.iter().map(|seed| SeedRecord {
            victim: seed.victim.clone(),
            description: seed.description.clone(),
            address: None,
            // A count of outputs fits 64 bits.
            rows: seed.outputs.len() as u64,
        });
        let outcome = TraceOutcome {
            direction: outcome.direction,
            seeds: seeds.collect(),
            policies,
            not_followed: Vec::new(),
            end: RowId(rows.len() as u64),
        };
        let places = teller.places;
        Ok(Self { ledger, digest, rows, transfers, places, outcome })
    }

    /// Whether every closing line of every policy closes to the last satoshi.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.outcome.policies.iter().all(PolicyTrace::closes)
    }

    fn at(&self, row: RowId) -> Result<Key, StoreError> {
        let place = usize::try_from(row.0).ok();
        place.and_then(|place| self.rows.get(place)).copied().ok_or_else(|| no_such(row))
    }
}

fn no_such(row: RowId) -> StoreError {
    StoreError::NoSuch { what: "tainted arrival", number: row.0, count: 0 }
}

fn output_of(flow: &Flow) -> Option<OutputId> {
    match flow.arrival {
        Arrival::Output(index) => Some(OutputId { transaction: flow.transaction, index }),
        _ => None,
    }
}

fn row_of(rows: &[Key], key: Key) -> RowId {
    let place = rows.binary_search(&key).unwrap_or(0);
    // An index fits 64 bits.
    RowId(place as u64)
}

struct Teller<'a> {
    ledger: &'a dyn OutputLedger,
    /// Outputs that carry taint under any policy.
    tainted: BTreeSet<OutputId>,
    places: Vec<TransactionId>,
}

impl Teller<'_> {
    fn key(&self, transaction: TransactionId, leg: Leg) -> Result<Key, StoreError> {
        let is_coinbase = self.ledger.transaction(transaction)?.fields.coinbase;
        let when = match is_coinbase {
            true => TransactionId(self.ledger.block(transaction)?.transactions.end.0 - 1),
            false => transaction,
        };
        Ok(Key { when, is_coinbase, transaction, leg })
    }

    /// Tainted inputs with their values, if they are of several addresses.
    fn gathered(&self, transaction: TransactionId) -> Result<Vec<(u32, u64)>, StoreError> {
        let view = self.ledger.transaction(transaction)?;
        let tainted: Vec<_> = (0..)
            .zip(view.inputs)
            .filter(|(_, input)| input.spends().is_some_and(|o| self.tainted.contains(&o)))
            .collect();
        let addresses: BTreeSet<_> = tainted.iter().map(|(_, input)| input.address()).collect();
        if addresses.len() < 2 {
            return Ok(Vec::new());
        }
        let value = |input: &InputRecord| input.value().map_or(0, |value| value.0);
        Ok(tainted.into_iter().map(|(index, input)| (index, value(input))).collect())
    }

    /// Who pays and who is paid.
    fn ends(
        &mut self,
        transaction: TransactionId,
        leg: Leg,
    ) -> Result<(AddressId, AddressId), StoreError> {
        let view = self.ledger.transaction(transaction)?;
        let arrival = match leg {
            // It goes to the transaction, as what enters a CoinJoin does.
            Leg::Spent(index) => Arrival::Mixed(index),
            Leg::Arrival(arrival) => arrival,
        };
        Ok(match arrival {
            Arrival::Output(index) => {
                let record = usize::try_from(index).ok().and_then(|i| view.outputs.get(i).copied());
                let to = record.and_then(|record| record.address());
                let to = to.unwrap_or_else(|| self.place(transaction));
                (self.payer(transaction)?, to)
            }
            Arrival::Mixed(index) => {
                let from = usize::try_from(index).ok().and_then(|i| view.inputs.get(i).copied());
                let from = from.and_then(|input| input.address());
                let to = self.place(transaction);
                (from.unwrap_or(to), to)
            }
            Arrival::Fee => {
                let coinbase = self.ledger.block(transaction)?.transactions.start;
                (self.payer(transaction)?, self.place(coinbase))
            }
            Arrival::Input(index) => {
                let from = usize::try_from(index).ok().and_then(|i| view.inputs.get(i).copied());
                let from = from.and_then(|input| input.address());
                let to = view.outputs.iter().filter(|output| output.address().is_some());
                let to = to.max_by_key(|output| output.value()).and_then(|output| output.address());
                let place = self.place_if(from.is_none() || to.is_none(), transaction);
                (from.unwrap_or(place), to.unwrap_or(place))
            }
        })
    }

    /// The address of the tainted inputs, the transaction where they have
    /// several; the address of the largest input where none is tainted.
    fn payer(&mut self, transaction: TransactionId) -> Result<AddressId, StoreError> {
        let view = self.ledger.transaction(transaction)?;
        if !self.gathered(transaction)?.is_empty() {
            return Ok(self.place(transaction));
        }
        let is_tainted = |input: &&InputRecord| {
            input.spends().is_some_and(|output| self.tainted.contains(&output))
        };
        let tainted = view.inputs.iter().find(is_tainted);
        let payer = tainted.or_else(|| view.inputs.iter().max_by_key(|input| input.value()));
        let address = payer.and_then(|input| input.address());
        Ok(address.unwrap_or_else(|| self.place(transaction)))
    }

    fn place_if(&mut self, wanted: bool, transaction: TransactionId) -> AddressId {
        if wanted { self.place(transaction) } else { AddressId(u32::MAX) }
    }

    /// The number of a transaction as a place.
    fn place(&mut self, transaction: TransactionId) -> AddressId {
        let known = self.places.iter().position(|place| *place == transaction);
        let place = known.unwrap_or_else(|| {
            self.places.push(transaction);
            self.places.len() - 1
        });
        // A trace names far fewer transactions than there are numbers left.
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        AddressId(self.ledger.address_count().saturating_add(place))
    }

    fn policy(&mut self, trace: &OutputTrace, rows: &[Key]) -> Result<PolicyTrace, StoreError> {
        let mut numbers = Vec::with_capacity(trace.flows.len());
        for flow in &trace.flows {
            let key = self.key(flow.transaction, Leg::Arrival(flow.arrival))?;
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
        transfers.append(&mut self.spent(trace, rows)?);
        transfers.sort_by_key(|transfer| transfer.row);
        if trace.flows.iter().any(|flow| matches!(flow.arrival, Arrival::Input(_))) {
            // A backward trace lists the latest first.
            transfers.reverse();
        }
        Ok(PolicyTrace {
            policy: trace.policy,
            transfers,
            bookings: self.bookings(trace, &numbers),
            closings: closings(trace),
            gaps: Vec::new(),
            clean_inflows: self.clean_inflows(trace)?,
            touched: trace.touched,
        })
    }

    /// What each tainted input of a gathering transaction brought under a policy.
    fn spent(&self, trace: &OutputTrace, rows: &[Key]) -> Result<Vec<TaintedTransfer>, StoreError> {
        let stopped: BTreeSet<OutputId> =
            trace.bookings.iter().filter_map(|booking| booking.output).collect();
        let made: BTreeMap<OutputId, &Flow> =
            trace.flows.iter().filter_map(|flow| Some((output_of(flow)?, flow))).collect();
        let settled: BTreeSet<TransactionId> = trace
            .flows
            .iter()
            .filter(|flow| matches!(flow.arrival, Arrival::Output(_) | Arrival::Fee))
            .map(|flow| flow.transaction)
            .collect();
        let mut transfers = Vec::new();
        for transaction in settled {
            let view = self.ledger.transaction(transaction)?;
            for (index, _) in self.gathered(transaction)? {
                let input = usize::try_from(index).ok().and_then(|index| view.inputs.get(index));
                let Some(output) = input.and_then(InputRecord::spends) else { continue };
                let Some(flow) = made.get(&output).filter(|_| !stopped.contains(&output)) else {
                    continue;
                };
                let key = self.key(transaction, Leg::Spent(index))?;
                transfers.push(TaintedTransfer {
                    row: row_of(rows, key),
                    tainted: Amount::from_u64(flow.tainted),
                    seeded: Amount::ZERO,
                    unexplained: Amount::ZERO,
                    hops: flow.hops,
                    by_seed: amounts(&flow.by_seed),
                });
            }
        }
        Ok(transfers)
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
        rests: of(seed),
    };
    stolen.map(closing).collect()
}

impl ChainFacts for OutputTold<'_> {
    fn chain(&self) -> &Chain {
        self.ledger.chain()
    }

    fn row(&self, row: RowId) -> Result<Row, StoreError> {
        let place = usize::try_from(row.0).ok();
        place.and_then(|place| self.transfers.get(place)).copied().ok_or_else(|| no_such(row))
    }

    fn place(&self, row: RowId) -> Result<Place, StoreError> {
        let Key { transaction, leg, .. } = self.at(row)?;
        let block = self.ledger.block(transaction)?;
        let ordinal = match leg {
            Leg::Arrival(Arrival::Output(index)) => Some(index),
            _ => None,
        };
        Ok(Place {
            height: block.height,
            timestamp: block.timestamp,
            position: Some(transaction.0 - block.transactions.start.0),
            ordinal,
            transaction: self.ledger.hash(transaction)?,
            ordered_by_funding: false,
        })
    }

    fn address(&self, id: AddressId) -> Result<Address, StoreError> {
        let place = id.0.checked_sub(self.ledger.address_count());
        let place = place.and_then(|place| usize::try_from(place).ok());
        match place.and_then(|place| self.places.get(place)) {
            Some(transaction) => {
                let address = Address::of_transaction(&self.ledger.hash(*transaction)?);
                Ok(address.on(self.ledger.chain()))
            }
            None => self.ledger.address(id),
        }
    }

    fn asset(&self, _: AssetId) -> Result<AssetRecord, StoreError> {
        Ok(AssetRecord { asset: Asset::Native, symbol: None, decimals: None })
    }

    fn engine(&self) -> Rule {
        tracehound_analysis::output_trace::RULE
    }

    fn extent(&self) -> Result<Extent, StoreError> {
        let count = self.ledger.transaction_count();
        let at = |id: u32| -> Result<_, StoreError> {
            let block = self.ledger.block(TransactionId(id))?;
            Ok((block.height, block.timestamp))
        };
        let last = count.checked_sub(1).map(at).transpose()?;
        let first = last.is_some().then(|| at(0)).transpose()?;
        let blocks = match (first, last) {
            (Some((first, _)), Some((last, _))) => last.0 - first.0 + 1,
            _ => 0,
        };
        Ok(Extent {
            digest: self.digest.clone(),
            rows: u64::from(count),
            counted: "transactions",
            first,
            last,
            blocks_ordered_by_funding: 0,
            blocks,
        })
    }
}
