//! Where the money rests over all chains, by entity.

use super::PlaceRecord;
use super::build::Builder;
use super::closing::AT_BRIDGE;
use crate::investigation::entity_of;
use crate::{Money, ReportError};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::cross::CrossPolicy;
use tracehound_model::Amount;

/// An address of a chain with an asset.
type Place = (usize, String, String);

impl Builder<'_> {
    /// What rests under one policy, without what crossed.
    pub(super) fn places(
        &self,
        number: usize,
        policy: &CrossPolicy,
    ) -> Result<Vec<PlaceRecord>, ReportError> {
        let mut crossed = self.crossed_at(policy)?;
        let mut groups: BTreeMap<(usize, String, String, String), (PlaceRecord, BTreeSet<&str>)> =
            BTreeMap::new();
        for (chain, told) in self.input.told.iter().enumerate() {
            let report = told.policies.get(number);
            for terminal in report.map(|r| r.terminals.as_slice()).unwrap_or_default() {
                let mut amount = terminal.tainted.clone();
                let mut kind = terminal.kind.clone();
                if kind == "bridge" {
                    let id = amount.asset.id.clone();
                    let at = (chain, terminal.address.address.clone(), id);
                    let gone = crossed.remove(&at).unwrap_or_default();
                    amount = Money::of(&amount.asset, amount.units.saturating_subtract(gone));
                    kind = AT_BRIDGE.to_owned();
                }
                if amount.is_zero() || !policy.policy.conserves() {
                    continue;
                }
                let (entity, named) = entity_of(terminal);
                let key = (chain, amount.asset.id.clone(), entity.clone(), kind.clone());
                let fresh = || PlaceRecord {
                    chain: self.input.chains[chain].chain.to_string(),
                    entity,
                    named,
                    kind,
                    amount: Money::zero(&amount.asset),
                    addresses: 0,
                };
                let (place, addresses) =
                    groups.entry(key).or_insert_with(|| (fresh(), BTreeSet::new()));
                place.amount.add(amount.units, "a place of rest")?;
                addresses.insert(&terminal.address.address);
                place.addresses = addresses.len();
            }
        }
        let mut places: Vec<((usize, String), PlaceRecord)> = groups
            .into_iter()
            .map(|((chain, asset, ..), (place, _))| ((chain, asset), place))
            .collect();
        places.sort_by(|(a, one), (b, other)| {
            a.cmp(b).then_with(|| one.amount.larger_first(&other.amount))
        });
        Ok(places.into_iter().map(|(_, place)| place).collect())
    }

    /// What crossed, by the address of the bridge that took it.
    fn crossed_at(&self, policy: &CrossPolicy) -> Result<BTreeMap<Place, Amount>, ReportError> {
        let mut at: BTreeMap<Place, Amount> = BTreeMap::new();
        for taint in &policy.crossings {
            let crossing = &self.input.outcome.crossings[taint.crossing];
            let Some(source) = crossing.source.as_ref().filter(|_| crossing.is_followed()) else {
                continue;
            };
            let Some(address) = self.payee(source)? else { continue };
            let chain = &self.input.chains[source.chain].chain;
            let sum = at.entry((source.chain, address, source.asset.caip19(chain))).or_default();
            let added = sum.add(taint.tainted);
            *sum = added.map_err(|source| ReportError::Sum { what: "what crossed", source })?;
        }
        Ok(at)
    }
}
