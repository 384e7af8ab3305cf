//! Dealing: who gets what of a transaction's net effect, and what the books say.

use super::notes::Notes;
use super::parts::{self, Parts};
use super::{Engine, Settlement};
use crate::AnalysisError;
use crate::net_effect::{AssetEffect, Share};
use crate::trace::ledger::Ledger;
use crate::trace::outcome::{Conversion, Cut, Exchanged, Rest};
use crate::trace::purse::Portion;
use tracehound_model::{Amount, Category};
use tracehound_store::{AddressId, AssetId};

/// What one address gave to the markets.
struct Given {
    address: AddressId,
    asset: AssetId,
    parts: Parts,
}

/// What one address got from the markets.
#[derive(Clone, Copy)]
struct Got {
    address: AddressId,
    asset: AssetId,
    amount: Amount,
}

impl<D: Ledger> Engine<'_, D> {
    /// Settles the transaction.
    pub(super) fn deal(&mut self, settlement: &Settlement) -> Result<(), AnalysisError> {
        self.pass_transaction(settlement)?;
        let mut notes = Notes::new(settlement);
        let (mut given, mut got) = (Vec::new(), Vec::new());
        for effect in &settlement.effect.assets {
            self.deal_asset(settlement, effect, &mut notes, &mut given, &mut got)?;
        }
        let tainted = given.iter().any(|g| g.parts.iter().any(|p| p.portion.seed.is_some()));
        match (tainted, got.is_empty()) {
            (true, true) => self.keep(settlement, given)?,
            (true, false) => self.convert(settlement, &mut notes, given, got)?,
            (false, _) => {
                for got in got {
                    let key = (got.address, got.asset);
                    self.gain(settlement, key, vec![Portion::clean(got.amount)])?;
                }
            }
        }
        for (tick, note) in notes.finish() {
            self.touched += 1;
            self.transfers.push(note.into_transfer(self.ledger.row(tick)));
        }
        self.schedule_touched(settlement);
        Ok(())
    }

    /// One asset: from payers to gainers first; the rest was given to the markets or got from them.
    fn deal_asset(
        &mut self,
        settlement: &Settlement,
        effect: &AssetEffect,
        notes: &mut Notes<'_>,
        given: &mut Vec<Given>,
        got: &mut Vec<Got>,
    ) -> Result<(), AnalysisError> {
        let asset = effect.asset;
        let mut streams: Vec<(Share, Parts)> = Vec::with_capacity(effect.payers.len());
        for payer in &effect.payers {
            let key = (payer.address, asset);
            let (leaving, unexplained) = self.leave(settlement, key, payer.amount)?;
            notes.paid(key, &leaving, unexplained)?;
            streams.push((*payer, leaving));
        }
        let mut wanted: Vec<(Share, Vec<Portion>)> =
            effect.gainers.iter().map(|gainer| (*gainer, Vec::new())).collect();
        // Those paid by a payer itself before those reached through others.
        for direct in [true, false] {
            for (payer, stream) in &mut streams {
                for (gainer, portions) in &mut wanted {
                    if direct && !settlement.paid_directly(payer.address, gainer.address, asset) {
                        continue;
                    }
                    let part = parts::take(stream, gainer.amount)?;
                    gainer.amount = gainer.amount.subtract(parts::sum(&part)?)?;
                    if !settlement.paid_directly(payer.address, gainer.address, asset) {
                        notes.received((gainer.address, asset), &part)?;
                    }
                    portions.extend(parts::portions(&part));
                }
            }
        }
        for (gainer, portions) in wanted {
            self.gain(settlement, (gainer.address, asset), portions)?;
            if !gainer.amount.is_zero() {
                got.push(Got { address: gainer.address, asset, amount: gainer.amount });
            }
        }
        let left = streams.into_iter().filter(|(_, parts)| !parts.is_empty());
        given.extend(left.map(|(payer, parts)| Given { address: payer.address, asset, parts }));
        Ok(())
    }

    /// What an address has more in the end, at the end of the transaction.
    fn gain(
        &mut self,
        settlement: &Settlement,
        key: (AddressId, AssetId),
        portions: Vec<Portion>,
    ) -> Result<(), AnalysisError> {
        let tainted = portions.iter().any(|portion| portion.seed.is_some());
        if !tainted && !self.index.contains_key(&key) {
            return Ok(());
        }
        let place = settlement.largest(key.1, |entry| entry.creditor == key.0);
        let tick = settlement.tick(place);
        let row = self.ledger.row(tick);
        if let Some(bridge) = settlement.behind(key.0) {
            let rest = Rest::Service(Category::Bridge);
            return self.books.book((bridge, key.1), rest, &portions, row);
        }
        let mut staying = portions;
        if tainted {
            if let Some(rest) = self.stopped(tick, key, &staying)? {
                return self.books.book(key, rest, &staying, row);
            }
            staying = self.cut_by_hops(key, staying, row)?;
            if staying.iter().all(|portion| portion.seed.is_none())
                && !self.index.contains_key(&key)
            {
                return Ok(());
            }
        }
        let place = self.holder(key, settlement.ticks.start)?;
        let holder = &mut self.holders[place];
        holder.catch_up(self.ledger, settlement.ticks.start)?;
        holder.pass_until(self.ledger, settlement.ticks.end)?;
        holder.receive(tick, staying)
    }

    /// Puts the next debits of the addresses concerned among the events.
    fn schedule_touched(&mut self, settlement: &Settlement) {
        for entry in settlement.entries.iter().chain(&settlement.effect.implied) {
            for address in [entry.debtor, entry.creditor] {
                if let Some(place) = self.index.get(&(address, entry.asset)).copied()
                    && (self.holders[place].expects_taint() || self.holders[place].seed.is_some())
                {
                    self.schedule(place);
                }
            }
        }
    }

    /// Markets kept what they were given and gave nothing for it: a payment to them.
    fn keep(&mut self, settlement: &Settlement, given: Vec<Given>) -> Result<(), AnalysisError> {
        for given in given {
            let (front, _) = settlement.front(given.address, given.asset);
            let kept_by = settlement.effect.keeper(given.asset).unwrap_or(front);
            self.gain(settlement, (kept_by, given.asset), parts::portions(&given.parts))?;
        }
        Ok(())
    }

    /// Tainted money was exchanged.
    fn convert(
        &mut self,
        settlement: &Settlement,
        notes: &mut Notes<'_>,
        given: Vec<Given>,
        got: Vec<Got>,
    ) -> Result<(), AnalysisError> {
        let claim = claim(&given)?;
        let rest = if claim.is_some() { Rest::Converted } else { Rest::Cut(Cut::Exchange) };
        let mut record = Conversion {
            row: self.ledger.row(settlement.ticks.start),
            gave: Vec::with_capacity(given.len()),
            got: Vec::with_capacity(got.len()),
            markets: settlement.effect.markets.clone(),
            carried: claim.is_some(),
        };
        for given in &given {
            let (front, place) = settlement.front(given.address, given.asset);
            let front = settlement.behind(front).unwrap_or(front);
            let row = self.ledger.row(settlement.tick(place));
            let portions = parts::portions(&given.parts);
            self.books.book((front, given.asset), rest, &portions, row)?;
            record.gave.push(Self::exchanged((given.address, given.asset), &portions, row)?);
        }
        for got in got {
            let key = (got.address, got.asset);
            let portions = match &claim {
                Some(claim) => parts::scaled(claim, got.amount)?,
                None => vec![Portion::clean(got.amount)],
            };
            self.books.receive(got.asset, &portions)?;
            let place = settlement.largest(got.asset, |entry| entry.creditor == got.address);
            let row = self.ledger.row(settlement.tick(place));
            record.got.push(Self::exchanged(key, &portions, row)?);
            notes.converted(key, &portions)?;
            self.gain(settlement, key, portions)?;
        }
        self.conversions.push(record);
        Ok(())
    }

    fn exchanged(
        (address, asset): (AddressId, AssetId),
        portions: &[Portion],
        row: tracehound_store::RowId,
    ) -> Result<Exchanged, AnalysisError> {
        let mut by_seed = Vec::new();
        for portion in portions {
            if let Some(seed) = portion.seed {
                crate::trace::booking::add_to(&mut by_seed, seed, portion.amount)?;
            }
        }
        let sum = |tainted: bool| {
            let counted = portions.iter().filter(|p| !tainted || p.seed.is_some());
            Amount::sum(counted.map(|p| p.amount))
        };
        Ok(Exchanged { address, asset, amount: sum(false)?, tainted: sum(true)?, by_seed, row })
    }
}

