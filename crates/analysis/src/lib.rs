//! Tracing and typologies: a snapshot and parameters in, findings out.
//!
//! Pure functions: no clock, environment or network, and nothing is printed.
//! The caller persists what they return.

mod asset_text;
pub mod cluster;
pub mod coinjoin;
pub mod cross;
mod error;
pub mod exposure;
mod files;
pub mod net_effect;
pub mod output_trace;
pub mod structure;
pub mod trace;
pub mod typology;

pub use asset_text::AssetText;
pub use error::AnalysisError;
