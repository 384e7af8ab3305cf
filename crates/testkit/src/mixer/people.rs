//! People of the background: how often, when and where to.

use super::clues::PersonClues;
use super::{BEGIN, LENGTH, Names, Traffic};
use crate::random::Random;

/// Most notes of one person.
const MOST: f64 = 500.0;

/// When somebody acts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Median seconds from one payment to the next.
    pub(super) pace: i64,
    /// First hour of his day, UTC.
    pub(super) from_hour: i64,
    /// Hours of his day.
    pub(super) open_hours: i64,
}

/// A number from low to high whose logarithm is spread evenly.
pub(super) fn log_even(random: &mut Random, low: i64, high: i64) -> i64 {
    let (low, high) = (low as f64, high as f64);
    (low * (high / low).powf(random.unit())) as i64
}

impl Clock {
    /// A pace from two minutes to ten days; three in four people have a night.
    pub(super) fn ordinary(random: &mut Random) -> Self {
        let pace = log_even(random, 120, 10 * 86_400);
        let from_hour = random.below(24) as i64;
        let open_hours = if random.chance(3, 4) { 8 + random.below(9) as i64 } else { 24 };
        Self { pace, from_hour, open_hours }
    }

    /// The next time after `time`: a third to three times the pace later, moved out of the night.
    pub(super) fn next(&self, random: &mut Random, time: i64) -> i64 {
        let next = time + log_even(random, (self.pace / 3).max(1), self.pace * 3);
        let hour = (next / 3_600 - self.from_hour).rem_euclid(24);
        if hour < self.open_hours { next } else { next + (24 - hour) * 3_600 }
    }
}

/// Where somebody takes out to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// One address for everything.
    One,
    /// A few addresses in turn.
    Few,
    /// A fresh one each, which keeps what it has.
    Fresh,
    /// A fresh one each, which pays one next hop.
    Funnel,
}

pub(super) struct Person {
    notes: usize,
    pools: [usize; 2],
    paying_in: Clock,
    paying_out: Clock,
    way: Way,
    start: i64,
    wait: i64,
}

impl Person {
    pub(super) fn ordinary(random: &mut Random) -> Self {
        // Pareto with exponent 1, cut off: half have one note, one in a hundred a hundred.
        let notes = (1.0 / (1.0 - random.unit() * (1.0 - 1.0 / MOST))) as usize;
        let first = random.below(4) as usize;
        let second = if random.chance(1, 5) { random.below(4) as usize } else { first };
        let paying_in = Clock::ordinary(random);
        // Half keep their habits when they take out.
        let paying_out = if random.chance(1, 2) { paying_in } else { Clock::ordinary(random) };
        let way = match random.below(10) {
            0..=3 => Way::One,
            4..=5 => Way::Few,
            6..=7 => Way::Fresh,
            _ => Way::Funnel,
        };
        Self {
            notes,
            pools: [first, second],
            paying_in,
            paying_out,
            way,
            start: BEGIN.1 + random.below(LENGTH as u64) as i64,
            wait: log_even(random, 600, 200 * 86_400),
        }
    }

    /// Pays in and takes out until the end of the traffic.
    pub(super) fn act(
        &self,
        random: &mut Random,
        names: &mut Names,
        out: &mut Traffic,
        clues: &mut PersonClues<'_>,
    ) {
        let depositor = names.address();
        let mut receivers = [names.address(), names.address(), names.address()];
        if clues.reuses_address {
            receivers[0] = depositor;
        }
        let hop = names.address();
        let mut time = self.start;
        let mut paid: Vec<(i64, usize)> = Vec::new();
        for _ in 0..self.notes {
            time = self.paying_in.next(random, time);
            if time >= BEGIN.1 + LENGTH {
                break;
            }
            let pool = self.pools[random.below(2) as usize];
            paid.push((time, pool));
            let transaction = names.transaction();
            out.deposits.push(clues.payment(pool, time, transaction, depositor));
        }
        // One in ten leaves something.
        let taken = if random.chance(1, 10) { paid.len() * 4 / 5 } else { paid.len() };
        let mut time = self.start + self.wait;
        for (number, (paid_at, pool)) in paid.into_iter().take(taken).enumerate() {
            time = self.paying_out.next(random, time.max(paid_at + 60));
            if time >= BEGIN.1 + LENGTH {
                break;
            }
            let party = match self.way {
                Way::One => receivers[0],
                Way::Few => receivers[number % 3],
                Way::Fresh | Way::Funnel => names.address(),
            };
            let transaction = names.transaction();
            let payment = clues.payment(pool, time, transaction, party);
            out.withdrawals.push(payment);
            clues.claim(pool, paid_at, &payment, out);
            clues.acquaint(depositor, party, out);
            if self.way == Way::Funnel {
                out.transfers.push((party, hop, payment.block() + 1 + random.below(20_000)));
            }
        }
    }
}
