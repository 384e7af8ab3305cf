//! The tables beside the events. `docs/methods/mixers.md` has their columns.

use super::links;
use super::table::{Column, Table};
use crate::MixerError;
use crate::side::{MiningClaim, SideData, TransactionFacts, TransferFacts};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use tracehound_model::{Address, Amount, Height, Timestamp, TransactionHash};

const TRANSACTION: Column = &["hash", "transaction", "transaction_hash", "tx_hash", "txid"];
const BLOCK: Column = &["block", "block_number", "height"];
const TIME: Column = &["timestamp", "time", "block_timestamp"];
const FROM: Column = &["from", "from_address", "sender"];
const TO: Column = &["to", "to_address"];
const GAS_PRICE: Column = &["gas_price"];
const RELAYED: Column = &["relayed", "relayer", "is_relayed", "relayer_flag", "is_relayer"];
const DEPOSITOR: Column = &["address", "depositor", "deposit_address", "from", "from_address"];
const ADDRESS: Column = &["address", "account"];
const FUNDER: Column = &["funder", "gas_funder", "from", "from_address"];
const POINTS: Column = &["points", "ap", "amount"];

/// Reads `transactions.csv`: hash, from; block, timestamp, gas_price and relayed where known.
///
/// # Errors
/// [`MixerError`]: with file, line and cure.
pub fn read_transactions(file: &Path, side: &mut SideData) -> Result<(), MixerError> {
    let table = Table::read(file)?;
    table.need(&[TRANSACTION, FROM])?;
    let mut transactions = HashMap::new();
    for row in table.rows() {
        let gas_price = match row.text(GAS_PRICE) {
            // Some exports write whole wei as 1000000000.0.
            Some(text) => Some(
                Amount::parse_decimal(text, 0)
                    .map_err(|error| row.fault(GAS_PRICE, &error.to_string()))?,
            ),
            None => None,
        };
        let is_relayed = match row.text(RELAYED).map(str::to_ascii_lowercase).as_deref() {
            None => None,
            Some("0" | "false" | "no") => Some(false),
            // A flag, or the relayer's address.
            Some(_) => Some(true),
        };
        let facts = TransactionFacts { from: row.value(FROM)?, gas_price, is_relayed };
        transactions.insert(row.value::<TransactionHash>(TRANSACTION)?, facts);
        if let (Some(block), Some(at)) = (row.maybe(BLOCK)?, row.maybe::<Timestamp>(TIME)?) {
            side.times.push((Height(block), at));
        }
    }
    side.transactions = Some(transactions);
    Ok(())
}

/// Reads `transfers.csv`: from, to; block where known.
///
/// # Errors
/// [`MixerError`]: with file, line and cure.
pub fn read_transfers(file: &Path, side: &mut SideData) -> Result<(), MixerError> {
    let table = Table::read(file)?;
    table.need(&[FROM, TO])?;
    let mut transfers = Vec::new();
    for row in table.rows() {
        // A transaction that creates a contract pays nobody.
        let Some(to) = row.maybe::<Address>(TO)? else { continue };
        let height = row.maybe(BLOCK)?.map(Height);
        transfers.push(TransferFacts { from: row.value(FROM)?, to, height });
    }
    side.transfers = Some(transfers);
    Ok(())
}

/// Reads `funders.csv`: address, funder.
///
/// # Errors
/// [`MixerError`]: with file, line and cure.
pub fn read_funders(file: &Path, side: &mut SideData) -> Result<(), MixerError> {
    let table = Table::read(file)?;
    table.need(&[ADDRESS, FUNDER])?;
    let mut funders = BTreeMap::new();
    for row in table.rows() {
        // The first row of an address stands: the first funder is meant.
        funders.entry(row.value(ADDRESS)?).or_insert(row.value(FUNDER)?);
    }
    side.funders = Some(funders);
    Ok(())
}

/// Reads known depositors: transaction, address; or a file of published links,
/// of which the first deposit of each is taken. Says whether it was the latter.
///
/// # Errors
/// [`MixerError`]: with file, line and cure.
pub fn read_depositors(file: &Path, side: &mut SideData) -> Result<bool, MixerError> {
    let table = Table::read(file)?;
    let mut depositors = HashMap::new();
    let is_links = links::fits(&table);
    if is_links {
        for link in links::of(&table)? {
            depositors.insert(link.first_deposit, link.depositor);
        }
    } else {
        table.need(&[TRANSACTION, DEPOSITOR])?;
        for row in table.rows() {
            depositors.insert(row.value(TRANSACTION)?, row.value(DEPOSITOR)?);
        }
    }
    side.depositors = Some(depositors);
    Ok(is_links)
}

/// Reads `claims.csv`: points of one note; block where known.
///
/// # Errors
/// [`MixerError`]: with file, line and cure.
pub fn read_claims(file: &Path, side: &mut SideData) -> Result<(), MixerError> {
    let table = Table::read(file)?;
    table.need(&[POINTS])?;
    let mut claims = Vec::new();
    for row in table.rows() {
        let height = row.maybe(BLOCK)?.map(Height);
        claims.push(MiningClaim { points: row.value(POINTS)?, height });
    }
    side.claims = Some(claims);
    Ok(())
}
