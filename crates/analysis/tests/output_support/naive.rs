//! The naive model: every output of the chain is kept, satoshi by satoshi,
//! from the first transaction to the last.

use super::block_order::order_of_spending;
use super::deal::{Coin, deal, unordered};
use super::world::Asked;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::output_trace::{Arrival, Holder};
use tracehound_analysis::trace::{Cut, Rest};
use tracehound_model::{Direction, Policy};
use tracehound_store::AddressId;
use tracehound_store::utxo::{
    MemoryLedger, OutputId, OutputLedger, TransactionId, TransactionView,
};

/// What is in an output, an input or a fee.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub value: u64,
    /// Under policies that move satoshis: whose each one is.
    pub coins: Vec<Coin>,
    /// Under poison: thefts that reach it first.
    pub reached: BTreeSet<u32>,
    pub hops: u32,
    /// What brought it.
    pub brought: Option<(TransactionId, Arrival)>,
}

impl Content {
    pub fn clean(value: u64) -> Self {
        Self { value, coins: vec![None; value as usize], ..Self::default() }
    }

    pub fn by_theft(&self) -> BTreeMap<u32, u64> {
        let mut sums = BTreeMap::new();
        self.coins.iter().flatten().for_each(|theft| *sums.entry(*theft).or_default() += 1);
        sums
    }

    pub fn tainted(&self) -> u64 {
        let reached = if self.reached.is_empty() { 0 } else { self.value };
        reached.max(self.coins.iter().flatten().count() as u64)
    }

