//! The store from outside: against a naive model, through crashes, damage and old formats.
// A panic in a test is its failure report, in helpers too; test sizes are far below 31 bits.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::cast_possible_wrap)]

mod crash;
mod damage;
mod equality;
mod formats;
mod naive;
mod worlds;
mod writing;
