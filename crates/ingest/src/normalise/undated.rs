//! Transfers of a chain's coin that come with neither block nor time:
//! `txid,from,to,amount`, the amount in whole coins.
//!
//! Investigators publish first hops like this. The time is stated by whoever
//! reads the file; height 0 stands for "not known", and the order is derived
//! from funding like that of any block without positions.

use super::values::{RowError, address_on, decimal, hash};
use super::{Learnt, Outcome, Session};
use crate::IngestError;
use crate::source::{Binder, Role, Row, plain};
use std::path::Path;
use tracehound_model::{Asset, Height, Timestamp, Transfer, TransferKind};

pub(crate) struct Undated {
    transaction: usize,
    from: usize,
    to: usize,
    amount: usize,
    time: Timestamp,
}

impl Undated {
    pub(crate) fn bind(
        columns: &mut Binder<'_>,
        path: &Path,
        session: &Session,
    ) -> Result<Self, IngestError> {
        let time = session
            .stated_time(path)
            .ok_or_else(|| IngestError::Undated { file: path.to_owned() })?;
        Ok(Self {
            transaction: columns.need(Role::Identifier, plain::UNDATED_HASH)?,
            from: columns.need(Role::Identifier, plain::FROM)?,
            to: columns.need(Role::Identifier, plain::TO)?,
            amount: columns.need(Role::Amount, plain::UNDATED_AMOUNT)?,
            time,
        })
    }

    pub(crate) fn read(&self, row: &impl Row, session: &Session) -> Result<Outcome, RowError> {
        let (_, decimals) = session.chain.native_coin();
        Ok(Outcome::Transfer(Transfer {
            height: Height(0),
            timestamp: self.time,
            position: None,
            transaction: hash(row.cell(self.transaction), "txid")?,
            ordinal: None,
            kind: TransferKind::Published,
            from: address_on(row.cell(self.from), "from", &session.chain)?,
            to: address_on(row.cell(self.to), "to", &session.chain)?,
            asset: Asset::Native,
            amount: decimal(row.cell(self.amount), decimals, "amount")?,
        }))
    }

    pub(crate) fn finish(self) -> Learnt {
        let note = format!(
            "the file gives neither blocks nor times: {} is taken as the time of every row, \
             height 0 stands for an unknown one, and the order is derived from funding",
            self.time
        );
        Learnt { notes: vec![note], ..Learnt::default() }
    }
}
