//! Fees, and the coinbases that take them.
//!
//! A coinbase is settled when its block's other transactions are, although
//! it stands first: its outputs hold their fees.

use super::{Arrival, Cut, Engine, Holder, Lots, Rest, Taken, amounts, clean_outputs, deal};
use crate::AnalysisError;
use std::collections::BTreeMap;
use tracehound_model::Policy;
use tracehound_model::chain::BlockForm;
use tracehound_store::utxo::{OutputLedger, TransactionId, TransactionView};

/// What waits for the end of a block.
#[derive(Debug)]
pub(super) struct Waiting {
    /// First transaction of the next block.
    end: TransactionId,
    /// Tainted fees by the transaction that pays them.
    fees: BTreeMap<TransactionId, Fee>,
    /// Thefts of the coinbase's own outputs.
    thefts: Taken,
}

#[derive(Debug)]
struct Fee {
    lots: Lots,
    hops: u32,
    flow: usize,
}

impl<L: OutputLedger + ?Sized> Engine<'_, L> {
    /// The next coinbase to be settled, with the first transaction after its block.
    pub(in crate::output_trace) fn next_coinbase(&self) -> Option<(TransactionId, TransactionId)> {
        self.coinbases.first_key_value().map(|(coinbase, waiting)| (*coinbase, waiting.end))
    }

    /// Keeps a coinbase whose outputs thefts took for the end of its block.
    pub(super) fn wait(
        &mut self,
        coinbase: TransactionId,
        thefts: Taken,
    ) -> Result<(), AnalysisError> {
        let end = self.ledger.block(coinbase)?.transactions.end;
        self.waiting(coinbase, end).thefts = thefts;
        Ok(())
    }

    fn waiting(&mut self, coinbase: TransactionId, end: TransactionId) -> &mut Waiting {
        let none = || Waiting { end, fees: BTreeMap::new(), thefts: Vec::new() };
        self.coinbases.entry(coinbase).or_insert_with(none)
    }

    /// Keeps a tainted fee for the coinbase of its block.
    pub(super) fn pay_fee(
        &mut self,
        transaction: TransactionId,
        lots: Lots,
        hops: u32,
    ) -> Result<(), AnalysisError> {
        if lots.tainted(self.policy) == 0 {
            return Ok(());
        }
        let value = self.size(&lots);
        let flow = self.flow(transaction, Arrival::Fee, value, &lots, 0, hops);
        let block = self.ledger.block(transaction)?.transactions;
        let form = self.ledger.chain().utxo().map(|chain| chain.form);
        // What a transaction lacks may have gone to the shielded pool; and a
        // miner whose coinbase the data lack got it outside them.
        if form == Some(BlockForm::Shielded)
            || !self.ledger.transaction(block.start)?.fields.coinbase
        {
            let holder = Holder::Transaction(transaction);
            self.book(holder, Rest::Cut(Cut::Outside), None, &lots, flow);
            return Ok(());
        }
        let fee = Fee { lots, hops, flow };
        self.waiting(block.start, block.end).fees.insert(transaction, fee);
        Ok(())
    }

    /// Settles the coinbase of a block whose other transactions are settled.
    pub(in crate::output_trace) fn settle_coinbase(
        &mut self,
        coinbase: TransactionId,
    ) -> Result<(), AnalysisError> {
        let Some(Waiting { end, fees, thefts }) = self.coinbases.remove(&coinbase) else {
            return Ok(());
        };
        let view = self.ledger.transaction(coinbase)?;
        let hops = fees.values().map(|fee| fee.hops.saturating_add(1)).min();
        let dealt = match hops {
            Some(_) => self.deal_fees(&view, end, &fees)?,
            None => None,
        };
        let dealt = dealt.unwrap_or_else(|| clean_outputs(&view));
        let last = TransactionId(end.0.saturating_sub(1));
        self.deliver(&view, dealt, thefts, hops, last)
    }

    /// A coinbase takes the fees of its block in their order, then makes the
    /// coins it pays beyond them. `None` if nobody can say which output has
    /// which, because a fee of the block is not known.
    fn deal_fees(
        &mut self,
        view: &TransactionView<'_>,
        end: TransactionId,
        tainted: &BTreeMap<TransactionId, Fee>,
    ) -> Result<Option<Vec<Lots>>, AnalysisError> {
        let holder = Holder::Transaction(view.id);
        let mut inputs = Vec::new();
        let mut fees = Some(0_u64);
        for id in (view.id.0 + 1..end.0).map(TransactionId) {
            let lots = match tainted.get(&id) {
                Some(fee) => Some(fee.lots.clone()),
                None => self.fee_of(id)?.map(Lots::clean),
            };
            let value = lots.as_ref().map(|lots| self.size(lots));
            fees = fees.zip(value).and_then(|(sum, value)| sum.checked_add(value));
            inputs.extend(lots);
        }
        let mut outputs: Vec<u64> = view.outputs.iter().map(|output| output.value().0).collect();
        let claimed = outputs.iter().try_fold(0_u64, |sum, value| sum.checked_add(*value));
        let Some((fees, claimed)) = fees.zip(claimed) else {
            for fee in tainted.values() {
                self.book(holder, Rest::Cut(Cut::UnknownInput), None, &fee.lots, fee.flow);
            }
            return Ok(None);
        };
        inputs.push(Lots::clean(claimed.saturating_sub(fees)));
        outputs.push(fees.saturating_sub(claimed));
        let mut dealt = deal(self.policy, &inputs, &outputs);
        let lost = dealt.pop().unwrap_or_default();
        if let Some(last) = tainted.values().next_back()
            && lost.tainted(self.policy) > 0
        {
            self.book(holder, Rest::Burnt, None, &lost, last.flow);
        }
        Ok(Some(dealt))
    }

    /// Satoshis of a fee, whoever's.
    fn size(&self, lots: &Lots) -> u64 {
        let amounts = lots.lots().iter().map(|lot| lot.amount);
        if self.policy == Policy::Poison { amounts.max().unwrap_or(0) } else { amounts.sum() }
    }

    fn fee_of(&mut self, id: TransactionId) -> Result<Option<u64>, AnalysisError> {
        self.trace.touched += 1;
        let view = self.ledger.transaction(id)?;
        Ok(amounts(&view).and_then(|mut outputs| outputs.pop()))
    }
}
