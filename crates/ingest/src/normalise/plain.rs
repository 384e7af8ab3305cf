//! The plain schema, documented in `docs/plain-schema.md`.
//!
//! A token is its contract: where a column `contract` exists it decides, and
//! a column `asset` beside it is only the symbol shown, which anybody may
//! choose. A symbol other than the coin's without a contract is refused
//! rather than taken for the coin.

use super::token_amounts::TokenAmounts;
use super::token_transfers::log_ordinal;
use super::values::{
    RowError, TimeReader, address, base_units, decimal, flag, hash, height, index, number,
    optional_address, text,
};
use super::{Labels, Learnt, Outcome, Session};
use crate::IngestError;
use crate::source::{Binder, Cell, Header, Role, Row, plain};
use hashbrown::HashMap;
use tracehound_model::{Address, Amount, Asset, Transfer, TransferKind};

/// Assets remembered at a time.
const MOST_REMEMBERED: usize = 1 << 12;

enum AmountColumn {
    /// Whole numbers of base units.
    BaseUnits(usize),
    /// Decimal numbers of whole units.
    Decimal(usize),
}

pub(crate) struct Plain {
    transaction: usize,
    block: usize,
    time: usize,
    from: usize,
    to: usize,
    amount: AmountColumn,
    asset: Option<usize>,
    contract: Option<usize>,
    symbol: Option<usize>,
    decimals: Option<usize>,
    position: Option<usize>,
    ordinal: Option<usize>,
    log: Option<usize>,
    kind: Option<usize>,
    failed: Option<usize>,
    from_label: Option<usize>,
    to_label: Option<usize>,
    times: TimeReader,
    tokens: TokenAmounts,
    labels: Labels,
    assets: HashMap<String, Asset>,
    notes: Vec<String>,
}

impl Plain {
    pub(crate) fn bind(columns: &mut Binder<'_>, header: &Header) -> Result<Self, IngestError> {
        let amount = match columns.take(Role::Amount, &["value_binary", "value"])? {
            Some(column) => AmountColumn::BaseUnits(column),
            None => AmountColumn::Decimal(columns.need(Role::Amount, &["amount", "value_eth"])?),
        };
        let mut plain = Self {
            transaction: columns.need(Role::Identifier, plain::HASH)?,
            block: columns.need(Role::Number, plain::BLOCK)?,
            time: columns.need(Role::Time, plain::TIME)?,
            from: columns.need(Role::Identifier, plain::FROM)?,
            to: columns.need(Role::Identifier, plain::TO)?,
            amount,
            asset: columns.take(Role::Identifier, &["asset"])?,
            contract: columns.take(Role::Identifier, &["contract", "token_address"])?,
            symbol: columns.take(Role::Text, &["symbol"])?,
            decimals: columns.take(Role::Number, &["decimals"])?,
            position: columns.take(Role::Number, &["position", "transaction_index"])?,
            ordinal: columns.take(Role::Number, &["ordinal"])?,
            log: columns.take(Role::Number, &["log_index"])?,
            kind: columns.take(Role::Text, &["kind"])?,
            failed: columns.take(Role::Flag, &["is_error"])?,
            from_label: columns.take(Role::Text, &["from_label"])?,
            to_label: columns.take(Role::Text, &["to_label"])?,
            times: TimeReader::default(),
            tokens: TokenAmounts::default(),
            labels: Labels::default(),
            assets: HashMap::new(),
            notes: Vec::new(),
        };
        plain.note_columns(columns, header);
        Ok(plain)
    }

    fn note_columns(&mut self, columns: &Binder<'_>, header: &Header) {
        let unused = columns.unused(header);
        if !unused.is_empty() {
            self.notes.push(format!("columns not used: {}", unused.join(", ")));
        }
        if self.asset.is_none() && self.contract.is_none() {
            self.notes.push(
                "no column asset or contract: every row is read as the chain's coin".to_owned(),
            );
        }
    }

    pub(crate) fn read(&mut self, row: &impl Row, session: &Session) -> Result<Outcome, RowError> {
        if flag(row.at(self.failed), "is_error")? == Some(true) {
            return Ok(Outcome::Skipped("failed transaction"));
        }
        let asset = self.asset(row, session)?;
        let ordinal = self.ordinal(row)?;
        let amount = self.amount(row, &asset, session)?;
        let to = match optional_address(row.cell(self.to), "to")? {
            Some(to) => to,
            None if amount.is_zero() => {
                return Ok(Outcome::Skipped("zero-value contract creation"));
            }
            None => return Err(RowError::Broken("to is missing".to_owned())),
        };
        let transfer = Transfer {
            height: height(row.cell(self.block), "block")?,
            timestamp: self.times.read(row.cell(self.time), "timestamp")?,
            position: index(row.at(self.position), "position")?,
            transaction: hash(row.cell(self.transaction), "tx_hash")?,
            ordinal,
            kind: self.kind(row, &asset)?,
            from: address(row.cell(self.from), "from")?,
            to,
            asset,
            amount,
        };
        if self.from_label.is_some() || self.to_label.is_some() {
            self.labels.add(transfer.from, text(row.at(self.from_label), "from_label")?);
            self.labels.add(transfer.to, text(row.at(self.to_label), "to_label")?);
        }
        Ok(Outcome::Transfer(transfer))
    }

    fn ordinal(&self, row: &impl Row) -> Result<Option<u32>, RowError> {
        if let Some(ordinal) = index(row.at(self.ordinal), "ordinal")? {
            return Ok(Some(ordinal));
        }
        let log = index(row.at(self.log), "log_index")?;
        log.map(|log| log_ordinal(Some(log))).transpose()
    }

