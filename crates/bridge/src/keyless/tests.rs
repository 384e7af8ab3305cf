use super::*;
use crate::event::{Bridge, Side};
use tracehound_model::{Address, Amount, Asset, Chain, Timestamp, TransactionHash};

/// A stream of numbers for tests: xorshift, seeded.
struct Luck(u64);

impl Luck {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn chain(number: u8) -> Chain {
    format!("eip155:{number}").parse().unwrap()
}

fn token(number: u8) -> Asset {
    Asset::Token(Address::evm([number; 20]))
}

fn event(side: Side, receiver: u64, amount: u64, time: i64, name: u64) -> BridgeEvent {
    let (here, there) = if side == Side::Source { (1, 2) } else { (2, 1) };
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&name.to_be_bytes());
    let mut account = [1; 20];
    account[..8].copy_from_slice(&receiver.to_be_bytes());
    BridgeEvent {
        other_chain: Some(chain(there)),
        transaction: Some(TransactionHash(hash)),
        token: Some(token(here)),
        amount: Some(Amount::from_u64(amount)),
        receiver: Some(Address::evm(account)),
        time: Some(Timestamp(time)),
        ..BridgeEvent::bare(Bridge::new("test"), side, chain(here))
    }
}

fn tokens() -> TokenMap {
    let mut tokens = TokenMap::default();
    tokens.add((&chain(1), token(1)), (&chain(2), token(2)));
    tokens
}

fn solved(events: &[BridgeEvent]) -> KeylessMatching {
    let side = |wanted: Side| {
        let all = events.iter().enumerate().filter(move |(_, event)| event.side == wanted);
        all.map(|(number, _)| number).collect::<Vec<_>>()
    };
    match_without_key(
        events,
        &side(Side::Source),
        &side(Side::Destination),
        &tokens(),
        &KeylessParameters::default(),
    )
}

/// Payments of few receivers in round amounts; one in ten is never paid out.
fn traffic(seed: u64, number: u64) -> (Vec<BridgeEvent>, crate::read::Truth) {
    let (mut luck, mut events, mut truth) = (Luck(seed), Vec::new(), crate::read::Truth::default());
    for name in 0..number {
        let (receiver, round) = (luck.below(number / 6), (1 + luck.below(20)) * 1_000_000);
        let time = i64::try_from(luck.below(4_000_000)).unwrap();
        events.push(event(Side::Source, receiver, round, time, name));
        if luck.below(10) > 0 {
            let fee = 500 + luck.below(1000);
            let lag = 60 + luck.below(600) * (1 + luck.below(4));
            let later = time + i64::try_from(lag).unwrap();
            events.push(event(Side::Destination, receiver, round - fee, later, number + name));
        }
        let hash = |name: u64| event(Side::Source, 0, 0, 0, name).transaction.unwrap();
        truth.add(hash(name), hash(number + name));
    }
    (events, truth)
}

#[test]
fn probabilities_of_a_set_sum_to_one() {
    let (events, _) = traffic(7, 600);
    for set in solved(&events).sets {
        let sum: f64 = set.candidates.iter().map(|c| c.probability).sum::<f64>() + set.none;
        assert!((sum - 1.0).abs() < 1e-9, "{set:?}");
    }
}

/// The reliability of the method where the answer is known.
#[test]
fn what_is_said_is_about_what_is_so() {
    let (events, truth) = traffic(11, 6000);
    let matching = solved(&events);
    let paid: Vec<usize> =
        (0..events.len()).filter(|n| events[*n].side == Side::Destination).collect();
    let outcome = crate::calibration::calibrate(&events, &paid, &matching, &truth);
    assert!(matching.model.is_fitted && outcome.brier < 0.02, "{outcome:?}");
    for bin in outcome.bins.iter().filter(|bin| bin.statements >= 100) {
        assert!((bin.said() - bin.was()).abs() < 0.1, "{bin:?} in {outcome:?}");
    }
    let all = outcome.thresholds[1];
    assert!(all.right * 100 >= all.named * 97 && all.named * 10 >= outcome.findable * 9);
    let svg = crate::calibration::plot(&outcome);
    assert!(svg.starts_with("<svg") && svg.contains("<circle"));
}

#[test]
fn the_order_of_events_does_not_matter() {
    let (events, _) = traffic(3, 300);
    let mut turned = events.clone();
    turned.reverse();
    let named = |events: &[BridgeEvent]| {
        let mut all: Vec<_> = solved(events)
            .sets
            .into_iter()
            .map(|set| {
                let best = set
                    .candidates
                    .first()
                    .map(|c| (events[c.destination].transaction, c.probability.to_bits()));
                (events[set.source].transaction, best, set.none.to_bits())
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(named(&events), named(&turned));
}

#[test]
fn what_is_not_known_is_unresolved_and_not_guessed() {
    let mut events = vec![
        event(Side::Source, 1, 10, 0, 1),
        event(Side::Source, 1, 10, 0, 2),
        event(Side::Source, 1, 10, 0, 3),
        event(Side::Destination, 1, 10, 60, 4),
    ];
    events[0].token = Some(token(77));
    events[1].receiver = None;
    events[2].other_chain = None;
    let reasons: Vec<_> = solved(&events).sets.iter().map(|set| set.unresolved).collect();
    let wanted = [Unresolved::Asset, Unresolved::Receiver, Unresolved::Chain];
    assert_eq!(reasons, wanted.map(Some));
}

/// Two payments in and two out that nothing tells apart: one half each, no more.
#[test]
fn twins_share_what_there_is() {
    let (mut events, _) = traffic(5, 900);
    for name in [9001, 9002] {
        events.push(event(Side::Source, 777_777, 5_000_000, 100, name));
        events.push(event(Side::Destination, 777_777, 4_999_200, 400, name + 10));
    }
    let matching = solved(&events);
    let twins = matching.sets.iter().filter(|set| events[set.source].time == Some(Timestamp(100)));
    for set in twins {
        assert_eq!(set.candidates.len(), 2);
        let best = set.candidates[0].probability;
        assert!((0.4..0.6).contains(&best), "{set:?}");
    }
}
