//! One debit settled: what left the payer becomes what arrives, is booked at
//! a stop, or is delivered to the payee.

use super::super::SeedId;
use super::super::booking::add_to;
use super::super::holder::Delivery;
use super::super::ledger::{Entry, Ledger, Tick};
use super::super::outcome::{Cut, Rest, TaintedTransfer};
use super::super::purse::{Drawn, Portion, push_portion};
use super::Engine;
use crate::AnalysisError;
use tracehound_model::{Amount, Category, Policy};
use tracehound_store::{AddressId, AssetId, RowId};

impl<D: Ledger> Engine<'_, D> {
    /// Turns what left the payer into what arrives: hops rise, clean money of
    /// a seed becomes stolen, stops are booked, the rest is delivered.
    pub(super) fn settle(
        &mut self,
        tick: Tick,
        entry: Entry,
        drawn: Drawn,
        seed: Option<SeedId>,
    ) -> Result<(), AnalysisError> {
        let already = drawn.tainted()?;
        let parts = self.parts.get(&tick).cloned().unwrap_or_default();
        let came_over = Amount::sum(parts.iter().map(|(_, amount)| *amount))?;
        let seeded = match seed {
            Some(_) => entry.amount.subtract(already)?.subtract(came_over)?,
            None => Amount::ZERO,
        };
        if came_over.is_zero() && already.is_zero() && seeded.is_zero() {
            return Ok(());
        }
        if let Some(seed) = seed {
            self.books.steal(seed, entry.asset, seeded)?;
        }
        let mut arriving = Vec::with_capacity(drawn.portions.len() + 1);
        let mut missing = entry.amount;
        for (seed, amount) in parts {
            self.books.steal(seed, entry.asset, amount)?;
            missing = missing.subtract(amount)?;
            push_portion(&mut arriving, Portion { seed: Some(seed), amount, hops: 1 })?;
        }
        let seeded = seeded.add(came_over)?;
        for portion in drawn.portions {
            missing = missing.subtract(portion.amount)?;
            push_portion(&mut arriving, arrived(portion, seed, self.policy))?;
        }
        push_portion(&mut arriving, arrived(Portion::clean(missing), seed, self.policy))?;
        // What a bridge pays out of is not our question, nor is what a victim had.
        let is_asked = seed.is_none() && came_over.is_zero();
        let unexplained = if is_asked { drawn.unexplained } else { Amount::ZERO };
        self.note(tick, &arriving, already.add(seeded)?, seeded, unexplained)?;
        self.arrive(tick, entry, arriving)
    }

    fn note(
        &mut self,
        tick: Tick,
        arriving: &[Portion],
        tainted: Amount,
        seeded: Amount,
        unexplained: Amount,
    ) -> Result<(), AnalysisError> {
        let mut by_seed = Vec::new();
        if self.policy.conserves() {
            for portion in arriving {
                if let Some(seed) = portion.seed {
                    add_to(&mut by_seed, seed, portion.amount)?;
                }
            }
        }
        let hops = arriving.iter().filter(|p| p.seed.is_some()).map(|p| p.hops).min();
        self.transfers.push(TaintedTransfer {
            row: self.ledger.row(tick),
            tainted,
            seeded,
            unexplained,
            hops: hops.unwrap_or(0),
            by_seed,
        });
        Ok(())
    }

    /// Stops or delivers.
    fn arrive(
        &mut self,
        tick: Tick,
        entry: Entry,
        portions: Vec<Portion>,
    ) -> Result<(), AnalysisError> {
        let key = (entry.creditor, entry.asset);
        if self.request.stops.deposits.contains(&self.ledger.row(tick)) {
            let rest = Rest::Service(Category::Bridge);
            return self.books.book(key, rest, &portions, self.ledger.row(tick));
        }
        if let Some(rest) = self.stopped(tick, key, &portions)? {
            return self.stop(tick, key, rest, portions);
        }
        let staying = self.cut_by_hops(key, portions, self.ledger.row(tick))?;
        if staying.iter().any(|p| p.seed.is_some()) {
            let place = self.holder(key, tick)?;
            self.holders[place].catch_up_if_idle(self.ledger, tick)?;
            self.holders[place].deliver(Delivery { tick, portions: staying });
            self.schedule(place);
        }
        Ok(())
    }

    /// Whether an address is a seed: no rule stops what comes back to it.
    fn is_seed(&self, key: (AddressId, AssetId)) -> bool {
        self.index.get(&key).is_some_and(|at| self.holders[*at].seed.is_some())
    }

    /// The rule that stops a whole arrival, if one does.
    pub(super) fn stopped(
        &self,
        tick: Tick,
        key: (AddressId, AssetId),
        portions: &[Portion],
    ) -> Result<Option<Rest>, AnalysisError> {
        if self.is_seed(key) {
            return Ok(None);
        }
        let tainted = portions.iter().filter(|p| p.seed.is_some()).map(|p| p.amount);
        self.whole_stop(tick, key, Amount::sum(tainted)?)
    }

    /// Books portions that have come too far; they stay as clean money, since
    /// they are in the balance all the same.
    pub(super) fn cut_by_hops(
        &mut self,
        key: (AddressId, AssetId),
        portions: Vec<Portion>,
        row: RowId,
    ) -> Result<Vec<Portion>, AnalysisError> {
        let most = self.request.stops.max_hops.filter(|_| !self.is_seed(key));
        let Some(most) = most else { return Ok(portions) };
        let mut staying = Vec::with_capacity(portions.len());
        let mut cut = Vec::new();
        for portion in portions {
            if portion.seed.is_some() && portion.hops > most {
                cut.push(portion);
                push_portion(&mut staying, Portion::clean(portion.amount))?;
            } else {
                push_portion(&mut staying, portion)?;
            }
        }
        if !cut.is_empty() {
            self.books.book(key, Rest::Cut(Cut::Hops), &cut, row)?;
        }
        Ok(staying)
    }

    /// A rule that stops the whole arrival, if one applies.
    fn whole_stop(
        &self,
        tick: Tick,
        (address, asset): (AddressId, AssetId),
        tainted: Amount,
    ) -> Result<Option<Rest>, AnalysisError> {
        let stops = &self.request.stops;
        if stops.burn.contains(&address) {
            return Ok(Some(Rest::Burnt));
        }
        if let Some(category) = stops.services.get(&address) {
            return Ok(Some(Rest::Service(*category)));
        }
        if stops.age.is_some_and(|age| self.ledger.tick(age) <= tick) {
            return Ok(Some(Rest::Cut(Cut::Age)));
        }
        if stops.dust.get(&asset).is_some_and(|least| tainted < *least) {
            return Ok(Some(Rest::Cut(Cut::Dust)));
        }
        // A holder that took taint before was judged then.
        let judged =
            self.index.get(&(address, asset)).is_some_and(|at| self.holders[*at].arrivals > 0);
        if !judged && stops.hub_degree > 0 && self.ledger.degree(address)? > stops.hub_degree {
            return Ok(Some(Rest::Cut(Cut::Hub)));
        }
        Ok(None)
    }
}

/// A portion one hop on; clean money that leaves a seed is stolen from here
/// on. Under poison the whole debit of a seed is, so it is one hop from it.
pub(super) fn arrived(portion: Portion, seed: Option<SeedId>, policy: Policy) -> Portion {
    match (portion.seed, seed) {
        (Some(_), Some(_)) if policy == Policy::Poison => Portion { hops: 1, ..portion },
        (Some(_), _) => Portion { hops: portion.hops.saturating_add(1), ..portion },
        (None, Some(_)) => Portion { seed, hops: 1, ..portion },
        (None, None) => portion,
    }
}