    /// A theft takes the first satoshis: how many of them nobody had, and
    /// how many some theft had already.
    pub fn mark(&mut self, theft: u32, most: Option<u64>, policy: Policy) -> (u64, u64) {
        let most = most.unwrap_or(u64::MAX).min(self.value);
        if policy == Policy::Poison {
            let new = most > 0 && self.reached.is_empty() && self.reached.insert(theft);
            return if new { (most, 0) } else { (0, most) };
        }
        let (mut marked, mut collided) = (0, 0);
        for coin in self.coins.iter_mut().take(most as usize) {
            match coin {
                Some(_) => collided += 1,
                None => {
                    *coin = Some(theft);
                    marked += 1;
                }
            }
        }
        if policy == Policy::Haircut && marked > 0 {
            unordered(&mut self.coins);
        }
        (marked, collided)
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NaiveFlow {
    pub transaction: TransactionId,
    pub arrival: Arrival,
    pub value: u64,
    pub tainted: u64,
    pub seeded: u64,
    pub hops: u32,
    pub by_theft: BTreeMap<u32, u64>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NaiveBooking {
    pub holder: Holder,
    pub rest: Rest,
    pub output: Option<OutputId>,
    pub amount: u64,
    pub by_theft: BTreeMap<u32, u64>,
    pub brought: Option<(TransactionId, Arrival)>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NaiveTrace {
    pub flows: Vec<NaiveFlow>,
    pub bookings: Vec<NaiveBooking>,
    pub stolen: Vec<u64>,
    pub collided: Vec<u64>,
}

impl NaiveTrace {
    pub fn flow(&mut self, at: (TransactionId, Arrival), content: &mut Content, seeded: u64) {
        content.brought = Some(at);
        self.flows.push(NaiveFlow {
            transaction: at.0,
            arrival: at.1,
            value: content.value,
            tainted: content.tainted(),
            seeded,
            hops: content.hops,
            by_theft: content.by_theft(),
        });
    }

    /// Money comes to rest; what is left behind counts as clean.
    pub fn book(
        &mut self,
        holder: Holder,
        rest: Rest,
        output: Option<OutputId>,
        content: &mut Content,
    ) {
        if content.tainted() == 0 {
            return;
        }
        self.bookings.push(NaiveBooking {
            holder,
            rest,
            output,
            amount: content.tainted(),
            by_theft: content.by_theft(),
            brought: content.brought,
        });
        *content = Content::clean(content.value);
    }
}

/// What every model knows of the chain and the question.
pub struct World<'a> {
    pub ledger: &'a MemoryLedger,
    pub asked: &'a Asked,
    pub policy: Policy,
}

impl World<'_> {
    /// Values of the inputs and outputs with what is left, if all is known.
    pub fn fee(&self, view: &TransactionView<'_>) -> Option<u64> {
        let mut paid = 0_u64;
        for input in view.inputs {
            paid += input.value()?.0;
        }
        paid.checked_sub(view.outputs.iter().map(|output| output.value().0).sum())
    }

    /// Moves contents by the policy, or by the one for CoinJoins.
    pub fn moved(&self, coinjoin: bool, sources: &[Content], sinks: &[u64]) -> Vec<Content> {
        if self.policy == Policy::Poison {
            let reached: BTreeSet<u32> =
                sources.iter().flat_map(|source| source.reached.iter().copied()).collect();
            let content = |value: &u64| match *value {
                0 => Content::clean(0),
                value => Content { reached: reached.clone(), ..Content::clean(value) },
            };
            return sinks.iter().map(content).collect();
        }
        let policy = self.asked.through.filter(|_| coinjoin).unwrap_or(self.policy);
        let sources: Vec<Vec<Coin>> = sources.iter().map(|source| source.coins.clone()).collect();
        let dealt = deal(policy, &sources, sinks).into_iter();
        dealt
            .map(|coins| Content { value: coins.len() as u64, coins, ..Content::default() })
            .collect()
    }

    /// The first stop that applies.
    pub fn stop(
        &self,
        made: TransactionId,
        address: Option<AddressId>,
        content: &Content,
    ) -> Option<Rest> {
        let stops = &self.asked.stops;
        let Some(address) = address else { return Some(Rest::Burnt) };
        if let Some(category) = stops.services.get(&address) {
            return Some(Rest::Service(*category));
        }
        let old = self.asked.too_old.is_some_and(|limit| match self.asked.direction {
            Direction::Forward => made >= limit,
            Direction::Backward => made <= limit,
        });
        if old {
            return Some(Rest::Cut(Cut::Age));
        }
        if content.tainted() < self.asked.dust {
            return Some(Rest::Cut(Cut::Dust));
        }
        if stops.hub_degree > 0 && content.hops > 0 && self.degree(address) > stops.hub_degree {
            return Some(Rest::Cut(Cut::Hub));
        }
        let far = stops.max_hops.is_some_and(|most| content.hops >= most);
        far.then_some(Rest::Cut(Cut::Hops))
    }

    /// Outputs to an address and transactions that spend from it, in the whole chain.
    fn degree(&self, address: AddressId) -> u64 {
        let ids = (0..self.ledger.transaction_count()).map(TransactionId);
        let views = ids.map(|id| self.ledger.transaction(id).unwrap());
        let degrees = views.map(|view| {
            let to = view.outputs.iter().filter(|output| output.address() == Some(address)).count();
            let from = view.inputs.iter().any(|input| input.address() == Some(address));
            to as u64 + u64::from(from)
        });
        degrees.sum()
    }

    /// Marks what thefts take of a transaction's outputs; how much of each output.
    pub fn mark(
        &self,
        id: TransactionId,
        outputs: &mut [Content],
        trace: &mut NaiveTrace,
    ) -> Vec<u64> {
        let mut seeded = vec![0; outputs.len()];
        for (theft, list) in self.asked.thefts.iter().enumerate() {
            for (output, most) in list.iter().filter(|(output, _)| output.transaction == id) {
                let place = output.index as usize;
                let (marked, collided) = outputs[place].mark(theft as u32, *most, self.policy);
                if marked + collided > 0 {
                    outputs[place].hops = 0;
                }
                seeded[place] += marked;
                trace.stolen[theft] += marked;
                trace.collided[theft] += collided;
            }
        }
        seeded
    }
}

struct Model<'a> {
    world: World<'a>,
    unspent: BTreeMap<OutputId, Content>,
    trace: NaiveTrace,
}

/// The trace of one policy, forward.
pub fn trace(ledger: &MemoryLedger, asked: &Asked, policy: Policy) -> NaiveTrace {
    let world = World { ledger, asked, policy };
    let none = vec![0; asked.thefts.len()];
    let trace = NaiveTrace { stolen: none.clone(), collided: none, ..NaiveTrace::default() };
    let mut model = Model { world, unspent: BTreeMap::new(), trace };
    let mut start = TransactionId(0);
    while start < asked.end {
        let block = ledger.block(start).unwrap().transactions;
        model.block(block.start.0, block.end.0);
        start = block.end;
    }
    for (output, mut content) in std::mem::take(&mut model.unspent) {
        let record = ledger.transaction(output.transaction).unwrap().outputs[output.index as usize];
        let holder = holder(output.transaction, record.address());
        model.trace.book(holder, Rest::Held, Some(output), &mut content);
    }
    model.trace
}

fn holder(transaction: TransactionId, address: Option<AddressId>) -> Holder {
    address.map_or(Holder::Transaction(transaction), Holder::Address)
}

impl Model<'_> {
    fn block(&mut self, start: u32, end: u32) {
        let first = self.world.ledger.transaction(TransactionId(start)).unwrap();
        let body = start + u32::from(first.fields.coinbase);
        let mut settled: BTreeMap<u32, Option<Content>> = BTreeMap::new();
        for id in order_of_spending(self.world.ledger, body, end) {
            settled.insert(id, self.transaction(TransactionId(id)));
        }
        let fees: Vec<Option<Content>> = settled.into_values().collect();
        if first.fields.coinbase {
            return self.coinbase(first.id, fees);
        }
        // The miner was paid by a coinbase that the data lack.
        for (id, fee) in (body..).map(TransactionId).zip(fees) {
            let mut fee = fee.unwrap_or_default();
            self.trace.book(Holder::Transaction(id), Rest::Cut(Cut::Outside), None, &mut fee);
        }
    }

