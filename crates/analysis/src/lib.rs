//! Tracing and typologies: a snapshot and parameters in, findings out.
//!
//! Pure functions: no clock, environment or network, and nothing is printed.

pub mod trace;
