//! Exposure of one address on a chain of unspent outputs, on demand.
//!
//! What an address received is followed back, and what it spent followed on,
//! by the engine of [`crate::output_trace`], with every tagged address as a
//! stop. Pro rata this is the same either way: of an output `o` of a
//! transaction of size `V`, an input `i` stands for `i o / V`, and of that
//! input the output carries `i o / V`. CoinJoins mix and are never passed.

use super::Label;
use crate::AnalysisError;
use crate::output_trace::{
    Arrival, Flow, Holder, IsCoinJoin, OutputBooking, OutputSeed, OutputTrace, OutputTraceRequest,
    trace_outputs,
};
use crate::trace::{Cut, Rest, Stops};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use tracehound_model::{Amount, Category, Direction, Policy};
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId};

/// The policies asked, the one whose figures are shown first: pro rata, and
/// the two that the courts ask for.
pub const OUTPUT_POLICIES: [Policy; 3] = [Policy::Haircut, Policy::Fifo, Policy::Lifo];

/// What is asked of a chain of outputs.
#[derive(Clone, Copy)]
pub struct OutputExposureRequest<'a> {
    /// Names of the categories.
    pub categories: &'a [String],
    /// The category of every tagged address.
    pub tagged: &'a HashMap<AddressId, u8>,
    /// Who says that a transaction is a CoinJoin.
    pub coinjoin: IsCoinJoin<'a>,
    /// Satoshis below which money is dust and not followed; 0 for none.
    pub dust: u64,
}

/// Where a part of the money came from, or went to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum OutputLabel {
    /// A tagged category, or unspent, or dust, as on account chains.
    Label(Label),
    /// Mixed with others' in a CoinJoin.
    CoinJoin,
    /// Newly made coins and fees of a block.
    Mined,
    /// Left to miners.
    Fees,
    /// Burnt.
    Burnt,
}

/// One line of an exposure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputFigure {
    /// Of what.
    pub label: OutputLabel,
    /// In one transaction with a tagged address itself, satoshi.
    pub direct: u64,
    /// Through others, satoshi.
    pub indirect: u64,
    /// How much over how many transactions.
    pub by_hops: BTreeMap<u32, u64>,
    /// The earliest and the latest transaction that carried any to its end.
    pub first: TransactionId,
    /// As `first`.
    pub last: TransactionId,
    /// The largest part: transactions in chain order, whose end it is, satoshi.
    pub witness: (Vec<TransactionId>, Holder, u64),
}

impl OutputFigure {
    /// Nothing yet, of a label that was first met here.
    fn new(label: OutputLabel, met: TransactionId, booking: &OutputBooking) -> Self {
        Self {
            label,
            direct: 0,
            indirect: 0,
            by_hops: BTreeMap::new(),
            first: met,
            last: met,
            witness: (Vec::new(), booking.holder, 0),
        }
    }

    /// Adds what a flow brought to its end.
    fn add(&mut self, flow: &Flow, amount: u64) {
        if flow.hops <= 1 {
            self.direct += amount;
        } else {
            self.indirect += amount;
        }
        *self.by_hops.entry(flow.hops.max(1)).or_default() += amount;
        self.first = self.first.min(flow.transaction);
        self.last = self.last.max(flow.transaction);
    }

    /// Both parts.
    #[must_use]
    pub fn whole(&self) -> u64 {
        self.direct.saturating_add(self.indirect)
    }
}

/// Exposure of one address, one way, under one policy, in satoshi.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputExposure {
    /// The policy.
    pub policy: Policy,
    /// All it received from others, or spent to others.
    pub total: u64,
    /// By label, largest first.
    pub figures: Vec<OutputFigure>,
    /// What no label accounts for.
    pub unattributed: u64,
    /// Transactions read.
    pub touched: u64,
}

impl OutputExposure {
    /// The figure of a label.
    #[must_use]
    pub fn figure(&self, label: &OutputLabel) -> Option<&OutputFigure> {
        self.figures.iter().find(|figure| figure.label == *label)
    }
}

