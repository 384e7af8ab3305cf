//! Etherscan exports of an account's ERC-20 transfers.
//!
//! Values are decimal and the export does not say the token's decimals; see
//! [`TokenAmounts`] for where they come from. Exports from before the column
//! `Blockno` existed have no place in the chain and are refused.

use super::etherscan::grouped;
use super::token_amounts::TokenAmounts;
use super::values::{RowError, TimeReader, address, hash, height, text};
use super::{Learnt, Outcome, Session};
use crate::IngestError;
use crate::source::{Binder, Cell, Role, Row};
use tracehound_model::{Asset, Transfer, TransferKind};

pub(crate) struct EtherscanTokens {
    transaction: usize,
    block: usize,
    time: usize,
    from: usize,
    to: usize,
    value: usize,
    contract: usize,
    symbol: usize,
    times: TimeReader,
    tokens: TokenAmounts,
}

impl EtherscanTokens {
    pub(crate) fn bind(columns: &mut Binder<'_>) -> Result<Self, IngestError> {
        Ok(Self {
            transaction: columns.need(Role::Identifier, &["transaction hash", "txhash"])?,
            block: columns.need(Role::Number, &["blockno"])?,
            time: columns.need(Role::Time, &["unixtimestamp", "datetime (utc)"])?,
            from: columns.need(Role::Identifier, &["from"])?,
            to: columns.need(Role::Identifier, &["to"])?,
            value: columns.need(Role::Amount, &["tokenvalue", "value"])?,
            contract: columns.need(Role::Identifier, &["contractaddress"])?,
            symbol: columns.need(Role::Text, &["tokensymbol"])?,
            times: TimeReader::default(),
            tokens: TokenAmounts::default(),
        })
    }

    pub(crate) fn read(&mut self, row: &impl Row, session: &Session) -> Result<Outcome, RowError> {
        let contract = address(row.cell(self.contract), "contractaddress")?;
        self.tokens.describe(contract, text(row.cell(self.symbol), "tokensymbol")?, None)?;
        let decimals = self.tokens.decimals(contract, session)?;
        let value = row.cell(self.value);
        if value == Cell::Missing {
            return Err(RowError::Broken("tokenvalue is missing".to_owned()));
        }
        Ok(Outcome::Transfer(Transfer {
            height: height(row.cell(self.block), "blockno")?,
            timestamp: self.times.read(row.cell(self.time), "time")?,
            position: None,
            transaction: hash(row.cell(self.transaction), "transaction hash")?,
            ordinal: None,
            kind: TransferKind::Token,
            from: address(row.cell(self.from), "from")?,
            to: address(row.cell(self.to), "to")?,
            asset: Asset::Token(contract),
            amount: grouped(value, decimals, "tokenvalue")?,
        }))
    }

    pub(crate) fn finish(self) -> Learnt {
        let (descriptions, notes) = self.tokens.finish();
        Learnt { descriptions, notes, ..Learnt::default() }
    }
}
