//! Names of the taint policies and of the direction of a trace.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How an account's debit chooses among the lots it holds.
/// Definitions and sources: `docs/methods/policies.md`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Policy {
    /// First in, first out (Clayton's case, 1816).
    Fifo,
    /// Last in, first out.
    Lifo,
    /// Pro rata on the balance at each debit, integer-exact.
    Haircut,
    /// Tainted lots leave first.
    DirtyFirst,
    /// Clean lots leave first.
    CleanFirst,
    /// Tainted money into the highest outputs first (unspent outputs only).
    Tiho,
    /// Tainted money into the lowest outputs first (unspent outputs only).
    Tilo,
    /// Reach only: every debit after the first taint is wholly tainted. Does not conserve value.
    Poison,
    /// Lowest intermediate balance: a claim never exceeds any later balance;
    /// victims share what is lost pro rata.
    Libr,
}

impl Policy {
    /// Every policy, in the order reports show them.
    pub const ALL: [Self; 9] = [
        Self::Fifo,
        Self::Lifo,
        Self::Haircut,
        Self::DirtyFirst,
        Self::CleanFirst,
        Self::Libr,
        Self::Tiho,
        Self::Tilo,
        Self::Poison,
    ];

    /// Those that account chains have.
    pub const ON_ACCOUNTS: [Self; 7] = [
        Self::Fifo,
        Self::Lifo,
        Self::Haircut,
        Self::DirtyFirst,
        Self::CleanFirst,
        Self::Libr,
        Self::Poison,
    ];

    /// Those that chains of unspent outputs have.
    pub const ON_OUTPUTS: [Self; 8] = [
        Self::Fifo,
        Self::Lifo,
        Self::Haircut,
        Self::DirtyFirst,
        Self::CleanFirst,
        Self::Tiho,
        Self::Tilo,
        Self::Poison,
    ];

    /// The name used in files, flags and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Lifo => "lifo",
            Self::Haircut => "haircut",
            Self::DirtyFirst => "dirty-first",
            Self::CleanFirst => "clean-first",
            Self::Tiho => "tiho",
            Self::Tilo => "tilo",
            Self::Poison => "poison",
            Self::Libr => "libr",
        }
    }

    /// Whether what goes in equals what is booked.
    #[must_use]
    pub fn conserves(self) -> bool {
        self != Self::Poison
    }
}

/// Not the name of a policy.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "\"{0}\" is not a policy; choose from fifo, lifo, haircut, dirty-first, clean-first, libr, tiho, tilo, poison"
)]
pub struct PolicyError(pub String);

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name() == text)
            .ok_or_else(|| PolicyError(text.to_owned()))
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which way a trace runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Where did it go?
    #[default]
    Forward,
    /// Where did it come from (source of funds)?
    Backward,
}
