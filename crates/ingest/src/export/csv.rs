//! The plain schema as text.
//!
//! Addresses are in lower case: a checksum costs more than the rest of a row,
//! to write and to verify, and a machine mistypes nothing.

use super::{ExportSink, asset_text, described, failed, kind_name};
use crate::IngestError;
use crate::source::quote;
use std::io::{BufWriter, Write};
use tracehound_model::Transfer;
use tracehound_store::AssetRecord;

/// Column order of the export.
const HEADER: &str =
    "tx_hash,block,timestamp,position,ordinal,kind,from,to,asset,value,symbol,decimals";

pub(crate) struct CsvSink<W: Write> {
    output: BufWriter<W>,
}

impl<W: Write> CsvSink<W> {
    pub(crate) fn new(output: W) -> Result<Self, IngestError> {
        let mut output = BufWriter::with_capacity(1 << 18, output);
        writeln!(output, "{HEADER}").map_err(failed)?;
        Ok(Self { output })
    }

    pub(crate) fn close(mut self) -> Result<(), IngestError> {
        self.output.flush().map_err(failed)
    }
}

impl<W: Write> ExportSink for CsvSink<W> {
    fn row(&mut self, row: &Transfer, asset: Option<&AssetRecord>) -> Result<(), IngestError> {
        let written = |index: Option<u32>| index.map(|i| i.to_string()).unwrap_or_default();
        let (symbol, decimals) = described(asset);
        // Symbols are chosen by anybody: line breaks in them would be read as blanks.
        let symbol = symbol.unwrap_or_default().replace(['\n', '\r', '\0'], " ");
        let decimals = decimals.map(|d| d.to_string()).unwrap_or_default();
        writeln!(
            self.output,
            "{},{},{},{},{},{},{},{},{},{},{},{decimals}",
            row.transaction,
            row.height,
            row.timestamp,
            written(row.position),
            written(row.ordinal),
            kind_name(row.kind)?,
            row.from.to_lower_hex(),
            row.to.to_lower_hex(),
            asset_text(&row.asset),
            row.amount,
            quote(&symbol),
        )
        .map_err(failed)
    }
}