/// The exposure of an address: `Forward` asks what it received, `Backward`
/// what it spent, as on account chains. One answer a policy of [`OUTPUT_POLICIES`].
///
/// # Errors
/// If the chain cannot be read, or `stop` was raised.
pub fn on_demand_outputs<L: OutputLedger + ?Sized>(
    ledger: &L,
    request: &OutputExposureRequest<'_>,
    address: AddressId,
    side: Direction,
    stop: Option<&AtomicBool>,
) -> Result<Vec<OutputExposure>, AnalysisError> {
    let direction = match side {
        Direction::Forward => Direction::Backward,
        Direction::Backward => Direction::Forward,
    };
    let mut outputs = Vec::new();
    for output in ledger.outputs_to(address)? {
        // What it still has was not spent, but it was received.
        if direction == Direction::Backward || ledger.spender(output)?.is_some() {
            outputs.push((output, None));
        }
    }
    // Its own category says nothing of others'.
    let services = request.tagged.keys().filter(|id| **id != address);
    let stops = Stops {
        services: services.map(|id| (*id, Category::Service)).collect(),
        ..Stops::default()
    };
    let seed = OutputSeed { victim: String::new(), description: String::new(), outputs };
    let asked = OutputTraceRequest {
        seeds: vec![seed],
        policies: OUTPUT_POLICIES.to_vec(),
        direction,
        end: TransactionId(ledger.transaction_count()),
        stops,
        dust_satoshi: request.dust,
        too_old: None,
        coinjoin: Some(request.coinjoin),
        through_coinjoins: None,
    };
    let outcome = trace_outputs(ledger, &asked, stop)?;
    outcome.policies.iter().map(|trace| told(ledger, request, trace, address)).collect()
}

fn told<L: OutputLedger + ?Sized>(
    ledger: &L,
    request: &OutputExposureRequest<'_>,
    trace: &OutputTrace,
    address: AddressId,
) -> Result<OutputExposure, AnalysisError> {
    let stolen = trace.stolen.iter().map(|part| Amount::from_u64(*part));
    let mut total = satoshi(Amount::sum(stolen)?);
    let mut figures: BTreeMap<OutputLabel, (OutputFigure, &OutputBooking)> = BTreeMap::new();
    let mut attributed = 0;
    for booking in &trace.bookings {
        // Change that it still has was not spent to others.
        if booking.rest == Rest::Held && booking.holder == Holder::Address(address) {
            total = less(total, booking.amount)?;
            continue;
        }
        let flow = &trace.flows[booking.flow];
        let Some(label) = label(request, booking, flow.arrival == Arrival::Fee) else { continue };
        // Parts of one total, which fits: `less` below refuses a trace that does not close.
        attributed += booking.amount;
        let (figure, largest) = figures
            .entry(label.clone())
            .or_insert_with(|| (OutputFigure::new(label, flow.transaction, booking), booking));
        figure.add(flow, booking.amount);
        if booking.amount > largest.amount {
            *largest = booking;
        }
    }
    let paths = Paths::of(trace);
    let mut told = Vec::with_capacity(figures.len());
    for (mut figure, largest) in figures.into_values() {
        let mut path = paths.to(ledger, largest.flow)?;
        path.sort_unstable();
        figure.witness = (path, largest.holder, largest.amount);
        told.push(figure);
    }
    told.sort_by(|a, b| (b.whole(), &a.label).cmp(&(a.whole(), &b.label)));
    Ok(OutputExposure {
        policy: trace.policy,
        total,
        figures: told,
        unattributed: less(total, attributed)?,
        touched: trace.touched,
    })
}

/// What is left of a sum when a part of it is taken away.
fn less(sum: u64, part: u64) -> Result<u64, AnalysisError> {
    Ok(satoshi(Amount::from_u64(sum).subtract(Amount::from_u64(part))?))
}

