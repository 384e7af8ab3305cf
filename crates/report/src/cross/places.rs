//! Where the money rests over all chains, by entity.

use super::PlaceRecord;
use super::build::Builder;
use super::closing::AT_BRIDGE;
use crate::investigation::entity_of;
use crate::{Money, ReportError, RestGroup, Terminal};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::cross::CrossPolicy;
use tracehound_model::Amount;

/// An address of a chain with an asset.
type Place = (usize, String, String);
/// Chain, asset, entity and kind.
type Group = (usize, String, String, String);

/// What rests at one entity, and at which addresses.
struct Resting<'a> {
    amount: Money,
    named: bool,
    addresses: BTreeSet<&'a str>,
}

impl<'a> Builder<'a> {
    /// What rests under one policy, without what crossed.
    pub(super) fn places(
        &self,
        number: usize,
        policy: &CrossPolicy,
    ) -> Result<Vec<PlaceRecord>, ReportError> {
        if !policy.policy.conserves() {
            return Ok(Vec::new());
        }
        let mut crossed = self.crossed_at(policy)?;
        let mut groups: BTreeMap<Group, Resting<'a>> = BTreeMap::new();
        for (chain, told) in self.input.told.iter().enumerate() {
            let report = told.policies.get(number);
            for terminal in report.map(|r| r.terminals.as_slice()).unwrap_or_default() {
                let (kind, amount) = remaining(chain, terminal, &mut crossed);
                // What was exchanged is followed as what was got for it.
                if amount.is_zero() || terminal.group == RestGroup::Exchanged {
                    continue;
                }
                let (entity, named) = entity_of(terminal);
                let key = (chain, amount.asset.id.clone(), entity, kind);
                let fresh = || Resting {
                    amount: Money::zero(&amount.asset),
                    named,
                    addresses: BTreeSet::new(),
                };
                let resting = groups.entry(key).or_insert_with(fresh);
                resting.amount.add(amount.units, "a place of rest")?;
                resting.addresses.insert(&terminal.address.address);
            }
        }
        let mut groups: Vec<(Group, Resting<'a>)> = groups.into_iter().collect();
        groups.sort_by(|((chain, asset, ..), a), ((other, token, ..), b)| {
            (chain, asset).cmp(&(other, token)).then_with(|| a.amount.larger_first(&b.amount))
        });
        let place = |((chain, _, entity, kind), resting): (Group, Resting<'a>)| PlaceRecord {
            chain: self.input.chains[chain].chain.to_string(),
            entity,
            named: resting.named,
            kind,
            amount: resting.amount,
            addresses: resting.addresses.len(),
        };
        Ok(groups.into_iter().map(place).collect())
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

/// What of a terminal did not cross, and its kind.
fn remaining(
    chain: usize,
    terminal: &Terminal,
    crossed: &mut BTreeMap<Place, Amount>,
) -> (String, Money) {
    let amount = terminal.tainted.clone();
    if terminal.kind != "bridge" {
        return (terminal.kind.clone(), amount);
    }
    let at = (chain, terminal.address.address.clone(), amount.asset.id.clone());
    let gone = crossed.remove(&at).unwrap_or_default();
    let left = Money::of(&amount.asset, amount.units.saturating_subtract(gone));
    (AT_BRIDGE.to_owned(), left)
}
