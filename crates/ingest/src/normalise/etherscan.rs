//! Etherscan exports of an account's transactions and internal transactions.
//!
//! Three spellings are read: `Txhash` and `Transaction Hash` with the value in
//! `Value_IN(…)` or `Value_OUT(…)` by direction, and the newer one with one
//! `Amount` such as `0.5 ETH` and name tags. Sister sites of other chains
//! write the same columns with their coin. Exports give no place in the block
//! and no index of internal calls.

use super::values::{RowError, TimeReader, address, decimal, hash, height, optional_address, text};
use super::{Labels, Learnt, Outcome, Session};
use crate::IngestError;
use crate::source::{Binder, Cell, Role, Row};
use tracehound_model::{Amount, Asset, Transfer, TransferKind};

const HASH: &[&str] = &["transaction hash", "txhash", "parent transaction hash"];

enum Value {
    /// Columns for what came in and what went out.
    Directions(usize, usize),
    /// One column with a unit.
    Amount(usize),
}

pub(crate) struct Etherscan {
    internal: bool,
    transaction: usize,
    block: usize,
    time: usize,
    from: usize,
    to: usize,
    created: Option<usize>,
    value: Value,
    status: Option<usize>,
    error: Option<usize>,
    from_label: Option<usize>,
    to_label: Option<usize>,
    times: TimeReader,
    labels: Labels,
}

impl Etherscan {
    pub(crate) fn bind(columns: &mut Binder<'_>, internal: bool) -> Result<Self, IngestError> {
        let value = match columns.take(Role::Amount, &["value_in("])? {
            Some(in_column) => {
                Value::Directions(in_column, columns.need(Role::Amount, &["value_out("])?)
            }
            None => Value::Amount(columns.need(Role::Text, &["amount"])?),
        };
        Ok(Self {
            internal,
            transaction: columns.need(Role::Identifier, HASH)?,
            block: columns.need(Role::Number, &["blockno"])?,
            time: columns.need(Role::Time, &["unixtimestamp", "datetime (utc)"])?,
            from: columns.need(Role::Identifier, &["from"])?,
            to: columns.need(Role::Identifier, &["txto", "to"])?,
            created: columns.take(Role::Identifier, &["contractaddress"])?,
            value,
            status: columns.take(Role::Text, &["status"])?,
            error: columns.take(Role::Text, &["errcode"])?,
            from_label: columns.take(Role::Text, &["from_nametag"])?,
            to_label: columns.take(Role::Text, &["to_nametag"])?,
            times: TimeReader::default(),
            labels: Labels::default(),
        })
    }

    pub(crate) fn read(&mut self, row: &impl Row, session: &Session) -> Result<Outcome, RowError> {
        if self.failed(row)? {
            let reason = if self.internal { "reverted call" } else { "failed transaction" };
            return Ok(Outcome::Skipped(reason));
        }
        let amount = self.amount(row, session)?;
        let to = match optional_address(row.cell(self.to), "to")? {
            Some(to) => Some(to),
            None => optional_address(row.at(self.created), "contractaddress")?,
        };
        if amount.is_zero() {
            let creation = row.cell(self.to) == Cell::Missing;
            let reason = if creation { "zero-value contract creation" } else { "no value moved" };
            return Ok(Outcome::Skipped(reason));
        }
        let (kind, ordinal) = match self.internal {
            true => (TransferKind::Internal, None),
            false => (TransferKind::Native, Some(0)),
        };
        let transfer = Transfer {
            height: height(row.cell(self.block), "blockno")?,
            timestamp: self.times.read(row.cell(self.time), "time")?,
            position: None,
            transaction: hash(row.cell(self.transaction), "transaction hash")?,
            ordinal,
            kind,
            from: address(row.cell(self.from), "from")?,
            to: to.ok_or_else(|| RowError::Broken("to is missing".to_owned()))?,
            asset: Asset::Native,
            amount,
        };
        self.labels.add(transfer.from, text(row.at(self.from_label), "from_nametag")?);
        self.labels.add(transfer.to, text(row.at(self.to_label), "to_nametag")?);
        Ok(Outcome::Transfer(transfer))
    }

    /// `Error(0)`, `Fail` or an error code; internal rows say 1 for an error.
    fn failed(&self, row: &impl Row) -> Result<bool, RowError> {
        let status = text(row.at(self.status), "status")?.to_ascii_lowercase();
        let says = status.starts_with("error") || status.starts_with("fail");
        Ok(says
            || (self.internal && status == "1")
            || !text(row.at(self.error), "errcode")?.is_empty())
    }

    fn amount(&self, row: &impl Row, session: &Session) -> Result<Amount, RowError> {
        let coin = session.chain.native_coin();
        match self.value {
            Value::Directions(in_column, out_column) => {
                let came_in = grouped(row.cell(in_column), coin.1, "value_in")?;
                let went_out = grouped(row.cell(out_column), coin.1, "value_out")?;
                // An account that pays itself has both, and they are one value.
                match (came_in.is_zero(), went_out.is_zero()) {
                    (false, false) if came_in != went_out => Err(RowError::Broken(format!(
                        "value_in {came_in} and value_out {went_out} are both given and differ"
                    ))),
                    (true, _) => Ok(went_out),
                    _ => Ok(came_in),
                }
            }
            Value::Amount(column) => {
                let written = text(row.cell(column), "amount")?;
                let (number, unit) = written.rsplit_once(' ').unwrap_or((written, coin.0));
                let decimals = match unit.to_ascii_lowercase().as_str() {
                    "wei" => 0,
                    "gwei" => 9,
                    unit if unit == coin.0.to_ascii_lowercase() => coin.1,
                    _ => {
                        let reason = format!("\"{unit}\" is not the chain's coin, {}", coin.0);
                        return Err(RowError::column("amount", reason));
                    }
                };
                grouped(Cell::Text(number), decimals, "amount")
            }
        }
    }

    pub(crate) fn finish(self) -> Learnt {
        Learnt { labels: self.labels, ..Learnt::default() }
    }
}

/// A decimal whose thousands may be set apart by commas; nothing is zero.
pub(crate) fn grouped(cell: Cell<'_>, decimals: u8, column: &str) -> Result<Amount, RowError> {
    match cell {
        Cell::Missing => Ok(Amount::ZERO),
        Cell::Text(text) if text.contains(',') => {
            decimal(Cell::Text(&text.replace(',', "")), decimals, column)
        }
        cell => decimal(cell, decimals, column),
    }
}

#[cfg(test)]
mod tests;
