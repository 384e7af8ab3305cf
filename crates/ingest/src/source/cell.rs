//! One cell of a row, the same for text and for Parquet.

use crate::IngestError;
use tracehound_model::Amount;

/// A value as its file gives it, before anybody says what it means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Cell<'a> {
    /// Empty text or a null.
    Missing,
    /// Text without surrounding blanks, never empty.
    Text(&'a str),
    /// Raw bytes.
    Bytes(&'a [u8]),
    /// A whole number.
    Unsigned(u64),
    /// A whole number below zero.
    Negative(i64),
    /// An exact decimal: digits divided by ten to the scale.
    Decimal {
        /// Whether it is below zero.
        negative: bool,
        /// The digits.
        digits: Amount,
        /// Places after the point.
        scale: u8,
    },
    /// Seconds since 1970.
    Seconds(i64),
    /// Yes or no.
    Boolean(bool),
    /// A floating-point number, which no amount may be read from.
    Float,
}

/// A row whose cells are asked for by column number of the header.
pub(crate) trait Row {
    /// The cell of a column.
    fn cell(&self, column: usize) -> Cell<'_>;

    /// The row as a line of text, for the quarantine.
    fn text(&self) -> String;

    /// The cell of a column the file may not have.
    fn at(&self, column: Option<usize>) -> Cell<'_> {
        column.map_or(Cell::Missing, |column| self.cell(column))
    }
}

/// Where a row stands in its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct RowNumber {
    /// Row of data, from 1.
    pub(crate) row: u64,
    /// Line of the file, from 1.
    pub(crate) line: Option<u64>,
}

/// Receives the rows of a file in order.
pub(crate) trait RowVisitor {
    /// A row that could be split into cells.
    fn row(&mut self, number: RowNumber, row: &impl Row) -> Result<(), IngestError>;

    /// A row that could not; `text` may be cut off.
    fn broken(
        &mut self,
        number: RowNumber,
        reason: String,
        text: String,
    ) -> Result<(), IngestError>;

    /// Called now and then with the bytes of the file consumed so far.
    fn progress(&mut self, bytes: u64) -> Result<(), IngestError>;
}

/// A row of text already split.
pub(crate) struct TextRow<'a> {
    /// The whole line.
    pub(crate) line: &'a str,
    /// Where its fields are.
    pub(crate) fields: &'a super::csv_split::Fields,
}

impl Row for TextRow<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        match self.fields.get(self.line, column).trim_ascii() {
            "" => Cell::Missing,
            text => Cell::Text(text),
        }
    }

    fn text(&self) -> String {
        self.line.to_owned()
    }
}
