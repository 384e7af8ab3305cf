//! What a store of unspent outputs knows of an address.

use super::coins;
use crate::ReportError;
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_model::{Address, Height, Satoshi, Timestamp};
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputLedger, TransactionId};

/// What is asked.
pub struct OutputAddressQuery {
    /// The address.
    pub address: Address,
    /// At most so many lines, the latest.
    pub limit: usize,
    /// Only from this time on.
    pub since: Option<Timestamp>,
    /// The last block that counts.
    pub at_height: Option<Height>,
}

/// An address.
#[derive(Serialize)]
pub struct OutputAddressRecord {
    /// The address.
    pub address: Address,
    /// Kind of its script.
    pub kind: &'static str,
    /// The last block that counts; absent for the whole store.
    pub at_height: Option<Height>,
    /// When it first took part.
    pub first_seen: Option<Timestamp>,
    /// When last.
    pub last_seen: Option<Timestamp>,
    /// Outputs paid to it.
    pub outputs_received: u64,
    /// Transactions that spend from it.
    pub transactions_spending: u64,
    /// In whole coins.
    pub received: String,
    /// In whole coins.
    pub spent: String,
    /// Received less spent.
    pub balance: String,
    /// In base units.
    pub balance_satoshi: u64,
    /// What each transaction did, oldest first.
    pub history: Vec<OutputAddressLine>,
}

/// What one transaction did to the address.
#[derive(Serialize)]
pub struct OutputAddressLine {
    /// The transaction.
    pub transaction: String,
    /// Its block.
    pub height: Height,
    /// Its time.
    pub timestamp: Timestamp,
    /// In whole coins.
    pub received: String,
    /// In whole coins.
    pub spent: String,
}

/// Received and spent in one transaction.
#[derive(Clone, Copy, Default)]
struct Sums {
    received: u64,
    spent: u64,
}

impl OutputAddressRecord {
    /// Reads what a store knows of an address.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn read(
        ledger: &dyn OutputLedger,
        id: AddressId,
        query: &OutputAddressQuery,
    ) -> Result<Self, ReportError> {
        let end = match query.at_height {
            Some(height) => ledger.first_above(height)?,
            None => TransactionId(ledger.transaction_count()),
        };
        let (outputs, spends) = (ledger.outputs_to(id)?, ledger.spends_from(id)?);
        let outputs: Vec<_> =
            outputs.into_iter().filter(|output| output.transaction < end).collect();
        let spends: Vec<_> = spends.into_iter().filter(|spend| *spend < end).collect();
        let mut sums: BTreeMap<TransactionId, Sums> = BTreeMap::new();
        for transaction in outputs.iter().map(|output| output.transaction).chain(spends.clone()) {
            if let std::collections::btree_map::Entry::Vacant(vacant) = sums.entry(transaction) {
                vacant.insert(sums_in(ledger, transaction, id)?);
            }
        }
        let (mut received, mut spent) = (Satoshi(0), Satoshi(0));
        for line in sums.values() {
            let add =
                |a: Satoshi, b: u64| a.checked_add(Satoshi(b)).ok_or(ReportError::SumPast64Bits);
            (received, spent) = (add(received, line.received)?, add(spent, line.spent)?);
        }
        // Spends of outputs from before the data take more than these data show coming.
        let balance = received.checked_sub(spent).unwrap_or_default();
        let time = |id: Option<&TransactionId>| -> Result<Option<Timestamp>, ReportError> {
            id.map(|id| Ok(ledger.block(*id)?.timestamp)).transpose()
        };
        let address = ledger.address(id)?;
        let chain = ledger.chain();
        Ok(Self {
            address,
            kind: address.kind().name(),
            at_height: query.at_height,
            first_seen: time(sums.keys().next())?,
            last_seen: time(sums.keys().next_back())?,
            // Counts of a list fit 64 bits.
            outputs_received: outputs.len() as u64,
            transactions_spending: spends.len() as u64,
            received: coins(chain, received),
            spent: coins(chain, spent),
            balance: coins(chain, balance),
            balance_satoshi: balance.0,
            history: history(ledger, &sums, query)?,
        })
    }
}

/// What one transaction pays to and takes from an address.
fn sums_in(
    ledger: &dyn OutputLedger,
    transaction: TransactionId,
    id: AddressId,
) -> Result<Sums, ReportError> {
    let view = ledger.transaction(transaction)?;
    let outputs = view.outputs.iter().filter(|output| output.address() == Some(id));
    let inputs = view.inputs.iter().filter(|input| input.address() == Some(id));
    let sum = |values: &mut dyn Iterator<Item = Satoshi>| {
        Satoshi::sum(values).ok_or(ReportError::SumPast64Bits).map(|sum| sum.0)
    };
    Ok(Sums {
        received: sum(&mut outputs.map(|output| output.value()))?,
        spent: sum(&mut inputs.filter_map(|input| input.value()))?,
    })
}

/// The latest lines asked for, oldest first.
fn history(
    ledger: &dyn OutputLedger,
    sums: &BTreeMap<TransactionId, Sums>,
    query: &OutputAddressQuery,
) -> Result<Vec<OutputAddressLine>, ReportError> {
    let mut lines = Vec::new();
    for (id, sums) in sums.iter().rev().take(query.limit) {
        let block = ledger.block(*id)?;
        if query.since.is_some_and(|since| block.timestamp < since) {
            break;
        }
        lines.push(OutputAddressLine {
            transaction: ledger.chain().transaction_text(&ledger.hash(*id)?),
            height: block.height,
            timestamp: block.timestamp,
            received: coins(ledger.chain(), Satoshi(sums.received)),
            spent: coins(ledger.chain(), Satoshi(sums.spent)),
        });
    }
    lines.reverse();
    Ok(lines)
}