/// All coins that can be are far below 64 bits of satoshi.
fn satoshi(amount: Amount) -> u64 {
    amount.to_u64().unwrap_or(u64::MAX)
}

/// The label of money at rest; `None` where nobody is named for it.
fn label(
    request: &OutputExposureRequest<'_>,
    booking: &OutputBooking,
    fee: bool,
) -> Option<OutputLabel> {
    Some(match (booking.rest, booking.holder) {
        (Rest::Service(_), Holder::Address(id)) => {
            let place = usize::from(*request.tagged.get(&id)?);
            OutputLabel::Label(Label::Category(request.categories.get(place)?.clone()))
        }
        (Rest::Held, _) => OutputLabel::Label(Label::Unspent),
        (Rest::Cut(Cut::Dust), _) => OutputLabel::Label(Label::Dust),
        (Rest::Cut(Cut::CoinJoin), _) => OutputLabel::CoinJoin,
        (Rest::Cut(Cut::Coinbase), _) => OutputLabel::Mined,
        (Rest::Burnt, _) => OutputLabel::Burnt,
        _ if fee => OutputLabel::Fees,
        _ => return None,
    })
}

/// Finds the way back from a flow to the address asked about.
struct Paths<'t> {
    flows: &'t [Flow],
    /// The flow that brought money to an output.
    to_output: HashMap<OutputId, usize>,
    /// Backward: the flows out of a transaction's outputs, by transaction.
    undone: HashMap<TransactionId, Vec<usize>>,
}

impl<'t> Paths<'t> {
    fn of(trace: &'t OutputTrace) -> Self {
        let (mut to_output, mut undone) = (HashMap::new(), HashMap::new());
        for (place, flow) in trace.flows.iter().enumerate() {
            if let Arrival::Output(index) = flow.arrival {
                let output = OutputId { transaction: flow.transaction, index };
                to_output.insert(output, place);
            }
            if let Arrival::Input(_) = flow.arrival {
                undone.entry(flow.transaction).or_insert_with(Vec::new).push(place);
            }
        }
        Self { flows: &trace.flows, to_output, undone }
    }

    /// Transactions from a flow on, each the largest that brought the next its money.
    fn to<L: OutputLedger + ?Sized>(
        &self,
        ledger: &L,
        mut place: usize,
    ) -> Result<Vec<TransactionId>, AnalysisError> {
        let mut path = vec![self.flows[place].transaction];
        loop {
            let flow = &self.flows[place];
            let view = ledger.transaction(flow.transaction)?;
            let before: Vec<usize> = match flow.arrival {
                Arrival::Input(_) => {
                    self.undone_after(ledger, flow.transaction, view.outputs.len())?
                }
                _ => view
                    .inputs
                    .iter()
                    .filter_map(|input| self.to_output.get(&input.spends()?).copied())
                    .collect(),
            };
            let largest = before.into_iter().filter(|other| *other < place);
            let Some(next) = largest.max_by_key(|other| self.flows[*other].tainted) else {
                return Ok(path);
            };
            place = next;
            path.push(self.flows[place].transaction);
        }
    }

    /// Backward: the flows of inputs that spend an output of a transaction.
    fn undone_after<L: OutputLedger + ?Sized>(
        &self,
        ledger: &L,
        made: TransactionId,
        outputs: usize,
    ) -> Result<Vec<usize>, AnalysisError> {
        let mut found = Vec::new();
        for (index, _) in (0_u32..).zip(0..outputs) {
            let spent = OutputId { transaction: made, index };
            let Some(spender) = ledger.spender(spent)? else { continue };
            let view = ledger.transaction(spender)?;
            for place in self.undone.get(&spender).into_iter().flatten() {
                let Arrival::Input(input) = self.flows[*place].arrival else { continue };
                let input = view.inputs.get(crate::output_trace::index(input));
                if input.and_then(|input| input.spends()) == Some(spent) {
                    found.push(*place);
                }
            }
        }
        Ok(found)
    }
}
