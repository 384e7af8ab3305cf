//! `portfolio/1`: within a day somebody paid into several pools, and within a
//! later day a receiver was paid as often from each of them. Tutela's fourth
//! heuristic, with the threshold of its code (five payments; its paper says three).

use super::parties::{ByPool, NEEDS_DEPOSITORS, Pairing, depositors, one_of, receivers};
use super::{RuleAnswer, RuleInput};
use crate::{EventId, EventTime, MixerEvents};
use std::collections::BTreeMap;

/// Payments of one party within one window.
struct Session {
    begun: i64,
    ended: i64,
    events: ByPool,
}

/// Payments by pool: what two sessions must share.
type Portfolio = Vec<(usize, usize)>;

impl Session {
    fn portfolio(&self) -> Portfolio {
        self.events.iter().map(|(pool, ids)| (*pool, ids.len())).collect()
    }

    fn payments(&self) -> usize {
        self.events.values().map(Vec::len).sum()
    }
}

pub(super) fn run(input: RuleInput<'_>) -> RuleAnswer {
    let RuleInput { events, parameters, .. } = input;
    let depositors = depositors(events);
    if depositors.is_empty() {
        return RuleAnswer::NotApplicable(NEEDS_DEPOSITORS);
    }
    let paid_in = |id: EventId| events.deposit(id).time;
    let paid_out = |id: EventId| events.withdrawal(id).time;
    let large = |session: &Session| {
        session.events.len() >= parameters.portfolio_pools
            && session.payments() >= parameters.portfolio_payments
    };
    let mut known: BTreeMap<Portfolio, Vec<Session>> = BTreeMap::new();
    for deposits in depositors.values() {
        let own = sessions(deposits, parameters.portfolio_window, &paid_in);
        for session in own.into_iter().filter(large) {
            known.entry(session.portfolio()).or_default().push(session);
        }
    }
    let mut pairing = Pairing::default();
    for withdrawals in receivers(events).values() {
        let own = sessions(withdrawals, parameters.portfolio_window, &paid_out);
        for session in own.iter().filter(|session| large(session)) {
            let same = known.get(&session.portfolio());
            let earlier: Vec<&Session> =
                same.into_iter().flatten().filter(|paid| paid.ended <= session.begun).collect();
            if earlier.len() <= parameters.portfolio_candidates {
                link(&mut pairing, events, session, &earlier);
            }
        }
    }
    RuleAnswer::Links(pairing.links)
}

/// Links with the latest of the depositors that fit; how many there are stands in the evidence.
#[allow(clippy::float_arithmetic)] // a score
fn link(pairing: &mut Pairing, events: &MixerEvents, session: &Session, earlier: &[&Session]) {
    let Some(latest) = earlier.iter().max_by_key(|paid| paid.ended) else { return };
    let payments = session.payments();
    let score = (1.0 - one_of(payments)) * one_of(earlier.len());
    let split: Vec<String> = session
        .portfolio()
        .iter()
        .map(|(pool, count)| format!("{count} x {}", events.pools[*pool].pool))
        .collect();
    let evidence = format!(
        "{} within a day on both sides, as {} depositor(s) paid in",
        split.join(" + "),
        earlier.len()
    );
    pairing.pair(events, &latest.events, &session.events, &evidence, |_| score);
}

/// Splits a party's payments: a session has everything within a window of its first.
fn sessions(
    events: &ByPool,
    window: i64,
    time: &dyn Fn(EventId) -> Option<EventTime>,
) -> Vec<Session> {
    let ids = events.values().flatten();
    let mut timed: Vec<(i64, EventId)> =
        ids.filter_map(|id| Some((time(*id)?.at.0, *id))).collect();
    timed.sort_unstable();
    let mut sessions: Vec<Session> = Vec::new();
    for (at, id) in timed {
        let open = sessions.last_mut().filter(|session| at.saturating_sub(session.begun) <= window);
        match open {
            Some(session) => {
                session.ended = at;
                session.events.entry(id.pool).or_default().push(id);
            }
            None => {
                let events = ByPool::from([(id.pool, vec![id])]);
                sessions.push(Session { begun: at, ended: at, events });
            }
        }
    }
    sessions
}
