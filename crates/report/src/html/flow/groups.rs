//! What stands together in a column: sources, holders, services, cuts.

use super::Level;
use crate::html::shapes::family;
use crate::investigation::explain_kind;
use crate::{AddressRecord, RestGroup};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracehound_model::Amount;

/// Who a group is; the order of the variants is the order in a column.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum GroupKey {
    /// Money not yet taken from one source (its rank, its place among addresses).
    Source(usize, usize),
    /// Money not yet taken from the remaining sources.
    OtherSources,
    /// One address that holds (its rank, its place among addresses).
    Holder(usize, usize),
    /// The remaining addresses that hold.
    OtherHolders,
    /// Not followed further, by kind.
    Cut(String),
    /// Burnt.
    Burnt,
    /// A service: rank of its kind, rank by amount, entity, kind.
    Service(usize, usize, String, String),
    /// The remaining services.
    OtherServices,
}

/// A group with what the picture says of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Group {
    /// Who.
    pub(super) key: GroupKey,
    /// Name in the picture.
    pub(crate) name: String,
    /// Kind that gives its colour, shape and letter.
    pub(crate) kind: String,
    /// The address, where it is one.
    pub(crate) address: Option<Arc<AddressRecord>>,
}

/// Kinds in the order services stand in a column.
const KINDS: [&str; 10] = [
    "exchange",
    "custodian",
    "gambling",
    "instant-swapper",
    "issuer",
    "decentralised-exchange",
    "bridge",
    "mixer",
    "service",
    "case-terminal",
];

/// Where an address stands before the last cut.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Spot {
    Holder,
    Service(String, String),
    Cut(String),
    Burnt,
}

/// What a booking says of an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rested {
    pub(super) group: RestGroup,
    pub(super) kind: String,
    pub(super) entity: String,
    pub(super) amount: Amount,
}

/// Where an address with these bookings stands while the trace runs.
pub(super) fn spot(rested: &[Rested]) -> Spot {
    let of = |group| rested.iter().find(|r| r.group == group);
    if let Some(service) = of(RestGroup::Service) {
        return Spot::Service(service.entity.clone(), service.kind.clone());
    }
    if of(RestGroup::Burnt).is_some() {
        return Spot::Burnt;
    }
    // Only a hub or a CoinJoin stops everything; other cuts stop single lots.
    let whole = |kind: &str| kind == "cut-hub" || kind == "coinjoin";
    match of(RestGroup::Cut).filter(|cut| whole(&cut.kind)) {
        Some(cut) => Spot::Cut(cut.kind.clone()),
        None => Spot::Holder,
    }
}

/// Ranks by amount, largest first; equal amounts by key.
pub(super) fn ranked<K: Ord + Clone>(amounts: &BTreeMap<K, Amount>) -> Vec<(K, Amount)> {
    let mut list: Vec<_> = amounts.iter().map(|(key, amount)| (key.clone(), *amount)).collect();
    list.sort_by_key(|(_, amount)| std::cmp::Reverse(*amount));
    list
}

/// Which groups a picture has.
pub(super) struct Grouping {
    sources: BTreeMap<usize, usize>,
    holders: BTreeMap<usize, usize>,
    services: BTreeMap<(String, String), usize>,
    least: Amount,
}

impl Grouping {
    /// Chooses what is shown one by one.
    pub(super) fn choose(
        level: Level,
        total: Amount,
        sources: &BTreeMap<usize, Amount>,
        holders: &BTreeMap<usize, Amount>,
        services: &BTreeMap<(String, String), Amount>,
    ) -> Self {
        let (one, two_hundred) = (Amount::from_u64(1), Amount::from_u64(200));
        let least = total.multiply_divide(one, two_hundred).unwrap_or(total);
        let pick = |list: Vec<(usize, Amount)>, most: usize| -> BTreeMap<usize, usize> {
            let shown = if list.len() <= most { list.len() } else { most };
            list.into_iter().take(shown).enumerate().map(|(rank, (key, _))| (key, rank)).collect()
        };
        let large = ranked(holders).into_iter().filter(|(_, amount)| *amount >= least).collect();
        let services = ranked(services);
        let shown =
            if services.len() <= level.services + 1 { services.len() } else { level.services };
        Self {
            sources: pick(ranked(sources), level.sources),
            holders: pick(large, level.holders),
            services: services
                .into_iter()
                .take(shown)
                .enumerate()
                .map(|(r, (k, _))| (k, r))
                .collect(),
            least,
        }
    }

    pub(super) fn source(&self, address: usize) -> GroupKey {
        let rank = self.sources.get(&address);
        rank.map_or(GroupKey::OtherSources, |rank| GroupKey::Source(*rank, address))
    }

    /// An address stands alone only at cuts where it holds something worth seeing.
    fn holder(&self, address: usize, held: Amount) -> GroupKey {
        let rank = self.holders.get(&address).filter(|_| held >= self.least);
        rank.map_or(GroupKey::OtherHolders, |rank| GroupKey::Holder(*rank, address))
    }

    pub(super) fn spot(&self, address: usize, spot: &Spot, held: Amount) -> GroupKey {
        match spot {
            Spot::Holder => self.holder(address, held),
            Spot::Cut(kind) => GroupKey::Cut(kind.clone()),
            Spot::Burnt => GroupKey::Burnt,
            Spot::Service(entity, kind) => self.service(entity, kind),
        }
    }

    fn service(&self, entity: &str, kind: &str) -> GroupKey {
        let key = (entity.to_owned(), kind.to_owned());
        let Some(rank) = self.services.get(&key) else { return GroupKey::OtherServices };
        let kind_rank = KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len());
        GroupKey::Service(kind_rank, *rank, key.0, key.1)
    }

    /// Where a booked amount stands at the last cut.
    pub(super) fn rested(&self, address: usize, rested: &Rested) -> GroupKey {
        match rested.group {
            RestGroup::Service => self.service(&rested.entity, &rested.kind),
            RestGroup::Held => self.holder(address, rested.amount),
            RestGroup::Burnt => GroupKey::Burnt,
            RestGroup::Cut | RestGroup::Exchanged => GroupKey::Cut(rested.kind.clone()),
        }
    }
}

impl Group {
    /// Name and kind of a group.
    pub(super) fn describe(
        key: GroupKey,
        addresses: &[Arc<AddressRecord>],
        backward: bool,
    ) -> Self {
        let of = |place: usize| addresses.get(place).map(Arc::clone);
        let name_of = |place: usize| of(place).map(|a| a.name()).unwrap_or_default();
        let (name, kind, address) = match &key {
            GroupKey::Source(_, place) => (name_of(*place), "source", of(*place)),
            GroupKey::OtherSources if backward => ("other deposits".to_owned(), "source", None),
            GroupKey::OtherSources => ("other sources".to_owned(), "source", None),
            GroupKey::Holder(_, place) => (name_of(*place), "held", of(*place)),
            GroupKey::OtherHolders => ("other addresses".to_owned(), "held", None),
            GroupKey::Cut(kind) => (explain_kind(kind).to_owned(), family(kind), None),
            GroupKey::Burnt => ("burnt".to_owned(), "burnt", None),
            GroupKey::Service(_, _, entity, kind) => (entity.clone(), kind.as_str(), None),
            GroupKey::OtherServices => ("other services".to_owned(), "several", None),
        };
        let kind = kind.to_owned();
        Self { key, name, kind, address }
    }

    /// Whether more than one thing is folded into it.
    pub(super) fn is_folded(&self) -> bool {
        matches!(
            self.key,
            GroupKey::OtherSources | GroupKey::OtherHolders | GroupKey::OtherServices
        )
    }
}
