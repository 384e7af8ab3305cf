//! Seeded synthetic chains and thefts with known answers.
//!
//! A development tool: the product never links it. Everything here is a pure
//! function of its seed, and the random numbers are our own ([`random`]), so
//! that the same seed gives the same chain on every machine and after every
//! update of a dependency.
//!
//! * [`chain`]: background of 1 k to 100 M transfers whose degrees have the
//!   heavy tails of real chains, streamed in chain order in constant memory.
//! * [`plant`]: thefts of known shape whose end is known beforehand.
//! * [`interleave()`]: the one hidden in the other.
//! * [`world()`]: tiny chains full of collisions, for property tests.
//! * [`utxo`]: a chain of unspent outputs, as values and as a node's block files.
//! * [`mixer`]: traffic of a mixer's pools with a depositor hidden in it.
//! * [`cross`]: a theft that crosses three chains over bridges.
//! * [`table`] and [`breakage`]: the same as CSV files, whole and broken.
//!
//! Limits: background amounts follow no balance unless
//! [`chain::ChainConfig::funded`] is set, and addresses are active over the
//! whole length of the chain, which is harder on caches than a real chain.
#![allow(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "sampling: a lost bit changes which synthetic transfer comes out, never an answer"
)]

pub mod amount_shape;
pub mod breakage;
pub mod chain;
pub mod cross;
mod degree;
pub mod identity;
pub mod interleave;
pub mod mixer;
pub mod plant;
pub mod random;
pub mod schedule;
pub mod table;
pub mod utxo;
pub mod world;

pub use amount_shape::AmountShape;
pub use chain::{ChainConfig, SyntheticChain};
pub use interleave::interleave;
pub use plant::{PlantOptions, Planted};
pub use schedule::Schedule;
pub use world::{WorldShape, world, world_with};
