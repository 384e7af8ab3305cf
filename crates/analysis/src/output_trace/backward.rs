//! One policy at work, backward: where the money of some outputs came from.
//!
//! The mirror of `engine.rs`: transactions are undone in reverse chain
//! order, their outputs and their fee dealt out to their inputs.

use super::block_order::BlockOrder;
use super::outcome::{Arrival, Holder, OutputTrace};
use super::request::Taken;
use super::stops::Arrived;
use super::{Lots, OutputTraceRequest, deal};
use crate::AnalysisError;
use crate::trace::{Cut, Rest};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use tracehound_model::{Direction, Policy};
use tracehound_store::utxo::{InputRecord, OutputId, OutputLedger, TransactionId, TransactionView};

/// Money of one output on its way back.
#[derive(Clone, Debug)]
struct Live {
    lots: Lots,
    hops: u32,
    flow: Option<usize>,
}

struct Undoing<'a, L: OutputLedger + ?Sized> {
    ledger: &'a L,
    request: &'a OutputTraceRequest<'a>,
    /// What is followed back, by the transaction that made it, then by output.
    live: BTreeMap<TransactionId, BTreeMap<u32, Live>>,
    trace: OutputTrace,
}

/// Follows the seeds' outputs back.
pub(super) fn trace<L: OutputLedger + ?Sized>(
    ledger: &L,
    request: &OutputTraceRequest<'_>,
    policy: Policy,
    stop: Option<&AtomicBool>,
) -> Result<OutputTrace, AnalysisError> {
    let trace = OutputTrace::new(policy, request.seeds.len());
    let mut undoing = Undoing { ledger, request, live: BTreeMap::new(), trace };
    let mut seeds = request.by_transaction();
    let mut order = BlockOrder::new(ledger, Direction::Backward);
    loop {
        if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(AnalysisError::Stopped);
        }
        let last = undoing.live.keys().next_back().max(seeds.keys().next_back());
        let Some(last) = last.copied() else { break };
        for id in order.before(ledger, last)?.into_iter().chain([last]) {
            order.settled(id);
            if undoing.live.contains_key(&id) || seeds.contains_key(&id) {
                let view = ledger.transaction(id)?;
                undoing.seed(&view, seeds.remove(&id).unwrap_or_default());
                undoing.undo(&view)?;
            }
        }
    }
    Ok(undoing.trace)
}

impl<L: OutputLedger + ?Sized> Undoing<'_, L> {
    fn seed(&mut self, view: &TransactionView<'_>, seeds: Taken) {
        let mut entered: BTreeMap<u32, u64> = BTreeMap::new();
        for (seed, place, most) in seeds {
            let Some(record) = view.outputs.get(super::index(place)) else { continue };
            let fresh = || Live { lots: Lots::clean(record.value().0), hops: 0, flow: None };
            let live = self.live.entry(view.id).or_default().entry(place).or_insert_with(fresh);
            let (marked, collided) =
                live.lots.mark(seed, most.unwrap_or(u64::MAX), self.trace.policy);
            self.trace.stolen[super::index(seed.0)] += marked;
            self.trace.collided[super::index(seed.0)] += collided;
            *entered.entry(place).or_default() += marked;
            if marked + collided > 0 {
                live.hops = 0;
            }
        }
        for (place, seeded) in entered.into_iter().filter(|(_, seeded)| *seeded > 0) {
            let Some(live) = self.live.get_mut(&view.id).and_then(|live| live.get_mut(&place))
            else {
                continue;
            };
            let value = view.outputs[super::index(place)].value().0;
            let arrival = Arrival::Output(place);
            live.flow = Some(self.trace.flow(view.id, arrival, value, &live.lots, seeded, 0));
        }
    }

    fn undo(&mut self, view: &TransactionView<'_>) -> Result<(), AnalysisError> {
        let Some(mut live) = self.live.remove(&view.id) else { return Ok(()) };
        self.trace.touched += 1;
        live.retain(|_, live| live.lots.tainted() > 0);
        if live.is_empty() {
            return Ok(());
        }
        if view.fields.coinbase {
            self.end_here(view.id, &live, Rest::Cut(Cut::Coinbase));
            return Ok(());
        }
        let Some(policy) = self.request.policy_at(view, self.trace.policy)? else {
            self.end_here(view.id, &live, Rest::Cut(Cut::CoinJoin));
            return Ok(());
        };
        let Some((sources, mut sinks)) = parts(view, &live) else {
            self.end_here(view.id, &live, Rest::Cut(Cut::UnknownInput));
            return Ok(());
        };
        let hops = live.values().map(|live| live.hops).min().unwrap_or(0).saturating_add(1);
        // Where the fee stands in a forward deal, nothing stands here.
        sinks.push(0);
        let dealt = deal(policy, &sources, &sinks);
        for ((place, input), lots) in (0..).zip(view.inputs).zip(dealt) {
            self.arrive(view.id, place, input, lots, hops)?;
        }
        Ok(())
    }

    fn arrive(
        &mut self,
        transaction: TransactionId,
        place: u32,
        input: &InputRecord,
        lots: Lots,
        hops: u32,
    ) -> Result<(), AnalysisError> {
        let tainted = lots.tainted();
        if tainted == 0 {
            return Ok(());
        }
        let value = input.value().map_or(0, |value| value.0);
        let flow = self.trace.flow(transaction, Arrival::Input(place), value, &lots, 0, hops);
        let holder = input.address().map_or(Holder::Transaction(transaction), Holder::Address);
        let Some(output) = input.spends() else {
            self.trace.book(holder, Rest::Cut(Cut::Outside), None, &lots, flow);
            return Ok(());
        };
        let arrived =
            Arrived { transaction: output.transaction, address: input.address(), tainted, hops };
        match arrived.rest(self.ledger, self.request)? {
            Some(rest) => self.trace.book(holder, rest, Some(output), &lots, flow),
            None => {
                let live = Live { lots, hops, flow: Some(flow) };
                self.live.entry(output.transaction).or_default().insert(output.index, live);
            }
        }
        Ok(())
    }

    /// Books what a transaction made at the transaction.
    fn end_here(&mut self, transaction: TransactionId, live: &BTreeMap<u32, Live>, rest: Rest) {
        for (place, live) in live {
            let output = OutputId { transaction, index: *place };
            let holder = Holder::Transaction(transaction);
            let flow = live.flow.unwrap_or(0);
            self.trace.book(holder, rest, Some(output), &live.lots, flow);
        }
    }
}

/// Lots of the outputs and, last, the fee; and the values of the inputs.
/// `None` if an input's value is not known.
fn parts(view: &TransactionView<'_>, live: &BTreeMap<u32, Live>) -> Option<(Vec<Lots>, Vec<u64>)> {
    let fee = view.fee()?;
    let sinks: Option<Vec<u64>> =
        view.inputs.iter().map(|input| input.value().map(|value| value.0)).collect();
    let mut sources: Vec<Lots> = (0..)
        .zip(view.outputs)
        .map(|(place, output)| match live.get(&place) {
            Some(live) => live.lots.clone(),
            None => Lots::clean(output.value().0),
        })
        .collect();
    sources.push(Lots::clean(fee.0));
    Some((sources, sinks?))
}
