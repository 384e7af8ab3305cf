//! Lists of transactions: one a line, or a column of a table.
//!
//! The first line is a header unless it is a hash. A table uses its column
//! `txid`, `tx_hash` or `hash`, else its first. One bad row refuses the list.

use crate::source::{Opened, Row, RowNumber, RowVisitor, open};
use crate::{BrokenRow, IngestError};
use std::path::Path;
use tracehound_model::TransactionHash;

/// Reads a list of transactions, in its order, repetitions kept.
///
/// # Errors
/// [`IngestError`] naming file, row and what is wrong with it.
pub fn read_transaction_list(path: &Path) -> Result<Vec<TransactionHash>, IngestError> {
    let opened = open(path)?;
    let first = opened.written_header.first().map(|text| text.trim().parse());
    let column = opened.header.find(&["txid", "tx_hash", "transaction_hash", "hash"]).unwrap_or(0);
    let mut list = ListVisitor { opened: &opened, column, hashes: Vec::new(), rows_before: 0 };
    if let Some(Ok(hash)) = first {
        list.hashes.push(hash);
        list.rows_before = 1;
    }
    opened.visit(&[column], &mut list)?;
    Ok(list.hashes)
}

struct ListVisitor<'a> {
    opened: &'a Opened,
    column: usize,
    hashes: Vec<TransactionHash>,
    /// Rows that came before those the visitor is handed.
    rows_before: u64,
}

impl ListVisitor<'_> {
    fn refuse(&self, number: RowNumber, reason: String) -> Result<(), IngestError> {
        let row = BrokenRow { row: number.row + self.rows_before, line: number.line, reason };
        Err(IngestError::ListRow { file: self.opened.path.clone(), row })
    }
}

impl RowVisitor for ListVisitor<'_> {
    fn row(&mut self, number: RowNumber, row: &impl Row) -> Result<(), IngestError> {
        match crate::normalise::hash(row.cell(self.column), "transaction") {
            Ok(hash) => {
                self.hashes.push(hash);
                Ok(())
            }
            Err(crate::normalise::RowError::Broken(reason)) => self.refuse(number, reason),
            Err(crate::normalise::RowError::Fatal(error)) => Err(*error),
        }
    }

    fn broken(&mut self, number: RowNumber, reason: String, _: String) -> Result<(), IngestError> {
        self.refuse(number, reason)
    }

    fn progress(&mut self, _bytes: u64) -> Result<(), IngestError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<usize, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        read_transaction_list(&path).map(|list| list.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn with_and_without_header() {
        let (a, b) = ("ab".repeat(32), "0c".repeat(32));
        assert_eq!(read(&format!("{a}\n{b}\n")), Ok(2));
        assert_eq!(read(&format!("txid\r\n{a}\r\n{b}\r\n")), Ok(2));
        assert_eq!(read(&format!("n,tx_hash\n1,{a}\n")), Ok(1));
        let error = read(&format!("txid\n{a}\n12\n")).unwrap_err();
        assert!(error.contains("row 2 (line 3)"), "{error}");
    }
}
