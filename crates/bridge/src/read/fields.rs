//! Values of rows, refused with what was wrong and what would be right.

use crate::error::BridgeError;
use std::path::Path;
use std::str::FromStr;
use tracehound_model::{Address, Amount};

/// Where a value stands.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) path: &'a Path,
    pub(super) line: u64,
}

impl Row<'_> {
    pub(super) fn refuse(&self, problem: impl Into<String>) -> BridgeError {
        BridgeError::row(self.path, self.line, problem)
    }

    /// Reads a value; `column` says in the message what it is.
    pub(super) fn parse<T: FromStr>(&self, column: &str, text: &str) -> Result<T, BridgeError>
    where
        T::Err: std::fmt::Display,
    {
        text.trim().parse().map_err(|error| self.refuse(format!("{column}: {error}")))
    }

    /// A whole number of base units.
    pub(super) fn amount(&self, column: &str, text: &str) -> Result<Amount, BridgeError> {
        let read = Amount::parse_decimal(text.trim(), 0);
        read.map_err(|error| {
            self.refuse(format!("{column}: {error}; write base units (wei, satoshi) in digits"))
        })
    }

    /// A number that fits a machine word.
    pub(super) fn number(&self, column: &str, text: &str) -> Result<u64, BridgeError> {
        let read = text.trim().parse();
        read.map_err(|_| self.refuse(format!("{column}: \"{text}\" is no whole number")))
    }

    /// An account, or nothing where the data write `None` or leave it out.
    pub(super) fn account(&self, column: &str, text: &str) -> Result<Option<Address>, BridgeError> {
        match text.trim() {
            "" | "None" | "null" => Ok(None),
            // Checksums of data sets are not to be trusted in mixed case; digits are.
            hex if hex.starts_with("0x") => self.parse(column, &hex.to_ascii_lowercase()).map(Some),
            text => self.parse(column, text).map(Some),
        }
    }
}
