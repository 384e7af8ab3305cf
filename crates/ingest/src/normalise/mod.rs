//! Rows of each format as transfers.
//!
//! A reader is made for one file: it takes its columns once and then turns
//! each row into one transfer, into a counted reason why the row moves
//! nothing, or into an error that names the column. Failed transactions and
//! reverted calls move nothing; calls that run other code on the caller's
//! own balance (delegate, static, callcode) move nothing either.

mod cryo;
mod ethereum_etl;
mod etherscan;
mod etherscan_tokens;
mod hexadecimal;
mod labels;
mod launder_net;
mod logs;
mod plain;
mod session;
mod token_amounts;
mod token_transfers;
mod traces;
mod transactions;
mod undated;
mod values;

pub(crate) use labels::Labels;
pub(crate) use session::{Receipt, Session, Times};
pub(crate) use values::{RowError, TimeReader, address, flag, hash, height, index, number, text};

use crate::source::{Binder, Format, Opened, Row};
use crate::{IngestError, source};
use std::path::Path;
use tracehound_model::{Address, Transfer};
use tracehound_store::AssetDescription;

/// What a row came to.
#[derive(Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "lives in a register or on the stack for one row")]
pub(crate) enum Outcome {
    /// A transfer.
    Transfer(Transfer),
    /// Nothing moved, and why.
    Skipped(&'static str),
}

/// What a reader learnt beside the transfers.
#[derive(Default)]
pub(crate) struct Learnt {
    /// Labels the file gives.
    pub(crate) labels: Labels,
    /// Symbols and decimals, each asset once.
    pub(crate) descriptions: Vec<AssetDescription>,
    /// Contracts that emitted an event of an exchange, ascending.
    pub(crate) exchange_emitters: Vec<Address>,
    /// What a person should know of this reading.
    pub(crate) notes: Vec<String>,
}

/// The reader of one file.
pub(crate) enum Reader {
    LaunderNet(launder_net::LaunderNet),
    Transactions(transactions::Transactions),
    TokenTransfers(token_transfers::TokenTransfers),
    Traces(traces::Traces),
    Logs(logs::Logs),
    NativeTransfers(cryo::NativeTransfers),
    Etherscan(etherscan::Etherscan),
    EtherscanTokens(etherscan_tokens::EtherscanTokens),
    Plain(plain::Plain),
    Undated(undated::Undated),
}

impl Reader {
    /// A reader and the columns it takes; `None` for files that hold no
    /// transfers but help to read others (blocks, receipts, tokens).
    pub(crate) fn bind(
        opened: &Opened,
        format: Format,
        session: &Session,
    ) -> Result<Option<(Self, Vec<usize>)>, IngestError> {
        let mut binder = Binder::new(&opened.path, format, &opened.header);
        let columns = &mut binder;
        let reader = match format {
            Format::EthereumEtlBlocks
            | Format::CryoBlocks
            | Format::EthereumEtlReceipts
            | Format::EthereumEtlTokens => return Ok(None),
            Format::LaunderNet => Self::LaunderNet(launder_net::LaunderNet::bind(columns)?),
            Format::EthereumEtlTransactions => {
                Self::Transactions(ethereum_etl::transactions(columns, session)?)
            }
            Format::EthereumEtlTokenTransfers => {
                Self::TokenTransfers(ethereum_etl::token_transfers(columns)?)
            }
            Format::EthereumEtlTraces => Self::Traces(ethereum_etl::traces(columns)?),
            Format::EventLogs => Self::Logs(logs::Logs::bind(columns, &session.chain)?),
            Format::CryoTransactions => Self::Transactions(cryo::transactions(columns, session)?),
            Format::CryoErc20Transfers => Self::TokenTransfers(cryo::erc20_transfers(columns)?),
            Format::CryoTraces => Self::Traces(cryo::traces(columns)?),
            Format::CryoNativeTransfers => {
                Self::NativeTransfers(cryo::NativeTransfers::bind(columns)?)
            }
            Format::EtherscanTransactions => {
                Self::Etherscan(etherscan::Etherscan::bind(columns, false)?)
            }
            Format::EtherscanInternal => {
                Self::Etherscan(etherscan::Etherscan::bind(columns, true)?)
            }
            Format::EtherscanErc20 => {
                Self::EtherscanTokens(etherscan_tokens::EtherscanTokens::bind(columns)?)
            }
            Format::Plain => Self::Plain(plain::Plain::bind(columns, &opened.header)?),
            Format::Undated => {
                Self::Undated(undated::Undated::bind(columns, &opened.path, session)?)
            }
        };
        Ok(Some((reader, binder.taken())))
    }

    /// Whether times must come from other files or from the store.
    pub(crate) fn lacks_times(&self) -> bool {
        match self {
            Self::Transactions(reader) => reader.times.lacking(),
            Self::TokenTransfers(reader) => reader.times.lacking(),
            Self::Traces(reader) => reader.times.lacking(),
            Self::Logs(reader) => reader.times.lacking(),
            Self::NativeTransfers(reader) => reader.times.lacking(),
            _ => false,
        }
    }

    /// Whether places of transactions must come from other files.
    pub(crate) fn lacks_positions(&self) -> bool {
        matches!(self, Self::TokenTransfers(reader) if reader.lacks_positions())
    }

    /// Reads a row.
    pub(crate) fn read(
        &mut self,
        row: &impl Row,
        session: &mut Session,
    ) -> Result<Outcome, RowError> {
        match self {
            Self::LaunderNet(reader) => reader.read(row),
            Self::Transactions(reader) => reader.read(row, session),
            Self::TokenTransfers(reader) => reader.read(row, session),
            Self::Traces(reader) => reader.read(row, session),
            Self::Logs(reader) => reader.read(row, session),
            Self::NativeTransfers(reader) => reader.read(row, session),
            Self::Etherscan(reader) => reader.read(row, session),
            Self::EtherscanTokens(reader) => reader.read(row, session),
            Self::Plain(reader) => reader.read(row, session),
            Self::Undated(reader) => reader.read(row, session),
        }
    }

    /// What was learnt beside the transfers.
    pub(crate) fn finish(self) -> Learnt {
        match self {
            Self::LaunderNet(reader) => reader.finish(),
            Self::Transactions(reader) => reader.finish(),
            Self::Etherscan(reader) => reader.finish(),
            Self::EtherscanTokens(reader) => reader.finish(),
            Self::Plain(reader) => reader.finish(),
            Self::Undated(reader) => reader.finish(),
            Self::NativeTransfers(reader) => reader.finish(),
            Self::Logs(reader) => reader.finish(),
            Self::TokenTransfers(_) | Self::Traces(_) => Learnt::default(),
        }
    }
}

/// Refuses a file whose times nobody gives.
pub(crate) fn check_times(
    reader: &Reader,
    file: &Path,
    format: source::Format,
    session: &Session,
) -> Result<(), IngestError> {
    if reader.lacks_times() && !session.has_times() {
        return Err(IngestError::NoTimes { file: file.to_owned(), format });
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod testing;
