//! Logs of EVM chains as a table: ethereum-etl's columns and the chain.

use super::connector::bytes;
use super::fields::Row;
use super::file::{self, Table};
use super::{Tables, chain_name};
use crate::decode::{Log, decode, join_transactions};
use crate::error::BridgeError;
use tracehound_model::Timestamp;

/// Reads all tables of a folder; what one transaction splits is joined.
pub(super) fn read(logs: &[&Table], tables: &mut Tables) -> Result<(), BridgeError> {
    let mut events = Vec::new();
    for table in logs {
        let path = &table.path;
        let failed = |error: csv::Error| {
            let line = error.position().map_or(0, csv::Position::line);
            BridgeError::row(path, line, error.to_string())
        };
        let mut reader = csv::Reader::from_reader(file::open(path)?);
        let header = reader.headers().map_err(failed)?.clone();
        let (mut rows, mut broken) = (0_usize, 0_usize);
        for record in reader.records() {
            let record = record.map_err(failed)?;
            let line = record.position().map_or(0, csv::Position::line);
            let get = |name: &str| {
                let at = header.iter().position(|own| own.trim() == name);
                at.and_then(|at| record.get(at)).unwrap_or_default().trim()
            };
            let log = log(Row { path, line }, get)?;
            rows += 1;
            match decode(&log) {
                Ok(event) => events.extend(event),
                // Anybody can write a log that looks like a bridge's: a bad one is no fault of the file.
                Err(_) => broken += 1,
            }
        }
        tables.files.push((path.clone(), "logs", rows));
        if broken > 0 {
            tables.notes.push(format!(
                "{}: {broken} logs have the signature of a bridge's event and do not hold it",
                path.display()
            ));
        }
    }
    tables.events.extend(join_transactions(events));
    Ok(())
}

fn log<'a>(row: Row<'_>, get: impl Fn(&str) -> &'a str) -> Result<Log, BridgeError> {
    let hex = |name: &str, text: &str| {
        bytes(text).ok_or_else(|| {
            row.refuse(format!(
                "{name}: \"{text}\" is not hexadecimal; write 0x and an even number of digits"
            ))
        })
    };
    let mut topics = Vec::new();
    for topic in get("topics").split([',', '|', ';', ' ']).filter(|topic| !topic.is_empty()) {
        let word: Result<[u8; 32], _> = hex("topics", topic)?.try_into();
        topics.push(word.map_err(|_| row.refuse(format!("topics: \"{topic}\" is not 32 bytes")))?);
    }
    let number = |name: &str| match get(name) {
        "" => Ok(None),
        text => row.number(name, text).map(Some),
    };
    let time: Option<Timestamp> = match get("block_timestamp") {
        "" => None,
        text => Some(row.parse("block_timestamp", text)?),
    };
    let contract = row.account("address", get("address"))?;
    Ok(Log {
        chain: chain_name::chain(get("chain"))
            .map_err(|error| row.refuse(format!("chain: {error}")))?,
        contract: contract
            .ok_or_else(|| row.refuse("address: empty; name the contract that wrote the log"))?,
        topics,
        data: hex("data", get("data"))?,
        transaction: row.parse("transaction_hash", get("transaction_hash"))?,
        position: number("log_index")?,
        block: number("block_number")?,
        time,
    })
}
