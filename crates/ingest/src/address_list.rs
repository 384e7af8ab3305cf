//! Lists of addresses: one a line, or a column of a table.
//!
//! The first line is a header if it does not begin with `0x`. A table uses its
//! column `address`, else its first. Lists are short and decide what a case
//! means, so one bad row refuses the whole list.

use crate::source::{Cell, Opened, Row, RowNumber, RowVisitor, open};
use crate::{BrokenRow, IngestError};
use std::path::Path;
use tracehound_model::Address;

/// Reads a list of addresses, in its order, repetitions kept.
///
/// # Errors
/// [`IngestError`] naming file, row and what is wrong with it.
pub fn read_address_list(path: &Path) -> Result<Vec<Address>, IngestError> {
    let opened = open(path)?;
    let first = opened.header.columns.first().map_or("", |column| column.name.as_str());
    let mut list = ListVisitor {
        opened: &opened,
        column: opened.header.find(&["address"]).unwrap_or(0),
        addresses: Vec::new(),
        rows_before: 0,
    };
    if first.starts_with("0x") {
        // No header: the first line is data, its letter case lost to us, so
        // read again from the file below.
        list.rows_before = 1;
        list.first_line()?;
    }
    opened.visit(&[list.column], &mut list)?;
    Ok(list.addresses)
}

struct ListVisitor<'a> {
    opened: &'a Opened,
    column: usize,
    addresses: Vec<Address>,
    /// Rows that came before those the visitor is handed.
    rows_before: u64,
}

impl ListVisitor<'_> {
    fn first_line(&mut self) -> Result<(), IngestError> {
        let text = self.opened.written_header.first().map_or("", String::as_str).to_owned();
        self.add(RowNumber { row: 0, line: Some(1) }, &text)
    }

    fn add(&mut self, number: RowNumber, text: &str) -> Result<(), IngestError> {
        match text.trim().parse() {
            Ok(address) => {
                self.addresses.push(address);
                Ok(())
            }
            Err(error) => self.refuse(number, error.to_string()),
        }
    }

    fn refuse(&self, number: RowNumber, reason: String) -> Result<(), IngestError> {
        let row = number.row + self.rows_before;
        let row = BrokenRow { row, line: number.line, reason };
        Err(IngestError::ListRow { file: self.opened.path.clone(), row })
    }
}

impl RowVisitor for ListVisitor<'_> {
    fn row(&mut self, number: RowNumber, row: &impl Row) -> Result<(), IngestError> {
        match row.cell(self.column) {
            Cell::Text(text) => self.add(number, text),
            Cell::Bytes(bytes) if bytes.len() == 20 => {
                let mut address = [0; 20];
                address.copy_from_slice(bytes);
                self.addresses.push(Address::evm(address));
                Ok(())
            }
            _ => self.refuse(number, "address is missing".to_owned()),
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

    const A: &str = "0x6dd68bb7177edfb4f2f88fe62d80a6545378ef40";
    const B: &str = "0x9952dc5b11b5db10647ea59a4792db4d5172614b";

    fn read(text: &str) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        read_address_list(&path)
            .map(|list| list.iter().map(Address::to_lower_hex).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn every_shape_of_list_reads_the_same() {
        for text in [
            format!("{A}\n{B}"),
            format!("\u{feff}{A}\r\n\r\n{B}\r\n"),
            format!("address\n{A}\n{B}\n"),
            format!("name,Address\nx,{A}\ny,{B}\n"),
            format!("{A},victim\n{B},\n"),
        ] {
            assert_eq!(read(&text).unwrap(), [A, B], "{text}");
        }
    }

    #[test]
    fn letter_case_of_the_first_line_is_checked() {
        let wrong = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed";
        let error = read(wrong).unwrap_err();
        assert!(error.contains("row 1 (line 1)") && error.contains("checksum"), "{error}");
    }

    #[test]
    fn a_bad_row_names_file_and_row() {
        let error = read(&format!("{A}\n0x12\n")).unwrap_err();
        assert!(error.contains("list.csv: row 2 (line 2): \"0x12\" is not an address"), "{error}");
        let error = read(&format!("address\n{A}\nnobody\n")).unwrap_err();
        assert!(error.contains("row 2 (line 3)"), "{error}");
        assert!(read("").unwrap_err().contains("the file is empty"));
    }

    #[test]
    fn lists_of_the_published_cases() {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cases");
        if !cases.exists() {
            return;
        }
        for (case, sources, terminals) in
            [("atomic-wallet", 17, 101), ("lifi", 1, 33), ("txphish", 2, 13)]
        {
            let length = |name| read_address_list(&cases.join(case).join(name)).unwrap().len();
            assert_eq!((length("sources.csv"), length("terminals.csv")), (sources, terminals));
        }
    }
}