/// The money given, as one stream whose shares go over to what was got;
/// `None` where several assets were given and not all of them wholly stolen
/// from one seed, since the chain does not tell their worth beside each other.
fn claim(given: &[Given]) -> Result<Option<Parts>, AnalysisError> {
    let Some(first) = given.first() else { return Ok(None) };
    if given.iter().all(|given| given.asset == first.asset) {
        let parts = given.iter().flat_map(|given| given.parts.iter().copied());
        return Ok(Some(parts.collect()));
    }
    let seed = first.parts.front().and_then(|part| part.portion.seed);
    let mut all = given.iter().flat_map(|given| &given.parts);
    let one_seed = seed.is_some() && all.all(|part| part.portion.seed == seed);
    Ok(one_seed.then(|| first.parts.clone()))
}

impl Settlement {
    fn paid_directly(&self, payer: AddressId, payee: AddressId, asset: AssetId) -> bool {
        self.entries.iter().any(|e| (e.debtor, e.creditor, e.asset) == (payer, payee, asset))
    }

    /// Whom a payer handed an asset to first of all, and the entry.
    pub(super) fn front(&self, payer: AddressId, asset: AssetId) -> (AddressId, usize) {
        let place = self.largest(asset, |entry| entry.debtor == payer);
        let entry = &self.entries[place];
        let implied = self.effect.implied.iter().find(|e| (e.debtor, e.asset) == (payer, asset));
        match implied {
            Some(implied) if entry.asset != asset => (implied.creditor, place),
            _ => (entry.creditor, place),
        }
    }
}
