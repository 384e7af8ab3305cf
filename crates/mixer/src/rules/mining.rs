//! `mining-reward/1`: a claim of points tells how many blocks a note was held,
//! and one pair of the pools was that far apart. Tutela's fifth heuristic.

use super::{Link, RuleAnswer, RuleInput};
use crate::{EventId, MixerEvents};
use std::collections::{HashMap, HashSet};
use tracehound_model::Height;

/// Points per block that a note of each pool earns (Tornado Cash governance, 2021).
const RATES: [(&str, u64); 4] = [("0.1", 4), ("1", 20), ("10", 50), ("100", 400)];

pub(super) fn run(input: RuleInput<'_>) -> RuleAnswer {
    let Some(claims) = &input.side.claims else {
        return RuleAnswer::NotApplicable("needs claims of mining rewards: give --claims");
    };
    let at = heights(input.events);
    let (mut links, mut used) = (Vec::new(), HashSet::new());
    for claim in claims {
        let mut pairs = Vec::new();
        for (pool, rate) in rates(input.events) {
            if claim.points > 0 && claim.points % rate == 0 {
                let blocks = claim.points / rate;
                pairs_apart(input.events, &at, pool, blocks, claim.height, &mut pairs);
            }
        }
        let [(deposit, withdrawal)] = pairs[..] else { continue };
        if used.insert((deposit, withdrawal)) {
            let evidence = format!("the only pair whose blocks apart earn {} points", claim.points);
            links.push(Link { deposit, withdrawal, score: 1.0, evidence });
        }
    }
    RuleAnswer::Links(one_each(links))
}

fn rates(events: &MixerEvents) -> Vec<(usize, u64)> {
    let rate = |amount: &str| RATES.iter().find(|(known, _)| *known == amount).map(|(_, r)| *r);
    let pools = events.pools.iter().enumerate().filter(|(_, pool)| pool.pool.currency() == "ETH");
    pools.filter_map(|(at, pool)| Some((at, rate(&pool.pool.denomination())?))).collect()
}

/// Deposits by pool and height.
fn heights(events: &MixerEvents) -> HashMap<(usize, Height), Vec<EventId>> {
    let mut at: HashMap<(usize, Height), Vec<EventId>> = HashMap::new();
    for (id, deposit) in events.deposits() {
        at.entry((id.pool, deposit.height)).or_default().push(id);
    }
    at
}

fn pairs_apart(
    events: &MixerEvents,
    at: &HashMap<(usize, Height), Vec<EventId>>,
    pool: usize,
    blocks: u64,
    claimed: Option<Height>,
    pairs: &mut Vec<(EventId, EventId)>,
) {
    for (index, withdrawal) in events.pools[pool].withdrawals.iter().enumerate() {
        if claimed.is_some_and(|claimed| claimed < withdrawal.height) {
            break;
        }
        let Some(begun) = withdrawal.height.0.checked_sub(blocks) else { continue };
        for deposit in at.get(&(pool, Height(begun))).into_iter().flatten() {
            pairs.push((*deposit, EventId { pool, index }));
        }
    }
}

/// An event that two claims tie to different ones is tied to none.
fn one_each(links: Vec<Link>) -> Vec<Link> {
    let mut count: HashMap<(bool, EventId), usize> = HashMap::new();
    for link in &links {
        *count.entry((false, link.deposit)).or_default() += 1;
        *count.entry((true, link.withdrawal)).or_default() += 1;
    }
    let alone =
        |link: &Link| count[&(false, link.deposit)] == 1 && count[&(true, link.withdrawal)] == 1;
    links.into_iter().filter(alone).collect()
}
