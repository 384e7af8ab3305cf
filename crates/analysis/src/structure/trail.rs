//! What a trace touched, as the rules look at it.

use crate::AnalysisError;
use crate::coinjoin::CoinJoinFinder;
use crate::output_trace::{Arrival, OutputTrace};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Address, Amount, Asset, Evidence, Timestamp};
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId, TransactionView};
use tracehound_store::{AddressId, StoreError};

/// The tainted outputs of a trace and the transactions between them.
pub struct Trail<'a> {
    pub(super) ledger: &'a dyn OutputLedger,
    /// Tainted outputs with their tainted part.
    pub(super) outputs: BTreeMap<OutputId, u64>,
    /// Transactions with tainted outputs, CoinJoins left out.
    pub(super) transactions: BTreeSet<TransactionId>,
}

impl<'a> Trail<'a> {
    /// What one policy's trace touched.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn of(
        ledger: &'a dyn OutputLedger,
        trace: &OutputTrace,
        coinjoins: &CoinJoinFinder<'_>,
    ) -> Result<Self, StoreError> {
        let mut outputs = BTreeMap::new();
        let mut transactions = BTreeSet::new();
        for flow in &trace.flows {
            if let Arrival::Output(index) = flow.arrival {
                outputs.insert(OutputId { transaction: flow.transaction, index }, flow.tainted);
                transactions.insert(flow.transaction);
            }
        }
        let mut kept = BTreeSet::new();
        for id in transactions {
            let view = ledger.transaction(id)?;
            if !view.fields.coinbase && !coinjoins.mixes(&view)? {
                kept.insert(id);
            }
        }
        Ok(Self { ledger, outputs, transactions: kept })
    }

    pub(super) fn time(&self, id: TransactionId) -> Result<Timestamp, StoreError> {
        Ok(self.ledger.block(id)?.timestamp)
    }

    /// Whether an input's output is tainted.
    pub(super) fn is_tainted(&self, output: Option<OutputId>) -> bool {
        output.is_some_and(|output| self.outputs.contains_key(&output))
    }

    /// The address of the largest tainted input, else of the largest.
    pub(super) fn payer(&self, view: &TransactionView<'_>) -> Option<AddressId> {
        let tainted = view.inputs.iter().filter(|input| self.is_tainted(input.spends()));
        let largest = tainted.max_by_key(|input| input.value());
        let largest = largest.or_else(|| view.inputs.iter().max_by_key(|input| input.value()));
        largest.and_then(|input| input.address())
    }

    /// An address, or the transaction as a place where there is none.
    pub(super) fn address_or(
        &self,
        address: Option<AddressId>,
        transaction: TransactionId,
    ) -> Result<Address, StoreError> {
        match address {
            Some(id) => self.ledger.address(id),
            None => {
                let place = Address::of_transaction(&self.ledger.hash(transaction)?);
                Ok(place.on(self.ledger.chain()))
            }
        }
    }

    /// An output as proof.
    pub(super) fn evidence(&self, output: OutputId) -> Result<Evidence, AnalysisError> {
        let view = self.ledger.transaction(output.transaction)?;
        let block = self.ledger.block(output.transaction)?;
        let record = view.outputs.get(crate::output_trace::index(output.index));
        Ok(Evidence {
            transaction: self.ledger.hash(output.transaction)?,
            height: block.height,
            timestamp: block.timestamp,
            ordinal: Some(output.index),
            from: self.address_or(self.payer(&view), output.transaction)?,
            to: self.address_or(record.and_then(|r| r.address()), output.transaction)?,
            asset: Asset::Native.caip19(self.ledger.chain()),
            amount: record.map_or(Amount::ZERO, |record| record.value().into()),
        })
    }

    /// Evidence of several outputs, in their order.
    pub(super) fn all(&self, outputs: &[OutputId]) -> Result<Vec<Evidence>, AnalysisError> {
        outputs.iter().map(|output| self.evidence(*output)).collect()
    }

    /// Satoshi in whole coins with the coin's symbol.
    pub(super) fn coins(&self, satoshi: u64) -> String {
        let (symbol, decimals) = self.ledger.chain().native_coin();
        format!("{} {symbol}", Amount::from_u64(satoshi).to_decimal(decimals))
    }

    /// A transaction as its chain prints it.
    pub(super) fn text(&self, id: TransactionId) -> Result<String, StoreError> {
        Ok(self.ledger.chain().transaction_text(&self.ledger.hash(id)?))
    }
}