    /// Settles a transaction; its fee, if known.
    fn transaction(&mut self, id: TransactionId) -> Option<Content> {
        let view = self.world.ledger.transaction(id).unwrap();
        let fee = self.world.fee(&view);
        let mut inputs: Vec<Content> = view
            .inputs
            .iter()
            .map(|input| match input.spends() {
                Some(output) => self.unspent.remove(&output).unwrap(),
                None => Content::clean(input.value().map_or(0, |value| value.0)),
            })
            .collect();
        let clean = view.outputs.iter().map(|output| Content::clean(output.value().0));
        let mut outputs: Vec<Content> = clean.collect();
        let mut paid = fee.map(Content::clean);
        let hops = inputs.iter().filter(|i| i.tainted() > 0).map(|i| i.hops).min();
        if let Some(hops) = hops {
            let coinjoin = self.world.asked.coinjoins.contains(&id);
            match fee {
                _ if coinjoin && self.world.asked.through.is_none() => self.mix(id, &mut inputs),
                None => self.unknown(&view, &mut inputs),
                Some(fee) => {
                    let sinks = outputs.iter().map(|output| output.value).chain([fee]);
                    outputs = self.world.moved(coinjoin, &inputs, &sinks.collect::<Vec<_>>());
                    let mut fee = outputs.pop().unwrap();
                    fee.hops = hops + 1;
                    if fee.tainted() > 0 {
                        self.trace.flow((id, Arrival::Fee), &mut fee, 0);
                    }
                    paid = Some(fee);
                }
            }
        }
        self.deliver(&view, outputs, hops.map(|hops| hops + 1));
        paid
    }

    fn mix(&mut self, id: TransactionId, inputs: &mut [Content]) {
        for (place, content) in (0..).zip(inputs).filter(|(_, content)| content.tainted() > 0) {
            content.hops += 1;
            self.trace.flow((id, Arrival::Mixed(place)), content, 0);
            self.trace.book(Holder::Transaction(id), Rest::Cut(Cut::CoinJoin), None, content);
        }
    }

    fn unknown(&mut self, view: &TransactionView<'_>, inputs: &mut [Content]) {
        for (input, content) in view.inputs.iter().zip(inputs) {
            let Some(output) = input.spends() else { continue };
            let holder = holder(output.transaction, input.address());
            self.trace.book(holder, Rest::Cut(Cut::UnknownInput), Some(output), content);
        }
    }

    fn coinbase(&mut self, id: TransactionId, fees: Vec<Option<Content>>) {
        let view = self.world.ledger.transaction(id).unwrap();
        let mut values: Vec<u64> = view.outputs.iter().map(|output| output.value().0).collect();
        let mut outputs = values.iter().map(|value| Content::clean(*value)).collect();
        let tainted: Vec<&Content> = fees.iter().flatten().filter(|f| f.tainted() > 0).collect();
        let hops = tainted.iter().map(|fee| fee.hops).min();
        let last = tainted.last().and_then(|fee| fee.brought);
        if hops.is_some() {
            if fees.iter().any(Option::is_none) {
                for mut fee in fees.into_iter().flatten() {
                    let rest = Rest::Cut(Cut::UnknownInput);
                    self.trace.book(Holder::Transaction(id), rest, None, &mut fee);
                }
            } else {
                let mut sources: Vec<Content> = fees.into_iter().flatten().collect();
                let paid: u64 = sources.iter().map(|fee| fee.value).sum();
                let claimed: u64 = values.iter().sum();
                sources.push(Content::clean(claimed.saturating_sub(paid)));
                values.push(paid.saturating_sub(claimed));
                outputs = self.world.moved(false, &sources, &values);
                let mut lost = outputs.pop().unwrap();
                lost.brought = last;
                self.trace.book(Holder::Transaction(id), Rest::Burnt, None, &mut lost);
            }
        }
        self.deliver(&view, outputs, hops.map(|hops| hops + 1));
    }

    /// What is dealt comes to the outputs, and thefts take from it.
    fn deliver(
        &mut self,
        view: &TransactionView<'_>,
        mut outputs: Vec<Content>,
        hops: Option<u32>,
    ) {
        outputs.iter_mut().for_each(|content| content.hops = hops.unwrap_or(0));
        let seeded = self.world.mark(view.id, &mut outputs, &mut self.trace);
        for (place, mut content) in outputs.into_iter().enumerate() {
            let output = OutputId { transaction: view.id, index: place as u32 };
            let address = view.outputs[place].address();
            if content.tainted() > 0 {
                let at = (view.id, Arrival::Output(place as u32));
                self.trace.flow(at, &mut content, seeded[place]);
                if let Some(rest) = self.world.stop(view.id, address, &content) {
                    self.trace.book(holder(view.id, address), rest, Some(output), &mut content);
                }
            }
            self.unspent.insert(output, content);
        }
    }
}
