//! True pairs of transactions, as a label says them: to judge by, never to match by.

use super::chain_name;
use super::fields::Row;
use super::file;
use crate::error::BridgeError;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tracehound_model::{Chain, TransactionHash};

/// Which transactions belong to which.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    pairs: BTreeMap<TransactionHash, BTreeSet<TransactionHash>>,
}

impl Truth {
    /// Adds a pair.
    pub fn add(&mut self, source: TransactionHash, destination: TransactionHash) {
        self.pairs.entry(source).or_default().insert(destination);
    }

    /// Adds all pairs of another.
    pub fn extend(&mut self, other: Self) {
        for (source, destinations) in other.pairs {
            self.pairs.entry(source).or_default().extend(destinations);
        }
    }

    /// What a source belongs to; `None` if the label does not name it.
    #[must_use]
    pub fn of(&self, source: &TransactionHash) -> Option<&BTreeSet<TransactionHash>> {
        self.pairs.get(source)
    }

    /// Number of sources.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether nothing is labelled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

/// A row of a label.
pub(super) struct Labelled {
    pub(super) source: TransactionHash,
    pub(super) destination: TransactionHash,
    pub(super) source_chain: Option<Chain>,
    pub(super) destination_chain: Option<Chain>,
}

pub(super) fn rows(path: &Path) -> Result<Vec<Labelled>, BridgeError> {
    let mut reader = csv::Reader::from_reader(file::open(path)?);
    let failed = |error: csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        BridgeError::row(path, line, error.to_string())
    };
    let header = reader.headers().map_err(failed)?.clone();
    let find = |names: [&str; 2]| {
        header.iter().position(|own| names.iter().any(|name| name.eq_ignore_ascii_case(own.trim())))
    };
    let source = find(["srcTxhash", "source_transaction"]);
    let destination = find(["dstTxhash", "destination_transaction"]);
    let chains = [find(["srcnet", "source_chain"]), find(["dstnet", "destination_chain"])];
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row { path, line };
        let get = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().trim();
        let chain = |at: Option<usize>| match get(at) {
            "" => Ok(None),
            text => {
                chain_name::chain(text).map(Some).map_err(|error| row.refuse(error.to_string()))
            }
        };
        rows.push(Labelled {
            source: row.parse("source transaction", &get(source).to_ascii_lowercase())?,
            destination: row
                .parse("destination transaction", &get(destination).to_ascii_lowercase())?,
            source_chain: chain(chains[0])?,
            destination_chain: chain(chains[1])?,
        });
    }
    Ok(rows)
}

/// Reads a file of true pairs: Connector's label, or the columns
/// `source_transaction,destination_transaction`.
/// # Errors
/// [`BridgeError`] for a row that names no two transactions.
pub fn read_truth(path: &Path) -> Result<Truth, BridgeError> {
    let mut truth = Truth::default();
    for row in rows(path)? {
        truth.add(row.source, row.destination);
    }
    Ok(truth)
}