    fn amount(
        &mut self,
        row: &impl Row,
        asset: &Asset,
        session: &Session,
    ) -> Result<Amount, RowError> {
        match self.amount {
            AmountColumn::BaseUnits(column) => base_units(row.cell(column), "value"),
            AmountColumn::Decimal(column) => {
                let decimals = match (asset, asset.own_decimals(&session.chain)) {
                    (_, Some(decimals)) => decimals,
                    (Asset::Token(contract), None) => self.tokens.decimals(*contract, session)?,
                    (_, None) => 0,
                };
                decimal(row.cell(column), decimals, "amount")
            }
        }
    }

    fn kind(&self, row: &impl Row, asset: &Asset) -> Result<TransferKind, RowError> {
        match text(row.at(self.kind), "kind")? {
            "" => Ok(match asset {
                Asset::Token(_) => TransferKind::Token,
                Asset::PublishedUsd => TransferKind::Published,
                _ => TransferKind::Native,
            }),
            "native" => Ok(TransferKind::Native),
            "internal" => Ok(TransferKind::Internal),
            "token" => Ok(TransferKind::Token),
            "published" => Ok(TransferKind::Published),
            other => Err(RowError::column(
                "kind",
                format!("\"{other}\" is not native, internal, token or published"),
            )),
        }
    }

    fn asset(&mut self, row: &impl Row, session: &Session) -> Result<Asset, RowError> {
        let (asset, shown) = match self.contract {
            Some(column) => {
                let shown = text(row.at(self.asset), "asset")?;
                match optional_address(row.cell(column), "contract")? {
                    Some(contract) => (token(contract, shown, session)?, symbol_of(shown)),
                    None => (self.coin_or_named(shown, session)?, ""),
                }
            }
            None => (self.named(row.at(self.asset), session)?, ""),
        };
        if let Asset::Token(contract) = asset
            && (self.symbol.is_some() || self.decimals.is_some() || !shown.is_empty())
        {
            let symbol = text(row.at(self.symbol), "symbol")?;
            let decimals = match number(row.at(self.decimals), "decimals")? {
                None => None,
                Some(value) => Some(u8::try_from(value).map_err(|_| {
                    RowError::column("decimals", format!("{value} is not below 256"))
                })?),
            };
            self.tokens.describe(
                contract,
                if symbol.is_empty() { shown } else { symbol },
                decimals,
            )?;
        }
        Ok(asset)
    }

    /// An asset named by the column `asset` alone.
    fn named(&mut self, cell: Cell<'_>, session: &Session) -> Result<Asset, RowError> {
        match cell {
            Cell::Missing if self.asset.is_none() => Ok(Asset::Native),
            Cell::Missing => Err(RowError::Broken("asset is missing".to_owned())),
            Cell::Bytes(bytes) if bytes.len() == 20 => address(cell, "asset").map(Asset::Token),
            cell => self.parsed(text(cell, "asset")?, session),
        }
    }

    /// A file has few assets and many rows: what was read once is remembered,
    /// so that a checksum is verified once a token and not once a row.
    fn parsed(&mut self, written: &str, session: &Session) -> Result<Asset, RowError> {
        if let Some(asset) = self.assets.get(written) {
            return Ok(*asset);
        }
        let asset = Asset::parse(super::values::shortened(written), &session.chain)
            .map_err(|error| RowError::column("asset", error))?;
        if self.assets.len() >= MOST_REMEMBERED {
            self.assets.clear();
        }
        self.assets.insert(written.to_owned(), asset);
        Ok(asset)
    }

    /// What a row without a contract moves.
    fn coin_or_named(&mut self, shown: &str, session: &Session) -> Result<Asset, RowError> {
        let coin = session.chain.native_coin().0;
        if shown.is_empty() || shown == "native" || shown.eq_ignore_ascii_case(coin) {
            return Ok(Asset::Native);
        }
        if is_identifier(shown) || shown.eq_ignore_ascii_case("usd") {
            return self.parsed(shown, session);
        }
        Err(RowError::column(
            "contract",
            format!("missing for \"{shown}\"; a token is its contract, and only {coin} has none"),
        ))
    }

    pub(crate) fn finish(self) -> Learnt {
        let (descriptions, notes) = self.tokens.finish();
        let notes = self.notes.into_iter().chain(notes).collect();
        Learnt { labels: self.labels, descriptions, notes, ..Learnt::default() }
    }
}

/// Whether the text is an address or a CAIP-19 name rather than a symbol.
fn is_identifier(text: &str) -> bool {
    (text.starts_with("0x") && text.len() == 42)
        || text.contains("/erc20:")
        || text.contains("/slip44:")
        || text.contains("/iso4217:")
}

/// The text as a symbol, unless it names the asset exactly.
fn symbol_of(shown: &str) -> &str {
    if is_identifier(shown) { "" } else { shown }
}

/// The token of a contract; an exact name beside it must not contradict it.
fn token(contract: Address, shown: &str, session: &Session) -> Result<Asset, RowError> {
    let asset = Asset::Token(contract);
    if is_identifier(shown) {
        let named = Asset::parse(shown, &session.chain)
            .map_err(|error| RowError::column("asset", error))?;
        if named != asset {
            let reason = format!("\"{shown}\" is another asset than contract {contract}");
            return Err(RowError::column("asset", reason));
        }
    }
    Ok(asset)
}

#[cfg(test)]
mod tests;
