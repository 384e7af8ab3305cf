//! A transfer as a source gives it, before it has a place in a store.

use crate::{Address, Amount, Asset, Height, Timestamp, TransactionHash};
use serde::{Deserialize, Serialize};

/// What moved the amount. Numbers are part of the store format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[repr(u8)]
pub enum TransferKind {
    /// The value field of the transaction itself.
    Native = 1,
    /// Value moved by a call inside the transaction.
    Internal = 2,
    /// A token contract's transfer event.
    Token = 3,
    /// A data set that does not say which of the above it was.
    Published = 4,
}

impl TransferKind {
    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Native),
            2 => Some(Self::Internal),
            3 => Some(Self::Token),
            4 => Some(Self::Published),
            _ => None,
        }
    }
}

/// One debit with one credit, as read from a source.
///
/// `position` and `ordinal` are `None` where the source does not say; the
/// store then orders the block by funding (a credit before the debit it pays
/// for) and remembers that it did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transfer {
    /// Block height.
    pub height: Height,
    /// Block time.
    pub timestamp: Timestamp,
    /// Place of the transaction in its block.
    pub position: Option<u32>,
    /// Name of the transaction.
    pub transaction: TransactionHash,
    /// Place inside the transaction: 0 for its own value, 1 + trace index
    /// for internal calls, 2^20 + log index for token events.
    pub ordinal: Option<u32>,
    /// What moved the amount.
    pub kind: TransferKind,
    /// Debited address.
    pub from: Address,
    /// Credited address.
    pub to: Address,
    /// What was moved.
    pub asset: Asset,
    /// How much, in base units.
    pub amount: Amount,
}

/// First ordinal of token events, above any trace index a block can hold.
pub const TOKEN_ORDINAL_BASE: u32 = 1 << 20;
