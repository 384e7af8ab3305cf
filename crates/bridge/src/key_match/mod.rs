//! Pairing the two sides of a crossing by the key they share (`bridge-key/1`).
//!
//! One source event pairs with one destination event of the same bridge and
//! key whose fields agree. Every event ends in exactly one [`Class`], and
//! which one follows from the events alone, not from their order. A release
//! that no payment stands behind is how an attack on a bridge looks:
//! [`KeyMatching::is_release_without_counterpart`].

mod compare;
mod gates;

pub use compare::Field;
pub use gates::Gates;

use crate::event::{Bridge, BridgeEvent, Side};
use crate::tokens::TokenMap;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Chain, Rule};

/// The rule and its version.
pub const KEY_RULE: Rule = Rule { name: "bridge-key", version: 1 };
/// What a release without counterpart is called.
pub const RELEASE_WITHOUT_COUNTERPART: &str = "release without counterpart: attack shape";

/// Where an event ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Class {
    /// Paired; the fields that both sides hold agree.
    Matched {
        /// The other side, by number.
        partner: usize,
    },
    /// The key is shared and used by nothing better, but fields differ.
    Mismatched {
        /// The other side, by number.
        partner: usize,
        /// Which.
        differing: Vec<Field>,
    },
    /// The other side of the key is taken already: the key is used twice.
    DoublyMatched,
    /// Paid in and, in these data, never paid out.
    UnmatchedSource,
    /// Paid out and, in these data, never paid in.
    UnmatchedDestination,
    /// From beyond the data's time, with nothing to complete.
    Supplement,
    /// Without a key: nothing to pair by.
    Keyless,
}

impl Class {
    /// The name in tables.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Matched { .. } => "matched",
            Self::Mismatched { .. } => "mismatched",
            Self::DoublyMatched => "doubly matched",
            Self::UnmatchedSource => "unmatched source",
            Self::UnmatchedDestination => "unmatched destination",
            Self::Supplement => "supplement",
            Self::Keyless => "keyless",
        }
    }
}

/// A pair.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pair {
    /// Where it was paid in, by number.
    pub source: usize,
    /// Where it was paid out, by number.
    pub destination: usize,
    /// What one of the two does not hold, so that it was not compared.
    pub unchecked: Vec<Field>,
}

/// The outcome, by the numbers of the events that were given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyMatching {
    /// Where each event ended.
    pub classes: Vec<Class>,
    /// Pairs, ordered by the number of their source.
    pub pairs: Vec<Pair>,
    releases: BTreeSet<usize>,
}

impl KeyMatching {
    /// Whether money left the bridge here with nothing paid in for it, though
    /// the data do hold what was paid in on the chain it came from.
    #[must_use]
    pub fn is_release_without_counterpart(&self, event: usize) -> bool {
        self.releases.contains(&event)
    }

    /// Number of those.
    #[must_use]
    pub fn releases_without_counterpart(&self) -> usize {
        self.releases.len()
    }
}

/// Events that share a bridge and a key.
#[derive(Default)]
struct Group {
    sources: Vec<usize>,
    destinations: Vec<usize>,
}

/// Pairs events by key.
#[must_use]
pub fn match_by_key(events: &[BridgeEvent], tokens: &TokenMap, gates: &Gates) -> KeyMatching {
    let mut classes = vec![Class::Keyless; events.len()];
    let mut pairs = Vec::new();
    for group in groups(events).into_values() {
        pair(events, tokens, gates, &group, &mut classes, &mut pairs);
    }
    pairs.sort_by_key(|pair| (pair.source, pair.destination));
    let releases = releases(events, gates, &classes);
    KeyMatching { classes, pairs, releases }
}

