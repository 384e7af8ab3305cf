//! Events of one crossing that one transaction splits in two.
//!
//! Poly and Nomad write the key in one log and the money in another. Where a
//! transaction holds exactly one of each of a bridge and side, they are one
//! event; where it holds more, which belongs to which is not guessed.

use crate::event::{Bridge, BridgeEvent, Side};
use std::collections::BTreeMap;
use tracehound_model::{Chain, TransactionHash};

type Place = (Chain, TransactionHash, Bridge, Side);

/// Joins what belongs together; the order of the rest stays.
#[must_use]
pub fn join_transactions(events: Vec<BridgeEvent>) -> Vec<BridgeEvent> {
    let mut places: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    for (number, event) in events.iter().enumerate() {
        if let Some(transaction) = event.transaction {
            let place = (event.chain.clone(), transaction, event.bridge.clone(), event.side);
            places.entry(place).or_default().push(number);
        }
    }
    let mut events: Vec<Option<BridgeEvent>> = events.into_iter().map(Some).collect();
    for numbers in places.values() {
        let holds = |number: &usize, wanted: fn(&BridgeEvent) -> bool| {
            events.get(*number).and_then(Option::as_ref).is_some_and(wanted)
        };
        let is_key = |event: &BridgeEvent| event.key.is_some() && event.amount.is_none();
        let is_money = |event: &BridgeEvent| event.key.is_none() && event.amount.is_some();
        let keys: Vec<usize> = numbers.iter().copied().filter(|n| holds(n, is_key)).collect();
        let money: Vec<usize> = numbers.iter().copied().filter(|n| holds(n, is_money)).collect();
        if let ([key], [money]) = (keys.as_slice(), money.as_slice()) {
            let paid = events.get_mut(*money).and_then(Option::take);
            if let (Some(Some(event)), Some(paid)) = (events.get_mut(*key), paid) {
                complete(event, paid);
            }
        }
    }
    events.into_iter().flatten().collect()
}

fn complete(event: &mut BridgeEvent, paid: BridgeEvent) {
    event.amount = paid.amount;
    event.token = event.token.or(paid.token);
    event.other_token = event.other_token.or(paid.other_token);
    event.other_amount = event.other_amount.or(paid.other_amount);
    event.sender = event.sender.or(paid.sender);
    event.receiver = event.receiver.or(paid.receiver);
    if event.other_chain.is_none() {
        event.other_chain = paid.other_chain;
    }
}
