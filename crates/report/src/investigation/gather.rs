//! Every row, address and asset a trace speaks of, resolved once.
//!
//! Store numbers end here: past this module a report holds text and amounts.

use super::facts::ChainFacts;
use super::{AddressRecord, AssetRecord, Money, TransferRecord};
use crate::ReportError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracehound_analysis::trace::TraceOutcome;
use tracehound_model::{Address, Amount, Tag};
use tracehound_store::{AddressId, AssetId, RowId};

/// Resolved rows, addresses and assets.
pub(super) struct Catalogue<'a, F> {
    facts: &'a F,
    tags: BTreeMap<Address, Vec<&'a Tag>>,
    seeds: BTreeSet<AddressId>,
    addresses: BTreeMap<AddressId, Arc<AddressRecord>>,
    assets: BTreeMap<AssetId, Arc<AssetRecord>>,
    places: BTreeMap<RowId, usize>,
    /// Every transfer, in chain order.
    pub(super) transfers: Vec<TransferRecord>,
}

impl<'a, F: ChainFacts> Catalogue<'a, F> {
    /// Reads every row that `outcome` names.
    pub(super) fn collect(
        facts: &'a F,
        tags: &'a [Tag],
        outcome: &TraceOutcome,
    ) -> Result<Self, ReportError> {
        let mut by_address: BTreeMap<Address, Vec<&Tag>> = BTreeMap::new();
        for tag in tags {
            by_address.entry(tag.address).or_default().push(tag);
        }
        let mut catalogue = Self {
            facts,
            tags: by_address,
            seeds: outcome.seeds.iter().filter_map(|seed| seed.address).collect(),
            addresses: BTreeMap::new(),
            assets: BTreeMap::new(),
            places: BTreeMap::new(),
            transfers: Vec::new(),
        };
        for row in named_rows(outcome) {
            let record = catalogue.read(row)?;
            catalogue.places.insert(row, catalogue.transfers.len());
            catalogue.transfers.push(record);
        }
        Ok(catalogue)
    }

    fn read(&mut self, row: RowId) -> Result<TransferRecord, ReportError> {
        let stored = self.facts.row(row)?;
        let place = self.facts.place(row)?;
        Ok(TransferRecord {
            tx_hash: self.facts.chain().transaction_text(&place.transaction),
            block: place.height,
            time: place.timestamp,
            position: place.position,
            ordinal: place.ordinal,
            ordered_by_funding: place.ordered_by_funding,
            from: self.address(stored.from)?,
            to: self.address(stored.to)?,
            value: self.money(stored.asset, stored.amount)?,
        })
    }

    /// The record of an address.
    pub(super) fn address(&mut self, id: AddressId) -> Result<Arc<AddressRecord>, ReportError> {
        if let Some(known) = self.addresses.get(&id) {
            return Ok(Arc::clone(known));
        }
        let address = self.facts.address(id)?;
        let said = self.tags.get(&address).map(Vec::as_slice).unwrap_or_default();
        let seed = self.seeds.contains(&id);
        let record = Arc::new(AddressRecord::describe(&address, said, seed));
        self.addresses.insert(id, Arc::clone(&record));
        Ok(record)
    }

    /// What is said of an address that need not be in the store.
    pub(super) fn name_of(&self, address: &Address) -> String {
        let said = self.tags.get(address).map(Vec::as_slice).unwrap_or_default();
        AddressRecord::describe(address, said, false).name()
    }

    /// The record of an asset.
    pub(super) fn asset(&mut self, id: AssetId) -> Result<Arc<AssetRecord>, ReportError> {
        if let Some(known) = self.assets.get(&id) {
            return Ok(Arc::clone(known));
        }
        let stored = self.facts.asset(id)?;
        let record = Arc::new(AssetRecord::describe(&stored, self.facts.chain()));
        self.assets.insert(id, Arc::clone(&record));
        Ok(record)
    }

    /// `units` of an asset.
    pub(super) fn money(&mut self, asset: AssetId, units: Amount) -> Result<Money, ReportError> {
        Ok(Money { asset: self.asset(asset)?, units })
    }

    /// Index of a row among the transfers.
    pub(super) fn index(&self, row: RowId) -> Result<usize, ReportError> {
        self.places.get(&row).copied().ok_or(ReportError::UnlistedRow { row })
    }

    /// Every address met so far, by its text.
    pub(super) fn into_lists(self) -> (Vec<Arc<AddressRecord>>, Vec<TransferRecord>) {
        let mut addresses: Vec<_> = self.addresses.into_values().collect();
        addresses.sort_by(|a, b| a.address.cmp(&b.address));
        (addresses, self.transfers)
    }
}

/// Every row an outcome names, ascending: chain order.
fn named_rows(outcome: &TraceOutcome) -> BTreeSet<RowId> {
    let mut rows: BTreeSet<RowId> = outcome.not_followed.iter().map(|n| n.example).collect();
    for policy in &outcome.policies {
        rows.extend(policy.transfers.iter().map(|t| t.row));
        rows.extend(policy.bookings.iter().map(|b| b.last_row));
        for conversion in &policy.conversions {
            rows.insert(conversion.row);
            rows.extend(conversion.gave.iter().chain(&conversion.got).map(|side| side.row));
        }
        rows.extend(policy.gaps.iter().flat_map(|gap| gap.rows.iter().copied()));
    }
    rows
}
