//! Generated traffic as events.
#![allow(unreachable_pub)] // shared by test files, each its own crate
#![allow(dead_code)] // each test file uses its part
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use tracehound_mixer::groups::{GroupAnswer, GroupParameters, Verdict, find_groups};
use tracehound_mixer::{
    Deposit, EventId, EventTime, MiningClaim, MixerEvents, PoolEvents, SideData, TransactionFacts,
    TransferFacts, Withdrawal,
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
        let deposits =
            traffic.deposits.iter().filter(of_pool).zip(0..).map(|(paid, leaf_index)| Deposit {
                height: Height(paid.block()),
                log_index: None,
                time: time(paid),
                transaction: paid.transaction,
                leaf_index,
                commitment: paid.transaction.0,
                depositor: None,
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

/// Everything that the traffic tells besides the events.
pub fn full_side(traffic: &Traffic) -> SideData {
    let mut side = side(traffic);
    let acquaintances = traffic.acquaintances.iter();
    let payment = |&(from, to)| TransferFacts { from, to, height: None };
    side.transfers.as_mut().unwrap().extend(acquaintances.map(payment));
    let facts = |paid: &MixerPayment| {
        let gas_price = Some(Amount::from_u64(paid.gas_price));
        let facts = TransactionFacts { from: paid.party, gas_price, is_relayed: Some(false) };
        (paid.transaction, facts)
    };
    let all = traffic.deposits.iter().chain(&traffic.withdrawals);
    side.transactions = Some(all.map(facts).collect());
    side.funders = Some(traffic.funders.iter().copied().collect());
    let claim = |&(points, block)| MiningClaim { points, height: Some(Height(block)) };
    side.claims = Some(traffic.claims.iter().map(claim).collect());
    side
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
    ask(&traffic, &events(&traffic))
}

/// Asks for the planted depositor of traffic in events that hold it.
pub fn ask(traffic: &Traffic, events: &MixerEvents) -> (Ending, GroupAnswer) {
    let deposits = planted(traffic, events);
    let answer = find_groups(events, &side(traffic), &deposits, &GroupParameters::default());
    let ending = match (answer.verdict, answer.candidates.first()) {
        (Verdict::Separable, Some(first)) if traffic.answers.contains(&first.key) => Ending::Right,
        (Verdict::Separable, _) => Ending::Wrong,
        _ => Ending::NotSeparable,
    };
    (ending, answer)
}

/// Hides the traffic of one planted depositor among events that were read, each
/// payment in the block of the last event that was read before it.
pub fn hidden(traffic: &Traffic, background: &MixerEvents) -> MixerEvents {
    let mut all = background.clone();
    for planted in events(traffic).pools {
        let Some(pool) = all.pools.iter_mut().find(|pool| pool.pool == planted.pool) else {
            continue;
        };
        let height = |time: Option<EventTime>| {
            let at = time.unwrap().at;
            let known = &background.pools.iter().find(|of| of.pool == planted.pool).unwrap();
            let before = known.deposits.partition_point(|deposit| deposit.time.unwrap().at <= at);
            known.deposits[before.saturating_sub(1)].height
        };
        for mut deposit in planted.deposits {
            deposit.height = height(deposit.time);
            pool.deposits.push(deposit);
        }
        for mut withdrawal in planted.withdrawals {
            withdrawal.height = height(withdrawal.time);
            pool.withdrawals.push(withdrawal);
        }
    }
    MixerEvents::new(all.pools)
}
