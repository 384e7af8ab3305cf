//! Counting the rows of one file: transfers, skipped rows, broken rows.

use super::digest::file_sha256;
use super::options::{IngestOptions, Progress, Stage};
use super::quarantine::Quarantine;
use super::summary::FileSummary;
use crate::source::{Format, Opened, Row, RowNumber};
use crate::{BrokenRow, IngestError};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Broken rows told in the summary.
const FIRST_BROKEN: usize = 5;

/// One file of a run.
pub(crate) struct Input {
    /// The file.
    pub(crate) opened: Opened,
    /// Its format.
    pub(crate) format: Format,
    /// Which of the files of this name in the run, from 1.
    pub(crate) place: usize,
}

/// How far the whole run has read.
pub(crate) struct Reading {
    /// Bytes of the files read before this one.
    pub(crate) before: u64,
    /// Bytes to read in all.
    pub(crate) total: u64,
}

/// Counters of one file.
pub(crate) struct Tally<'a> {
    input: &'a Input,
    options: &'a IngestOptions,
    rows_read: &'a AtomicU64,
    reading: &'a Reading,
    quarantine: Quarantine,
    rows: u64,
    reported: u64,
    transfers: u64,
    skipped: BTreeMap<&'static str, u64>,
    broken: u64,
    first_broken: Vec<BrokenRow>,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(
        input: &'a Input,
        options: &'a IngestOptions,
        rows_read: &'a AtomicU64,
        reading: &'a Reading,
    ) -> Self {
        let folder = options.quarantine.as_deref();
        Self {
            input,
            options,
            rows_read,
            reading,
            quarantine: Quarantine::new(folder, &input.opened.path, input.place),
            rows: 0,
            reported: 0,
            transfers: 0,
            skipped: BTreeMap::new(),
            broken: 0,
            first_broken: Vec::new(),
        }
    }

    /// A row that is a transfer.
    pub(crate) fn transfer(&mut self) {
        self.rows += 1;
        self.transfers += 1;
    }

    /// A row that only helps to read others.
    pub(crate) fn helpful(&mut self) {
        self.rows += 1;
    }

    /// A row that moves nothing.
    pub(crate) fn skip(&mut self, reason: &'static str) {
        self.rows += 1;
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// A row that could be split but not read.
    pub(crate) fn broken_row(
        &mut self,
        number: RowNumber,
        reason: String,
        row: &impl Row,
    ) -> Result<(), IngestError> {
        self.broken(number, reason, &row.text())
    }

    /// A row that could not be read.
    pub(crate) fn broken(
        &mut self,
        number: RowNumber,
        reason: String,
        text: &str,
    ) -> Result<(), IngestError> {
        self.rows += 1;
        self.broken += 1;
        self.quarantine.keep(number, &reason, text)?;
        if self.first_broken.len() < FIRST_BROKEN {
            self.first_broken.push(BrokenRow { row: number.row, line: number.line, reason });
        }
        Ok(())
    }

    /// Reports progress and looks at the stop flag.
    pub(crate) fn progress(&mut self, bytes: u64) -> Result<(), IngestError> {
        if self.options.stopped() {
            return Err(IngestError::Stopped);
        }
        self.rows_read.fetch_add(self.rows - self.reported, Ordering::Relaxed);
        self.reported = self.rows;
        self.options.report(Progress {
            stage: Stage::Reading,
            file: Some(self.input.opened.path.clone()),
            done: self.reading.before + bytes.min(self.input.opened.size),
            total: self.reading.total,
            rows: self.rows_read.load(Ordering::Relaxed),
        });
        Ok(())
    }

    /// Reads the file with `read` while its digest is taken, and sums up.
    pub(crate) fn finish(
        mut self,
        read: impl FnOnce(&mut Self) -> Result<Vec<String>, IngestError>,
    ) -> Result<FileSummary, IngestError> {
        let (input, options) = (self.input, self.options);
        let path = &input.opened.path;
        let (notes, digest) = std::thread::scope(|scope| {
            let digest = scope.spawn(|| file_sha256(path, options.stop.as_deref()));
            let notes = read(&mut self);
            (notes, digest.join())
        });
        let quarantine_file = self.quarantine.close()?;
        let mut notes = notes?;
        let (numerator, denominator) = options.max_broken_share;
        let over = u128::from(self.broken) * u128::from(denominator)
            > u128::from(self.rows) * u128::from(numerator);
        if over {
            return Err(IngestError::TooManyBroken {
                file: path.clone(),
                broken: self.broken,
                rows: self.rows,
                limit: format!("{numerator} in {denominator}"),
                first: self.first_broken,
            });
        }
        if self.rows == 0 {
            notes.push("the file has a header and no rows".to_owned());
        }
        // The digest thread does nothing that panics.
        let sha256 = digest.unwrap_or(Err(IngestError::Stopped))?;
        Ok(FileSummary {
            file: path.clone(),
            format: input.format,
            compression: input.opened.compression,
            sha256,
            rows: self.rows,
            transfers: self.transfers,
            skipped: self.skipped,
            broken: self.broken,
            first_broken: self.first_broken,
            quarantine_file,
            notes,
        })
    }
}
