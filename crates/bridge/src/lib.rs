//! Bridges: what ties a transaction of one chain to one of another.
//!
//! Three things, each of plain values and without a clock or a network:
//! reading what bridges leave behind ([`memo`], [`decode`]) as [`BridgeEvent`]s,
//! pairing the two sides by the key they share ([`match_by_key`]), and, where
//! there is no key, naming the candidates with a probability each
//! ([`match_without_key`]). The first kind of pair is a fact of the two
//! chains; the second never is, and no type here turns it into one.
//!
//! `docs/methods/bridges.md` defines the rules and says what they get wrong.

pub mod calibration;
pub mod decode;
pub mod error;
pub mod event;
pub mod key_match;
pub mod keyless;
pub mod memo;
pub mod numbering;
pub mod read;
pub mod tokens;

pub use error::BridgeError;
pub use event::{Bridge, BridgeEvent, Side};
pub use key_match::{Class, Gates, KeyMatching, match_by_key};
pub use keyless::{KeylessMatching, KeylessParameters, match_without_key};
pub use tokens::TokenMap;
