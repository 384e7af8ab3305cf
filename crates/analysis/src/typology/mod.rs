//! Structure findings.
