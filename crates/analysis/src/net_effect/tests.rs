//! Net effects on hand-made transactions.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use super::market::Wrapped;
use super::*;

const ETHER: AssetId = AssetId(0);
const WRAPPED: AssetId = AssetId(1);
const DOLLAR: AssetId = AssetId(2);
const SHARE: AssetId = AssetId(3);
const FAKE: AssetId = AssetId(4);
const ZERO: AddressId = AddressId(0);
const CONTRACT: AddressId = AddressId(1);
const USER: AddressId = AddressId(10);
const ROUTER: AddressId = AddressId(11);
const POOL: AddressId = AddressId(12);
const OTHER_POOL: AddressId = AddressId(13);
const VAULT: AddressId = AddressId(14);
const COLLECTOR: AddressId = AddressId(15);

fn entry(debtor: AddressId, creditor: AddressId, asset: AssetId, amount: u64) -> Entry {
    Entry { debtor, creditor, asset, amount: Amount::from_u64(amount) }
}

fn markets() -> Markets {
    let mut markets = Markets {
        zero: Some(ZERO),
        wrapped: Some(Wrapped { contract: CONTRACT, coin: ETHER, asset: WRAPPED }),
        ..Markets::default()
    };
    markets.issuers.extend([(WRAPPED, CONTRACT), (SHARE, VAULT)]);
    markets
}

fn effect(entries: &[Entry]) -> Option<NetEffect> {
    let followed = [ETHER, WRAPPED, DOLLAR].into_iter().collect();
    let known = [CONTRACT, POOL, OTHER_POOL, VAULT];
    NetEffect::of(entries, &followed, &markets(), &mut |address| {
        Ok(known.contains(&address).then_some(MarketReason::Tag))
    })
    .unwrap()
}

/// Addresses with amounts.
type Plain = Vec<(u32, u64)>;

/// `(payers, gainers)` of an asset as plain numbers.
fn sides(effect: &NetEffect, asset: AssetId) -> (Plain, Plain) {
    let plain = |shares: &[Share]| {
        shares.iter().map(|s| (s.address.0, s.amount.to_u64().unwrap())).collect()
    };
    let found = effect.assets.iter().find(|effect| effect.asset == asset);
    found.map_or_else(Default::default, |e| (plain(&e.payers), plain(&e.gainers)))
}

#[test]
fn a_swap_through_a_router_is_what_the_user_gave_and_got() {
    let effect = effect(&[
        entry(USER, ROUTER, DOLLAR, 100),
        entry(ROUTER, COLLECTOR, DOLLAR, 1),
        entry(ROUTER, POOL, DOLLAR, 99),
        entry(POOL, ROUTER, WRAPPED, 7),
        entry(ROUTER, CONTRACT, WRAPPED, 7),
        entry(CONTRACT, ROUTER, ETHER, 7),
        entry(ROUTER, USER, ETHER, 7),
    ])
    .unwrap();
    assert_eq!(sides(&effect, DOLLAR), (vec![(USER.0, 100)], vec![(COLLECTOR.0, 1)]));
    assert_eq!(sides(&effect, ETHER), (vec![], vec![(USER.0, 7)]));
    assert_eq!(sides(&effect, WRAPPED), (vec![], vec![]));
    assert!(effect.implied.is_empty(), "the burn is listed");
    assert_eq!(effect.keeper(DOLLAR), Some(POOL));
}

#[test]
fn a_wrapped_coin_is_minted_and_burnt_though_no_transfer_says_so() {
    let wrapping = effect(&[entry(USER, CONTRACT, ETHER, 5)]).unwrap();
    assert_eq!(sides(&wrapping, WRAPPED), (vec![], vec![(USER.0, 5)]));
    let back = effect(&[entry(CONTRACT, USER, ETHER, 5)]).unwrap();
    assert_eq!(sides(&back, WRAPPED), (vec![(USER.0, 5)], vec![]));
    assert_eq!(sides(&back, ETHER), (vec![], vec![(USER.0, 5)]));
    let listed = [entry(USER, CONTRACT, ETHER, 5), entry(ZERO, USER, WRAPPED, 5)];
    assert_eq!(effect(&listed).unwrap().assets, wrapping.assets);
}

#[test]
fn a_round_trip_leaves_nothing_but_its_cost() {
    let effect = effect(&[
        entry(USER, POOL, DOLLAR, 100),
        entry(POOL, USER, WRAPPED, 7),
        entry(USER, OTHER_POOL, WRAPPED, 7),
        entry(OTHER_POOL, USER, DOLLAR, 99),
    ])
    .unwrap();
    assert_eq!(sides(&effect, DOLLAR), (vec![(USER.0, 1)], vec![]));
    assert_eq!(sides(&effect, WRAPPED), (vec![], vec![]));
}

#[test]
fn shares_that_a_market_issues_count_and_other_tokens_do_not() {
    let deposit = [entry(USER, VAULT, DOLLAR, 100), entry(ZERO, USER, SHARE, 90)];
    let effect_of = effect(&deposit).unwrap();
    assert_eq!(sides(&effect_of, SHARE), (vec![], vec![(USER.0, 90)]));
    let fake = [entry(USER, POOL, DOLLAR, 100), entry(POOL, USER, FAKE, 1_000_000)];
    assert_eq!(effect(&fake), None, "a counterfeit is nothing given");
}

#[test]
fn a_contract_nobody_knows_is_no_market() {
    let swap = [entry(USER, ROUTER, DOLLAR, 100), entry(ROUTER, USER, WRAPPED, 7)];
    assert_eq!(effect(&swap), None);
}
