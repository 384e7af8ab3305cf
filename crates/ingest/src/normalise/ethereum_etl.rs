//! Columns of ethereum-etl exports.
//!
//! Exports made by different versions differ in a few columns: newer ones
//! carry `block_timestamp` everywhere, warehouses add `receipt_status`.
//! Values are decimal base units.

use super::token_transfers::TokenTransfers;
use super::traces::{CallCounter, Traces};
use super::transactions::Transactions;
use super::{Session, Times};
use crate::IngestError;
use crate::source::{Binder, Role};

pub(crate) fn transactions(
    columns: &mut Binder<'_>,
    session: &Session,
) -> Result<Transactions, IngestError> {
    let success = columns.take(Role::Flag, &["receipt_status"])?;
    Ok(Transactions {
        transaction: columns.need(Role::Identifier, &["hash"])?,
        block: columns.need(Role::Number, &["block_number"])?,
        position: columns.need(Role::Number, &["transaction_index"])?,
        from: columns.need(Role::Identifier, &["from_address"])?,
        to: columns.need(Role::Identifier, &["to_address"])?,
        value: columns.need(Role::Amount, &["value"])?,
        nonce: columns.take(Role::Number, &["nonce"])?,
        success,
        created: columns.take(Role::Identifier, &["receipt_contract_address"])?,
        times: Times::bind(columns)?,
        status_unknown: success.is_none() && !session.has_receipts,
    })
}

pub(crate) fn token_transfers(columns: &mut Binder<'_>) -> Result<TokenTransfers, IngestError> {
    Ok(TokenTransfers {
        transaction: columns.need(Role::Identifier, &["transaction_hash"])?,
        block: columns.need(Role::Number, &["block_number"])?,
        log: columns.need(Role::Number, &["log_index"])?,
        contract: columns.need(Role::Identifier, &["token_address"])?,
        from: columns.need(Role::Identifier, &["from_address"])?,
        to: columns.need(Role::Identifier, &["to_address"])?,
        value: columns.need(Role::Amount, &["value"])?,
        position: columns.take(Role::Number, &["transaction_index"])?,
        times: Times::bind(columns)?,
    })
}

pub(crate) fn traces(columns: &mut Binder<'_>) -> Result<Traces, IngestError> {
    Ok(Traces {
        transaction: columns.need(Role::Identifier, &["transaction_hash"])?,
        block: columns.need(Role::Number, &["block_number"])?,
        position: columns.take(Role::Number, &["transaction_index"])?,
        trace_type: columns.need(Role::Text, &["trace_type"])?,
        call_type: columns.take(Role::Text, &["call_type"])?,
        trace_address: columns.need(Role::Text, &["trace_address"])?,
        from: columns.need(Role::Identifier, &["from_address"])?,
        to: columns.need(Role::Identifier, &["to_address"])?,
        created: None,
        value: columns.need(Role::Amount, &["value"])?,
        error: columns.take(Role::Text, &["error"])?,
        status: columns.take(Role::Flag, &["status"])?,
        times: Times::bind(columns)?,
        calls: CallCounter::default(),
    })
}

#[cfg(test)]
mod tests;
