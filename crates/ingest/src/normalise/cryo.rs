//! Columns of cryo data sets, in Parquet or CSV.
//!
//! cryo writes a 256-bit value in any of several columns; the exact ones
//! (`value_binary`, `value_string`, or `value` as text or bytes) are taken
//! and the floating-point ones never. `native_transfers` lists every call
//! that took effect with a place in the block but without its type, so
//! delegate calls cannot be told apart there; `traces` can.

use super::token_transfers::TokenTransfers;
use super::traces::{CallCounter, Traces, ordinal_of};
use super::transactions::Transactions;
use super::values::{RowError, address, base_units, hash, height, index};
use super::{Learnt, Outcome, Session, Times};
use crate::IngestError;
use crate::source::{Binder, Cell, Role, Row};
use tracehound_model::{Asset, Transfer};

const VALUE: &[&str] = &["value_binary", "value_string", "value"];
const ACTION_VALUE: &[&str] = &["action_value_binary", "action_value_string", "action_value"];

pub(crate) fn transactions(
    columns: &mut Binder<'_>,
    session: &Session,
) -> Result<Transactions, IngestError> {
    let success = columns.take(Role::Flag, &["success"])?;
    Ok(Transactions {
        transaction: columns.need(Role::Identifier, &["transaction_hash"])?,
        block: columns.need(Role::Number, &["block_number"])?,
        position: columns.need(Role::Number, &["transaction_index"])?,
        from: columns.need(Role::Identifier, &["from_address"])?,
        to: columns.need(Role::Identifier, &["to_address"])?,
        value: columns.need(Role::Amount, VALUE)?,
        nonce: columns.take(Role::Number, &["nonce"])?,
        success,
        created: None,
        times: Times::bind(columns)?,
        status_unknown: success.is_none() && !session.has_receipts,
    })
}

pub(crate) fn erc20_transfers(columns: &mut Binder<'_>) -> Result<TokenTransfers, IngestError> {
    Ok(TokenTransfers {
        transaction: columns.need(Role::Identifier, &["transaction_hash"])?,
        block: columns.need(Role::Number, &["block_number"])?,
        log: columns.need(Role::Number, &["log_index"])?,
        contract: columns.need(Role::Identifier, &["erc20"])?,
        from: columns.need(Role::Identifier, &["from_address"])?,
        to: columns.need(Role::Identifier, &["to_address"])?,
        value: columns.need(Role::Amount, VALUE)?,
        position: columns.take(Role::Number, &["transaction_index"])?,
        times: Times::bind(columns)?,
    })
}

pub(crate) fn traces(columns: &mut Binder<'_>) -> Result<Traces, IngestError> {
    Ok(Traces {
        transaction: columns.need(Role::Identifier, &["transaction_hash"])?,
        block: columns.need(Role::Number, &["block_number"])?,
        position: columns.take(Role::Number, &["transaction_position", "transaction_index"])?,
        trace_type: columns.need(Role::Text, &["action_type"])?,
        call_type: columns.take(Role::Text, &["action_call_type"])?,
        trace_address: columns.need(Role::Text, &["trace_address"])?,
        from: columns.need(Role::Identifier, &["action_from"])?,
        to: columns.need(Role::Identifier, &["action_to"])?,
        created: columns.take(Role::Identifier, &["result_address"])?,
        value: columns.need(Role::Amount, ACTION_VALUE)?,
        error: columns.take(Role::Text, &["error"])?,
        status: None,
        times: Times::bind(columns)?,
        calls: CallCounter::default(),
    })
}

/// Reader of `native_transfers`.
pub(crate) struct NativeTransfers {
    transaction: usize,
    block: usize,
    position: Option<usize>,
    from: usize,
    to: usize,
    value: usize,
    pub(crate) times: Times,
    calls: CallCounter,
}

impl NativeTransfers {
    pub(crate) fn bind(columns: &mut Binder<'_>) -> Result<Self, IngestError> {
        Ok(Self {
            transaction: columns.need(Role::Identifier, &["transaction_hash"])?,
            block: columns.need(Role::Number, &["block_number"])?,
            position: columns.take(Role::Number, &["transaction_index"])?,
            from: columns.need(Role::Identifier, &["from_address"])?,
            to: columns.need(Role::Identifier, &["to_address"])?,
            value: columns.need(Role::Amount, VALUE)?,
            times: Times::bind(columns)?,
            calls: CallCounter::default(),
        })
    }

    /// The first row of a transaction is its root call, because cryo lists
    /// calls in the order they were made and drops failed ones.
    pub(crate) fn read(&mut self, row: &impl Row, session: &Session) -> Result<Outcome, RowError> {
        if row.cell(self.transaction) == Cell::Missing {
            return Ok(Outcome::Skipped("block reward"));
        }
        let transaction = hash(row.cell(self.transaction), "transaction_hash")?;
        let block = height(row.cell(self.block), "block_number")?;
        // A call that took effect always has a place.
        let place = self.calls.place(block, transaction, "", false).unwrap_or(0);
        let amount = base_units(row.cell(self.value), "value")?;
        if amount.is_zero() {
            return Ok(Outcome::Skipped("no value moved"));
        }
        let (ordinal, kind) = ordinal_of(place, place == 0)?;
        Ok(Outcome::Transfer(Transfer {
            height: block,
            timestamp: self.times.of(row, block, session)?,
            position: index(row.at(self.position), "transaction_index")?,
            transaction,
            ordinal: Some(ordinal),
            kind,
            from: address(row.cell(self.from), "from_address")?,
            to: address(row.cell(self.to), "to_address")?,
            asset: Asset::Native,
            amount,
        }))
    }

    pub(crate) fn finish(self) -> Learnt {
        Learnt {
            notes: vec![
                "native_transfers does not tell delegate calls from calls, so value they only pass through may be counted; cryo traces tell them apart"
                    .to_owned(),
            ],
            ..Learnt::default()
        }
    }
}

#[cfg(test)]
mod tests;
