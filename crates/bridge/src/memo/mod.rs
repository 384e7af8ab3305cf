//! Memos of THORChain: what a payment to a vault asks for, and what a payment
//! from one answers.
//!
//! A memo is fields between colons, the first of them the action. Case does
//! not count in actions and assets. The whole memo is parsed: that one begins
//! with `=` or `s` says nothing by itself, and text that only begins so is
//! refused. Source: THORChain's documentation of transaction memos and the
//! names in its `memo.go`; the grammar below is written from those.
//!
//! What ties two chains is the answer: `OUT:` or `REFUND:` and the hash of
//! the transaction that asked ([`Memo::answers`]).

mod action;
mod asset;
mod format;
mod parse;
mod script;

pub use action::Action;
pub use asset::{AssetForm, PoolAsset};
pub use script::memo_of_script;

use tracehound_model::{Amount, TransactionHash};

/// Longest memo that the THORChain network takes, in bytes.
pub const MAX_LENGTH: usize = 250;

/// A memo, understood.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Memo {
    /// Change one asset for another.
    Swap(Swap),
    /// Give liquidity to a pool.
    Add {
        /// Which.
        pool: PoolAsset,
        /// The address on the other chain that gives the other half.
        paired: Option<String>,
        /// Who takes a share of it.
        affiliates: Vec<Affiliate>,
    },
    /// Take liquidity back.
    Withdraw {
        /// From which pool.
        pool: PoolAsset,
        /// How much, in hundredths of a percent; all of it if not said.
        basis_points: Option<u16>,
        /// In which asset alone.
        asset: Option<PoolAsset>,
    },
    /// Give to a pool without a share in it.
    Donate {
        /// Which.
        pool: PoolAsset,
        /// What else is said.
        fields: Vec<String>,
    },
    /// Open a loan: the swap that pays it out.
    LoanOpen(Swap),
    /// Repay a loan.
    LoanRepay {
        /// The collateral that comes back.
        asset: PoolAsset,
        /// Whose.
        owner: String,
        /// At least so much, in units of 1e-8.
        least: Option<Amount>,
    },
    /// The answer to a transaction: what it asked for.
    Outbound(TransactionHash),
    /// The answer to a transaction: its money back.
    Refund(TransactionHash),
    /// Between vaults of the network itself: no money comes in or goes out.
    Internal {
        /// Which of [`Action::is_internal`].
        action: Action,
        /// Height on THORChain.
        height: Option<u64>,
    },
    /// An action whose fields are kept as they are.
    Other {
        /// Which.
        action: Action,
        /// What follows it.
        fields: Vec<String>,
    },
}

/// A change of assets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Swap {
    /// Whether it waits for its price instead of taking the one there is.
    pub waits: bool,
    /// What is wanted.
    pub asset: PoolAsset,
    /// Who gets it: an address of the asset's chain or a THORName; empty for whoever pays.
    pub destination: String,
    /// Who gets the money back if it fails; whoever paid, if not said.
    pub refund: Option<String>,
    /// At least so much or all back, in units of 1e-8.
    pub limit: Option<Amount>,
    /// In parts, so many blocks apart.
    pub interval: Option<u64>,
    /// In so many parts; 0 leaves it to the network.
    pub quantity: Option<u64>,
    /// Who takes a share.
    pub affiliates: Vec<Affiliate>,
    /// A contract to call with the outcome, its asset and its least amount.
    pub rest: Vec<String>,
}

/// Who takes a share of what is changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Affiliate {
    /// A THORName or an address.
    pub name: String,
    /// In hundredths of a percent.
    pub basis_points: Option<u16>,
}

/// Why a memo was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoError {
    /// Bytes that are no text.
    #[error("the memo is not UTF-8 text; give the bytes that follow OP_RETURN and its push")]
    NotText,
    /// The first field is no action.
    #[error(
        "\"{0}\" is no action of THORChain; a memo begins with one such as \"=\", \"SWAP\" or \"OUT\""
    )]
    UnknownAction(String),
    /// A field that its action does not take.
    #[error("\"{value}\" is no {field} of a memo; it is {expected}")]
    Field {
        /// Which.
        field: &'static str,
        /// What stood there.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl Memo {
    /// Reads a memo from bytes of any kind.
    /// # Errors
    /// [`MemoError`], which names the field.
    pub fn parse(bytes: &[u8]) -> Result<Self, MemoError> {
        parse::memo(std::str::from_utf8(bytes).map_err(|_| MemoError::NotText)?)
    }

    /// The transaction that this one answers.
    #[must_use]
    pub fn answers(&self) -> Option<TransactionHash> {
        match self {
            Self::Outbound(hash) | Self::Refund(hash) => Some(*hash),
            _ => None,
        }
    }

    /// Whether the network moves its own money; such a payment is no crossing.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        matches!(self, Self::Internal { .. })
    }
}

impl std::str::FromStr for Memo {
    type Err = MemoError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::memo(text)
    }
}

#[cfg(test)]
mod tests;
