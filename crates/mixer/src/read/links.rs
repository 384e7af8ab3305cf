//! Published links between depositors and receivers, to measure rules by.
//!
//! A row names a pool, two addresses and the first deposit and withdrawal of
//! the pair, not every one. It is weak truth: somebody else's rule found it.

use super::table::{Column, Table};
use crate::{MixerError, Pool};
use std::path::Path;
use tracehound_model::{Address, TransactionHash};

const POOL: Column = &["pool_name", "pool"];
const CLUE: Column = &["clue_type", "clue"];
const DEPOSITOR: Column = &["deposit_address", "depositor"];
const RECEIVER: Column = &["withdraw_address", "withdrawal_address", "receiver"];
const FIRST_DEPOSIT: Column = &["first_deposit_hash", "deposit_hash", "deposit_transaction"];
const FIRST_WITHDRAWAL: Column =
    &["first_withdraw_hash", "withdraw_hash", "withdrawal_transaction"];

/// One published link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TruthLink {
    /// The pool.
    pub pool: Pool,
    /// By which of the publisher's clues, such as `dl_1`.
    pub clue: String,
    /// Who paid in.
    pub depositor: Address,
    /// Who was paid.
    pub receiver: Address,
    /// His first deposit there.
    pub first_deposit: TransactionHash,
    /// The first withdrawal to the receiver there, where it is told.
    pub first_withdrawal: Option<TransactionHash>,
}

pub(super) fn fits(table: &Table) -> bool {
    [POOL, DEPOSITOR, RECEIVER, FIRST_DEPOSIT].iter().all(|column| table.has(column))
}

/// Whether a file is one of links, told by its header.
///
/// # Errors
/// [`MixerError`] if it cannot be read as a table.
pub fn is_links(file: &Path) -> Result<bool, MixerError> {
    Ok(fits(&Table::read(file)?))
}

/// Reads published links: `pool_name`, `deposit_address`, `withdraw_address`,
/// `first_deposit_hash`; `first_withdraw_hash` and `clue_type` where known.
///
/// # Errors
/// [`MixerError`]: with file, line and cure.
pub fn read_links(file: &Path) -> Result<Vec<TruthLink>, MixerError> {
    let table = Table::read(file)?;
    of(&table)
}

pub(super) fn of(table: &Table) -> Result<Vec<TruthLink>, MixerError> {
    table.need(&[POOL, DEPOSITOR, RECEIVER, FIRST_DEPOSIT])?;
    let mut links = Vec::new();
    for row in table.rows() {
        links.push(TruthLink {
            pool: row.value(POOL)?,
            clue: row.text(CLUE).unwrap_or("not stated").to_owned(),
            depositor: row.value(DEPOSITOR)?,
            receiver: row.value(RECEIVER)?,
            first_deposit: row.value(FIRST_DEPOSIT)?,
            first_withdrawal: row.maybe(FIRST_WITHDRAWAL)?,
        });
    }
    Ok(links)
}
