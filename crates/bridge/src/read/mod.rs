//! Files of bridge events: which layout one has follows from what it holds.
//!
//! Three layouts are read: facts as XChainWatcher publishes them, Connector's
//! decoded deposits, calls and labels, and the plain table of
//! `docs/methods/bridges.md` for anybody's own data, with logs of EVM chains
//! beside it. Each may be compressed with gzip. A row that is broken stops the
//! reading with its file, its line and a cure; a table that is missing does
//! not, but what can therefore not be checked is said in [`Tables::notes`].

mod call;
mod chain_name;
mod connector;
mod facts;
mod fields;
mod file;
mod label;
mod logs;
mod plain;
mod poly_value;
mod protobuf;

pub use label::{Truth, read_truth};
pub use plain::{COLUMNS, row_of};

use crate::error::BridgeError;
use crate::event::BridgeEvent;
use crate::tokens::TokenMap;
use file::{Kind, Table};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracehound_model::Chain;

/// All that was read.
#[derive(Debug, Default)]
pub struct Tables {
    /// Events, in the order of files and rows.
    pub events: Vec<BridgeEvent>,
    /// Which tokens stand for which.
    pub tokens: TokenMap,
    /// Seconds after which a payment counts, by chain.
    pub finality: Vec<(Chain, u32)>,
    /// Pairs that a label says are true; never used to match.
    pub truth: Truth,
    /// What is missing, and what was therefore not checked.
    pub notes: Vec<String>,
    /// Files that were read, with the layout and the number of rows.
    pub files: Vec<(PathBuf, &'static str, usize)>,
    /// Files that hold nothing known.
    pub passed_over: Vec<PathBuf>,
}

/// Reads files and folders with all that is in them.
/// # Errors
/// [`BridgeError`]: a file that cannot be read, a broken row, or nothing at all.
pub fn read(paths: &[PathBuf]) -> Result<Tables, BridgeError> {
    let mut folders: BTreeMap<PathBuf, Vec<Table>> = BTreeMap::new();
    let mut tables = Tables::default();
    for path in file::walk(paths)? {
        match file::recognise(&path)? {
            Some(table) => {
                let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                folders.entry(folder).or_default().push(table);
            }
            None => tables.passed_over.push(path),
        }
    }
    for folder in folders.values() {
        read_folder(folder, &mut tables)?;
    }
    if tables.files.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(BridgeError::Nothing(names.join(", ")));
    }
    Ok(tables)
}

/// Tables of one folder belong together.
fn read_folder(folder: &[Table], tables: &mut Tables) -> Result<(), BridgeError> {
    let of = |wanted: fn(&Kind) -> bool| -> Vec<&Table> {
        folder.iter().filter(|table| wanted(&table.kind)).collect()
    };
    let facts = of(|kind| matches!(kind, Kind::Facts(_)));
    if !facts.is_empty() {
        facts::read(&facts, tables)?;
    }
    let connector = of(|kind| matches!(kind, Kind::Sample | Kind::Calls | Kind::Label));
    if !connector.is_empty() {
        connector::read(&connector, tables)?;
    }
    for table in of(|kind| matches!(kind, Kind::Plain)) {
        plain::read_events(table, tables)?;
    }
    for table in of(|kind| matches!(kind, Kind::Tokens)) {
        plain::read_tokens(table, tables)?;
    }
    let logs = of(|kind| matches!(kind, Kind::Logs));
    if !logs.is_empty() {
        logs::read(&logs, tables)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
