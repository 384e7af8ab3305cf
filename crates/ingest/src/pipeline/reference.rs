//! The first pass: files that help to read the others.
//!
//! Blocks give times; receipts say which transactions failed, what they
//! created and where they stand; tokens give decimals. A transactions file is
//! read in this pass too when another file of the run lacks times or places
//! that it has.

use super::tally::Tally;
use crate::IngestError;
use crate::normalise::{
    Receipt, RowError, Session, TimeReader, address, flag, hash, height, index, text,
};
use crate::source::{Binder, Cell, Format, Opened, Role, Row, RowNumber, RowVisitor};
use tracehound_model::Asset;
use tracehound_store::AssetDescription;

/// Columns of a helping file.
enum Columns {
    Blocks { number: usize, time: usize },
    Receipts { hash: usize, position: usize, status: usize, created: Option<usize> },
    Tokens { contract: usize, symbol: usize, decimals: usize },
    Transactions { hash: usize, position: usize, block: usize, time: Option<usize> },
}

impl Columns {
    fn bind(columns: &mut Binder<'_>, format: Format) -> Result<Option<Self>, IngestError> {
        Ok(Some(match format {
            Format::EthereumEtlBlocks | Format::CryoBlocks => Self::Blocks {
                number: columns.need(Role::Number, &["number", "block_number"])?,
                time: columns.need(Role::Time, &["timestamp"])?,
            },
            Format::EthereumEtlReceipts => Self::Receipts {
                hash: columns.need(Role::Identifier, &["transaction_hash"])?,
                position: columns.need(Role::Number, &["transaction_index"])?,
                status: columns.need(Role::Flag, &["status"])?,
                created: columns.take(Role::Identifier, &["contract_address"])?,
            },
            Format::EthereumEtlTokens => Self::Tokens {
                contract: columns.need(Role::Identifier, &["address"])?,
                symbol: columns.need(Role::Text, &["symbol"])?,
                decimals: columns.need(Role::Number, &["decimals"])?,
            },
            Format::EthereumEtlTransactions | Format::CryoTransactions => Self::Transactions {
                hash: columns.need(Role::Identifier, &["hash", "transaction_hash"])?,
                position: columns.need(Role::Number, &["transaction_index"])?,
                block: columns.need(Role::Number, &["block_number"])?,
                time: columns.take(Role::Time, &["block_timestamp", "timestamp"])?,
            },
            _ => return Ok(None),
        }))
    }
}

/// Reads a helping file into the session; returns the tokens it describes.
pub(crate) fn read_reference(
    opened: &Opened,
    format: Format,
    session: &mut Session,
    tally: Option<&mut Tally<'_>>,
) -> Result<Vec<AssetDescription>, IngestError> {
    let mut binder = Binder::new(&opened.path, format, &opened.header);
    let Some(columns) = Columns::bind(&mut binder, format)? else {
        return Ok(Vec::new());
    };
    session.has_receipts |= matches!(columns, Columns::Receipts { .. });
    let taken = binder.taken();
    let mut visitor = ReferenceVisitor {
        columns,
        session,
        tally,
        times: TimeReader::default(),
        descriptions: Vec::new(),
    };
    opened.visit(&taken, &mut visitor)?;
    Ok(visitor.descriptions)
}

struct ReferenceVisitor<'a, 'b> {
    columns: Columns,
    session: &'a mut Session,
    /// Absent where the file is read again in the second pass and counted there.
    tally: Option<&'a mut Tally<'b>>,
    times: TimeReader,
    descriptions: Vec<AssetDescription>,
}

impl ReferenceVisitor<'_, '_> {
    fn learn(&mut self, row: &impl Row) -> Result<(), RowError> {
        match self.columns {
            Columns::Blocks { number, time } => {
                let block = height(row.cell(number), "number")?;
                let time = self.times.read(row.cell(time), "timestamp")?;
                self.session.date(block, time)
            }
            Columns::Receipts { hash: name, position, status, created } => {
                let transaction = hash(row.cell(name), "transaction_hash")?;
                if let Some(position) = index(row.cell(position), "transaction_index")? {
                    self.session.positions.add(&transaction, position);
                }
                // Receipts from before the status field leave it empty.
                let failed = flag(row.cell(status), "status")? == Some(false);
                let created = match row.at(created) {
                    Cell::Missing => None,
                    cell => Some(address(cell, "contract_address")?),
                };
                if failed || created.is_some() {
                    self.session.receipts.insert(transaction, Receipt { failed, created });
                }
                Ok(())
            }
            Columns::Tokens { contract, symbol, decimals } => {
                let contract = address(row.cell(contract), "address")?;
                let symbol = text(row.cell(symbol), "symbol")?;
                let decimals = index(row.cell(decimals), "decimals")?
                    .map(u8::try_from)
                    .transpose()
                    .map_err(|_| RowError::column("decimals", "not below 256"))?;
                if let Some(decimals) = decimals {
                    self.session.decimals.insert(contract, decimals);
                }
                self.descriptions.push(AssetDescription {
                    asset: Asset::Token(contract),
                    symbol: (!symbol.is_empty()).then(|| symbol.to_owned()),
                    decimals,
                });
                Ok(())
            }
            Columns::Transactions { hash: name, position, block, time } => {
                let transaction = hash(row.cell(name), "hash")?;
                if let Some(position) = index(row.cell(position), "transaction_index")? {
                    self.session.positions.add(&transaction, position);
                }
                let Some(time) = time else { return Ok(()) };
                let block = height(row.cell(block), "block_number")?;
                let time = self.times.read(row.cell(time), "timestamp")?;
                self.session.date(block, time)
            }
        }
    }
}

impl RowVisitor for ReferenceVisitor<'_, '_> {
    fn row(&mut self, number: RowNumber, row: &impl Row) -> Result<(), IngestError> {
        let learnt = self.learn(row);
        match (learnt, &mut self.tally) {
            (Err(RowError::Fatal(error)), _) => Err(*error),
            (Ok(()), Some(tally)) => {
                tally.helpful();
                Ok(())
            }
            (Err(RowError::Broken(reason)), Some(tally)) => tally.broken_row(number, reason, row),
            (_, None) => Ok(()),
        }
    }

    fn broken(
        &mut self,
        number: RowNumber,
        reason: String,
        text: String,
    ) -> Result<(), IngestError> {
        self.tally.as_mut().map_or(Ok(()), |tally| tally.broken(number, reason, &text))
    }

    fn progress(&mut self, bytes: u64) -> Result<(), IngestError> {
        self.tally.as_mut().map_or(Ok(()), |tally| tally.progress(bytes))
    }
}
