//! The event loop: one policy over the ledger, touching only what the money touched.
//!
//! Events are debits of holders that carry taint, taken from a heap in ledger
//! order. Because a debit can only hand taint to entries later in the order,
//! no event is ever late, and each entry is drawn exactly once per policy.
//! Invariant checked by every closing line: what is seeded equals what is
//! booked at stops plus what holders still have.

mod exchange;
mod passing;
mod settle;

use super::SeedId;
use super::booking::Books;
use super::holder::Holder;
use super::ledger::{Ledger, Tick};
use super::outcome::{CleanInflow, Conversion, PolicyTrace, TaintedTransfer};
use super::purse::Drawn;
use super::request::{SeedWhat, TraceRequest};
use crate::AnalysisError;
use crate::net_effect::MarketReason;
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};
use tracehound_model::{Amount, Policy};
use tracehound_store::{AddressId, AssetId, RowId};

/// How often the stop flag is polled.
const POLL_EVERY: u64 = 4096;

/// One policy's trace and, per seed, how many entries it marked as stolen.
pub(super) struct Run {
    pub(super) trace: PolicyTrace,
    pub(super) seeded_rows: HashMap<SeedId, u64>,
    /// Addresses that exchanged and are no markets, with the first such
    /// transaction and their number.
    pub(super) unvouched: HashMap<AddressId, (Tick, u32)>,
}

pub(super) struct Engine<'l, D: Ledger> {
    ledger: &'l D,
    request: &'l TraceRequest,
    /// Balances before the first entry, in the direction of the trace.
    openings: &'l dyn Fn(AddressId, AssetId) -> Result<Amount, AnalysisError>,
    policy: Policy,
    holders: Vec<Holder<'l, D>>,
    index: HashMap<(AddressId, AssetId), usize>,
    events: BinaryHeap<Reverse<(Tick, usize)>>,
    /// Entries that are seeds themselves.
    seeded: HashMap<Tick, SeedId>,
    /// First units of entries that came over from another chain.
    parts: HashMap<Tick, Vec<(SeedId, Amount)>>,
    /// Money inside a stop during one transaction.
    passing: HashMap<(AddressId, AssetId), passing::Passing>,
    /// The last transaction asked about.
    judged: Option<exchange::Judged>,
    /// Which addresses are markets, as far as asked.
    market_of: HashMap<AddressId, Option<MarketReason>>,
    unvouched: HashMap<AddressId, (Tick, u32)>,
    books: Books,
    transfers: Vec<TaintedTransfer>,
    conversions: Vec<Conversion>,
    touched: u64,
}

/// Stands in the heap for an entry that is a seed itself; the holder is looked up when it comes.
const SEED_EVENT: usize = usize::MAX;
/// Stands in the heap for a debit by which a stop hands on money in the transaction it came in.
const PASSING_EVENT: usize = usize::MAX - 1;

impl<'l, D: Ledger> Engine<'l, D> {
    pub(super) fn new(
        ledger: &'l D,
        request: &'l TraceRequest,
        openings: &'l dyn Fn(AddressId, AssetId) -> Result<Amount, AnalysisError>,
        policy: Policy,
    ) -> Self {
        Self {
            ledger,
            request,
            openings,
            policy,
            holders: Vec::new(),
            index: HashMap::new(),
            events: BinaryHeap::new(),
            seeded: HashMap::new(),
            parts: HashMap::new(),
            passing: HashMap::new(),
            judged: None,
            market_of: HashMap::new(),
            unvouched: HashMap::new(),
            books: Books::default(),
            transfers: Vec::new(),
            conversions: Vec::new(),
            touched: 0,
        }
    }

    /// Runs to the end of the ledger.
    pub(super) fn run(mut self, stop: Option<&AtomicBool>) -> Result<Run, AnalysisError> {
        self.plant_seeds()?;
        let mut events: u64 = 0;
        let mut passed = None;
        while let Some(Reverse((tick, holder))) = self.events.pop() {
            events += 1;
            let stopped = stop.is_some_and(|flag| flag.load(Ordering::Relaxed));
            if events.is_multiple_of(POLL_EVERY) && stopped {
                return Err(AnalysisError::Stopped);
            }
            match holder {
                // Whoever holds the payer's taint has passed this entry already.
                SEED_EVENT if passed == Some(tick) => {}
                SEED_EVENT => self.seed_event(tick)?,
                PASSING_EVENT => self.passing_event(tick)?,
                place => self.debit_event(tick, place)?,
            }
            passed = Some(tick);
        }
        self.finish()
    }

