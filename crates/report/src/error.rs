//! Why a report could not be made.

use tracehound_model::AmountError;
use tracehound_store::{RowId, StoreError};

/// Why a report could not be built or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The store could not answer.
    #[error("the report could not read a transfer from the store: {0}")]
    Store(#[from] StoreError),
    /// A sum left the range of amounts.
    #[error("the report could not add up {what}: {source}")]
    Sum {
        /// What was added up.
        what: &'static str,
        /// The reason.
        source: AmountError,
    },
    /// An analysis failed.
    #[error(transparent)]
    Analysis(#[from] tracehound_analysis::AnalysisError),
    /// Amounts left their range.
    #[error("the amounts of a transaction cannot be added up: {0}")]
    Amount(#[from] AmountError),
    /// The trace names a transfer it did not list.
    #[error("the trace speaks of row {} without listing it; this is a fault of the program, please report it", row.0)]
    UnlistedRow {
        /// The row.
        row: RowId,
    },
    /// A sum of coins left the range of 64 bits.
    #[error("the coins of an address cannot be added up in 64 bits")]
    SumPast64Bits,
    /// No policy was asked for.
    #[error("no policy was asked for; name one")]
    NoPolicy,
    /// An output that a transaction does not have.
    #[error("the transaction has {outputs} outputs, numbered from 0; there is no {index}")]
    NoSuchOutput {
        /// How many it has.
        outputs: usize,
        /// Which was asked for.
        index: u32,
    },
    /// The output could not be written.
    #[error("the report could not be written: {0}")]
    Io(#[from] std::io::Error),
    /// The output could not be written as CSV.
    #[error("the table could not be written: {0}")]
    Csv(#[from] csv::Error),
    /// The output could not be written as JSON.
    #[error("the report could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
