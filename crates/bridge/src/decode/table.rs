//! What bridges emit: a row a shape of event, and which arguments say what.
//!
//! The declarations are facts of published contracts; `docs/methods/bridges.md`
//! says for each bridge how they were confirmed, and which could not be.

use super::field::Fields;
use super::key::KeyRule;
use crate::event::Side;
use crate::numbering::Numbering;

/// One shape of event.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The bridge.
    pub bridge: &'static str,
    /// The side it shows.
    pub side: Side,
    /// The event as Solidity declares it, arguments named.
    pub declaration: &'static str,
    /// How the key follows from it.
    pub key: KeyRule,
    /// Which arguments hold the rest.
    pub fields: Fields,
}

mod intents;
mod locks;
mod messages;
mod ronin;

/// Every shape that is known.
pub fn shapes() -> &'static [Shape] {
    use std::sync::OnceLock;
    static ALL: OnceLock<Vec<Shape>> = OnceLock::new();
    ALL.get_or_init(|| [intents::SHAPES, locks::SHAPES, messages::SHAPES, ronin::SHAPES].concat())
}

/// A shape in one line.
const fn row(
    bridge: &'static str,
    side: Side,
    declaration: &'static str,
    key: KeyRule,
    fields: Fields,
) -> Shape {
    Shape { bridge, side, declaration, key, fields }
}

/// No field at all.
const NONE: Fields = Fields {
    other_chain: None,
    token: None,
    other_token: None,
    amount: None,
    other_amount: None,
    sender: None,
    receiver: None,
};

/// The chain at the other end, numbered as the chains number themselves.
const fn eip155(argument: &'static str) -> Option<(&'static str, Numbering)> {
    Some((argument, Numbering::Eip155))
}