    fn plant_seeds(&mut self) -> Result<(), AnalysisError> {
        let Some(first) = self.first_tick() else { return Ok(()) };
        for (number, seed) in (0_u32..).zip(&self.request.seeds) {
            match &seed.what {
                SeedWhat::Rows(rows) => {
                    for row in rows.iter().filter(|row| row.0 < self.request.end.0) {
                        let tick = self.ledger.tick(*row);
                        self.seeded.entry(tick).or_insert(SeedId(number));
                        self.events.push(Reverse((tick, SEED_EVENT)));
                    }
                }
                SeedWhat::Parts(parts) => self.plant_parts(SeedId(number), parts)?,
                SeedWhat::Outflow { address, start, assets } => {
                    let start = self.ledger.tick(*start);
                    for asset in self.outflow_assets(*address, start, assets.as_deref())? {
                        // From the first seed on, since another seed's taint may arrive earlier.
                        let place = self.holder((*address, asset), first)?;
                        let holder = &mut self.holders[place];
                        // An address named twice keeps its earlier start.
                        let first = holder.seed.is_none_or(|(_, at)| start < at);
                        if first {
                            holder.seed = Some((SeedId(number), start));
                        }
                        self.schedule(place);
                    }
                }
            }
        }
        Ok(())
    }

    /// Marks first units of entries. Poison reaches the whole entry or nothing.
    fn plant_parts(
        &mut self,
        seed: SeedId,
        parts: &[(RowId, Amount)],
    ) -> Result<(), AnalysisError> {
        for (row, amount) in parts.iter().filter(|(row, _)| row.0 < self.request.end.0) {
            let tick = self.ledger.tick(*row);
            let marked = self.parts.entry(tick).or_default();
            let amount = match self.policy {
                Policy::Poison if !marked.is_empty() => continue,
                Policy::Poison if !amount.is_zero() => self.ledger.entry(tick)?.amount,
                _ => *amount,
            };
            if !amount.is_zero() {
                marked.push((seed, amount));
                self.events.push(Reverse((tick, SEED_EVENT)));
            }
        }
        Ok(())
    }

    /// The earliest tick of any seed.
    fn first_tick(&self) -> Option<Tick> {
        let seeds = self.request.seeds.iter();
        let first = |seed: &super::ResolvedSeed| match &seed.what {
            SeedWhat::Outflow { start, .. } => Some(self.ledger.tick(*start)),
            SeedWhat::Rows(rows) => rows.iter().map(|row| self.ledger.tick(*row)).min(),
            SeedWhat::Parts(parts) => parts.iter().map(|(row, _)| self.ledger.tick(*row)).min(),
        };
        seeds.filter_map(first).min()
    }

    /// Followed assets that an outflow seed debits from its start on.
    fn outflow_assets(
        &self,
        address: AddressId,
        start: Tick,
        only: Option<&[AssetId]>,
    ) -> Result<Vec<AssetId>, AnalysisError> {
        use super::ledger::Lane as _;
        let lane = self.ledger.debits(address)?;
        let mut assets = Vec::new();
        let mut place = lane.first_at_or_after(start);
        while let Some(tick) = lane.tick(place) {
            place += 1;
            let asset = self.ledger.entry(tick)?.asset;
            let wanted = only.map_or_else(
                || self.request.followed.contains(&asset),
                |only| only.contains(&asset),
            );
            if wanted && !assets.contains(&asset) {
                assets.push(asset);
            }
        }
        assets.sort_unstable();
        Ok(assets)
    }

    /// The holder's place, made (its history walked) if it is new.
    fn holder(&mut self, key: (AddressId, AssetId), tick: Tick) -> Result<usize, AnalysisError> {
        if let Some(place) = self.index.get(&key) {
            return Ok(*place);
        }
        let opening = (self.openings)(key.0, key.1)?;
        let holder = Holder::new(self.ledger, self.policy, key, opening, tick)?;
        self.holders.push(holder);
        self.index.insert(key, self.holders.len() - 1);
        Ok(self.holders.len() - 1)
    }

    /// Puts a holder's next debit among the events if it has one and is not there yet.
    fn schedule(&mut self, place: usize) {
        let holder = &mut self.holders[place];
        if !holder.scheduled
            && let Some((tick, _)) = holder.next_debit()
        {
            holder.scheduled = true;
            self.events.push(Reverse((tick, place)));
        }
    }

