//! Blocks of chains that keep their state as unspent outputs.
