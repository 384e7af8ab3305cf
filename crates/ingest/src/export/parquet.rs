//! The plain schema as Parquet.
//!
//! Hashes and addresses are raw bytes, left uncompressed where they are
//! random; amounts are decimal text, the one exact form every engine reads.
//! Row groups are large, so that readers stream.

use super::columns::{Columns, schema};
use super::{ExportSink, failed};
use crate::IngestError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::io::Write;
use tracehound_model::Transfer;
use tracehound_store::AssetRecord;

/// Rows handed to the encoder at a time.
const BATCH_ROWS: usize = 8192;
/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 20;

pub(crate) struct ParquetSink<W: Write + Send> {
    columns: Columns,
    writer: ArrowWriter<W>,
}

impl<W: Write + Send> ParquetSink<W> {
    pub(crate) fn new(output: W) -> Result<Self, IngestError> {
        let schema = schema();
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_column_compression(ColumnPath::from("tx_hash"), Compression::UNCOMPRESSED);
        for column in ["tx_hash", "from", "to", "value"] {
            // Nearly every value is its own: a dictionary is built in vain.
            let path = ColumnPath::from(column);
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), Encoding::PLAIN)
                .set_column_statistics_enabled(path, EnabledStatistics::None);
        }
        let writer = ArrowWriter::try_new(output, schema.clone(), Some(properties.build()))
            .map_err(failed)?;
        Ok(Self { columns: Columns::new(schema), writer })
    }

    fn write_batch(&mut self) -> Result<(), IngestError> {
        let batch = self.columns.take()?;
        self.writer.write(&batch).map_err(failed)
    }

    pub(crate) fn close(mut self) -> Result<(), IngestError> {
        if self.columns.rows() > 0 {
            self.write_batch()?;
        }
        self.writer.close().map(|_| ()).map_err(failed)
    }
}

impl<W: Write + Send> ExportSink for ParquetSink<W> {
    fn row(&mut self, row: &Transfer, asset: Option<&AssetRecord>) -> Result<(), IngestError> {
        self.columns.push(row, asset)?;
        if self.columns.rows() >= BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }
}
