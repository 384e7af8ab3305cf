//! One policy at work, forward: which satoshis of which outputs are whose loss.
//!
//! Transactions are settled in chain order, the coinbase of a block after the
//! block's other transactions, whose fees it takes. State is kept for
//! tainted unspent outputs only.

use super::outcome::{Arrival, Flow, Holder, Mixing, OutputBooking, OutputTrace};
use super::stops::Arrived;
use super::{Lots, OutputTraceRequest, deal};
use crate::AnalysisError;
use crate::trace::{Cut, Rest, SeedId};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::Policy;
use tracehound_model::chain::BlockForm;
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId, TransactionView};

/// Tainted satoshis of an unspent output.
#[derive(Clone, Debug)]
struct Live {
    lots: Lots,
    hops: u32,
    /// Index of the flow that brought them.
    flow: usize,
}

/// Tainted fees of a block that wait for its end.
#[derive(Debug)]
struct Pending {
    /// First transaction of the next block.
    end: TransactionId,
    /// Each fee with its hops, by transaction.
    fees: BTreeMap<TransactionId, (Lots, u32)>,
}

/// One policy's engine.
pub(super) struct Engine<'a, L: OutputLedger + ?Sized> {
    ledger: &'a L,
    request: &'a OutputTraceRequest<'a>,
    policy: Policy,
    /// Thefts by the transaction whose outputs they took.
    thefts: BTreeMap<TransactionId, Vec<(SeedId, u32, Option<u64>)>>,
    live: HashMap<OutputId, Live>,
    /// Tainted fees by the coinbase of their block.
    fees: BTreeMap<TransactionId, Pending>,
    /// Transactions that spend live outputs.
    spenders: BTreeSet<TransactionId>,
    trace: OutputTrace,
}

impl<'a, L: OutputLedger + ?Sized> Engine<'a, L> {
    pub(super) fn new(ledger: &'a L, request: &'a OutputTraceRequest<'a>, policy: Policy) -> Self {
        let mut thefts: BTreeMap<TransactionId, Vec<(SeedId, u32, Option<u64>)>> = BTreeMap::new();
        for (seed, theft) in (0..).map(SeedId).zip(&request.seeds) {
            for (output, most) in &theft.outputs {
                if output.transaction < request.end {
                    let list = thefts.entry(output.transaction).or_default();
                    list.push((seed, output.index, *most));
                }
            }
        }
        let trace = OutputTrace {
            policy,
            flows: Vec::new(),
            bookings: Vec::new(),
            stolen: vec![0; request.seeds.len()],
            collided: vec![0; request.seeds.len()],
            mixings: Vec::new(),
            touched: 0,
        };
        Self {
            ledger,
            request,
            policy,
            thefts,
            live: HashMap::new(),
            fees: BTreeMap::new(),
            spenders: BTreeSet::new(),
            trace,
        }
    }

    /// The next transaction that spends a live output or is a theft's.
    pub(super) fn next(&self) -> Option<TransactionId> {
        let theft = self.thefts.keys().next();
        self.spenders.first().into_iter().chain(theft).min().copied()
    }

    /// The next coinbase that tainted fees wait for, with the first transaction after its block.
    pub(super) fn next_coinbase(&self) -> Option<(TransactionId, TransactionId)> {
        self.fees.first_key_value().map(|(coinbase, pending)| (*coinbase, pending.end))
    }

    /// Settles a transaction: what it spends, and what a theft took of it.
    pub(super) fn settle(&mut self, view: &TransactionView<'_>) -> Result<(), AnalysisError> {
        self.spenders.remove(&view.id);
        self.trace.touched += 1;
        let taken = self.take_inputs(view);
        let thefts = self.thefts.remove(&view.id).unwrap_or_default();
        let mut dealt: Vec<Lots> =
            view.outputs.iter().map(|output| Lots::clean(output.value().0)).collect();
        let hops = taken.iter().flatten().map(|live| live.hops).min();
        if hops.is_some() {
            match self.spend(view, &taken)? {
                Some(mut all) => {
                    let fee = all.pop().unwrap_or_default();
                    dealt = all;
                    self.pay_fee(view.id, fee, hops)?;
                }
                None if thefts.is_empty() => return Ok(()),
                None => {}
            }
        }
        let mut seeded = vec![0; dealt.len()];
        for (seed, index, most) in thefts {
            let place = super::index(index);
            if let Some(lots) = dealt.get_mut(place) {
                let (marked, collided) = lots.mark(seed, most.unwrap_or(u64::MAX), self.policy);
                seeded[place] += marked;
                self.trace.stolen[super::index(seed.0)] += marked;
                self.trace.collided[super::index(seed.0)] += collided;
            }
        }
        for (place, lots) in (0..).zip(dealt) {
            let hops = match hops {
                Some(hops) if seeded[super::index(place)] == 0 => hops.saturating_add(1),
                _ => 0,
            };
            self.arrive(view, place, lots, seeded[super::index(place)], hops)?;
        }
        Ok(())
    }

