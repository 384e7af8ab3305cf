//! Screening of names, addresses and transactions: hits with their reasons.
