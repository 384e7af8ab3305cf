//! Events of a mixer, and every rule over them.
//!
//! Whatever is read, no rule spends a note twice or pays before it was paid,
//! and a broken file is refused by name and line.

use std::collections::HashSet;
use std::path::Path;
use tracehound_mixer::groups::{GroupParameters, find_groups};
use tracehound_mixer::{
    RULES, RuleAnswer, RuleInput, RuleParameters, SideData, pool_states, read_event_bytes,
    withdrawal_sets,
};

/// Reads `data` as events and runs everything over them.
///
/// # Panics
/// If a promise is broken.
pub fn target(data: &[u8]) {
    let read = match read_event_bytes(Path::new("events_eth_1.json"), data) {
        Ok(read) => read,
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains("events_eth_1.json"), "no file is named: {message}");
            return;
        }
    };
    let (side, parameters) = (SideData::default(), RuleParameters::default());
    let input = RuleInput { events: &read.events, side: &side, parameters: &parameters };
    let mut all = Vec::new();
    for rule in RULES {
        let RuleAnswer::Links(links) = rule.run(input) else { continue };
        let (mut notes, mut paid) = (HashSet::new(), HashSet::new());
        for link in &links {
            assert!(read.events.is_eligible(link.deposit, link.withdrawal), "{:?}", rule.rule);
            assert!(notes.insert(link.deposit), "{:?} spends a note twice", rule.rule);
            assert!(paid.insert(link.withdrawal), "{:?} pays twice", rule.rule);
        }
        all.push((rule.rule.name.to_owned(), links));
    }
    assert_eq!(pool_states(&read.events, &all, None).len(), read.events.pools.len());
    assert_eq!(withdrawal_sets(&read.events, &all, None).len(), read.events.withdrawals().count());
    let own: Vec<_> = read.events.deposits().map(|(id, _)| id).step_by(2).collect();
    let answer = find_groups(&read.events, &side, &own, &GroupParameters::default());
    let whole: f64 = answer.candidates.iter().map(|group| group.posterior).sum();
    assert!((whole + answer.none - 1.0).abs() < 1e-6, "probabilities sum to {whole}");
}
