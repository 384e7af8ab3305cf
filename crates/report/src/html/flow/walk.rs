//! Following tainted lots from cut to cut.
//!
//! Each address keeps its tainted lots first in, first out; a lot remembers
//! the group it stood in at the last cut. At a cut, what every lot came from
//! and stands in now is one entry of the ribbons.

use super::groups::{Group, GroupKey, Grouping, Rested, Spot, spot};
use super::periods::periods;
use super::{Flow, Level, Node, Ribbon};
use crate::investigation::entity_of;
use crate::{AddressRecord, ExchangedRecord, Investigation, PolicyReport};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use tracehound_model::{Amount, Timestamp};

/// One tainted transfer in the order walked.
struct Event {
    transfer: usize,
    time: Timestamp,
    from: usize,
    to: usize,
    tainted: Amount,
    seeded: Amount,
}

/// Tainted money at an address.
#[derive(Clone)]
struct Lot {
    label: GroupKey,
    amount: Amount,
    legs: u32,
    last: Option<usize>,
}

/// Money between two groups in one period.
#[derive(Default)]
struct Passage {
    amount: Amount,
    stayed: Amount,
    deliveries: BTreeMap<usize, Amount>,
    legs: Option<(u32, u32)>,
}

/// Addresses of a flow by number, with what is booked at each.
struct Places {
    addresses: Vec<Arc<AddressRecord>>,
    rested: Vec<Vec<Rested>>,
    spots: Vec<Spot>,
}

/// The flow of one asset under one policy; `None` where nothing moved or the
/// policy does not conserve value.
pub(in crate::html) fn follow(
    investigation: &Investigation,
    policy: &PolicyReport,
    asset: &str,
    level: Level,
) -> Option<Flow> {
    if !policy.conserves {
        return None;
    }
    let (events, places) = read(investigation, policy, asset);
    let total = Amount::sum(events.iter().map(|e| e.seeded)).ok()?;
    if total.is_zero() {
        return None;
    }
    let times: Vec<_> = events.iter().map(|e| (e.time, e.tainted)).collect();
    let (periods, of_event) = periods(&times);
    let grouping = grouping(level, total, &events, &of_event, &places);
    let mut walk = Walk {
        places: &places,
        grouping: &grouping,
        lots: vec![VecDeque::new(); places.addresses.len()],
        waiting: BTreeMap::new(),
        shortfall: Amount::ZERO,
        columns: Vec::new(),
        passages: Vec::new(),
    };
    for event in &events {
        let waiting = walk.waiting.entry(event.from).or_default();
        *waiting = sum(*waiting, event.seeded);
    }
    walk.cut(false);
    for period in 0..periods.len() {
        let mine = events.iter().zip(&of_event).filter(|(_, of)| **of == period);
        mine.for_each(|(event, _)| walk.step(event));
        walk.cut(period + 1 == periods.len());
    }
    let shortfall = walk.shortfall;
    let (groups, nodes, ribbons) = walk.finish(investigation.is_backward());
    let backward = investigation.is_backward();
    Some(Flow { backward, total, shortfall, periods, groups, nodes, ribbons })
}

/// A sum that stays in range because every part is part of one seeded total.
fn sum(a: Amount, b: Amount) -> Amount {
    a.add(b).unwrap_or(Amount::MAX)
}

fn read(investigation: &Investigation, policy: &PolicyReport, asset: &str) -> (Vec<Event>, Places) {
    let addresses = investigation.addresses.clone();
    // The list is sorted by text and holds every address a transfer names.
    let number = |address: &AddressRecord| -> usize {
        addresses.binary_search_by(|a| a.address.cmp(&address.address)).unwrap_or_default()
    };
    // What was got in exchanges enters this asset there, as stolen money does at its seeds.
    let got = policy.exchanges.iter().flat_map(|exchange| &exchange.got);
    let listed = |side: &&ExchangedRecord| {
        investigation.transfers[side.transfer].value.asset.id == side.amount.asset.id
    };
    let entering: BTreeSet<usize> = got.filter(listed).map(|side| side.transfer).collect();
    let mut events = Vec::new();
    for taint in &policy.transfers {
        let fact = &investigation.transfers[taint.transfer];
        if fact.value.asset.id != asset {
            continue;
        }
        let (mut from, mut to) = (number(&fact.from), number(&fact.to));
        if investigation.is_backward() {
            std::mem::swap(&mut from, &mut to);
        }
        let tainted = taint.tainted.units;
        let enters = entering.contains(&taint.transfer);
        let seeded = if enters { tainted } else { taint.seeded.units };
        events.push(Event { transfer: taint.transfer, time: fact.time, from, to, tainted, seeded });
    }
    if investigation.is_backward() {
        events.reverse();
    }
    let booked: Vec<(usize, Rested)> = policy
        .terminals
        .iter()
        .filter(|t| t.tainted.asset.id == asset)
        .map(|t| {
            let entity = entity_of(t).0;
            let (group, kind, amount) = (t.group, t.kind.clone(), t.tainted.units);
            (number(&t.address), Rested { group, kind, entity, amount })
        })
        .collect();
    let mut rested = vec![Vec::new(); addresses.len()];
    for (place, booking) in booked {
        rested[place].push(booking);
    }
    let spots = rested.iter().map(|r| spot(r)).collect();
    (events, Places { addresses, rested, spots })
}