fn groups(events: &[BridgeEvent]) -> BTreeMap<(&Bridge, &str), Group> {
    let mut groups: BTreeMap<(&Bridge, &str), Group> = BTreeMap::new();
    for (number, event) in events.iter().enumerate() {
        let Some(key) = &event.key else { continue };
        let group = groups.entry((&event.bridge, key)).or_default();
        match event.side {
            Side::Source => group.sources.push(number),
            Side::Destination => group.destinations.push(number),
        }
    }
    let order = |one: &usize, other: &usize| match (events.get(*one), events.get(*other)) {
        (Some(one), Some(other)) => one.canonical_order(other),
        _ => std::cmp::Ordering::Equal,
    };
    for group in groups.values_mut() {
        group.sources.sort_by(order);
        group.destinations.sort_by(order);
    }
    groups
}

/// Takes pairs in the order of how many fields differ, then of the events.
fn pair(
    events: &[BridgeEvent],
    tokens: &TokenMap,
    gates: &Gates,
    group: &Group,
    classes: &mut [Class],
    pairs: &mut Vec<Pair>,
) {
    let mut possible = Vec::new();
    for (s, source) in group.sources.iter().enumerate() {
        for (d, destination) in group.destinations.iter().enumerate() {
            let compared = compare::compare(&events[*source], &events[*destination], tokens, gates);
            possible.push((compared.differing.len(), s, d, compared));
        }
    }
    possible.sort_by_key(|(differing, s, d, _)| (*differing, *s, *d));
    let mut taken = BTreeSet::new();
    for (_, s, d, compared) in possible {
        let (source, destination) = (group.sources[s], group.destinations[d]);
        if taken.contains(&source) || taken.contains(&destination) {
            continue;
        }
        taken.extend([source, destination]);
        let class = |partner| match compared.differing.as_slice() {
            [] => Class::Matched { partner },
            differing => Class::Mismatched { partner, differing: differing.to_vec() },
        };
        classes[source] = class(destination);
        classes[destination] = class(source);
        if compared.differing.is_empty() {
            pairs.push(Pair { source, destination, unchecked: compared.unchecked });
        }
    }
    let left = |all: &[usize]| all.iter().copied().filter(|n| !taken.contains(n)).collect();
    let (sources, destinations): (Vec<usize>, Vec<usize>) =
        (left(&group.sources), left(&group.destinations));
    for (left, other, alone) in [
        (sources, &group.destinations, Class::UnmatchedSource),
        (destinations, &group.sources, Class::UnmatchedDestination),
    ] {
        for number in left {
            classes[number] = match (events[number].supplement, other.is_empty()) {
                (true, _) => Class::Supplement,
                (false, true) => alone.clone(),
                (false, false) => Class::DoublyMatched,
            };
        }
    }
}

/// Destination events that nothing stands behind.
fn releases(events: &[BridgeEvent], gates: &Gates, classes: &[Class]) -> BTreeSet<usize> {
    let sources = events.iter().filter(|event| event.side == Side::Source && event.key.is_some());
    let covered: BTreeSet<(&Bridge, &Chain)> =
        sources.map(|event| (&event.bridge, &event.chain)).collect();
    let is_covered = |event: &BridgeEvent| match &event.other_chain {
        Some(chain) => covered.contains(&(&event.bridge, chain)),
        None => {
            covered.iter().any(|(bridge, chain)| **bridge == event.bridge && **chain != event.chain)
        }
    };
    let is_release = |event: &BridgeEvent, class: &Class| {
        event.side == Side::Destination
            && match class {
                Class::UnmatchedDestination => true,
                Class::DoublyMatched => !gates.pays_in_parts(&event.bridge),
                // Paid too early is not paid for nothing.
                Class::Mismatched { differing, .. } => *differing != [Field::Time],
                _ => false,
            }
    };
    let numbered = events.iter().zip(classes).enumerate();
    numbered
        .filter(|(_, (event, class))| is_release(event, class) && is_covered(event))
        .map(|(number, _)| number)
        .collect()
}

#[cfg(test)]
mod tests;
