//! The naive model backward: every transaction from the last to the first.

use super::block_order::order_of_spending;
use super::naive::{Content, NaiveTrace, World};
use super::world::Asked;
use std::collections::BTreeMap;
use tracehound_analysis::output_trace::{Arrival, Holder};
use tracehound_analysis::trace::{Cut, Rest};
use tracehound_model::Policy;
use tracehound_store::utxo::{
    MemoryLedger, OutputId, OutputLedger, TransactionId, TransactionView,
};

struct Model<'a> {
    world: World<'a>,
    /// What is wanted of outputs not yet come to.
    wanted: BTreeMap<OutputId, Content>,
    trace: NaiveTrace,
}

/// The trace of one policy, backward.
pub fn trace(ledger: &MemoryLedger, asked: &Asked, policy: Policy) -> NaiveTrace {
    let world = World { ledger, asked, policy };
    let none = vec![0; asked.thefts.len()];
    let trace = NaiveTrace { stolen: none.clone(), collided: none, ..NaiveTrace::default() };
    let mut model = Model { world, wanted: BTreeMap::new(), trace };
    let mut order = Vec::new();
    while (order.len() as u32) < asked.end.0 {
        let block = ledger.block(TransactionId(order.len() as u32)).unwrap().transactions;
        order.extend(order_of_spending(ledger, block.start.0, block.end.0));
    }
    for id in order.into_iter().rev() {
        model.transaction(&ledger.transaction(TransactionId(id)).unwrap());
    }
    model.trace
}

impl Model<'_> {
    fn transaction(&mut self, view: &TransactionView<'_>) {
        let mut outputs: Vec<Content> = (0..)
            .zip(view.outputs)
            .map(|(index, record)| {
                let output = OutputId { transaction: view.id, index };
                self.wanted.remove(&output).unwrap_or_else(|| Content::clean(record.value().0))
            })
            .collect();
        let seeded = self.world.mark(view.id, &mut outputs, &mut self.trace);
        for (place, content) in outputs.iter_mut().enumerate().filter(|(p, _)| seeded[*p] > 0) {
            let at = (view.id, Arrival::Output(place as u32));
            self.trace.flow(at, content, seeded[place]);
        }
        let tainted = outputs.iter().filter(|content| content.tainted() > 0);
        let Some(hops) = tainted.map(|content| content.hops).min() else { return };
        let coinjoin = self.world.asked.coinjoins.contains(&view.id);
        let end = match self.world.fee(view) {
            _ if view.fields.coinbase => Rest::Cut(Cut::Coinbase),
            _ if coinjoin && self.world.asked.through.is_none() => Rest::Cut(Cut::CoinJoin),
            None => Rest::Cut(Cut::UnknownInput),
            Some(fee) => {
                outputs.push(Content::clean(fee));
                return self.undo(view, coinjoin, &outputs, hops + 1);
            }
        };
        for (index, content) in (0..).zip(&mut outputs) {
            let output = OutputId { transaction: view.id, index };
            self.trace.book(Holder::Transaction(view.id), end, Some(output), content);
        }
    }

    fn undo(&mut self, view: &TransactionView<'_>, coinjoin: bool, outputs: &[Content], hops: u32) {
        let values = view.inputs.iter().map(|input| input.value().unwrap().0);
        let sinks: Vec<u64> = values.chain([0]).collect();
        let dealt = self.world.moved(coinjoin, outputs, &sinks);
        for ((place, input), mut content) in (0..).zip(view.inputs).zip(dealt) {
            if content.tainted() == 0 {
                continue;
            }
            content.hops = hops;
            self.trace.flow((view.id, Arrival::Input(place)), &mut content, 0);
            let holder = input.address().map_or(Holder::Transaction(view.id), Holder::Address);
            let Some(output) = input.spends() else {
                self.trace.book(holder, Rest::Cut(Cut::Outside), None, &mut content);
                continue;
            };
            if let Some(rest) = self.world.stop(output.transaction, input.address(), &content) {
                self.trace.book(holder, rest, Some(output), &mut content);
            }
            self.wanted.insert(output, content);
        }
    }
}
