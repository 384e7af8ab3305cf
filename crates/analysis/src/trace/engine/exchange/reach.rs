//! Poison in a transaction with markets: reach only, so nothing is netted out.
//!
//! Every movement stands for itself as elsewhere, and besides, once anybody
//! who has less is poisoned, everybody who has more of anything is reached.
//! So whatever another policy reaches by a net effect, poison reaches, though
//! fewer addresses pass for markets where fewer hold taint.

use super::{Engine, Settlement};
use crate::AnalysisError;
use crate::trace::ledger::Ledger;
use crate::trace::outcome::TaintedTransfer;
use crate::trace::purse::Portion;
use tracehound_model::Amount;
use tracehound_store::{AddressId, AssetId};

impl<D: Ledger> Engine<'_, D> {
    /// Reaches those whom a net effect can reach, whoever is taken for a market.
    pub(super) fn spread(&mut self, settlement: &Settlement) -> Result<(), AnalysisError> {
        let lines = &settlement.effect.lines;
        let mut source: Option<Portion> = None;
        for line in lines.iter().filter(|line| line.gave().is_some()) {
            if let Some(poison) = self.poison_of(settlement, (line.address, line.asset))? {
                let hops = source.map_or(poison.hops, |s| s.hops.min(poison.hops));
                source = Some(Portion { hops, ..source.unwrap_or(poison) });
            }
        }
        let Some(source) = source else { return Ok(()) };
        for line in lines {
            if let Some(amount) = line.got() {
                self.reach(settlement, (line.address, line.asset), amount, source)?;
            }
        }
        Ok(())
    }

    /// The poison a payer hands on, if it holds any or is a seed.
    fn poison_of(
        &mut self,
        settlement: &Settlement,
        key: (AddressId, AssetId),
    ) -> Result<Option<Portion>, AnalysisError> {
        let Some(place) = self.index.get(&key) else { return Ok(None) };
        let holder = &mut self.holders[*place];
        holder.catch_up(self.ledger, settlement.ticks.start)?;
        let stolen = holder.seed_at(settlement.last());
        let fresh = stolen.map(|seed| Portion { seed: Some(seed), amount: Amount::ZERO, hops: 0 });
        Ok(holder.purse.poison().or(fresh))
    }

    /// Reaches one address.
    fn reach(
        &mut self,
        settlement: &Settlement,
        key: (AddressId, AssetId),
        amount: Amount,
        source: Portion,
    ) -> Result<(), AnalysisError> {
        let hops = source.hops.saturating_add(1);
        let portion = Portion { amount, hops, ..source };
        for (place, entry) in settlement.entries.iter().enumerate() {
            if (entry.creditor, entry.asset) == key && !entry.amount.is_zero() {
                self.transfers.push(TaintedTransfer {
                    row: self.ledger.row(settlement.tick(place)),
                    tainted: entry.amount,
                    seeded: Amount::ZERO,
                    unexplained: Amount::ZERO,
                    hops,
                    by_seed: Vec::new(),
                });
            }
        }
        if settlement.behind(key.0).is_some() {
            // The movement itself books it.
            return Ok(());
        }
        let place = settlement.largest(key.1, |entry| entry.creditor == key.0);
        let tick = settlement.tick(place);
        let row = self.ledger.row(tick);
        if let Some(rest) = self.stopped(tick, key, &[portion])? {
            return self.books.book(key, rest, &[portion], row);
        }
        let staying = self.cut_by_hops(key, vec![portion], row)?;
        if staying.iter().any(|portion| portion.seed.is_some()) {
            let place = self.holder(key, settlement.ticks.start)?;
            let holder = &mut self.holders[place];
            holder.catch_up(self.ledger, settlement.ticks.start)?;
            holder.last_arrival = Some(tick);
            holder.arrivals += 1;
            holder.purse.poison_with(portion)?;
            self.schedule(place);
        }
        Ok(())
    }
}
