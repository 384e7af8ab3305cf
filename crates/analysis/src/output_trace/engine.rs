//! One policy at work, forward: which satoshis of which outputs are whose loss.
//!
//! Transactions are settled in chain order, the coinbase of a block after the
//! block's other transactions, whose fees it takes. State is kept for
//! tainted unspent outputs only.

mod coinbase;

use self::coinbase::Waiting;
use super::block_order::BlockOrder;
use super::outcome::{Arrival, Holder, Mixing, OutputTrace};
use super::request::Taken;
use super::stops::Arrived;
use super::{Lots, OutputTraceRequest, deal};
use crate::AnalysisError;
use crate::trace::{Cut, Rest};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Category, Direction, Policy};
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

/// One policy's engine.
pub(super) struct Engine<'a, L: OutputLedger + ?Sized> {
    ledger: &'a L,
    request: &'a OutputTraceRequest<'a>,
    /// Thefts by the transaction whose outputs they took.
    thefts: BTreeMap<TransactionId, Taken>,
    live: HashMap<OutputId, Live>,
    /// Coinbases that wait for the end of their block.
    coinbases: BTreeMap<TransactionId, Waiting>,
    /// Transactions that spend live outputs.
    spenders: BTreeSet<TransactionId>,
    order: BlockOrder,
    trace: OutputTrace,
}

impl<'a, L: OutputLedger + ?Sized> Engine<'a, L> {
    pub(super) fn new(ledger: &'a L, request: &'a OutputTraceRequest<'a>, policy: Policy) -> Self {
        Self {
            ledger,
            request,
            thefts: request.by_transaction(),
            live: HashMap::new(),
            coinbases: BTreeMap::new(),
            spenders: BTreeSet::new(),
            order: BlockOrder::new(ledger, Direction::Forward),
            trace: OutputTrace::new(policy, request.seeds.len()),
        }
    }

    /// The next transaction that spends a live output or is a theft's.
    pub(super) fn next(&self) -> Option<TransactionId> {
        let theft = self.thefts.keys().next();
        self.spenders.first().into_iter().chain(theft).min().copied()
    }

    /// Settles a transaction, after those of its block that it spends from.
    pub(super) fn settle(&mut self, view: &TransactionView<'_>) -> Result<(), AnalysisError> {
        for id in self.order.before(self.ledger, view.id)? {
            if self.spenders.contains(&id) || self.thefts.contains_key(&id) {
                self.settle_alone(&self.ledger.transaction(id)?)?;
            }
        }
        self.settle_alone(view)
    }

    /// Settles a transaction: what it spends, and what a theft took of it.
    fn settle_alone(&mut self, view: &TransactionView<'_>) -> Result<(), AnalysisError> {
        self.spenders.remove(&view.id);
        self.order.settled(view.id);
        self.trace.touched += 1;
        let thefts = self.thefts.remove(&view.id).unwrap_or_default();
        if view.fields.coinbase {
            return self.wait(view.id, thefts);
        }
        let taken = self.take_inputs(view);
        let mut dealt = clean_outputs(view);
        let hops = taken.iter().flatten().map(|live| live.hops.saturating_add(1)).min();
        if let Some(hops) = hops
            && let Some(mut all) = self.spend(view, &taken)?
        {
            let fee = all.pop().unwrap_or_default();
            dealt = all;
            self.pay_fee(view.id, fee, hops)?;
        }
        self.deliver(view, dealt, thefts, hops, view.id)
    }

