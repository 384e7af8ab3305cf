//! The transfers of a settled transaction as the trace shows them.
//!
//! Net amounts are put back on the transfers that carried them, each filled
//! up to its amount in order, so that no transfer shows more taint than value.

use super::Settlement;
use super::parts::{self, Part, Parts};
use crate::AnalysisError;
use crate::trace::SeedId;
use crate::trace::booking::add_to;
use crate::trace::ledger::{Entry, Tick};
use crate::trace::outcome::TaintedTransfer;
use crate::trace::purse::Portion;
use std::collections::BTreeMap;
use tracehound_model::Amount;
use tracehound_store::{AddressId, AssetId, RowId};

/// What is known of one transfer.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    filled: Amount,
    tainted: Amount,
    seeded: Amount,
    unexplained: Amount,
    hops: Option<u32>,
    by_seed: Vec<(SeedId, Amount)>,
}

impl Note {
    /// As the trace shows it.
    pub(super) fn into_transfer(self, row: RowId) -> TaintedTransfer {
        TaintedTransfer {
            row,
            tainted: self.tainted,
            seeded: self.seeded,
            unexplained: self.unexplained,
            hops: self.hops.unwrap_or(0),
            by_seed: self.by_seed,
        }
    }

    fn add(&mut self, part: &Part) -> Result<(), AnalysisError> {
        self.filled = self.filled.add(part.portion.amount)?;
        let Some(seed) = part.portion.seed else { return Ok(()) };
        self.tainted = self.tainted.add(part.portion.amount)?;
        if part.fresh {
            self.seeded = self.seeded.add(part.portion.amount)?;
        }
        self.hops = Some(self.hops.map_or(part.portion.hops, |hops| hops.min(part.portion.hops)));
        add_to(&mut self.by_seed, seed, part.portion.amount)?;
        Ok(())
    }
}

/// Notes of one transaction, by place of the entry.
pub(super) struct Notes<'s> {
    settlement: &'s Settlement,
    notes: BTreeMap<usize, Note>,
}

impl<'s> Notes<'s> {
    pub(super) fn new(settlement: &'s Settlement) -> Self {
        Self { settlement, notes: BTreeMap::new() }
    }

    /// What left a payer.
    pub(super) fn paid(
        &mut self,
        (payer, asset): (AddressId, AssetId),
        leaving: &Parts,
        unexplained: Amount,
    ) -> Result<(), AnalysisError> {
        let first = self.spread(asset, leaving.clone(), |entry| entry.debtor == payer)?;
        if let (Some(place), false) = (first, unexplained.is_zero()) {
            self.notes.entry(place).or_default().unexplained = unexplained;
        }
        Ok(())
    }

    /// What reached a gainer through others.
    pub(super) fn received(
        &mut self,
        (gainer, asset): (AddressId, AssetId),
        parts: &Parts,
    ) -> Result<(), AnalysisError> {
        let parts = parts.iter().map(|part| Part { fresh: false, ..*part }).collect();
        self.spread(asset, parts, |entry| entry.creditor == gainer)?;
        Ok(())
    }

    /// What was got from markets.
    pub(super) fn converted(
        &mut self,
        (owner, asset): (AddressId, AssetId),
        portions: &[Portion],
    ) -> Result<(), AnalysisError> {
        let parts = portions.iter().map(|portion| Part { portion: *portion, fresh: false });
        self.spread(asset, parts.collect(), |entry| entry.creditor == owner)?;
        Ok(())
    }

    /// Fills transfers in order; the place of the first one filled.
    fn spread(
        &mut self,
        asset: AssetId,
        mut parts: Parts,
        mine: impl Fn(&Entry) -> bool,
    ) -> Result<Option<usize>, AnalysisError> {
        if parts.iter().all(|part| part.portion.seed.is_none()) {
            return Ok(None);
        }
        let mut first = None;
        for (place, entry) in self.settlement.entries.iter().enumerate() {
            if entry.asset != asset || entry.amount.is_zero() || !mine(entry) {
                continue;
            }
            let note = self.notes.entry(place).or_default();
            let room = entry.amount.saturating_subtract(note.filled);
            for part in parts::take(&mut parts, room)? {
                first.get_or_insert(place);
                note.add(&part)?;
            }
        }
        Ok(first)
    }

    /// The transfers that carried taint, in order.
    pub(super) fn finish(self) -> impl Iterator<Item = (Tick, Note)> {
        let settlement = self.settlement;
        let tainted = self.notes.into_iter().filter(|(_, note)| !note.tainted.is_zero());
        tainted.map(|(place, note)| (settlement.tick(place), note))
    }
}
