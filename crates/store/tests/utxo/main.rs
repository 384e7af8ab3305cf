//! The store of unspent-output chains from outside: against a chain in
//! memory, through crashes, damage, reorganisations and old formats.
// A panic in a test is its failure report, in helpers too; test sizes are far below 31 bits.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::cast_possible_wrap)]

mod chains;
mod compare;
mod crash;
mod damage;
mod equality;
mod formats;
mod refusals;
