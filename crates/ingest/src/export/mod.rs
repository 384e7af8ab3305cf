//! Transfers out, in the plain schema: what is written reads back the same.

mod columns;
mod csv;
mod parquet;

use crate::IngestError;
use std::io::Write;
use std::path::Path;
use tracehound_model::{Address, Transfer, TransferKind};
use tracehound_store::{AssetRecord, RowId, Snapshot};

/// How to write an export.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ExportFormat {
    /// Text with commas.
    Csv,
    /// Parquet.
    Parquet,
}

/// Receives exported transfers in order.
trait ExportSink {
    fn row(&mut self, transfer: &Transfer, asset: Option<&AssetRecord>) -> Result<(), IngestError>;
}

/// Writes every transfer of a snapshot in chain order; returns how many.
///
/// # Errors
/// [`IngestError::Export`] if the output refuses, or the store's error.
pub fn export(
    snapshot: &Snapshot,
    format: ExportFormat,
    output: impl Write + Send,
) -> Result<u64, IngestError> {
    match format {
        ExportFormat::Csv => {
            let mut sink = csv::CsvSink::new(output)?;
            write_all(snapshot, &mut sink)?;
            sink.close()?;
        }
        ExportFormat::Parquet => {
            let mut sink = parquet::ParquetSink::new(output)?;
            write_all(snapshot, &mut sink)?;
            sink.close()?;
        }
    }
    Ok(snapshot.row_count())
}

/// Writes transfers as plain Parquet to a new file; returns how many.
///
/// # Errors
/// [`IngestError`] if the file cannot be written.
pub fn write_plain_parquet(
    path: &Path,
    transfers: impl Iterator<Item = Transfer>,
) -> Result<u64, IngestError> {
    let file = std::fs::File::create(path).map_err(|error| IngestError::io(path, error))?;
    let mut sink = parquet::ParquetSink::new(file)?;
    let mut count = 0;
    for transfer in transfers {
        sink.row(&transfer, None)?;
        count += 1;
    }
    sink.close()?;
    Ok(count)
}

fn write_all(snapshot: &Snapshot, sink: &mut impl ExportSink) -> Result<(), IngestError> {
    let assets = (0..snapshot.asset_count())
        .map(|id| snapshot.asset(tracehound_store::AssetId(id)))
        .collect::<Result<Vec<_>, _>>()?;
    for id in 0..snapshot.row_count() {
        let id = RowId(id);
        let row = snapshot.row(id)?;
        let place = snapshot.place(id)?;
        // Asset ids are dense, and u32 always fits usize on supported platforms.
        let asset = &assets[row.asset.0 as usize];
        let transfer = Transfer {
            height: place.height,
            timestamp: place.timestamp,
            position: place.position,
            transaction: place.transaction,
            ordinal: place.ordinal,
            kind: row.kind,
            from: snapshot.address(row.from)?,
            to: snapshot.address(row.to)?,
            asset: asset.asset,
            amount: row.amount,
        };
        sink.row(&transfer, Some(asset))?;
    }
    Ok(())
}

fn failed(error: impl std::fmt::Display) -> IngestError {
    IngestError::Export { detail: error.to_string() }
}

fn kind_name(kind: TransferKind) -> Result<&'static str, IngestError> {
    match kind {
        TransferKind::Native => Ok("native"),
        TransferKind::Internal => Ok("internal"),
        TransferKind::Token => Ok("token"),
        TransferKind::Published => Ok("published"),
        other => Err(failed(format!("the plain schema has no name for {other:?}"))),
    }
}

/// `native`, `usd` or the contract in lower case.
fn asset_text(asset: &tracehound_model::Asset) -> String {
    match asset {
        tracehound_model::Asset::Token(contract) => contract.to_lower_hex(),
        other => other.to_string(),
    }
}

/// The 20 bytes of an EVM account, the only kind there is a column for.
fn account(address: &Address) -> Result<&[u8; 20], IngestError> {
    address.payload().try_into().map_err(|_| failed(format!("{address} is no EVM account")))
}

/// Symbol and decimals worth writing: a coin's and a dollar's are known.
fn described(asset: Option<&AssetRecord>) -> (Option<&str>, Option<u8>) {
    match asset {
        Some(AssetRecord { asset: tracehound_model::Asset::Token(_), symbol, decimals }) => {
            (symbol.as_deref(), *decimals)
        }
        _ => (None, None),
    }
}
