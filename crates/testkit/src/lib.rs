//! Seeded synthetic chains and thefts with known answers.
