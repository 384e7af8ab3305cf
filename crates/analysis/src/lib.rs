//! Tracing and typologies: snapshot and parameters in, findings out.
