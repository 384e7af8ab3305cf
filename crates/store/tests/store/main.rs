//! The store from outside: against a naive model, through crashes, damage and old formats.
#![allow(clippy::cast_possible_truncation)] // Test sizes are far below 32 bits.

mod crash;
mod damage;
mod equality;
mod formats;
mod naive;
mod worlds;
mod writing;