    /// The tainted satoshis of each input; they are no longer live.
    fn take_inputs(&mut self, view: &TransactionView<'_>) -> Vec<Option<Live>> {
        let live = &mut self.live;
        let take = |input: &tracehound_store::utxo::InputRecord| live.remove(&input.spends()?);
        view.inputs.iter().map(take).collect()
    }

    /// Deals the inputs out to the outputs and the fee; `None` if the money stops here.
    fn spend(
        &mut self,
        view: &TransactionView<'_>,
        taken: &[Option<Live>],
    ) -> Result<Option<Vec<Lots>>, AnalysisError> {
        let mut policy = self.policy;
        if let Some(is_coinjoin) = self.request.coinjoin
            && is_coinjoin(view)?
        {
            match self.request.through_coinjoins {
                Some(through) if self.policy != Policy::Poison => policy = through,
                Some(_) => {}
                None => {
                    self.mix(view, taken);
                    return Ok(None);
                }
            }
        }
        let Some(outputs) = amounts(view) else {
            self.stop_inputs(view, taken, Rest::Cut(Cut::UnknownInput))?;
            return Ok(None);
        };
        let inputs: Vec<Lots> = view
            .inputs
            .iter()
            .zip(taken)
            .map(|(input, live)| match live {
                Some(live) => live.lots.clone(),
                None => Lots::clean(input.value().map_or(0, |value| value.0)),
            })
            .collect();
        self.note_mixing(view.id, &inputs, taken);
        Ok(Some(deal(policy, &inputs, &outputs)))
    }

    fn note_mixing(&mut self, transaction: TransactionId, inputs: &[Lots], taken: &[Option<Live>]) {
        let untouched = inputs.iter().zip(taken).filter(|(_, live)| live.is_none());
        let (mut clean, mut count) = (0_u64, 0_u32);
        for (lots, _) in untouched {
            clean += lots.lots().iter().map(|lot| lot.amount).sum::<u64>();
            count += 1;
        }
        if clean > 0 {
            self.trace.mixings.push(Mixing { transaction, clean, inputs: count });
        }
    }

    /// Books everything at the transaction, which mixes it with others' money.
    fn mix(&mut self, view: &TransactionView<'_>, taken: &[Option<Live>]) {
        for (place, live) in (0..).zip(taken) {
            let Some(live) = live else { continue };
            let value = view.inputs[super::index(place)].value().map_or(0, |value| value.0);
            let arrival = Arrival::Mixed(place);
            let hops = live.hops.saturating_add(1);
            let flow = self.flow(view.id, arrival, value, &live.lots, 0, hops);
            let holder = Holder::Transaction(view.id);
            self.book(holder, Rest::Cut(Cut::CoinJoin), None, &live.lots, flow);
        }
    }

    /// Books everything where it was before a transaction that cannot be settled.
    fn stop_inputs(
        &mut self,
        view: &TransactionView<'_>,
        taken: &[Option<Live>],
        rest: Rest,
    ) -> Result<(), AnalysisError> {
        for (input, live) in view.inputs.iter().zip(taken) {
            let (Some(live), Some(output)) = (live, input.spends()) else { continue };
            let holder = holder(output.transaction, input.address());
            self.book(holder, rest, Some(output), &live.lots, live.flow);
        }
        Ok(())
    }

    /// Tainted money comes to an output.
    fn arrive(
        &mut self,
        view: &TransactionView<'_>,
        place: u32,
        lots: Lots,
        seeded: u64,
        hops: u32,
    ) -> Result<(), AnalysisError> {
        let tainted = lots.tainted(self.policy);
        if tainted == 0 {
            return Ok(());
        }
        let record = view.outputs[super::index(place)];
        let id = OutputId { transaction: view.id, index: place };
        let flow =
            self.flow(view.id, Arrival::Output(place), record.value().0, &lots, seeded, hops);
        let spender = self.ledger.spender(id)?.filter(|spender| *spender < self.request.end);
        let arrived = Arrived { transaction: view.id, address: record.address(), tainted, hops };
        if let Some(rest) = arrived.rest(self.ledger, self.request)? {
            self.book(holder(view.id, record.address()), rest, Some(id), &lots, flow);
            return Ok(());
        }
        match spender {
            None => self.book(holder(view.id, record.address()), Rest::Held, Some(id), &lots, flow),
            Some(spender) if spender <= view.id => {
                return Err(AnalysisError::SpentBeforeMade { output: id });
            }
            Some(spender) => {
                self.spenders.insert(spender);
                self.live.insert(id, Live { lots, hops, flow });
            }
        }
        Ok(())
    }

    /// Keeps a tainted fee for the coinbase of its block.
    fn pay_fee(
        &mut self,
        transaction: TransactionId,
        fee: Lots,
        hops: Option<u32>,
    ) -> Result<(), AnalysisError> {
        if fee.tainted(self.policy) == 0 {
            return Ok(());
        }
        let hops = hops.unwrap_or(0).saturating_add(1);
        let value = self.size(&fee);
        let flow = self.flow(transaction, Arrival::Fee, value, &fee, 0, hops);
        let block = self.ledger.block(transaction)?.transactions;
        let form = self.ledger.chain().utxo().map(|chain| chain.form);
        if form == Some(BlockForm::Shielded) {
            // What a transaction lacks may have gone to the shielded pool.
            let holder = Holder::Transaction(transaction);
            self.book(holder, Rest::Cut(Cut::Outside), None, &fee, flow);
            return Ok(());
        }
        let pending = self.fees.entry(block.start);
        let pending = pending.or_insert_with(|| Pending { end: block.end, fees: BTreeMap::new() });
        pending.fees.insert(transaction, (fee, hops));
        Ok(())
    }

