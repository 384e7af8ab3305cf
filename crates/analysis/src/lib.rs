//! Tracing and typologies: a snapshot and parameters in, findings out.
//!
//! Pure functions: no clock, environment or network, and nothing is printed.
//! The caller persists what they return.

mod error;
pub mod trace;
pub mod typology;

pub use error::AnalysisError;
