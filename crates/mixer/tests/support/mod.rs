//! Generated traffic as events.
#![allow(unreachable_pub)] // shared by test files, each its own crate
#![allow(dead_code)] // each test file uses its part
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use tracehound_mixer::groups::{GroupAnswer, GroupParameters, Verdict, find_groups};
use tracehound_mixer::{
    Deposit, EventId, EventTime, MixerEvents, PoolEvents, SideData, TransferFacts, Withdrawal,
};
use tracehound_model::{Amount, Height, Timestamp};
use tracehound_testkit::mixer::{MixerPayment, POOLS, Traffic, TrafficOptions, traffic};

fn time(payment: &MixerPayment) -> Option<EventTime> {
    Some(EventTime { at: Timestamp(payment.time), is_estimated: false })
}

/// The events of traffic, without who paid in.
pub fn events(traffic: &Traffic) -> MixerEvents {
    let pools = POOLS.iter().enumerate().map(|(number, name)| {
        let of_pool = |payment: &&MixerPayment| payment.pool == number;
        let deposits = traffic.deposits.iter().filter(of_pool).zip(0..).map(|(paid, leaf_index)| {
            Deposit {
                height: Height(paid.block()),
                log_index: None,
                time: time(paid),
                transaction: paid.transaction,
                leaf_index,
                commitment: paid.transaction.0,
                depositor: None,
            }
        });
        let withdrawals = traffic.withdrawals.iter().filter(of_pool).map(|paid| Withdrawal {
            height: Height(paid.block()),
            log_index: None,
            time: time(paid),
            transaction: paid.transaction,
            receiver: paid.party,
            fee: Amount::ZERO,
            nullifier: paid.transaction.0,
        });
        PoolEvents {
            pool: format!("eth_{name}").parse().unwrap(),
            deposits: deposits.collect(),
            withdrawals: withdrawals.collect(),
        }
    });
    MixerEvents::new(pools.collect())
}

/// Payments between addresses that the traffic tells.
pub fn side(traffic: &Traffic) -> SideData {
    let transfer = |&(from, to, block)| TransferFacts { from, to, height: Some(Height(block)) };
    let transfers = Some(traffic.transfers.iter().map(transfer).collect());
    SideData { transfers, ..SideData::default() }
}

/// The planted deposits.
pub fn planted(traffic: &Traffic, events: &MixerEvents) -> Vec<EventId> {
    let by_transaction = events.deposits_by_transaction();
    let planted = traffic.deposits.iter().filter(|payment| payment.is_planted);
    planted.flat_map(|payment| by_transaction[&payment.transaction].clone()).collect()
}

/// How one run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    Right,
    Wrong,
    NotSeparable,
}

/// Makes traffic, asks for the planted depositor and compares with the answer.
pub fn run(options: &TrafficOptions) -> (Ending, GroupAnswer) {
    let traffic = traffic(options);
    let events = events(&traffic);
    let deposits = planted(&traffic, &events);
    let answer = find_groups(&events, &side(&traffic), &deposits, &GroupParameters::default());
    let ending = match (answer.verdict, answer.candidates.first()) {
        (Verdict::Separable, Some(first)) if Some(first.key) == traffic.answer => Ending::Right,
        (Verdict::Separable, _) => Ending::Wrong,
        _ => Ending::NotSeparable,
    };
    (ending, answer)
}
