//! From logs of EVM chains to events of bridges.
//!
//! A log is recognised by the hash of its event's signature and by how many
//! of its arguments are indexed; both follow from the declarations in
//! `table`, so that no selector is typed anywhere. The signature says what
//! a log *claims*: any contract may emit it, so the contract is kept beside
//! the event for whoever knows which are genuine.

mod argument;
mod declaration;
mod field;
mod key;
mod message;
mod signature;
mod table;
mod together;
mod utxo_memo;

pub use key::kappa;
pub use table::{Shape, shapes};
pub use together::join_transactions;
pub use utxo_memo::{MemoTransaction, decode_memo};

use crate::event::BridgeEvent;
use alloy_primitives::B256;
use signature::Known;
use std::collections::HashMap;
use std::sync::OnceLock;
use tracehound_model::{Address, Chain, Timestamp, TransactionHash};

/// A log of an EVM chain, as a node gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// The chain.
    pub chain: Chain,
    /// The contract that wrote it.
    pub contract: Address,
    /// Up to four; the first names the event.
    pub topics: Vec<[u8; 32]>,
    /// The arguments that are not indexed.
    pub data: Vec<u8>,
    /// The transaction.
    pub transaction: TransactionHash,
    /// Its number in the block.
    pub position: Option<u64>,
    /// Height of the block.
    pub block: Option<u64>,
    /// Time of the block, UTC.
    pub time: Option<Timestamp>,
}

/// Why a log of a known signature was not read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The data do not hold what the signature says.
    #[error("the log is no {signature}: {problem}; check that topics and data are whole")]
    Arguments {
        /// The signature.
        signature: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A message inside the log is not what the bridge writes.
    #[error("the log holds \"{value}\", which is no {what} of the bridge")]
    Message {
        /// What it should be.
        what: &'static str,
        /// What it is.
        value: String,
    },
}

fn known() -> &'static HashMap<(B256, usize), Known> {
    static KNOWN: OnceLock<HashMap<(B256, usize), Known>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let all = shapes().iter().filter_map(Known::new);
        all.map(|known| ((known.selector(), known.topics()), known)).collect()
    })
}

/// The event that a log claims; `None` if its signature is of no known bridge,
/// or if it is the bridge's own housekeeping and no crossing.
/// # Errors
/// [`DecodeError`] for a log of a known signature that does not hold what that says.
pub fn decode(log: &Log) -> Result<Option<BridgeEvent>, DecodeError> {
    let Some(first) = log.topics.first() else { return Ok(None) };
    match known().get(&(B256::from(*first), log.topics.len())) {
        Some(known) => known.read(log),
        None => Ok(None),
    }
}

/// The hash that names an event, by its declaration; `None` if that is none.
#[must_use]
pub fn selector_of(declaration: &str) -> Option<[u8; 32]> {
    let (_, plain) = declaration::read(declaration)?;
    let event = alloy_json_abi::Event::parse(&plain).ok()?;
    Some(event.selector().0)
}

#[cfg(test)]
mod tests;
