//! A depositor's deposits, named by their transactions.

use super::input;
use super::table::{Column, Table};
use crate::{EventId, MixerError, MixerEvents, Pool};
use std::collections::BTreeSet;
use std::path::Path;
use tracehound_model::TransactionHash;

const TRANSACTION: Column =
    &["transaction", "hash", "transaction_hash", "tx_hash", "deposit_transaction", "deposit_hash"];
const LEAF: Column = &["leaf_index", "leaf"];
const POOL: Column = &["pool", "pool_name"];

/// Reads transactions (a CSV with a column `transaction`, and `leaf_index` and `pool`
/// where one transaction made deposits of several people; or hashes, one a line)
/// and finds their deposits.
///
/// # Errors
/// [`MixerError`]: also for a transaction that made none of the deposits read.
pub fn read_deposit_list(file: &Path, events: &MixerEvents) -> Result<Vec<EventId>, MixerError> {
    let bytes = input::read(file)?;
    let table = match bytes.trim_ascii_start().starts_with(b"0x") {
        true => Table::bare(file, &bytes, TRANSACTION)?,
        false => Table::of(file, &bytes)?,
    };
    table.need(&[TRANSACTION])?;
    let by_transaction = events.deposits_by_transaction();
    let mut found = BTreeSet::new();
    for row in table.rows() {
        let transaction: TransactionHash = row.value(TRANSACTION)?;
        let leaf: Option<u64> = row.maybe(LEAF)?;
        let pool: Option<Pool> = row.maybe(POOL)?;
        let is_meant = |id: &&EventId| {
            leaf.is_none_or(|leaf| events.deposit(**id).leaf_index == leaf)
                && pool.as_ref().is_none_or(|pool| events.pools[id.pool].pool == *pool)
        };
        let before = found.len();
        found.extend(by_transaction.get(&transaction).into_iter().flatten().filter(is_meant));
        if found.len() == before {
            let reason = format!(
                "{transaction} made none of the deposits that were read, or is given twice; \
                 check the folder of events and take the row out"
            );
            return Err(row.fault(TRANSACTION, &reason));
        }
    }
    if found.is_empty() {
        let reason = "no deposits; give at least one transaction".to_owned();
        return Err(MixerError::File { file: file.to_owned(), reason });
    }
    Ok(found.into_iter().collect())
}
