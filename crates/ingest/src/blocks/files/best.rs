//! The best chain among blocks that lie in any order: the one with most work.

use super::scan::Entry;
use crate::blocks::raw::work_of;
use hashbrown::HashMap;
use ruint::aliases::U256;
use tracehound_model::BlockHash;

/// Which blocks make the best chain, and which do not.
pub(super) struct Best {
    /// Indexes of entries, lowest block first.
    pub(super) chain: Vec<usize>,
    /// Sound blocks off the best chain; `true` if they connect to it.
    pub(super) stale: Vec<(usize, bool)>,
}

/// Finds the chain whose blocks took most work; of equals the one whose tip
/// came first in the files, as a node would.
pub(super) fn best(entries: &[Entry]) -> Best {
    let mut places: HashMap<BlockHash, usize> = HashMap::with_capacity(entries.len());
    // A block that a node wrote twice counts once.
    let mut first: Vec<bool> = Vec::with_capacity(entries.len());
    for (place, entry) in entries.iter().enumerate() {
        first.push(*places.entry(entry.hash).or_insert(place) == place);
    }
    let parents: Vec<Option<usize>> =
        entries.iter().map(|entry| places.get(&entry.previous).copied()).collect();
    let climbed = climb(entries, &parents);
    let mut tip: Option<usize> = None;
    for place in (0..entries.len()).filter(|place| first[*place]) {
        if tip.is_none_or(|tip| climbed[place].0 > climbed[tip].0) {
            tip = Some(place);
        }
    }
    let mut chain = Vec::new();
    let mut on_chain = vec![false; entries.len()];
    let mut at = tip;
    while let Some(place) = at {
        chain.push(place);
        on_chain[place] = true;
        at = parents[place];
    }
    chain.reverse();
    let root = chain.first().copied();
    let off = (0..entries.len()).filter(|place| first[*place] && !on_chain[*place]);
    let stale = off.map(|place| (place, Some(climbed[place].1) == root)).collect();
    Best { chain, stale }
}

/// Work of each block and all below it, and the lowest block that it stands
/// on. Hashes make no circle, so each climb ends.
fn climb(entries: &[Entry], parents: &[Option<usize>]) -> Vec<(U256, usize)> {
    let mut known: Vec<Option<(U256, usize)>> = vec![None; entries.len()];
    let mut climb = Vec::new();
    for place in 0..entries.len() {
        let mut at = Some(place);
        while let Some(here) = at.filter(|here| known[*here].is_none()) {
            climb.push(here);
            at = parents[here];
        }
        let (mut work, root) = match at.and_then(|here| known[here]) {
            Some(below) => below,
            None => (U256::ZERO, climb.last().copied().unwrap_or(place)),
        };
        while let Some(here) = climb.pop() {
            work = work.saturating_add(work_of(entries[here].bits));
            known[here] = Some((work, root));
        }
    }
    known.into_iter().enumerate().map(|(p, known)| known.unwrap_or((U256::ZERO, p))).collect()
}
