//! Transfers from files into the chain store.
