//! CSV tables with a header, columns by any of their usual names.

use super::input;
use crate::MixerError;
use csv::StringRecord;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A table in memory.
pub(super) struct Table {
    file: PathBuf,
    header: Vec<String>,
    rows: Vec<StringRecord>,
}

/// One row, which knows where it stands.
pub(super) struct Row<'a> {
    table: &'a Table,
    record: &'a StringRecord,
}

/// A column, by the names it may have.
pub(super) type Column = &'static [&'static str];

/// A name as columns are compared: `from_address`, `fromAddress` and `From address` are one.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn fault(file: &Path, error: &csv::Error) -> MixerError {
    MixerError::Line {
        file: file.to_owned(),
        line: error.position().map_or(1, csv::Position::line),
        reason: error.to_string(),
    }
}

impl Table {
    pub(super) fn read(file: &Path) -> Result<Self, MixerError> {
        let bytes = input::read(file)?;
        Self::of(file, &bytes)
    }

    pub(super) fn of(file: &Path, bytes: &[u8]) -> Result<Self, MixerError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let names = reader.headers().map_err(|error| fault(file, &error))?;
        let header = names.iter().map(|name| plain(name.trim_start_matches('\u{feff}'))).collect();
        Self::with(file, header, reader)
    }

    /// A list without a header: its one column gets a name.
    pub(super) fn bare(file: &Path, bytes: &[u8], column: Column) -> Result<Self, MixerError> {
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.trim(csv::Trim::All).has_headers(false).from_reader(bytes);
        Self::with(file, vec![plain(column[0])], reader)
    }

    fn with(
        file: &Path,
        header: Vec<String>,
        mut reader: csv::Reader<&[u8]>,
    ) -> Result<Self, MixerError> {
        let rows = reader.records().collect::<Result<_, _>>();
        Ok(Self { file: file.to_owned(), header, rows: rows.map_err(|error| fault(file, &error))? })
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    fn place(&self, column: Column) -> Option<usize> {
        let named = |name: &&str| self.header.iter().position(|own| *own == plain(name));
        column.iter().find_map(named)
    }

    /// Refuses a table that lacks a column.
    pub(super) fn need(&self, columns: &[Column]) -> Result<(), MixerError> {
        for column in columns {
            if !self.has(column) {
                let reason = format!(
                    "no column \"{}\"; name one so, or as any of: {}",
                    column[0],
                    column.join(", ")
                );
                return Err(MixerError::Line { file: self.file.clone(), line: 1, reason });
            }
        }
        Ok(())
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|record| Row { table: self, record })
    }
}

impl Row<'_> {
    /// The text of a cell, unless it is empty or the column is missing.
    pub(super) fn text(&self, column: Column) -> Option<&str> {
        let place = self.table.place(column)?;
        self.record.get(place).filter(|text| !text.is_empty())
    }

    /// A value, if the cell has one.
    pub(super) fn maybe<T: FromStr<Err: std::fmt::Display>>(
        &self,
        column: Column,
    ) -> Result<Option<T>, MixerError> {
        let Some(text) = self.text(column) else { return Ok(None) };
        text.parse().map(Some).map_err(|error: T::Err| self.fault(column, &error.to_string()))
    }

    /// A value that must be there.
    pub(super) fn value<T: FromStr<Err: std::fmt::Display>>(
        &self,
        column: Column,
    ) -> Result<T, MixerError> {
        self.maybe(column)?.ok_or_else(|| self.fault(column, "the cell is empty; fill it in"))
    }

    pub(super) fn fault(&self, column: Column, reason: &str) -> MixerError {
        MixerError::Line {
            file: self.table.file.clone(),
            line: self.record.position().map_or(1, csv::Position::line),
            reason: format!("column {}: {reason}", column[0]),
        }
    }
}
