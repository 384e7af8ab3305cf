//! Exchanges inside one transaction.
//!
//! Where markets take part, the transaction is settled as a whole by its net
//! effect (`crate::net_effect`): what payers have less goes first to those who
//! have more of the same asset, and what is left was given to the markets;
//! what others got from the markets carries the tainted share of what was
//! given. Every movement of the transaction counts as done, so a round trip
//! changes nothing. An address that holds taint is never taken for a market.

mod deal;
mod notes;
mod parts;
mod reach;

use super::Engine;
use crate::AnalysisError;
use crate::net_effect::{MarketReason, Markets, NetEffect};
use crate::trace::ledger::{Entry, Ledger, Tick};
use crate::trace::purse::{Portion, push_portion};
use parts::{Part, Parts};
use std::ops::Range;
use tracehound_model::{Amount, Policy};
use tracehound_store::{AddressId, AssetId};

/// The last transaction that was looked at, and whether it was settled as a whole.
#[derive(Debug)]
pub(in crate::trace) struct Judged {
    ticks: Range<Tick>,
    settled: bool,
}

/// A transaction being settled.
struct Settlement {
    ticks: Range<Tick>,
    /// Its entries, in the direction of the trace.
    entries: Vec<Entry>,
    /// What paid into a bridge went through a door that hands nothing on
    /// here; each door with the address it stands for.
    deposits: Vec<(AddressId, AddressId)>,
    effect: NetEffect,
}

/// A number that stands for no address: stores refuse addresses long before.
fn door(number: usize) -> AddressId {
    AddressId(u32::MAX.saturating_sub(u32::try_from(number).unwrap_or(u32::MAX)))
}

impl Settlement {
    /// The tick of an entry.
    fn tick(&self, place: usize) -> Tick {
        // Places are below the number of entries, which are rows of a store.
        Tick(self.ticks.start.0 + place as u64)
    }

    /// The address behind a bridge's door; any other address is itself.
    fn behind(&self, address: AddressId) -> Option<AddressId> {
        let found = self.deposits.iter().find(|(door, _)| *door == address);
        found.map(|(_, behind)| *behind)
    }

    /// The last tick of the transaction, at which its effect stands.
    fn last(&self) -> Tick {
        Tick(self.ticks.end.0 - 1)
    }

    /// The largest entry of an asset that an address pays or is paid by; where
    /// no transfer lists the movement, any entry of the address, else the first.
    fn largest(&self, asset: AssetId, mine: impl Fn(&Entry) -> bool) -> usize {
        let of_asset = self.entries.iter().enumerate().filter(|(_, e)| e.asset == asset && mine(e));
        // Of equals the first: `max_by_key` would take the last.
        let largest = of_asset.max_by_key(|(place, e)| (e.amount, std::cmp::Reverse(*place)));
        largest.map_or_else(|| self.entries.iter().position(&mine).unwrap_or(0), |(place, _)| place)
    }
}

impl<'l, D: Ledger> Engine<'l, D> {
    /// Settles the transaction of a debit by its net effect, if markets took
    /// part in it. Then every entry of it is done, and the answer is yes.
    pub(super) fn exchange_event(&mut self, tick: Tick) -> Result<bool, AnalysisError> {
        let Some(markets) = &self.request.markets else { return Ok(false) };
        if let Some(judged) = &self.judged
            && judged.ticks.contains(&tick)
        {
            return Ok(judged.settled);
        }
        let ticks = self.ledger.transaction(tick)?;
        let settled = self.settle_transaction(markets, &ticks)?;
        self.judged = Some(Judged { ticks, settled });
        Ok(settled)
    }

