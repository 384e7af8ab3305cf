//! Blocks from files: real ones, generated ones, and broken ones.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod broken;
mod generated;
mod real;
mod spent;
mod support;