    /// Settles the coinbase of a block whose other transactions are settled:
    /// it takes their fees in their order, then makes the coins it pays beyond them.
    pub(super) fn settle_coinbase(&mut self, coinbase: TransactionId) -> Result<(), AnalysisError> {
        let Some(Pending { end, fees: mut tainted }) = self.fees.remove(&coinbase) else {
            return Ok(());
        };
        let view = self.ledger.transaction(coinbase)?;
        let hops = tainted.values().map(|(_, hops)| *hops).min().unwrap_or(0);
        let mut inputs = Vec::new();
        let mut known = view.fields.coinbase;
        for id in (coinbase.0 + 1..end.0).map(TransactionId) {
            match tainted.remove(&id) {
                Some((fee, _)) => inputs.push(fee),
                None => match self.fee_of(id)? {
                    Some(fee) => inputs.push(Lots::clean(fee)),
                    None => known = false,
                },
            }
        }
        let fees: u64 = inputs.iter().map(|lots| self.size(lots)).sum();
        let mut outputs: Vec<u64> = view.outputs.iter().map(|output| output.value().0).collect();
        let claimed: u64 = outputs.iter().sum();
        let flow = self.trace.flows.len().saturating_sub(1);
        if !known {
            // Without every fee of the block, nobody can say which output has which.
            let holder = Holder::Transaction(coinbase);
            let policy = self.policy;
            for lots in inputs.iter().filter(|lots| lots.tainted(policy) > 0) {
                self.book(holder, Rest::Cut(Cut::UnknownInput), None, lots, flow);
            }
            return Ok(());
        }
        inputs.push(Lots::clean(claimed.saturating_sub(fees)));
        outputs.push(fees.saturating_sub(claimed));
        let mut dealt = deal(self.policy, &inputs, &outputs);
        let lost = dealt.pop().unwrap_or_default();
        if lost.tainted(self.policy) > 0 {
            self.book(Holder::Transaction(coinbase), Rest::Burnt, None, &lost, flow);
        }
        for (place, lots) in (0..).zip(dealt) {
            self.arrive(&view, place, lots, 0, hops.saturating_add(1))?;
        }
        Ok(())
    }

    /// Satoshis of a fee, whoever's.
    fn size(&self, lots: &Lots) -> u64 {
        match self.policy {
            Policy::Poison => lots.lots().iter().map(|lot| lot.amount).max().unwrap_or(0),
            _ => lots.lots().iter().map(|lot| lot.amount).sum(),
        }
    }

    fn fee_of(&mut self, id: TransactionId) -> Result<Option<u64>, AnalysisError> {
        self.trace.touched += 1;
        let view = self.ledger.transaction(id)?;
        Ok(amounts(&view).and_then(|mut outputs| outputs.pop()))
    }

    fn flow(
        &mut self,
        transaction: TransactionId,
        arrival: Arrival,
        value: u64,
        lots: &Lots,
        seeded: u64,
        hops: u32,
    ) -> usize {
        let by_seed = if self.policy.conserves() { lots.by_seed() } else { Vec::new() };
        let tainted = lots.tainted(self.policy);
        self.trace.flows.push(Flow { transaction, arrival, value, tainted, seeded, hops, by_seed });
        self.trace.flows.len() - 1
    }

    fn book(
        &mut self,
        holder: Holder,
        rest: Rest,
        output: Option<OutputId>,
        lots: &Lots,
        flow: usize,
    ) {
        let by_seed = if self.policy.conserves() { lots.by_seed() } else { Vec::new() };
        let amount = lots.tainted(self.policy);
        self.trace.bookings.push(OutputBooking { holder, rest, output, amount, by_seed, flow });
    }

    pub(super) fn finish(self) -> OutputTrace {
        self.trace
    }
}

/// Values of the outputs and, last, the fee; `None` if an input's value is
/// not known or the outputs hold more than the inputs.
fn amounts(view: &TransactionView<'_>) -> Option<Vec<u64>> {
    let mut paid = 0_u64;
    for input in view.inputs {
        paid = paid.checked_add(input.value()?.0)?;
    }
    let mut outputs: Vec<u64> = view.outputs.iter().map(|output| output.value().0).collect();
    let made = outputs.iter().try_fold(0_u64, |sum, value| sum.checked_add(*value))?;
    outputs.push(paid.checked_sub(made)?);
    Some(outputs)
}

/// Who holds an output: its address, or the transaction if nobody can spend it.
fn holder(transaction: TransactionId, address: Option<AddressId>) -> Holder {
    address.map_or(Holder::Transaction(transaction), Holder::Address)
}
