//! A theft over three chains, from its files to one report, in one command.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use support::crossing::{POLICIES, at, crossed, desk, of, share, trace};
use tracehound_testkit::cross::{
    BACK_IN, BACK_OUT, ETHER, FEE, FIRST_FILL, MIX, PAYMENTS, PEELS, REFUND, SECOND_FILL, STOLEN,
    cross_case,
};

/// What the second hand pays into Across of tainted money: first 18, then 2 ether.
fn second_hand(policy: &str) -> (u128, u128) {
    match policy {
        "lifo" | "dirty-first" => (18 * ETHER, 2 * ETHER),
        // 25 of 45 are tainted; then 15 of 27.
        "haircut" => (10 * ETHER, 2 * ETHER * 15 / 27),
        _ => (0, 0),
    }
}

#[test]
fn every_planted_place_holds_what_was_planted() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let places = &case.places;
    let [across, partly, unfilled, thorchain, _] = places.paid_in.map(|hash| hash.to_string());
    let over = share(FIRST_FILL, 60 * ETHER, 80 * ETHER);
    let back = share(REFUND, over, FIRST_FILL);
    let on_bitcoin = PAYMENTS.map(|paid| share(paid.into(), over, FIRST_FILL));
    for policy in POLICIES {
        assert_eq!(crossed(&report, policy, &across), (60 * ETHER, vec![over]), "{policy}");
        let (given, lost) = second_hand(policy);
        let second = share(SECOND_FILL, given, 18 * ETHER);
        let expected = if given == 0 { (0, Vec::new()) } else { (given, vec![second]) };
        assert_eq!(crossed(&report, policy, &partly), expected, "{policy}");
        assert_eq!(crossed(&report, policy, &unfilled).0, lost, "{policy}");
        let parts = vec![back, on_bitcoin[0], on_bitcoin[1]];
        assert_eq!(crossed(&report, policy, &thorchain), (over, parts), "{policy}");

        let exchange = places.exchange.to_string();
        assert_eq!(at(&traced, "ethereum", policy, &exchange, "exchange"), 15 * ETHER);
        let hand = places.mixer_of_money.to_string();
        assert_eq!(at(&traced, "ethereum", policy, &hand, "held"), 25 * ETHER - given - lost);
        let pool = places.spoke_pool.to_string();
        let bridged = at(&traced, "ethereum", policy, &pool, "bridge");
        assert_eq!(bridged, 60 * ETHER + given + lost, "{policy}");
        assert_eq!(at(&traced, "base", policy, &places.first.to_string(), "held"), back);
        assert_eq!(at(&traced, "base", policy, &places.second.to_string(), "held"), second);
        let mix = format!("transaction:{}", places.coinjoin.to_plain_hex());
        assert_eq!(at(&traced, "bitcoin", policy, &mix, "coinjoin"), on_bitcoin[1], "{policy}");
    }
}

#[test]
fn the_peel_chain_ends_at_the_exchange_and_at_home_again() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let places = &case.places;
    let over = share(FIRST_FILL, 60 * ETHER, 80 * ETHER);
    let tainted = share(PAYMENTS[0].into(), over, FIRST_FILL);
    // First in, first out: the tainted first satoshis pay each peel whole, and
    // what is left of them is the first of what goes back.
    for (address, peel) in places.exchange_on_bitcoin.iter().zip(PEELS) {
        assert_eq!(at(&traced, "bitcoin", "fifo", address, "exchange"), peel.into());
    }
    let left = tainted - PEELS.iter().map(|peel| u128::from(*peel)).sum::<u128>();
    let again = places.paid_in[4].to_plain_hex();
    let returned = share(BACK_OUT, left, BACK_IN.into());
    assert_eq!(crossed(&report, "fifo", &again), (left, vec![returned]));
    let home = places.returned.to_string();
    assert_eq!(at(&traced, "ethereum", "fifo", &home, "held"), returned);
    // Poison reaches whole amounts.
    assert_eq!(crossed(&report, "poison", &again), (BACK_IN.into(), vec![BACK_OUT]));
}

#[test]
fn what_is_probable_behind_the_coinjoin_is_told_apart() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let over = share(FIRST_FILL, 60 * ETHER, 80 * ETHER);
    let tainted = share(PAYMENTS[1].into(), over, FIRST_FILL);
    let expected = u128::from(MIX.0) / u128::from(MIX.1);
    let legs = report["probable"].as_array().unwrap();
    assert_eq!(legs.len(), POLICIES.len());
    for leg in legs {
        let mix = &leg["mixes"][0];
        assert_eq!(mix["transaction"], case.places.coinjoin.to_plain_hex());
        assert_eq!(mix["anonymity_set"], MIX.1);
        assert_eq!(mix["tainted"]["base_units"], tainted.to_string());
        assert_eq!(mix["expected"]["base_units"], expected.to_string());
        assert_eq!(leg["closes"], true);
        // The last address of the exchange gets one equal output less the fee.
        let last = case.places.exchange_on_bitcoin.last().unwrap();
        let places = leg["places"].as_array().unwrap();
        let there = places.iter().find(|place| place["address"] == *last.as_str()).unwrap();
        let paid = u128::from(MIX.0 - FEE);
        let its = share(expected, paid, MIX.0.into());
        assert_eq!(there["expected"]["base_units"], its.to_string());
        // Nothing of it stands among what is certain.
        assert_eq!(at(&traced, "bitcoin", "haircut", last, "exchange"), 0);
    }
}

#[test]
fn every_asset_closes_with_its_conversions() {
    let case = cross_case(3, 10);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let amount = |money: &Value| money["base_units"].as_str().unwrap().parse::<u128>().unwrap();
    for policy in POLICIES {
        let closings = of(&report, policy)["closings"].as_array().unwrap();
        // Tokens and ether on Ethereum, ether on Base, bitcoin.
        assert_eq!(closings.len(), 4, "{closings:?}");
        let token = closings.iter().find(|line| amount(&line["stolen"]) > 0).unwrap();
        assert_eq!(amount(&token["stolen"]), STOLEN, "only tokens were stolen");
        for line in closings {
            let entered =
                amount(&line["stolen"]) + amount(&line["received"]) + amount(&line["exchanged"]);
            let rests = line["rests"].as_array().unwrap();
            assert_eq!(entered, rests.iter().map(|rest| amount(&rest[1])).sum::<u128>());
            let conversions = line["conversions"].as_array().unwrap();
            let got: u128 = conversions.iter().map(|entry| amount(&entry["got"])).sum();
            assert_eq!(got, amount(&line["received"]));
            assert_eq!((&line["closes"], &line["difference"]), (&true.into(), &"0".into()));
        }
    }
    let text = &traced.run.stdout;
    assert!(text.contains("All 5 policies that conserve value close"), "{text}");
    assert!(text.contains("received by crossing 1"), "{text}");
    assert!(text.contains("got in an exchange: 100 ETH for 247,500 USDC"), "{text}");
}

#[test]
fn a_deposit_that_nothing_answers_stays_at_the_bridge() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let unfilled = case.places.paid_in[2].to_string();
    let crossings = report["crossings"].as_array().unwrap();
    let alone = crossings.iter().find(|c| c["paid_in"]["transaction"] == *unfilled).unwrap();
    assert_eq!(alone["problem"], "no counterpart known");
    let rests = of(&report, "lifo")["totals"][0]["rests"].as_array().unwrap();
    let at_bridge = rests.iter().find(|rest| rest[0] == "bridge-no-counterpart-known").unwrap();
    assert_eq!(at_bridge[1]["base_units"], (2 * ETHER).to_string());
}
