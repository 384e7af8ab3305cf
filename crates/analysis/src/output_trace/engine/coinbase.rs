//! Fees, and the coinbases that take them.
//!
//! A coinbase is settled when its block's other transactions are, although
//! it stands first: its outputs hold their fees.

use super::{Arrival, Cut, Engine, Holder, Lots, Rest, Taken, clean_outputs, deal};
use crate::AnalysisError;
use std::collections::BTreeMap;
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
        if lots.tainted() == 0 {
            return Ok(());
        }
        let value = lots.value();
        let flow = self.trace.flow(transaction, Arrival::Fee, value, &lots, 0, hops);
        let block = self.ledger.block(transaction)?.transactions;
        let form = self.ledger.chain().utxo().map(|chain| chain.form);
        // What a transaction lacks may have gone to the shielded pool; and a
        // miner whose coinbase the data lack got it outside them.
        if form == Some(BlockForm::Shielded)
            || !self.ledger.transaction(block.start)?.fields.coinbase
        {
            let holder = Holder::Transaction(transaction);
            self.trace.book(holder, Rest::Cut(Cut::Outside), None, &lots, flow);
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
        let (all, fees) = self.fees_of_block(view.id, end, tainted)?;
        let mut outputs: Vec<u64> = view.outputs.iter().map(|output| output.value().0).collect();
        let claimed = outputs.iter().try_fold(0_u64, |sum, value| sum.checked_add(*value));
        let Some((fees, claimed)) = fees.zip(claimed) else {
            for fee in tainted.values() {
                self.trace.book(holder, Rest::Cut(Cut::UnknownInput), None, &fee.lots, fee.flow);
            }
            return Ok(None);
        };
        let made = Lots::clean(claimed.saturating_sub(fees));
        outputs.push(fees.saturating_sub(claimed));
        let mut dealt = deal(self.trace.policy, &[all, made], &outputs);
        let lost = dealt.pop().unwrap_or_default();
        if let Some(last) = tainted.values().next_back()
            && lost.tainted() > 0
        {
            self.trace.book(holder, Rest::Burnt, None, &lost, last.flow);
        }
        Ok(Some(dealt))
    }

    /// Satoshis of all fees of a block in their order, and their sum if every
    /// one is known.
    fn fees_of_block(
        &mut self,
        coinbase: TransactionId,
        end: TransactionId,
        tainted: &BTreeMap<TransactionId, Fee>,
    ) -> Result<(Lots, Option<u64>), AnalysisError> {
        let (mut all, mut sum) = (Lots::default(), Some(0_u64));
        let mut next = tainted.iter().peekable();
        let body = TransactionId(coinbase.0.saturating_add(1))..end;
        self.ledger.scan(body, &mut |view| {
            self.trace.touched += 1;
            let value = match next.next_if(|(id, _)| **id == view.id) {
                Some((_, fee)) => {
                    fee.lots.lots().iter().for_each(|lot| all.push(lot.seed, lot.amount));
                    Some(fee.lots.value())
                }
                None => view.fee().map(|fee| fee.0).inspect(|fee| all.push(None, *fee)),
            };
            sum = sum.zip(value).and_then(|(sum, value)| sum.checked_add(value));
            Ok(())
        })?;
        Ok((all, sum))
    }
}
