//! One address holding one asset, read along its two lanes.
//!
//! A holder comes into being when taint first reaches it. Its history before
//! that is walked once, so that clean money it already held is in the purse.
//! From then on its debits are events of the trace while it holds taint; when
//! it holds none, debits and credits in between are caught up with when taint
//! arrives again. Entries of amount zero are skipped: they move nothing and
//! are the tool of address poisoning.

use super::SeedId;
use super::ledger::{Entry, Lane, Ledger, Tick};
use super::purse::{Portion, Purse};
use crate::AnalysisError;
use std::collections::VecDeque;
use tracehound_model::{Amount, Policy};
use tracehound_store::{AddressId, AssetId, StoreError};

/// Taint on its way into a holder.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) tick: Tick,
    /// The whole transfer, tainted and clean, in the order it left the payer.
    pub(super) portions: Vec<Portion>,
}

/// A lane filtered to one asset, with its next entry already read.
struct Cursor<L> {
    lane: L,
    index: usize,
    next: Option<(Tick, Entry)>,
    read: u64,
}

impl<L: Lane> Cursor<L> {
    fn new<D: Ledger>(ledger: &D, lane: L, asset: AssetId) -> Result<Self, StoreError> {
        let mut cursor = Self { lane, index: 0, next: None, read: 0 };
        cursor.advance(ledger, asset)?;
        Ok(cursor)
    }

    /// Reads on to the next entry of the asset that moves anything.
    fn advance<D: Ledger>(&mut self, ledger: &D, asset: AssetId) -> Result<(), StoreError> {
        self.next = None;
        while let Some(tick) = self.lane.tick(self.index) {
            if self.index.is_multiple_of(AHEAD) {
                touch(ledger, &self.lane, self.index);
            }
            self.index += 1;
            self.read += 1;
            let entry = ledger.entry(tick)?;
            if entry.asset == asset && !entry.amount.is_zero() {
                self.next = Some((tick, entry));
                break;
            }
        }
        Ok(())
    }
}

/// Entries of a lane fetched together.
const AHEAD: usize = 16;

/// Fetches the next entries of a lane, so that the waits for memory overlap.
fn touch<D: Ledger>(ledger: &D, lane: &impl Lane, from: usize) {
    for index in from..from + AHEAD {
        let Some(tick) = lane.tick(index) else { return };
        ledger.touch(tick);
    }
}

/// An address and asset under one policy.
pub(super) struct Holder<'l, D: Ledger + 'l> {
    pub(super) address: AddressId,
    pub(super) asset: AssetId,
    pub(super) purse: Purse,
    /// Set for an outflow seed: debits from this tick on are stolen.
    pub(super) seed: Option<(SeedId, Tick)>,
    /// Whether its next debit is an event of the trace.
    pub(super) scheduled: bool,
    /// Clean balance when taint first arrived.
    pub(super) opening: Amount,
    pub(super) clean_credits: u32,
    pub(super) clean_inflow: Amount,
    pub(super) last_arrival: Option<Tick>,
    pub(super) arrivals: u32,
    delivered: VecDeque<Delivery>,
    credits: Cursor<D::Lane<'l>>,
    debits: Cursor<D::Lane<'l>>,
}

impl<'l, D: Ledger> Holder<'l, D> {
    /// A holder as of `tick`, its earlier history walked.
    pub(super) fn new(
        ledger: &'l D,
        policy: Policy,
        (address, asset): (AddressId, AssetId),
        opening: Amount,
        tick: Tick,
    ) -> Result<Self, AnalysisError> {
        let mut holder = Self {
            address,
            asset,
            purse: Purse::new(policy),
            seed: None,
            scheduled: false,
            opening: Amount::ZERO,
            clean_credits: 0,
            clean_inflow: Amount::ZERO,
            last_arrival: None,
            arrivals: 0,
            delivered: VecDeque::new(),
            credits: Cursor::new(ledger, ledger.credits(address)?, asset)?,
            debits: Cursor::new(ledger, ledger.debits(address)?, asset)?,
        };
        holder.opening = holder.walk_history(ledger, opening, tick)?;
        holder.purse.put(Portion::clean(holder.opening))?;
        Ok(holder)
    }

    /// Balance just before `tick` that known credits and the opening explain.
    fn walk_history(
        &mut self,
        ledger: &'l D,
        opening: Amount,
        tick: Tick,
    ) -> Result<Amount, AnalysisError> {
        let mut balance = opening;
        while let Some((is_credit, entry)) = self.next_before(ledger, tick)? {
            balance = if is_credit {
                balance.add(entry.amount)?
            } else {
                balance.saturating_subtract(entry.amount)
            };
        }
        Ok(balance)
    }

