//! Whether two events of one key tell of the same crossing.
//!
//! A field is compared where both sides hold it. Each comparison ends in
//! "agrees", "differs" or "not checked", and the last is reported too.

use super::Gates;
use crate::event::BridgeEvent;
use crate::tokens::{Mapping, TokenMap};
use std::fmt;
use tracehound_model::{Amount, Asset};

/// What can differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Field {
    /// Where it goes to or comes from.
    Chain,
    /// What is moved.
    Token,
    /// How much.
    Amount,
    /// To whom.
    Receiver,
    /// Paid out before the payment counted.
    Time,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chain => "chain",
            Self::Token => "token",
            Self::Amount => "amount",
            Self::Receiver => "receiver",
            Self::Time => "time",
        })
    }
}

/// What a comparison found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Compared {
    /// What both sides hold and tell differently.
    pub(super) differing: Vec<Field>,
    /// What one side does not hold.
    pub(super) unchecked: Vec<Field>,
}

/// Compares two events field by field.
pub(super) fn compare(
    source: &BridgeEvent,
    destination: &BridgeEvent,
    tokens: &TokenMap,
    gates: &Gates,
) -> Compared {
    // What is sent back is not what was asked for, and goes where it came from.
    let asked = !destination.refund;
    let verdicts = [
        (Field::Chain, asked.then(|| chains(source, destination)).flatten()),
        (Field::Token, asked.then(|| same_token(source, destination, tokens)).flatten()),
        (Field::Amount, asked.then(|| amounts(source, destination, tokens, gates)).flatten()),
        (Field::Receiver, asked.then(|| receivers(source, destination)).flatten()),
        (Field::Time, times(source, destination, gates)),
    ];
    let mut compared = Compared::default();
    for (field, verdict) in verdicts {
        match verdict {
            Some(true) => {}
            Some(false) => compared.differing.push(field),
            None => compared.unchecked.push(field),
        }
    }
    compared
}

/// All of what is known must be true; nothing known is no verdict.
fn all(verdicts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    verdicts.into_iter().flatten().reduce(|one, other| one && other)
}

fn equal<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<bool> {
    Some(one? == other?)
}

fn chains(source: &BridgeEvent, destination: &BridgeEvent) -> Option<bool> {
    all([
        equal(source.other_chain.as_ref(), Some(&destination.chain)),
        equal(destination.other_chain.as_ref(), Some(&source.chain)),
    ])
}

fn mapping(source: &BridgeEvent, destination: &BridgeEvent, tokens: &TokenMap) -> Option<Mapping> {
    let (from, to) = (source.token?, destination.token?);
    Some(tokens.compare((&source.chain, from), (&destination.chain, to)))
}

fn same_token(source: &BridgeEvent, destination: &BridgeEvent, tokens: &TokenMap) -> Option<bool> {
    let mapped = mapping(source, destination, tokens).and_then(|mapping| match mapping {
        Mapping::Same => Some(true),
        Mapping::Other => Some(false),
        Mapping::Unresolved => None,
    });
    all([
        mapped,
        equal(source.other_token, destination.token),
        equal(destination.other_token, source.token),
    ])
}

/// Only amounts of what is the same asset, or of which the source side says
/// what is to arrive, can be compared.
fn amounts(
    source: &BridgeEvent,
    destination: &BridgeEvent,
    tokens: &TokenMap,
    gates: &Gates,
) -> Option<bool> {
    let paid = destination.amount?;
    if let Some(promised) = source.other_amount {
        return Some(within(promised, paid, gates.fee(&source.bridge)));
    }
    if mapping(source, destination, tokens)? != Mapping::Same {
        return None;
    }
    let (from, to): (Asset, Asset) = (source.token?, destination.token?);
    let expected =
        tokens.rescale(source.amount?, (&source.chain, from), (&destination.chain, to))?;
    Some(within(expected, paid, gates.fee(&source.bridge)))
}

fn within(expected: Amount, paid: Amount, fee: u32) -> bool {
    let (fee, whole) = (Amount::from_u64(fee.into()), Amount::from_u64(1_000_000));
    let kept = expected.multiply_divide(fee, whole).unwrap_or(Amount::ZERO);
    paid <= expected && paid >= expected.saturating_subtract(kept)
}

fn receivers(source: &BridgeEvent, destination: &BridgeEvent) -> Option<bool> {
    equal(source.receiver, destination.receiver)
}

fn times(source: &BridgeEvent, destination: &BridgeEvent, gates: &Gates) -> Option<bool> {
    let final_at = source.time?.0.saturating_add(gates.finality(&source.chain));
    Some(destination.time?.0 >= final_at)
}
