//! Worlds for property tests: a ledger in memory and a naive model of tracing.
#![allow(clippy::cast_possible_truncation)] // worlds are a few dozen entries
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![allow(unreachable_pub)] // shared by test files, each its own crate
#![allow(dead_code)] // each test file uses its part

pub mod memory;
pub mod naive;
pub mod world;
