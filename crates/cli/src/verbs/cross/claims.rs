//! Bridge events of the case as crossings to be followed.

use super::chain::ChainFiles;
use crate::interrupt;
use crate::verbs::case_files::CaseFiles;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tracehound_analysis::cross::{Candidate, Claim, ClaimSide};
use tracehound_bridge::key_match::KEY_RULE;
use tracehound_bridge::keyless::KEYLESS_RULE;
use tracehound_bridge::read::{Tables, read as read_tables};
use tracehound_bridge::{
    BridgeEvent, Class, Gates, KeyMatching, KeylessParameters, Side, TokenMap, match_by_key,
    match_without_key,
};
use tracehound_ingest::file_sha256;
use tracehound_report::SourceFile;

/// Crossings, and where they come from.
#[derive(Default)]
pub(super) struct Events {
    pub(super) claims: Vec<Claim>,
    pub(super) sources: Vec<SourceFile>,
    pub(super) notes: Vec<String>,
}

/// Reads the case's files of bridge events and the memos in its blocks, and
/// pairs them.
pub(super) fn read(files: &CaseFiles, chains: &[ChainFiles]) -> anyhow::Result<Events> {
    let declared = &files.case.events;
    let paths: Vec<PathBuf> = declared.iter().map(|data| files.folder.join(&data.file)).collect();
    let mut tables = if paths.is_empty() { Tables::default() } else { read_tables(&paths)? };
    for chain in chains {
        let found = chain.add_memos(&mut tables)?;
        if found > 0 {
            tables.notes.push(format!(
                "{found} memos of THORChain were read from the blocks of {}; that its vaults wrote \
                 them is not known.",
                chain.name()
            ));
        }
    }
    if tables.events.is_empty() {
        tables
            .notes
            .push("No bridge events are given (see [[events]]), so nothing crosses.".into());
    }
    let mut gates = Gates::default();
    for (chain, seconds) in &tables.finality {
        gates.set_finality(chain.clone(), *seconds);
    }
    let matching = match_by_key(&tables.events, &tables.tokens, &gates);
    let claims = claims(&tables, &gates, &matching);
    let mut sources = Vec::new();
    for (data, path) in declared.iter().zip(&paths) {
        let read = tables.files.iter().filter(|(file, ..)| file.starts_with(path));
        let digest = if path.is_file() {
            file_sha256(path, Some(&interrupt::flag()))?
        } else {
            String::new()
        };
        sources.push(SourceFile {
            file: data.file.clone(),
            sha256: digest,
            // A count of rows fits 64 bits.
            rows: read.map(|(.., rows)| *rows as u64).sum(),
            broken: 0,
            origin: data.origin.clone(),
            licence: data.licence.clone(),
            format: "bridge events".to_owned(),
        });
    }
    Ok(Events { claims, sources, notes: tables.notes })
}

/// One claim a payment in, in the order of the events' content.
fn claims(tables: &Tables, gates: &Gates, matching: &KeyMatching) -> Vec<Claim> {
    let events = &tables.events;
    let mut order: Vec<usize> =
        (0..events.len()).filter(|number| events[*number].side == Side::Source).collect();
    order.sort_by(|one, other| events[*one].canonical_order(&events[*other]));
    let parts = more_parts(events, &tables.tokens, gates, matching);
    let mut pairs: BTreeMap<usize, &tracehound_bridge::key_match::Pair> = BTreeMap::new();
    pairs.extend(matching.pairs.iter().map(|pair| (pair.source, pair)));
    let mut candidates = candidates(tables, matching);
    let claim = |number: usize| {
        let event = &events[number];
        let mut claim = bare(event);
        match (&matching.classes[number], pairs.get(&number)) {
            (_, Some(pair)) => {
                let mut paid_out = vec![pair.destination];
                paid_out.extend(parts.get(&number).into_iter().flatten());
                paid_out.sort_by(|one, other| events[*one].canonical_order(&events[*other]));
                claim.unchecked = unchecked(tables, gates, number, &paid_out);
                let paid_out = paid_out.into_iter().map(|n| side(&events[n], Some(event)));
                claim.destinations = paid_out.collect();
            }
            (Class::Mismatched { partner, differing }, None) => {
                let fields: Vec<String> = differing.iter().map(ToString::to_string).collect();
                claim.destinations = vec![side(&events[*partner], Some(event))];
                claim.refused =
                    Some(format!("the two sides of the key differ in: {}", fields.join(", ")));
            }
            (Class::DoublyMatched, None) => {
                claim.refused = Some("its key is used by another payment in".to_owned());
            }
            _ => {}
        }
        if let Some((named, none)) = candidates.remove(&number) {
            claim.candidates = named;
            claim.none_of_them = none;
        }
        claim
    };
    order.into_iter().map(claim).collect()
}

