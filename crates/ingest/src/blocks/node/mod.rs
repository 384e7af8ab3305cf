//! Blocks from a running node of Bitcoin's family, over plain HTTP.
//!
//! What a node says is checked where it can be: every block has the hash and
//! height asked for, follows the one before, and its Merkle root follows from
//! its transactions. Amounts are read from their decimal digits. A thread
//! fetches ahead, so that the network and the store work at the same time.
//!
//! Limits: proof of work and scripts are not checked, and the ids of
//! transactions are taken as given; the node is the user's own. Nodes of
//! chains whose blocks carry more than transactions of outputs (Litecoin's
//! extension blocks, shielded parts of Zcash) are refused.

mod check;
mod client;
mod fault;
mod feed;
mod http;
mod options;
mod source;
#[cfg(test)]
mod tests;
mod wire;

pub use options::{NodeAuth, NodeOptions};
pub use source::NodeSource;
