//! Small chains of unspent outputs and a naive model of tracing over them.
#![allow(clippy::cast_possible_truncation)] // worlds are a few dozen transactions
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![allow(unreachable_pub)] // shared by test files, each its own crate

pub mod block_order;
pub mod deal;
pub mod naive;
pub mod naive_backward;
pub mod world;