/// A claim of a payment in that knows of nothing paid out.
fn bare(event: &BridgeEvent) -> Claim {
    Claim {
        bridge: event.bridge.to_string(),
        rule: KEY_RULE,
        key: event.key.clone(),
        source: side(event, None),
        destinations: Vec::new(),
        unchecked: Vec::new(),
        refused: None,
        candidates: Vec::new(),
        none_of_them: 0.0,
    }
}

/// Fields that could not be compared between a payment in and what was paid on
/// for it; of what was sent back only the time ever is.
fn unchecked(tables: &Tables, gates: &Gates, source: usize, paid_out: &[usize]) -> Vec<String> {
    let events = &tables.events;
    let mut fields = BTreeSet::new();
    for part in paid_out.iter().filter(|part| !events[**part].refund) {
        let two = [events[source].clone(), events[*part].clone()];
        let matching = match_by_key(&two, &tables.tokens, gates);
        fields.extend(matching.pairs.into_iter().flat_map(|pair| pair.unchecked));
    }
    fields.iter().map(ToString::to_string).collect()
}

/// What a bridge that pays in parts paid out besides the pair: of the same key,
/// which no other payment in has, and agreeing with it as a pair must.
fn more_parts(
    events: &[BridgeEvent],
    tokens: &TokenMap,
    gates: &Gates,
    matching: &KeyMatching,
) -> BTreeMap<usize, Vec<usize>> {
    let mut sources: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (number, event) in events.iter().enumerate() {
        if let (Side::Source, Some(key)) = (event.side, &event.key) {
            sources.entry((event.bridge.as_str(), key)).or_default().push(number);
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, event) in events.iter().enumerate() {
        let (Side::Destination, Some(key)) = (event.side, &event.key) else { continue };
        let again = matching.classes[number] == Class::DoublyMatched;
        if !again || !gates.pays_in_parts(&event.bridge) {
            continue;
        }
        let of_key = sources.get(&(event.bridge.as_str(), key.as_str()));
        if let Some([source]) = of_key.map(Vec::as_slice) {
            let two = [events[*source].clone(), event.clone()];
            if !match_by_key(&two, tokens, gates).pairs.is_empty() {
                parts.entry(*source).or_default().push(number);
            }
        }
    }
    parts
}

/// Candidates of payments in that have no counterpart, with the probability
/// that it is none of them.
fn candidates(tables: &Tables, matching: &KeyMatching) -> BTreeMap<usize, (Vec<Candidate>, f64)> {
    let events = &tables.events;
    let open = |side: Side, alone: &Class| -> Vec<usize> {
        let is_open = |number: &usize| {
            let class = &matching.classes[*number];
            events[*number].side == side && (class == alone || *class == Class::Keyless)
        };
        (0..events.len()).filter(is_open).collect()
    };
    let sources = open(Side::Source, &Class::UnmatchedSource);
    let destinations = open(Side::Destination, &Class::UnmatchedDestination);
    let parameters = KeylessParameters::default();
    let found = match_without_key(events, &sources, &destinations, &tables.tokens, &parameters);
    let sets = found.sets.into_iter().map(|set| {
        let named = set.candidates.iter().map(|candidate| Candidate {
            side: side(&events[candidate.destination], None),
            probability: candidate.probability,
            rule: KEYLESS_RULE,
        });
        (set.source, (named.collect(), set.none))
    });
    sets.collect()
}

/// An event as one side of a claim; what was paid out to a receiver that only
/// the payment in names is paid to that one, unless it is sent back.
fn side(event: &BridgeEvent, paid_in: Option<&BridgeEvent>) -> ClaimSide {
    let promised = paid_in.filter(|_| !event.refund);
    let receiver = event.receiver.or(promised.and_then(|source| source.receiver));
    ClaimSide {
        chain: event.chain.clone(),
        transaction: event.transaction,
        asset: event.token.or(promised.and_then(|source| source.other_token)),
        amount: event.amount,
        // Of a payment in, the receiver is on the other chain.
        address: receiver.filter(|_| event.side == Side::Destination),
        time: event.time,
        refund: event.refund,
    }
}
