//! Reading a small table in a test, without a store.

use super::{Outcome, Reader, RowError, Session};
use crate::IngestError;
use crate::pipeline::read_reference_for_tests;
use crate::source::{Row, RowNumber, RowVisitor, open_format};
use std::collections::BTreeMap;
use tracehound_model::{Chain, Transfer};
use tracehound_store::AssetDescription;

/// What a file came to.
#[derive(Default, Debug)]
pub(crate) struct Seen {
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    pub(crate) broken: Vec<(u64, String)>,
    pub(crate) notes: Vec<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) exchange_emitters: Vec<tracehound_model::Address>,
    pub(crate) descriptions: Vec<AssetDescription>,
}

struct Collector<'a> {
    reader: &'a mut Reader,
    session: &'a mut Session,
    seen: Seen,
}

impl RowVisitor for Collector<'_> {
    fn row(&mut self, number: RowNumber, row: &impl Row) -> Result<(), IngestError> {
        match self.reader.read(row, self.session) {
            Ok(Outcome::Transfer(transfer)) => self.seen.transfers.push(transfer),
            Ok(Outcome::Skipped(reason)) => *self.seen.skipped.entry(reason).or_default() += 1,
            Err(RowError::Broken(reason)) => self.seen.broken.push((number.row, reason)),
            Err(RowError::Fatal(error)) => return Err(*error),
        }
        Ok(())
    }

    fn broken(&mut self, number: RowNumber, reason: String, _: String) -> Result<(), IngestError> {
        self.seen.broken.push((number.row, reason));
        Ok(())
    }

    fn progress(&mut self, _bytes: u64) -> Result<(), IngestError> {
        Ok(())
    }
}

/// A session on Ethereum that knows nothing.
pub(crate) fn session() -> Session {
    Session::new(Chain::ethereum(), None)
}

/// Reads the last table with the others as help.
pub(crate) fn read(tables: &[&[u8]], session: &mut Session) -> Result<Seen, IngestError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    let (last, help) = tables.split_last().unwrap();
    for table in help {
        std::fs::write(&path, table).unwrap();
        let (opened, format) = open_format(&path)?;
        read_reference_for_tests(&opened, format, session)?;
    }
    session.positions.sort();
    std::fs::write(&path, last).unwrap();
    let (opened, format) = open_format(&path)?;
    let (mut reader, columns) = Reader::bind(&opened, format, session)?.unwrap();
    super::check_times(&reader, &path, format, session)?;
    let mut collector = Collector { reader: &mut reader, session, seen: Seen::default() };
    opened.visit(&columns, &mut collector)?;
    let mut seen = collector.seen;
    let learnt = reader.finish();
    seen.exchange_emitters = learnt.exchange_emitters;
    seen.notes = learnt.notes;
    seen.labels =
        learnt.labels.into_sorted().into_iter().map(|(a, l)| format!("{a} {l}")).collect();
    seen.descriptions = learnt.descriptions;
    Ok(seen)
}

/// Reads one table of text.
pub(crate) fn read_text(table: &str) -> Seen {
    read(&[table.as_bytes()], &mut session()).unwrap()
}

/// A hash of one repeated byte, as text.
pub(crate) fn tx(byte: u8) -> String {
    format!("0x{}", format!("{byte:02x}").repeat(32))
}

/// An address of one repeated byte, as text.
pub(crate) fn account(byte: u8) -> String {
    format!("0x{}", format!("{byte:02x}").repeat(20))
}

/// An Arrow batch with these columns as a Parquet file.
pub(crate) fn parquet(columns: Vec<(&str, arrow_array::ArrayRef)>) -> Vec<u8> {
    let batch = arrow_array::RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// A file of the shared data, if that folder stands beside the repository.
pub(crate) fn shared(path: &str) -> Option<Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    root.exists().then(|| std::fs::read(root.join(path)).unwrap())
}
