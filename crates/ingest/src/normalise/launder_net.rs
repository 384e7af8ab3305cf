//! LaunderNet: published laundering transfers valued in dollars.
//!
//! `Timestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD`. The
//! value is what the transfer was worth at its time, not units of a token,
//! and rows give no place inside the block.

use super::values::{RowError, TimeReader, address, decimal, hash, height, text};
use super::{Labels, Learnt, Outcome};
use crate::IngestError;
use crate::source::{Binder, Role, Row};
use tracehound_model::{Asset, Transfer, TransferKind};

/// Published values are cents.
const DECIMALS: u8 = 2;

pub(crate) struct LaunderNet {
    timestamp: usize,
    block: usize,
    transaction: usize,
    from: usize,
    to: usize,
    value: usize,
    from_label: Option<usize>,
    to_label: Option<usize>,
    times: TimeReader,
    labels: Labels,
}

impl LaunderNet {
    pub(crate) fn bind(columns: &mut Binder<'_>) -> Result<Self, IngestError> {
        Ok(Self {
            timestamp: columns.need(Role::Time, &["timestamp"])?,
            block: columns.need(Role::Number, &["block"])?,
            transaction: columns.need(Role::Identifier, &["tx_hash"])?,
            from: columns.need(Role::Identifier, &["from"])?,
            to: columns.need(Role::Identifier, &["to"])?,
            value: columns.need(Role::Amount, &["value_in_usd"])?,
            from_label: columns.take(Role::Text, &["from_label"])?,
            to_label: columns.take(Role::Text, &["to_label"])?,
            times: TimeReader::default(),
            labels: Labels::default(),
        })
    }

    pub(crate) fn read(&mut self, row: &impl Row) -> Result<Outcome, RowError> {
        let transfer = Transfer {
            height: height(row.cell(self.block), "block")?,
            timestamp: self.times.read(row.cell(self.timestamp), "timestamp")?,
            position: None,
            transaction: hash(row.cell(self.transaction), "tx_hash")?,
            ordinal: None,
            kind: TransferKind::Published,
            from: address(row.cell(self.from), "from")?,
            to: address(row.cell(self.to), "to")?,
            asset: Asset::PublishedUsd,
            amount: decimal(row.cell(self.value), DECIMALS, "value_in_usd")?,
        };
        self.labels.add(transfer.from, text(row.at(self.from_label), "from_label")?);
        self.labels.add(transfer.to, text(row.at(self.to_label), "to_label")?);
        Ok(Outcome::Transfer(transfer))
    }

    pub(crate) fn finish(self) -> Learnt {
        Learnt { labels: self.labels, ..Learnt::default() }
    }
}
