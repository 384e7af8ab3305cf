//! The transfers that a transaction is told as, and their order.

use tracehound_analysis::output_trace::{Arrival, Flow};
use tracehound_store::utxo::{OutputId, TransactionId};

/// One transfer of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Leg {
    /// A tainted input of a transaction that gathers several addresses.
    Spent(u32),
    /// An input that a backward trace arrived at; undone after the outputs.
    Undone(u32),
    /// What the trace says arrived.
    Arrival(Arrival),
    /// A tainted output of a transaction that gathers, traced backward.
    Earned(u32),
}

impl Leg {
    pub(super) fn of(arrival: Arrival) -> Self {
        match arrival {
            Arrival::Input(index) => Self::Undone(index),
            arrival => Self::Arrival(arrival),
        }
    }
}

/// A leg by its place in time: the coinbase comes after its block's fees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Key {
    /// The transaction, or the last of the block for a coinbase.
    pub(super) when: TransactionId,
    pub(super) is_coinbase: bool,
    pub(super) transaction: TransactionId,
    pub(super) leg: Leg,
}

/// The output that a flow made.
pub(super) fn output_of(flow: &Flow) -> Option<OutputId> {
    match flow.arrival {
        Arrival::Output(index) => Some(OutputId { transaction: flow.transaction, index }),
        _ => None,
    }
}