    /// A debit of a holder that carries taint or is an outflow seed.
    fn debit_event(&mut self, tick: Tick, place: usize) -> Result<(), AnalysisError> {
        let part = self.part_of(tick)?;
        let holder = &mut self.holders[place];
        holder.scheduled = false;
        // A seed entry of the same tick may have passed this debit already.
        let Some((at, entry)) = holder.next_debit() else { return Ok(()) };
        if at == tick && !self.exchange_event(tick)? {
            let holder = &mut self.holders[place];
            holder.catch_up(self.ledger, tick)?;
            holder.pass_debit(self.ledger)?;
            let seed = self.seeded.get(&tick).copied().or_else(|| holder.seed_at(tick));
            let own = entry.amount.subtract(part)?;
            holder.purse.drop_clean(part)?;
            let drawn = match seed {
                Some(_) => holder.purse.draw_tainted_first(own)?,
                None => holder.purse.draw(own)?,
            };
            self.settle(tick, entry, drawn, seed)?;
        }
        let holder = &self.holders[place];
        if holder.expects_taint() || holder.seed.is_some() {
            self.schedule(place);
        }
        Ok(())
    }

    /// What of an entry came over from another chain.
    fn part_of(&self, tick: Tick) -> Result<Amount, AnalysisError> {
        let parts = self.parts.get(&tick).map_or(&[][..], Vec::as_slice);
        Ok(Amount::sum(parts.iter().map(|(_, amount)| *amount))?)
    }

    /// An entry that is a seed itself or in part. Its payer may be a holder: then taint
    /// it already holds leaves first, so nothing is counted as stolen twice.
    fn seed_event(&mut self, tick: Tick) -> Result<(), AnalysisError> {
        let entry = self.ledger.entry(tick)?;
        if entry.amount.is_zero() {
            return Ok(());
        }
        let seed = self.seeded.get(&tick).copied();
        let part = self.part_of(tick)?;
        let own = entry.amount.subtract(part)?;
        if entry.debtor == entry.creditor {
            // It will hold the taint it pays to itself, so its balance matters.
            self.holder((entry.debtor, entry.asset), tick)?;
        }
        let Some(&place) = self.index.get(&(entry.debtor, entry.asset)) else {
            // A payer outside the trace: whether it could explain the amount is not our question.
            self.touched += 1;
            let whole = Drawn { portions: Vec::new(), unexplained: own };
            return self.settle(tick, entry, whole, seed);
        };
        let holder = &mut self.holders[place];
        holder.catch_up(self.ledger, tick)?;
        if holder.next_debit().is_some_and(|(at, _)| at == tick) {
            holder.pass_debit(self.ledger)?;
            holder.purse.drop_clean(part)?;
            let drawn = match seed {
                Some(_) => holder.purse.draw_tainted_first(own)?,
                None => holder.purse.draw(own)?,
            };
            self.settle(tick, entry, drawn, seed)?;
        }
        Ok(())
    }

    /// Books what holders still have.
    fn finish(mut self) -> Result<Run, AnalysisError> {
        let end = Tick(self.ledger.length());
        let mut clean_inflows = Vec::new();
        for mut holder in std::mem::take(&mut self.holders) {
            if holder.expects_taint() {
                holder.catch_up(self.ledger, end)?;
                let held = holder.purse.tainted();
                if let (false, Some(last)) = (held.is_empty(), holder.last_arrival) {
                    let row = self.ledger.row(last);
                    let key = (holder.address, holder.asset);
                    self.books.book_held(key, &held, row, holder.arrivals)?;
                }
            }
            self.touched += holder.read();
            let mixed = holder.clean_inflow.add(holder.opening)?;
            if !mixed.is_zero() && holder.arrivals > 0 && holder.seed.is_none() {
                clean_inflows.push(CleanInflow {
                    address: holder.address,
                    asset: holder.asset,
                    amount: mixed,
                    opening: holder.opening,
                    credits: holder.clean_credits,
                });
            }
        }
        clean_inflows
            .sort_by(|a, b| (a.asset, b.amount, a.address).cmp(&(b.asset, a.amount, b.address)));
        let conserves = self.policy.conserves();
        if !conserves && self.request.markets.is_some() {
            // Poison lists a transfer both for itself and for a net effect it belongs to.
            let ledger = self.ledger;
            self.transfers.sort_by_key(|transfer| ledger.tick(transfer.row));
            self.transfers.dedup_by_key(|transfer| transfer.row);
        }
        let seeded_rows = self.books.seeded_rows();
        let (bookings, closings) = self.books.close(conserves)?;
        let trace = PolicyTrace {
            policy: self.policy,
            transfers: self.transfers,
            bookings,
            closings,
            conversions: self.conversions,
            gaps: Vec::new(),
            clean_inflows,
            touched: self.touched,
        };
        Ok(Run { trace, seeded_rows, unvouched: self.unvouched })
    }
}
