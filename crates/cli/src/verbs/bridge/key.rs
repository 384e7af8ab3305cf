//! Totals of pairing by key.

use crate::output;
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_bridge::key_match::{Class, KEY_RULE};
use tracehound_bridge::read::{Tables, Truth};
use tracehound_bridge::{BridgeEvent, KeyMatching, Side};

/// One bridge in one direction.
#[derive(Serialize, Default)]
pub(super) struct Route {
    bridge: String,
    from: String,
    to: String,
    sources: usize,
    destinations: usize,
    matched: usize,
    /// Of those: completed by an event from beyond the time of the data.
    matched_with_supplement: usize,
    mismatched_sources: usize,
    mismatched_destinations: usize,
    doubly_matched_sources: usize,
    doubly_matched_destinations: usize,
    unmatched_sources: usize,
    unmatched_destinations: usize,
    keyless_sources: usize,
    keyless_destinations: usize,
    supplements: usize,
    releases_without_counterpart: usize,
    /// Pairs in which a field was not compared, by field.
    unchecked: BTreeMap<String, usize>,
}

/// Pairs by what a label says of them.
#[derive(Serialize, Default)]
pub(super) struct Judged {
    /// Payments in that the label names.
    labelled: usize,
    matched: usize,
    right: usize,
    wrong: usize,
    /// Pairs whose payment out has no transaction hash in the data.
    not_judged: usize,
}

#[derive(Serialize)]
pub(super) struct Totals {
    rule: String,
    routes: Vec<Route>,
    pub(super) releases_without_counterpart: usize,
    judged: Option<Judged>,
}

/// Counts, by bridge and direction.
pub(super) fn totals(tables: &Tables, matching: &KeyMatching, truth: &Truth) -> Totals {
    let mut routes: BTreeMap<(String, String, String), Route> = BTreeMap::new();
    for (number, event) in tables.events.iter().enumerate() {
        let route = routes.entry(place(event)).or_default();
        count(route, event, &matching.classes[number]);
        route.releases_without_counterpart +=
            usize::from(matching.is_release_without_counterpart(number));
    }
    for pair in &matching.pairs {
        let route = routes.entry(place(&tables.events[pair.source])).or_default();
        let supplement = tables.events[pair.destination].supplement;
        route.matched_with_supplement += usize::from(supplement);
        for field in &pair.unchecked {
            *route.unchecked.entry(field.to_string()).or_default() += 1;
        }
    }
    let routes =
        routes.into_iter().map(|((bridge, from, to), route)| Route { bridge, from, to, ..route });
    Totals {
        rule: format!("{}/{}", KEY_RULE.name, KEY_RULE.version),
        routes: routes.collect(),
        releases_without_counterpart: matching.releases_without_counterpart(),
        judged: (!truth.is_empty()).then(|| judge(tables, matching, truth)),
    }
}

fn place(event: &BridgeEvent) -> (String, String, String) {
    let here = event.chain.short_name().to_owned();
    let there = event.other_chain.as_ref().map_or("?", |chain| chain.short_name()).to_owned();
    let (from, to) = if event.side == Side::Source { (here, there) } else { (there, here) };
    (event.bridge.to_string(), from, to)
}

fn count(route: &mut Route, event: &BridgeEvent, class: &Class) {
    let is_source = event.side == Side::Source;
    if is_source {
        route.sources += 1;
    } else if !event.supplement {
        route.destinations += 1;
    }
    let counted = match (class, is_source) {
        (Class::Matched { .. }, true) => &mut route.matched,
        (Class::Matched { .. }, false) => return,
        (Class::Mismatched { .. }, true) => &mut route.mismatched_sources,
        (Class::Mismatched { .. }, false) => &mut route.mismatched_destinations,
        (Class::DoublyMatched, true) => &mut route.doubly_matched_sources,
        (Class::DoublyMatched, false) => &mut route.doubly_matched_destinations,
        (Class::UnmatchedSource, _) => &mut route.unmatched_sources,
        (Class::UnmatchedDestination, _) => &mut route.unmatched_destinations,
        (Class::Supplement, _) => &mut route.supplements,
        (Class::Keyless, true) => &mut route.keyless_sources,
        (Class::Keyless, false) => &mut route.keyless_destinations,
    };
    *counted += 1;
}

fn judge(tables: &Tables, matching: &KeyMatching, truth: &Truth) -> Judged {
    let mut judged = Judged { labelled: truth.len(), ..Judged::default() };
    for pair in &matching.pairs {
        let source = tables.events[pair.source].transaction;
        let Some(of) = source.and_then(|hash| truth.of(&hash)) else { continue };
        judged.matched += 1;
        match tables.events[pair.destination].transaction {
            Some(hash) if of.contains(&hash) => judged.right += 1,
            Some(_) => judged.wrong += 1,
            None => judged.not_judged += 1,
        }
    }
    judged
}

pub(super) fn print(totals: &Totals) {
    let header = [
        "by key",
        "from",
        "to",
        "paid in",
        "paid out",
        "matched",
        "mismatched",
        "doubly",
        "in only",
        "out only",
        "no key",
        "for nothing",
    ];
    let mut table = output::table(&header, &[3, 4, 5, 6, 7, 8, 9, 10, 11]);
    for route in &totals.routes {
        let both = |one: usize, other: usize| format!("{one}+{other}");
        table.add_row([
            route.bridge.clone(),
            route.from.clone(),
            route.to.clone(),
            route.sources.to_string(),
            route.destinations.to_string(),
            route.matched.to_string(),
            both(route.mismatched_sources, route.mismatched_destinations),
            both(route.doubly_matched_sources, route.doubly_matched_destinations),
            route.unmatched_sources.to_string(),
            route.unmatched_destinations.to_string(),
            both(route.keyless_sources, route.keyless_destinations),
            route.releases_without_counterpart.to_string(),
        ]);
    }
    println!("{table}");
    for route in &totals.routes {
        let unchecked: Vec<String> =
            route.unchecked.iter().map(|(field, pairs)| format!("{field} {pairs}")).collect();
        if !unchecked.is_empty() {
            let name = format!("{} {} to {}", route.bridge, route.from, route.to);
            println!("{name}: pairs with a field that was not compared: {}", unchecked.join(", "));
        }
        if route.matched_with_supplement + route.supplements > 0 {
            println!(
                "{} {} to {}: {} of the pairs are completed by later data, {} rows of which stay alone and are not counted",
                route.bridge,
                route.from,
                route.to,
                route.matched_with_supplement,
                route.supplements
            );
        }
    }
    if let Some(judged) = &totals.judged {
        println!(
            "true pairs: {} labelled, {} matched by key, {} right, {} wrong, {} without the transaction that would tell",
            judged.labelled, judged.matched, judged.right, judged.wrong, judged.not_judged
        );
    }
}