fn grouping(
    level: Level,
    total: Amount,
    events: &[Event],
    of_event: &[usize],
    places: &Places,
) -> Grouping {
    let mut sources: BTreeMap<usize, Amount> = BTreeMap::new();
    let mut balances = vec![Amount::ZERO; places.addresses.len()];
    let mut most: BTreeMap<usize, Amount> = BTreeMap::new();
    for (place, event) in events.iter().enumerate() {
        if !event.seeded.is_zero() {
            let source = sources.entry(event.from).or_default();
            *source = sum(*source, event.seeded);
        }
        let carried = event.tainted.saturating_subtract(event.seeded);
        balances[event.from] = balances[event.from].saturating_subtract(carried);
        balances[event.to] = sum(balances[event.to], event.tainted);
        let period_ends = of_event.get(place + 1) != of_event.get(place);
        if period_ends {
            let holders = (0..balances.len()).filter(|a| places.spots[*a] == Spot::Holder);
            for address in holders.filter(|a| !balances[*a].is_zero()) {
                let known = most.entry(address).or_default();
                *known = (*known).max(balances[address]);
            }
        }
    }
    let mut services: BTreeMap<(String, String), Amount> = BTreeMap::new();
    for rested in places.rested.iter().flatten() {
        if rested.group == crate::RestGroup::Service {
            let total = services.entry((rested.entity.clone(), rested.kind.clone())).or_default();
            *total = sum(*total, rested.amount);
        }
    }
    Grouping::choose(level, total, &sources, &most, &services)
}

/// Lots at every address while events are walked.
struct Walk<'a> {
    places: &'a Places,
    grouping: &'a Grouping,
    lots: Vec<VecDeque<Lot>>,
    waiting: BTreeMap<usize, Amount>,
    shortfall: Amount,
    columns: Vec<BTreeMap<GroupKey, BTreeMap<usize, Amount>>>,
    passages: Vec<BTreeMap<(GroupKey, GroupKey), Passage>>,
}