    fn settle_transaction(
        &mut self,
        markets: &Markets,
        ticks: &Range<Tick>,
    ) -> Result<bool, AnalysisError> {
        let alone = ticks.end.0 - ticks.start.0 == 1;
        if alone && markets.wrapped.is_none() {
            return Ok(false);
        }
        let mut entries = self.ledger.entries(ticks.clone())?;
        let wraps = |entry: &Entry| {
            markets.wrapped.is_some_and(|w| [entry.debtor, entry.creditor].contains(&w.contract))
        };
        // A transaction with stolen transfers of its own is read transfer by transfer.
        let seeded = (ticks.start.0..ticks.end.0)
            .map(Tick)
            .any(|tick| self.seeded.contains_key(&tick) || self.parts.contains_key(&tick));
        if seeded || alone && !entries.iter().any(wraps) {
            return Ok(false);
        }
        let mut deposits = Vec::new();
        for (place, entry) in entries.iter_mut().enumerate() {
            let row = self.ledger.row(Tick(ticks.start.0 + place as u64));
            if self.request.stops.deposits.contains(&row) {
                let door = door(deposits.len());
                deposits.push((door, entry.creditor));
                entry.creditor = door;
            }
        }
        let mut known = std::mem::take(&mut self.market_of);
        let mut unvouched = Vec::new();
        let effect = NetEffect::of(&entries, &self.request.followed, markets, &mut |address| {
            if self.policy.conserves() && self.holds_taint(address, &entries) {
                return Ok(None);
            }
            let reason = self.judge_market(markets, &mut known, address)?;
            if reason.is_none() {
                unvouched.push(address);
            }
            Ok(reason)
        });
        self.market_of = known;
        for address in unvouched {
            self.unvouched.entry(address).or_insert((ticks.start, 0)).1 += 1;
        }
        let Some(effect) = effect? else { return Ok(false) };
        let settlement = Settlement { ticks: ticks.clone(), entries, deposits, effect };
        if self.policy == Policy::Poison {
            self.spread(&settlement)?;
            return Ok(false);
        }
        self.deal(&settlement)?;
        Ok(true)
    }

    /// Whether a market could be the thief's own: it holds taint in an asset that moves here.
    fn holds_taint(&self, address: AddressId, entries: &[Entry]) -> bool {
        entries.iter().any(|entry| {
            let place = self.index.get(&(address, entry.asset));
            place.is_some_and(|place| {
                let holder = &self.holders[*place];
                holder.expects_taint() || holder.seed.is_some()
            })
        })
    }

    fn judge_market(
        &self,
        markets: &Markets,
        known: &mut hashbrown::HashMap<AddressId, Option<MarketReason>>,
        address: AddressId,
    ) -> Result<Option<MarketReason>, AnalysisError> {
        if let Some(reason) = known.get(&address) {
            return Ok(*reason);
        }
        let reason = markets.judge(self.ledger, &self.request.followed, address)?;
        known.insert(address, reason);
        Ok(reason)
    }

    /// Brings every holder that the transaction touches up to its start and past its entries.
    fn pass_transaction(&mut self, settlement: &Settlement) -> Result<(), AnalysisError> {
        let mut keys: Vec<(AddressId, AssetId)> = Vec::new();
        for entry in settlement.entries.iter().chain(&settlement.effect.implied) {
            keys.extend([(entry.debtor, entry.asset), (entry.creditor, entry.asset)]);
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys.into_iter().filter(|key| !settlement.effect.is_market(key.0)) {
            if let Some(place) = self.index.get(&key) {
                let holder = &mut self.holders[*place];
                holder.catch_up(self.ledger, settlement.ticks.start)?;
                holder.pass_until(self.ledger, settlement.ticks.end)?;
            }
        }
        Ok(())
    }

    /// What leaves a payer, oldest decision first: its taint by the policy, or
    /// clean money where it is no holder. Money of a seed is stolen here.
    fn leave(
        &mut self,
        settlement: &Settlement,
        key: (AddressId, AssetId),
        amount: Amount,
    ) -> Result<(Parts, Amount), AnalysisError> {
        let Some(place) = self.index.get(&key) else {
            let part = Part { portion: Portion::clean(amount), fresh: false };
            return Ok((Parts::from([part]), Amount::ZERO));
        };
        let holder = &mut self.holders[*place];
        let seed = holder.seed_at(settlement.last());
        let drawn = match seed {
            Some(_) => holder.purse.draw_tainted_first(amount)?,
            None => holder.purse.draw(amount)?,
        };
        let stolen = amount.subtract(drawn.tainted()?)?;
        let mut missing = amount;
        let mut merged = Vec::with_capacity(drawn.portions.len() + 1);
        for portion in drawn.portions {
            missing = missing.subtract(portion.amount)?;
            push_portion(&mut merged, portion)?;
        }
        push_portion(&mut merged, Portion::clean(missing))?;
        if let Some(seed) = seed {
            self.books.steal(seed, key.1, stolen)?;
        }
        let parts = merged.into_iter().map(|portion| Part {
            portion: super::settle::arrived(portion, seed, self.policy),
            fresh: portion.seed.is_none() && seed.is_some(),
        });
        let unexplained = if seed.is_some() { Amount::ZERO } else { drawn.unexplained };
        Ok((parts.collect(), unexplained))
    }
}
