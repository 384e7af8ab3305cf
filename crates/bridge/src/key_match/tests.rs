use super::*;
use proptest::prelude::*;
use tracehound_model::{Address, Amount, Asset, Timestamp, TransactionHash};

fn chain(number: u8) -> Chain {
    format!("eip155:{number}").parse().unwrap()
}

fn tokens() -> TokenMap {
    let mut tokens = TokenMap::default();
    for number in 1..=2 {
        tokens.add((&chain(1), token(number)), (&chain(2), token(number + 10)));
    }
    tokens
}

fn token(number: u8) -> Asset {
    Asset::Token(Address::evm([number; 20]))
}

/// An event between chains 1 and 2; the destination's token is ten more.
fn event(side: Side, key: &str, receiver: u8, amount: u64, time: i64, name: u8) -> BridgeEvent {
    let (here, there, asset) = match side {
        Side::Source => (1, 2, 1),
        Side::Destination => (2, 1, 11),
    };
    BridgeEvent {
        other_chain: Some(chain(there)),
        transaction: Some(TransactionHash([name; 32])),
        key: Some(key.to_owned()),
        token: Some(token(asset)),
        amount: Some(Amount::from_u64(amount)),
        receiver: Some(Address::evm([receiver; 20])),
        time: Some(Timestamp(time)),
        ..BridgeEvent::bare(Bridge::new("test"), side, chain(here))
    }
}

fn matched(events: &[BridgeEvent]) -> KeyMatching {
    let mut gates = Gates::default();
    gates.set_finality(chain(1), 100);
    match_by_key(events, &tokens(), &gates)
}

fn names(events: &[BridgeEvent]) -> Vec<&'static str> {
    matched(events).classes.iter().map(Class::name).collect()
}

#[test]
fn each_class_is_reached() {
    use Side::{Destination, Source};
    let events = [
        event(Source, "a", 1, 10, 0, 1),
        event(Destination, "a", 1, 10, 200, 2),
        event(Destination, "a", 3, 10, 300, 3),
        event(Source, "b", 1, 10, 0, 4),
        event(Destination, "c", 1, 10, 0, 5),
        event(Source, "d", 1, 10, 0, 6),
        event(Destination, "d", 2, 11, 50, 7),
    ];
    let outcome = matched(&events);
    assert_eq!(
        names(&events),
        [
            "matched",
            "matched",
            "doubly matched",
            "unmatched source",
            "unmatched destination",
            "mismatched",
            "mismatched"
        ]
    );
    let differing = vec![Field::Amount, Field::Receiver, Field::Time];
    assert_eq!(outcome.classes[6], Class::Mismatched { partner: 5, differing });
    let releases: Vec<bool> = (0..7).map(|n| outcome.is_release_without_counterpart(n)).collect();
    assert_eq!(releases, [false, false, true, false, true, false, true]);
}

#[test]
fn paid_before_it_was_final_is_no_release_for_nothing() {
    let events =
        [event(Side::Source, "a", 1, 10, 0, 1), event(Side::Destination, "a", 1, 10, 99, 2)];
    let outcome = matched(&events);
    assert_eq!(outcome.classes[1].name(), "mismatched");
    assert_eq!(outcome.releases_without_counterpart(), 0);
}

/// Where the data hold no payments in, a payment out says nothing.
#[test]
fn without_the_source_side_nothing_is_an_attack() {
    let events = [event(Side::Destination, "a", 1, 10, 0, 1)];
    assert_eq!(matched(&events).releases_without_counterpart(), 0);
    assert_eq!(names(&events), ["unmatched destination"]);
}

#[test]
fn what_one_side_does_not_hold_is_reported_as_unchecked() {
    let mut events =
        [event(Side::Source, "a", 1, 10, 0, 1), event(Side::Destination, "a", 1, 10, 200, 2)];
    events[0].receiver = None;
    events[1].time = None;
    assert_eq!(matched(&events).pairs[0].unchecked, [Field::Receiver, Field::Time]);
}

/// A token that the table does not map is not taken for one that it does.
#[test]
fn a_token_outside_the_table_does_not_match() {
    let mut events =
        [event(Side::Source, "a", 1, 10, 0, 1), event(Side::Destination, "a", 1, 10, 200, 2)];
    events[1].token = Some(token(99));
    let differing = vec![Field::Token];
    assert_eq!(matched(&events).classes[1], Class::Mismatched { partner: 0, differing });
    let outcome = match_by_key(&events, &TokenMap::default(), &Gates::default());
    assert_eq!(outcome.pairs[0].unchecked, [Field::Token, Field::Amount]);
}

