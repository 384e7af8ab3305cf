use super::*;
use crate::fixture::{address, one_pool, paid_in, paid_out, pool, transaction};
use crate::side::{MiningClaim, TransactionFacts, TransferFacts};
use proptest::prelude::*;
use std::collections::HashSet;
use tracehound_model::Amount;

fn answer(name: &str, events: &MixerEvents, side: &SideData) -> RuleAnswer {
    let rule = RULES.iter().find(|rule| rule.rule.name == name).unwrap();
    let parameters = RuleParameters::default();
    rule.run(RuleInput { events, side, parameters: &parameters })
}

/// Blocks of the pairs.
fn found(name: &str, events: &MixerEvents, side: &SideData) -> Vec<(u64, u64)> {
    let RuleAnswer::Links(links) = answer(name, events, side) else { panic!("not applicable") };
    let heights = |link: &Link| {
        let deposit = events.deposit(link.deposit).height.0;
        (deposit, events.withdrawal(link.withdrawal).height.0)
    };
    links.iter().map(heights).collect()
}

#[test]
fn who_takes_out_to_the_address_that_paid_in_is_linked_once_for_each_note() {
    let deposits = vec![paid_in(1, Some(7)), paid_in(2, Some(8)), paid_in(5, Some(7))];
    let events = one_pool(deposits, vec![paid_out(3, 7), paid_out(4, 7), paid_out(6, 7)]);
    let found = found("same-address", &events, &SideData::default());
    assert_eq!(found, [(1, 3), (5, 6)], "the withdrawal of block 4 has no note left");
}

#[test]
fn rules_without_their_tables_say_what_they_need() {
    let events = one_pool(vec![paid_in(1, None)], vec![paid_out(3, 7)]);
    for name in ["same-address", "unique-gas-price", "linked-addresses", "portfolio"] {
        let answer = answer(name, &events, &SideData::default());
        assert!(matches!(answer, RuleAnswer::NotApplicable(why) if why.contains("--")), "{name}");
    }
    for name in ["mining-reward", "gas-funder"] {
        let answer = answer(name, &events, &SideData::default());
        assert!(matches!(answer, RuleAnswer::NotApplicable(_)), "{name}");
    }
}

#[test]
fn a_gas_price_of_two_alone_links_them() {
    let events = one_pool(
        vec![paid_in(1, None), paid_in(2, None)],
        vec![paid_out(3, 7), paid_out(4, 8), paid_out(20_000_000, 9)],
    );
    let priced = |hash: u64, price: u64| {
        let gas_price = Some(Amount::from_u64(price));
        (transaction(hash), TransactionFacts { from: address(1), gas_price, is_relayed: None })
    };
    let side = SideData {
        transactions: Some(
            [priced(1, 123), priced(2, 50), priced(1_000_003, 123), priced(1_000_004, 51)].into(),
        ),
        ..SideData::default()
    };
    assert_eq!(found("unique-gas-price", &events, &side), [(1, 3)]);
    let mut twice = side.clone();
    twice.transactions.as_mut().unwrap().extend([priced(1_000_004, 123)]);
    assert_eq!(found("unique-gas-price", &events, &twice), [], "no longer unique");
}

#[test]
fn three_payments_outside_link_two_addresses() {
    let events = one_pool(vec![paid_in(1, Some(7))], vec![paid_out(3, 8)]);
    let payment = |from, to| TransferFacts { from: address(from), to: address(to), height: None };
    let mut side = SideData {
        transfers: Some(vec![payment(7, 8), payment(8, 7), payment(7, 9)]),
        ..SideData::default()
    };
    assert_eq!(found("linked-addresses", &events, &side), []);
    side.transfers.as_mut().unwrap().push(payment(7, 8));
    assert_eq!(found("linked-addresses", &events, &side), [(1, 3)]);
}

#[test]
fn the_same_portfolio_within_a_day_links_all_of_it() {
    let events = MixerEvents::new(vec![
        pool(
            "1 ETH",
            vec![
                paid_in(1, Some(7)),
                paid_in(2, Some(7)),
                paid_in(3, Some(7)),
                paid_in(9, Some(6)),
            ],
            vec![paid_out(2_000, 8), paid_out(2_001, 8), paid_out(2_002, 8)],
        ),
        pool(
            "10 ETH",
            vec![paid_in(4, Some(7)), paid_in(5, Some(7))],
            vec![paid_out(2_003, 8), paid_out(2_004, 8)],
        ),
    ]);
    let found = found("portfolio", &events, &SideData::default());
    assert_eq!(found, [(1, 2_000), (2, 2_001), (3, 2_002), (4, 2_003), (5, 2_004)]);
}

