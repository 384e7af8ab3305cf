//! Findings to terminal, JSON, CSV and HTML.