    /// What is dealt comes to the outputs, and thefts take from it. None of
    /// it can be spent up to `settled`.
    fn deliver(
        &mut self,
        view: &TransactionView<'_>,
        mut dealt: Vec<Lots>,
        thefts: Taken,
        hops: Option<u32>,
        settled: TransactionId,
    ) -> Result<(), AnalysisError> {
        let mut seeded = vec![0; dealt.len()];
        let mut claimed = vec![false; dealt.len()];
        for (seed, index, most) in thefts {
            let place = super::index(index);
            if let Some(lots) = dealt.get_mut(place) {
                let (marked, collided) =
                    lots.mark(seed, most.unwrap_or(u64::MAX), self.trace.policy);
                seeded[place] += marked;
                claimed[place] |= marked + collided > 0;
                self.trace.stolen[super::index(seed.0)] += marked;
                self.trace.collided[super::index(seed.0)] += collided;
            }
        }
        for (place, lots) in (0..).zip(dealt) {
            let hops = hops.filter(|_| !claimed[super::index(place)]).unwrap_or(0);
            let seeded = seeded[super::index(place)];
            let Some(live) = self.arrive(view, place, lots, seeded, hops)? else { continue };
            let output = OutputId { transaction: view.id, index: place };
            match self.ledger.spender(output)?.filter(|spender| *spender < self.request.end) {
                None => {
                    let holder = holder(view.id, view.outputs[super::index(place)].address());
                    self.trace.book(holder, Rest::Held, Some(output), &live.lots, live.flow);
                }
                Some(spender) if spender <= settled && !self.order.is_open(spender) => {
                    return Err(AnalysisError::SpentBeforeMade { output });
                }
                Some(spender) => {
                    self.spenders.insert(spender);
                    self.live.insert(output, live);
                }
            }
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
        let Some(policy) = self.request.policy_at(view, self.trace.policy)? else {
            self.mix(view, taken);
            return Ok(None);
        };
        let Some(fee) = view.fee() else {
            self.stop_inputs(view, taken, Rest::Cut(Cut::UnknownInput));
            return Ok(None);
        };
        let outputs = view.outputs.iter().map(|output| output.value().0);
        let outputs: Vec<u64> = outputs.chain([fee.0]).collect();
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
            let flow = self.trace.flow(view.id, arrival, value, &live.lots, 0, hops);
            let holder = Holder::Transaction(view.id);
            self.trace.book(holder, Rest::Cut(Cut::CoinJoin), None, &live.lots, flow);
        }
    }

    /// Books everything where it was before a transaction that cannot be settled.
    fn stop_inputs(&mut self, view: &TransactionView<'_>, taken: &[Option<Live>], rest: Rest) {
        for (input, live) in view.inputs.iter().zip(taken) {
            let (Some(live), Some(output)) = (live, input.spends()) else { continue };
            let holder = holder(output.transaction, input.address());
            self.trace.book(holder, rest, Some(output), &live.lots, live.flow);
        }
    }

    /// Tainted money comes to an output; what goes on from there, if no rule stops it.
    fn arrive(
        &mut self,
        view: &TransactionView<'_>,
        place: u32,
        lots: Lots,
        seeded: u64,
        hops: u32,
    ) -> Result<Option<Live>, AnalysisError> {
        let tainted = lots.tainted();
        if tainted == 0 {
            return Ok(None);
        }
        let record = view.outputs[super::index(place)];
        let id = OutputId { transaction: view.id, index: place };
        let flow =
            self.trace.flow(view.id, Arrival::Output(place), record.value().0, &lots, seeded, hops);
        let arrived = Arrived { transaction: view.id, address: record.address(), tainted, hops };
        if self.request.stops.deposit_outputs.contains(&id) {
            let rest = Rest::Service(Category::Bridge);
            self.trace.book(holder(view.id, record.address()), rest, Some(id), &lots, flow);
            return Ok(None);
        }
        if let Some(rest) = arrived.rest(self.ledger, self.request)? {
            self.trace.book(holder(view.id, record.address()), rest, Some(id), &lots, flow);
            return Ok(None);
        }
        Ok(Some(Live { lots, hops, flow }))
    }

    pub(super) fn finish(self) -> OutputTrace {
        self.trace
    }
}

/// The outputs as if nothing tainted went in.
fn clean_outputs(view: &TransactionView<'_>) -> Vec<Lots> {
    view.outputs.iter().map(|output| Lots::clean(output.value().0)).collect()
}

/// Who holds an output: its address, or the transaction if nobody can spend it.
fn holder(transaction: TransactionId, address: Option<AddressId>) -> Holder {
    address.map_or(Holder::Transaction(transaction), Holder::Address)
}