#[test]
fn points_tell_how_long_a_note_was_held() {
    let events = one_pool(
        vec![paid_in(10, None), paid_in(11, None)],
        vec![paid_out(110, 7), paid_out(150, 8)],
    );
    let claim = |points| SideData {
        claims: Some(vec![MiningClaim { points, height: None }]),
        ..SideData::default()
    };
    assert_eq!(found("mining-reward", &events, &claim(20 * 100)), [(10, 110)]);
    assert_eq!(found("mining-reward", &events, &claim(20 * 101)), []);
}

#[test]
fn a_common_funder_links_unless_it_is_a_service() {
    let events = one_pool(vec![paid_in(1, Some(7))], vec![paid_out(3, 8)]);
    let funded = |addresses: &[u8]| SideData {
        funders: Some(addresses.iter().map(|number| (address(*number), address(99))).collect()),
        ..SideData::default()
    };
    assert_eq!(found("gas-funder", &events, &funded(&[7, 8])), [(1, 3)]);
    let many: Vec<u8> = (1..40).collect();
    assert_eq!(found("gas-funder", &events, &funded(&many)), []);
}

#[test]
fn a_pair_alone_in_its_hour_is_linked() {
    // Blocks are minutes: 10 and 30 are alone, 300 has two withdrawals after it.
    let events = one_pool(
        vec![paid_in(10, None), paid_in(300, None), paid_in(500, None)],
        vec![paid_out(30, 7), paid_out(310, 8), paid_out(320, 8), paid_out(900, 9)],
    );
    assert_eq!(found("lone-pair", &events, &SideData::default()), [(10, 30)]);
}

#[test]
fn one_transaction_on_both_sides_is_one_signer() {
    let mut withdrawal = paid_out(1, 7);
    withdrawal.transaction = transaction(1);
    let events = one_pool(vec![paid_in(1, None), paid_in(2, None)], vec![withdrawal]);
    assert_eq!(found("same-transaction", &events, &SideData::default()), [(1, 1)]);
}

#[test]
fn queues_pair_by_order_alone() {
    let events = one_pool(
        vec![paid_in(1, None), paid_in(2, None), paid_in(5, None)],
        vec![paid_out(3, 7), paid_out(6, 8)],
    );
    let side = SideData::default();
    assert_eq!(found("first-in-first-out", &events, &side), [(1, 3), (2, 6)]);
    assert_eq!(found("last-in-first-out", &events, &side), [(2, 3), (5, 6)]);
}

prop_compose! {
    /// Two pools, few people, blocks close together.
    fn world()(
        paid in prop::collection::vec((0_usize..2, 0_u64..400, 1_u8..6), 0..40),
        out in prop::collection::vec((0_usize..2, 0_u64..400, 1_u8..6), 0..40),
    ) -> MixerEvents {
        let of = |number: usize, name: &str| {
            let mut deposits: Vec<_> = paid
                .iter()
                .filter(|(pool, _, _)| *pool == number)
                .map(|(_, height, party)| paid_in(*height, Some(*party)))
                .collect();
            for (leaf, deposit) in (0..).zip(&mut deposits) {
                deposit.leaf_index = leaf;
            }
            let withdrawals = out.iter().filter(|(pool, _, _)| *pool == number);
            pool(name, deposits, withdrawals.map(|(_, height, to)| paid_out(*height, *to)).collect())
        };
        MixerEvents::new(vec![of(0, "1 ETH"), of(1, "10 ETH")])
    }
}

proptest! {
    /// No rule spends a note twice, pays a withdrawal twice or pays before it was paid.
    #[test]
    fn every_rule_matches_one_to_one_and_never_backward(events in world()) {
        let transfers = (1..6).flat_map(|a| (1..6).map(move |b| (a, b)));
        let transfer = |(a, b)| TransferFacts { from: address(a), to: address(b), height: None };
        let side = SideData {
            transfers: Some(transfers.map(transfer).collect()),
            funders: Some((1..6).map(|n| (address(n), address(50 + n % 2))).collect()),
            claims: Some((1..40).map(|n| MiningClaim { points: n * 100, height: None }).collect()),
            ..SideData::default()
        };
        for rule in RULES {
            let parameters = RuleParameters::default();
            let input = RuleInput { events: &events, side: &side, parameters: &parameters };
            let RuleAnswer::Links(links) = rule.run(input) else { continue };
            let (mut notes, mut paid) = (HashSet::new(), HashSet::new());
            for link in &links {
                prop_assert!(events.is_eligible(link.deposit, link.withdrawal), "{:?}", rule.rule);
                prop_assert!(notes.insert(link.deposit), "{:?}", rule.rule);
                prop_assert!(paid.insert(link.withdrawal), "{:?}", rule.rule);
                prop_assert!((0.0..=1.0).contains(&link.score));
            }
            for (number, pool) in events.pools.iter().enumerate() {
                let of_pool = links.iter().filter(|link| link.deposit.pool == number).count();
                prop_assert!(of_pool <= pool.deposits.len().min(pool.withdrawals.len()));
            }
        }
    }
}
