//! Arrays of the Parquet export, filled row by row.

use super::{account, asset_text, described, failed, kind_name};
use crate::IngestError;
use arrow_array::builder::{
    FixedSizeBinaryBuilder, StringBuilder, StringDictionaryBuilder, TimestampMillisecondBuilder,
    UInt8Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::fmt::Write as _;
use std::sync::Arc;
use tracehound_model::Transfer;
use tracehound_store::AssetRecord;

/// The columns and their types.
pub(crate) fn schema() -> SchemaRef {
    let text = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let utc = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("tx_hash", DataType::FixedSizeBinary(32), false),
        Field::new("block", DataType::UInt64, false),
        Field::new("timestamp", utc, false),
        Field::new("position", DataType::UInt32, true),
        Field::new("ordinal", DataType::UInt32, true),
        Field::new("kind", text(), false),
        Field::new("from", DataType::FixedSizeBinary(20), false),
        Field::new("to", DataType::FixedSizeBinary(20), false),
        Field::new("asset", text(), false),
        Field::new("value", DataType::Utf8, false),
        Field::new("symbol", text(), true),
        Field::new("decimals", DataType::UInt8, true),
    ]))
}

/// One array builder a column.
pub(crate) struct Columns {
    schema: SchemaRef,
    rows: usize,
    transaction: FixedSizeBinaryBuilder,
    block: UInt64Builder,
    timestamp: TimestampMillisecondBuilder,
    position: UInt32Builder,
    ordinal: UInt32Builder,
    kind: StringDictionaryBuilder<Int32Type>,
    from: FixedSizeBinaryBuilder,
    to: FixedSizeBinaryBuilder,
    asset: StringDictionaryBuilder<Int32Type>,
    value: StringBuilder,
    symbol: StringDictionaryBuilder<Int32Type>,
    decimals: UInt8Builder,
    /// Text of the row's asset, to be used again.
    asset_text: String,
    last_asset: Option<tracehound_model::Asset>,
}

impl Columns {
    pub(crate) fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            rows: 0,
            transaction: FixedSizeBinaryBuilder::new(32),
            block: UInt64Builder::new(),
            timestamp: TimestampMillisecondBuilder::new(),
            position: UInt32Builder::new(),
            ordinal: UInt32Builder::new(),
            kind: StringDictionaryBuilder::new(),
            from: FixedSizeBinaryBuilder::new(20),
            to: FixedSizeBinaryBuilder::new(20),
            asset: StringDictionaryBuilder::new(),
            value: StringBuilder::new(),
            symbol: StringDictionaryBuilder::new(),
            decimals: UInt8Builder::new(),
            asset_text: String::new(),
            last_asset: None,
        }
    }

    /// Rows waiting to be taken.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row.
    pub(crate) fn push(
        &mut self,
        row: &Transfer,
        asset: Option<&AssetRecord>,
    ) -> Result<(), IngestError> {
        let millis = row.timestamp.0.checked_mul(1000);
        self.transaction.append_value(row.transaction.0).map_err(failed)?;
        self.block.append_value(row.height.0);
        self.timestamp.append_value(millis.ok_or_else(|| failed("a time is out of range"))?);
        self.position.append_option(row.position);
        self.ordinal.append_option(row.ordinal);
        self.kind.append(kind_name(row.kind)?).map_err(failed)?;
        self.from.append_value(account(&row.from)?).map_err(failed)?;
        self.to.append_value(account(&row.to)?).map_err(failed)?;
        if self.last_asset != Some(row.asset) {
            self.last_asset = Some(row.asset);
            self.asset_text = asset_text(&row.asset);
        }
        self.asset.append(&self.asset_text).map_err(failed)?;
        write!(self.value, "{}", row.amount).map_err(failed)?;
        self.value.append_value("");
        let (symbol, decimals) = described(asset);
        self.symbol.append_option(symbol);
        self.decimals.append_option(decimals);
        self.rows += 1;
        Ok(())
    }

    /// The rows so far as a batch; the columns are empty again.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, IngestError> {
        self.rows = 0;
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(self.transaction.finish()),
            Arc::new(self.block.finish()),
            Arc::new(self.timestamp.finish().with_timezone("UTC")),
            Arc::new(self.position.finish()),
            Arc::new(self.ordinal.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.from.finish()),
            Arc::new(self.to.finish()),
            Arc::new(self.asset.finish()),
            Arc::new(self.value.finish()),
            Arc::new(self.symbol.finish()),
            Arc::new(self.decimals.finish()),
        ];
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(failed)
    }
}
