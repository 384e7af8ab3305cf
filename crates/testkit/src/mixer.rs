//! Traffic of a mixer with four pools, and a depositor hidden in it.
//!
//! The background has people of all sizes: most use the mixer once or twice,
//! a few hundreds of times. Each has his own pace, his hours of day and his way
//! of taking out, so that groups of withdrawals with a rhythm are nothing
//! special. What is planted pays in a stated number of notes at one pace with
//! a pause each night and takes out in a stated way.

mod clues;
mod files;
mod people;

pub use files::write_traffic;

use crate::identity::{self, Realm, salt};
use crate::random::Random;
use clues::Clues;
use people::{Clock, Person};
use tracehound_model::{Address, TransactionHash};

/// Seconds between blocks.
pub(crate) const BLOCK: i64 = 13;
/// The first block and its time.
pub(crate) const BEGIN: (u64, i64) = (10_000_000, 1_588_600_000);
/// Length of the traffic in seconds.
pub(crate) const LENGTH: i64 = 600 * 86_400;
/// Pools by their amount.
pub const POOLS: [&str; 4] = ["0.1", "1", "10", "100"];

/// One payment into or out of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MixerPayment {
    /// Number of the pool in [`POOLS`].
    pub pool: usize,
    /// Seconds since 1970.
    pub time: i64,
    /// Transaction.
    pub transaction: TransactionHash,
    /// Who paid in, or who was paid.
    pub party: Address,
    /// Number of the person; the planted depositor is 0.
    pub owner: u64,
    /// Wei per gas.
    pub gas_price: u64,
    /// Whether it is of the planted depositor.
    pub is_planted: bool,
}

impl MixerPayment {
    /// The block it stands in.
    #[must_use]
    pub fn block(&self) -> u64 {
        BEGIN.0 + u64::try_from((self.time - BEGIN.1) / BLOCK).unwrap_or(0)
    }
}

/// How the planted depositor takes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Behaviour {
    /// To one receiver.
    OneReceiver,
    /// To one receiver, four notes of five; the rest stays.
    OneReceiverInPart,
    /// To one receiver, at a pace that has nothing to do with that of the deposits.
    OneReceiverOwnPace,
    /// To five receivers in turn, who share nothing.
    FiveReceivers,
    /// To a fresh receiver each, who all pay the same address afterwards.
    CommonNextHop,
    /// To a fresh receiver each, who share nothing.
    Dispersed,
    /// Not at all: everything stays in the pools.
    Absent,
}

impl Behaviour {
    /// Every behaviour.
    pub const ALL: [Self; 7] = [
        Self::OneReceiver,
        Self::OneReceiverInPart,
        Self::OneReceiverOwnPace,
        Self::FiveReceivers,
        Self::CommonNextHop,
        Self::Dispersed,
        Self::Absent,
    ];

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OneReceiver => "one receiver",
            Self::OneReceiverInPart => "one receiver, 4 of 5 notes",
            Self::OneReceiverOwnPace => "one receiver, another pace",
            Self::FiveReceivers => "five receivers in turn",
            Self::CommonNextHop => "fresh receivers, one next hop",
            Self::Dispersed => "fresh receivers, nothing shared",
            Self::Absent => "nothing taken out",
        }
    }
}

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct TrafficOptions {
    /// Seed.
    pub seed: u64,
    /// Payments of the background, in and out.
    pub background: usize,
    /// Notes of the planted depositor.
    pub planted: usize,
    /// How he takes out.
    pub behaviour: Behaviour,
    /// Whether one note in ten is of another pool than the others.
    pub is_split: bool,
}

/// What came out, each list in the order of time.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// Payments in.
    pub deposits: Vec<MixerPayment>,
    /// Payments out.
    pub withdrawals: Vec<MixerPayment>,
    /// Payments between addresses outside: from, to, block.
    pub transfers: Vec<(Address, Address, u64)>,
    /// Payments of depositors to their own receivers and of strangers to each other: from, to.
    pub acquaintances: Vec<(Address, Address)>,
    /// Addresses and who first paid for their gas.
    pub funders: Vec<(Address, Address)>,
    /// Points of notes at claims of mining rewards, and the block of the claim.
    pub claims: Vec<(u64, u64)>,
    /// The shared receivers or next hop of the planted depositor, if there are any.
    pub answers: Vec<Address>,
}

/// Names of what is made.
pub(crate) struct Names {
    addresses: u64,
    transactions: u64,
    next: u64,
}

impl Names {
    pub(crate) fn address(&mut self) -> Address {
        self.next += 1;
        identity::address(self.addresses, self.next)
    }

    pub(crate) fn transaction(&mut self) -> TransactionHash {
        self.next += 1;
        identity::transaction(self.transactions, self.next)
    }
}

