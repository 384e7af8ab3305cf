//! Token transfer events, as chain dumps list them.

use super::values::{RowError, address, base_units, hash, height, index};
use super::{Outcome, Session, Times};
use crate::source::Row;
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{Asset, Transfer, TransferKind};

/// Columns of a token transfers file.
pub(crate) struct TokenTransfers {
    pub(crate) transaction: usize,
    pub(crate) block: usize,
    pub(crate) log: usize,
    pub(crate) contract: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) value: usize,
    /// Place of the transaction; older exports leave it out.
    pub(crate) position: Option<usize>,
    pub(crate) times: Times,
}

impl TokenTransfers {
    pub(crate) fn lacks_positions(&self) -> bool {
        self.position.is_none()
    }

    pub(crate) fn read(
        &mut self,
        row: &impl Row,
        session: &mut Session,
    ) -> Result<Outcome, RowError> {
        let transaction = hash(row.cell(self.transaction), "transaction_hash")?;
        let block = height(row.cell(self.block), "block_number")?;
        let position = match self.position {
            Some(column) => index(row.cell(column), "transaction_index")?,
            None => session.positions.of(&transaction),
        };
        Ok(Outcome::Transfer(Transfer {
            height: block,
            timestamp: self.times.of(row, block, session)?,
            position,
            transaction,
            ordinal: Some(log_ordinal(index(row.cell(self.log), "log_index")?)?),
            kind: TransferKind::Token,
            from: address(row.cell(self.from), "from_address")?,
            to: address(row.cell(self.to), "to_address")?,
            asset: Asset::Token(address(row.cell(self.contract), "token_address")?),
            amount: base_units(row.cell(self.value), "value")?,
        }))
    }
}

/// Ordinal of the event with this log index.
pub(crate) fn log_ordinal(log: Option<u32>) -> Result<u32, RowError> {
    let log = log.ok_or_else(|| RowError::Broken("log_index is missing".to_owned()))?;
    log.checked_add(TOKEN_ORDINAL_BASE)
        .filter(|ordinal| *ordinal < u32::MAX)
        .ok_or_else(|| RowError::column("log_index", format!("{log} is too large")))
}