#[test]
fn a_supplement_completes_a_pair_and_is_never_blamed() {
    let mut events =
        [event(Side::Source, "a", 1, 10, 0, 1), event(Side::Destination, "a", 1, 10, 200, 2)];
    events[1].supplement = true;
    assert_eq!(names(&events), ["matched", "matched"]);
    events[1].key = Some("b".to_owned());
    assert_eq!(names(&events), ["unmatched source", "supplement"]);
    assert_eq!(matched(&events).releases_without_counterpart(), 0);
}

/// The rule as its page says it, over all pairs of events again and again.
fn naive(events: &[BridgeEvent], tokens: &TokenMap, gates: &Gates) -> Vec<Class> {
    let mut classes: Vec<Option<Class>> = vec![None; events.len()];
    let is_pair = |s: usize, d: usize| {
        events[s].side == Side::Source
            && events[d].side == Side::Destination
            && events[s].bridge == events[d].bridge
            && events[s].key.is_some()
            && events[s].key == events[d].key
    };
    loop {
        let mut best: Option<(usize, usize, usize, Vec<Field>)> = None;
        for s in 0..events.len() {
            for d in 0..events.len() {
                if classes[s].is_some() || classes[d].is_some() || !is_pair(s, d) {
                    continue;
                }
                let differing = compare::compare(&events[s], &events[d], tokens, gates).differing;
                let better = best.as_ref().is_none_or(|(count, bs, bd, _)| {
                    let order = differing
                        .len()
                        .cmp(count)
                        .then_with(|| events[s].canonical_order(&events[*bs]))
                        .then_with(|| events[d].canonical_order(&events[*bd]));
                    order.is_lt()
                });
                if better {
                    best = Some((differing.len(), s, d, differing));
                }
            }
        }
        let Some((count, s, d, differing)) = best else { break };
        let class = |partner| match count {
            0 => Class::Matched { partner },
            _ => Class::Mismatched { partner, differing: differing.clone() },
        };
        classes[s] = Some(class(d));
        classes[d] = Some(class(s));
    }
    let rest = |number: usize| match (&events[number].key, events[number].supplement) {
        (None, _) => Class::Keyless,
        (_, true) => Class::Supplement,
        _ if (0..events.len()).any(|other| is_pair(number, other) || is_pair(other, number)) => {
            Class::DoublyMatched
        }
        _ if events[number].side == Side::Source => Class::UnmatchedSource,
        _ => Class::UnmatchedDestination,
    };
    (0..events.len()).map(|n| classes[n].clone().unwrap_or_else(|| rest(n))).collect()
}

/// Few keys, receivers and amounts, so that they meet; each event its own name.
fn events() -> impl Strategy<Value = Vec<BridgeEvent>> {
    let one = (any::<bool>(), 0_u8..4, 0_u8..2, 0_u64..2, 0_i64..300, 0_u8..10);
    prop::collection::vec(one, 0..24).prop_map(|all| {
        let mut events = Vec::new();
        for (name, (is_source, key, receiver, amount, time, luck)) in (0_u8..).zip(all) {
            let side = if is_source { Side::Source } else { Side::Destination };
            let mut one = event(side, &key.to_string(), receiver, amount, time, name);
            match luck {
                0 => one.key = None,
                1 => one.supplement = true,
                2 => one.receiver = None,
                3 => one.time = None,
                4 => one.token = Some(token(99)),
                _ => {}
            }
            events.push(one);
        }
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_naive_rule_gives_the_same(events in events()) {
        let mut gates = Gates::default();
        gates.set_finality(chain(1), 100);
        let outcome = match_by_key(&events, &tokens(), &gates);
        prop_assert_eq!(&outcome.classes, &naive(&events, &tokens(), &gates));
        // One to one: every partner names the event back.
        for (number, class) in outcome.classes.iter().enumerate() {
            if let Class::Matched { partner } | Class::Mismatched { partner, .. } = class {
                let back = match &outcome.classes[*partner] {
                    Class::Matched { partner } | Class::Mismatched { partner, .. } => *partner,
                    other => panic!("{other:?}"),
                };
                prop_assert_eq!(back, number);
            }
        }
    }

    #[test]
    fn the_order_of_events_does_not_matter(events in events(), seed in any::<u64>()) {
        let mut order: Vec<usize> = (0..events.len()).collect();
        // A fixed shuffle that proptest can shrink: sort by a hash of seed and number.
        order.sort_by_key(|n| (*n as u64 + 1).wrapping_mul(seed | 1));
        let shuffled: Vec<BridgeEvent> = order.iter().map(|n| events[*n].clone()).collect();
        let (one, other) = (matched(&events), matched(&shuffled));
        for (at, number) in order.iter().enumerate() {
            prop_assert_eq!(one.classes[*number].name(), other.classes[at].name());
            prop_assert_eq!(
                one.is_release_without_counterpart(*number),
                other.is_release_without_counterpart(at)
            );
        }
    }
}