    /// The next entry before `tick` on either lane, consumed; a debit before a
    /// credit of the same tick (a transfer to oneself leaves before it arrives).
    fn next_before(
        &mut self,
        ledger: &'l D,
        tick: Tick,
    ) -> Result<Option<(bool, Entry)>, AnalysisError> {
        let credit = self.credits.next.filter(|(at, _)| *at < tick);
        let debit = self.debits.next.filter(|(at, _)| *at < tick);
        let take_credit = match (&credit, &debit) {
            (None, None) => return Ok(None),
            (Some((c, _)), Some((d, _))) => c < d,
            (credit, _) => credit.is_some(),
        };
        let (cursor, next) =
            if take_credit { (&mut self.credits, credit) } else { (&mut self.debits, debit) };
        cursor.advance(ledger, self.asset)?;
        Ok(next.map(|(_, entry)| (take_credit, entry)))
    }

    /// Brings the purse up to just before `tick`. Debits met on the way are
    /// of clean money: while taint is held, every debit is an event instead.
    pub(super) fn catch_up(&mut self, ledger: &'l D, tick: Tick) -> Result<(), AnalysisError> {
        loop {
            let arriving = self.credits.next.map(|(at, _)| at);
            let Some((is_credit, entry)) = self.next_before(ledger, tick)? else { return Ok(()) };
            if !is_credit {
                self.purse.draw(entry.amount)?;
                continue;
            }
            match self.delivered.front() {
                Some(delivery) if Some(delivery.tick) == arriving => self.absorb()?,
                _ => {
                    self.purse.put(Portion::clean(entry.amount))?;
                    if self.purse.has_taint() || self.seed.is_some() {
                        self.clean_inflow = self.clean_inflow.add(entry.amount)?;
                        self.clean_credits += 1;
                    }
                }
            }
        }
    }

    /// Passes the entries before `end` without effect: their transaction is
    /// settled as a whole.
    pub(super) fn pass_until(&mut self, ledger: &'l D, end: Tick) -> Result<(), AnalysisError> {
        while self.next_before(ledger, end)?.is_some() {}
        Ok(())
    }

    /// Takes what a transaction settled as a whole brought in, at `tick`.
    pub(super) fn receive(
        &mut self,
        tick: Tick,
        portions: Vec<Portion>,
    ) -> Result<(), AnalysisError> {
        if portions.iter().any(|portion| portion.seed.is_some()) {
            self.last_arrival = Some(tick);
            self.arrivals += 1;
        } else if self.purse.has_taint() || self.seed.is_some() {
            self.clean_inflow =
                self.clean_inflow.add(Amount::sum(portions.iter().map(|p| p.amount))?)?;
            self.clean_credits += 1;
        }
        for portion in portions {
            self.purse.put(portion)?;
        }
        Ok(())
    }

    /// Catches up if no event will: a scheduled holder is brought up to date by its events.
    pub(super) fn catch_up_if_idle(
        &mut self,
        ledger: &'l D,
        tick: Tick,
    ) -> Result<(), AnalysisError> {
        if self.scheduled { Ok(()) } else { self.catch_up(ledger, tick) }
    }

    /// Puts the first delivery into the purse.
    fn absorb(&mut self) -> Result<(), AnalysisError> {
        if let Some(delivery) = self.delivered.pop_front() {
            for portion in delivery.portions {
                self.purse.put(portion)?;
            }
        }
        Ok(())
    }

    /// Announces taint that arrives at `delivery.tick`.
    pub(super) fn deliver(&mut self, delivery: Delivery) {
        self.last_arrival = Some(delivery.tick);
        self.arrivals += 1;
        self.delivered.push_back(delivery);
    }

    /// The seed whose outflow a debit at `tick` is, if it is one's.
    pub(super) fn seed_at(&self, tick: Tick) -> Option<SeedId> {
        self.seed.and_then(|(seed, start)| (start <= tick).then_some(seed))
    }

    /// The next debit, not consumed.
    pub(super) fn next_debit(&self) -> Option<(Tick, Entry)> {
        self.debits.next
    }

    /// Consumes the next debit.
    pub(super) fn pass_debit(&mut self, ledger: &'l D) -> Result<(), AnalysisError> {
        self.debits.advance(ledger, self.asset)?;
        Ok(())
    }

    /// Whether it holds taint or some is on its way in.
    pub(super) fn expects_taint(&self) -> bool {
        self.purse.has_taint() || !self.delivered.is_empty()
    }

    /// Entries read so far.
    pub(super) fn read(&self) -> u64 {
        self.credits.read + self.debits.read
    }
}
