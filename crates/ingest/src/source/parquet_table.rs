//! Parquet as rows, column by column underneath.
//!
//! Only the columns a format takes are decoded, a batch at a time, and each
//! row is read from the arrays in place. The decoder meets files nobody
//! checked; should it panic on one, the panic ends here as a damaged file.

use super::cell::{Cell, Row, RowNumber, RowVisitor};
use super::csv_table::quote;
use super::header::{Column, Header};
use super::parquet_cell::{ColumnView, cell_type};
use crate::IngestError;
use arrow_array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// First and last bytes of a Parquet file.
pub(crate) const MAGIC: &[u8; 4] = b"PAR1";
/// Rows decoded at a time: the arrays of a batch stay in the cache.
const BATCH_ROWS: usize = 8192;

/// A Parquet file, its schema read.
pub(crate) struct ParquetTable {
    file: PathBuf,
    builder: ParquetRecordBatchReaderBuilder<File>,
    size: u64,
}

impl ParquetTable {
    pub(crate) fn open(path: &Path) -> Result<Self, IngestError> {
        let file = File::open(path).map_err(|error| IngestError::io(path, error))?;
        let size = file.metadata().map_err(|error| IngestError::io(path, error))?.len();
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder =
            guarded(path, || ParquetRecordBatchReaderBuilder::try_new_with_options(file, options))?;
        Ok(Self { file: path.to_owned(), builder, size })
    }

    /// The root columns.
    pub(crate) fn header(&self) -> Header {
        let column = |field: &std::sync::Arc<arrow_schema::Field>| Column {
            name: field.name().trim().to_lowercase(),
            kind: cell_type(field.data_type()),
            type_name: field.data_type().to_string(),
        };
        Header { columns: self.builder.schema().fields().iter().map(column).collect() }
    }

    /// Hands every row to the visitor, with only `columns` (ascending) readable.
    pub(crate) fn visit(
        self,
        columns: &[usize],
        visitor: &mut impl RowVisitor,
    ) -> Result<(), IngestError> {
        let Self { file, builder, size } = self;
        let width = builder.schema().fields().len();
        let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let mut reader =
            guarded(&file, || builder.with_projection(mask).with_batch_size(BATCH_ROWS).build())?;
        // Place of each column of the file in a batch.
        let mut places = vec![usize::MAX; width];
        for (place, column) in columns.iter().enumerate() {
            places[*column] = place;
        }
        let mut row = 0;
        while let Some(batch) = guarded(&file, || reader.next().transpose())? {
            visit_batch(&batch, &places, &mut row, visitor)?;
            // A share of a file's bytes is at most the file's bytes.
            let bytes = u128::from(size) * u128::from(row) / u128::from(total.max(row).max(1));
            visitor.progress(u64::try_from(bytes).unwrap_or(size))?;
        }
        Ok(())
    }
}

fn visit_batch(
    batch: &RecordBatch,
    places: &[usize],
    row: &mut u64,
    visitor: &mut impl RowVisitor,
) -> Result<(), IngestError> {
    let views: Vec<ColumnView<'_>> = batch.columns().iter().map(ColumnView::new).collect();
    for index in 0..batch.num_rows() {
        *row += 1;
        let number = RowNumber { row: *row, line: None };
        visitor.row(number, &ParquetRow { views: &views, places, index })?;
    }
    Ok(())
}

struct ParquetRow<'a> {
    views: &'a [ColumnView<'a>],
    places: &'a [usize],
    index: usize,
}

impl Row for ParquetRow<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        let place = self.places.get(column).copied().unwrap_or(usize::MAX);
        self.views.get(place).map_or(Cell::Missing, |view| view.cell(self.index))
    }

    fn text(&self) -> String {
        let cells = self.views.iter().map(|view| written(view.cell(self.index)));
        cells.map(|text| quote(&text).into_owned()).collect::<Vec<_>>().join(",")
    }
}

fn written(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Text(text) => text.to_owned(),
        Cell::Bytes(bytes) => {
            bytes.iter().fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
        }
        Cell::Unsigned(value) => value.to_string(),
        Cell::Negative(value) | Cell::Seconds(value) => value.to_string(),
        Cell::Decimal { negative, digits, scale } => {
            format!("{}{}", if negative { "-" } else { "" }, digits.to_decimal(scale))
        }
        Cell::Boolean(value) => value.to_string(),
        Cell::Float => "a floating-point number".to_owned(),
    }
}

/// Runs a step of the decoder; its error or panic becomes ours.
fn guarded<T, E: std::fmt::Display>(
    file: &Path,
    step: impl FnOnce() -> Result<T, E>,
) -> Result<T, IngestError> {
    let damaged = |detail: String| IngestError::Damaged { file: file.to_owned(), detail };
    // Nothing the step touches is used again after a panic.
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(format!("not valid Parquet: {error}"))),
        Err(_) => Err(damaged("not valid Parquet: the decoder gave up".to_owned())),
    }
}