/// Makes traffic.
#[must_use]
pub fn traffic(options: &TrafficOptions) -> Traffic {
    let mut random = Random::new(options.seed);
    let mut names = Names {
        addresses: salt(Realm::Background, options.seed),
        transactions: salt(Realm::BackgroundTransaction, options.seed),
        next: 0,
    };
    let mut traffic = Traffic::default();
    let mut clues = Clues::new(options.seed);
    let mut people = 0;
    while traffic.deposits.len() + traffic.withdrawals.len() < options.background {
        people += 1;
        let person = Person::ordinary(&mut random);
        person.act(&mut random, &mut names, &mut traffic, &mut clues.of_person(people));
    }
    plant(options, &mut random, &mut names, &mut traffic);
    traffic.deposits.sort_by_key(|payment| (payment.time, payment.transaction));
    traffic.withdrawals.sort_by_key(|payment| (payment.time, payment.transaction));
    traffic.transfers.sort_by_key(|transfer| transfer.2);
    traffic
}

fn plant(options: &TrafficOptions, random: &mut Random, names: &mut Names, out: &mut Traffic) {
    let pool = |note| if options.is_split && note % 10 == 9 { 2 } else { 3 };
    let pools: Vec<usize> = (0..options.planted).map(pool).collect();
    let third = LENGTH as u64 / 3;
    let start = BEGIN.1 + third as i64 + random.below(third) as i64;
    let clock = Clock { pace: 360, from_hour: random.below(24) as i64, open_hours: 16 };
    let depositor = names.address();
    let mut time = start;
    for pool in &pools {
        time = clock.next(random, time);
        let transaction = names.transaction();
        out.deposits.push(planted(*pool, time, transaction, depositor));
    }
    take_out(options, random, names, out, &pools, &clock, time);
}

/// A payment of the planted depositor, who pays the price that everybody pays.
fn planted(pool: usize, time: i64, transaction: TransactionHash, party: Address) -> MixerPayment {
    let gas_price = 50_000_000_000;
    MixerPayment { pool, time, transaction, party, owner: 0, gas_price, is_planted: true }
}

fn take_out(
    options: &TrafficOptions,
    random: &mut Random,
    names: &mut Names,
    out: &mut Traffic,
    pools: &[usize],
    clock: &Clock,
    end: i64,
) {
    let behaviour = options.behaviour;
    if behaviour == Behaviour::Absent {
        return;
    }
    let notes = match behaviour {
        Behaviour::OneReceiverInPart => pools.len() * 4 / 5,
        _ => pools.len(),
    };
    let shared: Vec<Address> = (0..5).map(|_| names.address()).collect();
    let clock = match behaviour {
        // At most a hundred days in all, so that the traffic does not end before he does.
        Behaviour::OneReceiverOwnPace => Clock {
            pace: people::log_even(random, 120, 100 * 86_400 / pools.len().max(1) as i64),
            ..Clock::ordinary(random)
        },
        _ => *clock,
    };
    // An hour to sixty days later, even in the logarithm.
    let mut time = end + people::log_even(random, 3_600, 60 * 86_400);
    for (note, pool) in pools[..notes].iter().enumerate() {
        time = clock.next(random, time);
        let party = match behaviour {
            Behaviour::CommonNextHop | Behaviour::Dispersed => names.address(),
            Behaviour::FiveReceivers => shared[note % 5],
            _ => shared[0],
        };
        let transaction = names.transaction();
        let payment = planted(*pool, time, transaction, party);
        out.withdrawals.push(payment);
        if behaviour == Behaviour::CommonNextHop {
            out.transfers.push((party, shared[0], payment.block() + 1 + random.below(20_000)));
        }
    }
    let count = match behaviour {
        Behaviour::Dispersed => 0,
        Behaviour::FiveReceivers => 5,
        _ => 1,
    };
    out.answers = shared[..count].to_vec();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_is_a_function_of_its_seed_and_never_overdraws() {
        for behaviour in Behaviour::ALL {
            let options = TrafficOptions {
                seed: 3,
                background: 2_000,
                planted: 20,
                behaviour,
                is_split: true,
            };
            let (once, again) = (traffic(&options), traffic(&options));
            assert_eq!(once.deposits, again.deposits);
            assert_eq!(once.withdrawals, again.withdrawals);
            for pool in 0..POOLS.len() {
                for payment in once.withdrawals.iter().filter(|payment| payment.pool == pool) {
                    let before = |list: &[MixerPayment]| {
                        let of_pool = list.iter().filter(|other| other.pool == pool);
                        of_pool.filter(|other| other.time <= payment.time).count()
                    };
                    assert!(before(&once.withdrawals) <= before(&once.deposits));
                }
            }
            let planted = once.deposits.iter().filter(|payment| payment.is_planted).count();
            assert_eq!(planted, 20);
        }
    }
}
