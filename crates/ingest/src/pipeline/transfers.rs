//! The second pass: rows as transfers, handed on in batches.

use super::tally::Tally;
use crate::IngestError;
use crate::normalise::{Outcome, Reader, RowError, Session};
use crate::source::{Row, RowNumber, RowVisitor};
use tracehound_model::Transfer;

/// Transfers handed on at a time.
pub(crate) const BATCH: usize = 8192;

/// Where transfers go.
pub(crate) trait Sink {
    /// Takes a full batch and leaves an empty one.
    fn take(&mut self, batch: &mut Vec<Transfer>) -> Result<(), IngestError>;
}

/// Turns the rows of one file into transfers.
pub(crate) struct TransferVisitor<'a, 'b, S> {
    pub(crate) reader: &'a mut Reader,
    pub(crate) session: &'a mut Session,
    pub(crate) tally: &'a mut Tally<'b>,
    pub(crate) sink: &'a mut S,
    pub(crate) batch: Vec<Transfer>,
}

impl<S: Sink> TransferVisitor<'_, '_, S> {
    /// Reads a row and dates its block; the transfer joins the batch.
    fn accept(&mut self, row: &impl Row) -> Result<(), RowError> {
        match self.reader.read(row, self.session)? {
            Outcome::Transfer(transfer) => {
                self.session.date(transfer.height, transfer.timestamp)?;
                self.batch.push(transfer);
                self.tally.transfer();
            }
            Outcome::Skipped(reason) => self.tally.skip(reason),
        }
        Ok(())
    }

    /// Hands on what is left.
    pub(crate) fn flush(&mut self) -> Result<(), IngestError> {
        if self.batch.is_empty() { Ok(()) } else { self.sink.take(&mut self.batch) }
    }
}

impl<S: Sink> RowVisitor for TransferVisitor<'_, '_, S> {
    fn row(&mut self, number: RowNumber, row: &impl Row) -> Result<(), IngestError> {
        match self.accept(row) {
            Ok(()) if self.batch.len() >= BATCH => self.sink.take(&mut self.batch),
            Ok(()) => Ok(()),
            Err(RowError::Broken(reason)) => self.tally.broken_row(number, reason, row),
            Err(RowError::Fatal(error)) => Err(*error),
        }
    }

    fn broken(
        &mut self,
        number: RowNumber,
        reason: String,
        text: String,
    ) -> Result<(), IngestError> {
        self.tally.broken(number, reason, &text)
    }

    fn progress(&mut self, bytes: u64) -> Result<(), IngestError> {
        self.tally.progress(bytes)
    }
}
