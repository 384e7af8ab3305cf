//! Synthetic chains that keep their state as unspent outputs.
//!
//! [`UtxoChain`] gives each block twice: as the model's value and as the bytes
//! a node would hold (regtest, with proof of work, merkle root and witness
//! commitment). Signatures and keys are random bytes of the right length, so a
//! node would refuse the scripts and nothing else. The owner of every output
//! is known, and so is where each planted theft ends ([`plant`]).
//!
//! Memory is bounded: wallets stand in a fixed number of slots that hold a
//! bounded number of coins each; what does not fit stays unspent for ever.

pub mod chain;
pub mod coin;
pub mod files;
pub mod plant;
mod raw;
mod wallet;

pub use chain::{GeneratedBlock, UtxoChain, UtxoChainConfig};
pub use coin::{Coin, NOBODY, Name, ScriptKind};
pub use files::{BlockFileOptions, BlockFileTotals, write_block_files};
pub use plant::{PlantedTheft, UtxoPlant};