impl Walk<'_> {
    /// Moves the lots of one transfer.
    fn step(&mut self, event: &Event) {
        let mut moved = self.take(event.from, event.tainted.saturating_subtract(event.seeded));
        if !event.seeded.is_zero() {
            let label = self.grouping.source(event.from);
            moved.push(Lot { label, amount: event.seeded, legs: 0, last: None });
            let waiting = self.waiting.entry(event.from).or_default();
            *waiting = waiting.saturating_subtract(event.seeded);
        }
        for mut lot in moved {
            lot.legs += 1;
            lot.last = Some(event.transfer);
            self.lots[event.to].push_back(lot);
        }
    }

    fn take(&mut self, address: usize, amount: Amount) -> Vec<Lot> {
        let mut left = amount;
        let mut taken = Vec::new();
        while !left.is_zero() {
            let Some(mut lot) = self.lots[address].pop_front() else {
                self.shortfall = sum(self.shortfall, left);
                break;
            };
            let part = lot.amount.min(left);
            left = left.saturating_subtract(part);
            let rest = lot.amount.saturating_subtract(part);
            if !rest.is_zero() {
                self.lots[address].push_front(Lot { amount: rest, ..lot.clone() });
            }
            lot.amount = part;
            taken.push(lot);
        }
        taken
    }

    /// Notes where everything stands, and relabels the lots with it.
    fn cut(&mut self, last: bool) {
        let mut column: BTreeMap<GroupKey, BTreeMap<usize, Amount>> = BTreeMap::new();
        let mut passages: BTreeMap<(GroupKey, GroupKey), Passage> = BTreeMap::new();
        for (address, waiting) in self.waiting.iter().filter(|(_, w)| !w.is_zero()) {
            let key = self.grouping.source(*address);
            let passage = passages.entry((key.clone(), key.clone())).or_default();
            passage.amount = sum(passage.amount, *waiting);
            passage.stayed = sum(passage.stayed, *waiting);
            column.entry(key).or_default().insert(*address, *waiting);
        }
        for address in 0..self.lots.len() {
            for lot in self.stand(address, last) {
                let (now, lot) = lot;
                let member = column.entry(now.clone()).or_default().entry(address).or_default();
                *member = sum(*member, lot.amount);
                let passage = passages.entry((lot.label.clone(), now.clone())).or_default();
                passage.add(&lot);
                let relabelled = Lot { label: now, legs: 0, last: None, ..lot };
                self.lots[address].push_back(relabelled);
            }
        }
        if !self.columns.is_empty() {
            self.passages.push(passages);
        }
        self.columns.push(column);
    }

    /// Takes the lots of an address, each with the group it stands in now.
    fn stand(&mut self, address: usize, last: bool) -> Vec<(GroupKey, Lot)> {
        let lots = std::mem::take(&mut self.lots[address]);
        let held = lots.iter().fold(Amount::ZERO, |total, lot| sum(total, lot.amount));
        let usual = self.grouping.spot(address, &self.places.spots[address], held);
        if !last {
            return lots.into_iter().map(|lot| (usual.clone(), lot)).collect();
        }
        self.lots[address] = lots;
        let mut standing = Vec::new();
        for rested in &self.places.rested[address] {
            let key = self.grouping.rested(address, rested);
            let short = self.shortfall;
            standing
                .extend(self.take(address, rested.amount).into_iter().map(|l| (key.clone(), l)));
            // A booking larger than the lots is reported by the closing line, not here.
            self.shortfall = short;
        }
        let left = std::mem::take(&mut self.lots[address]);
        standing.extend(left.into_iter().map(|lot| (usual.clone(), lot)));
        standing
    }

    fn finish(self, backward: bool) -> (Vec<Group>, Vec<Node>, Vec<Ribbon>) {
        let mut keys: BTreeMap<GroupKey, usize> = BTreeMap::new();
        for column in &self.columns {
            keys.extend(column.keys().map(|key| (key.clone(), 0)));
        }
        let mut groups = Vec::with_capacity(keys.len());
        for (key, index) in &mut keys {
            *index = groups.len();
            groups.push(Group::describe(key.clone(), &self.places.addresses, backward));
        }
        let mut nodes = Vec::new();
        let mut index: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (place, column) in self.columns.into_iter().enumerate() {
            for (key, members) in column {
                let group = keys[&key];
                index.insert((place, group), nodes.len());
                let amount = members.values().fold(Amount::ZERO, |total, m| sum(total, *m));
                let members = super::groups::ranked(&members)
                    .into_iter()
                    .map(|(address, amount)| (Arc::clone(&self.places.addresses[address]), amount))
                    .collect();
                nodes.push(Node { column: place, group, amount, members });
            }
        }
        let mut ribbons = Vec::new();
        for (place, passages) in self.passages.into_iter().enumerate() {
            for ((from, to), passage) in passages {
                let ends = (index.get(&(place, keys[&from])), index.get(&(place + 1, keys[&to])));
                let (Some(&source), Some(&target)) = ends else { continue };
                ribbons.push(Ribbon {
                    source,
                    target,
                    amount: passage.amount,
                    stayed: passage.stayed,
                    deliveries: super::groups::ranked(&passage.deliveries),
                    legs: passage.legs.unwrap_or((0, 0)),
                });
            }
        }
        (groups, nodes, ribbons)
    }
}

impl Passage {
    fn add(&mut self, lot: &Lot) {
        self.amount = sum(self.amount, lot.amount);
        match lot.last {
            None => self.stayed = sum(self.stayed, lot.amount),
            Some(transfer) => {
                let delivered = self.deliveries.entry(transfer).or_default();
                *delivered = sum(*delivered, lot.amount);
                let (fewest, most) = self.legs.unwrap_or((lot.legs, lot.legs));
                self.legs = Some((fewest.min(lot.legs), most.max(lot.legs)));
            }
        }
    }
}
