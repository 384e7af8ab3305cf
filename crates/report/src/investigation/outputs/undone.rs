//! Where a backward trace over outputs gathers.
//!
//! Seen backward, a transaction takes the money of its tainted outputs and
//! deals it out to its inputs. With one tainted address the inputs paid that
//! address. With several, where the question starts and where the trail ends,
//! the transaction itself is a place: it paid its outputs, and its inputs
//! paid it.

use super::legs::output_of;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::output_trace::{Arrival, Flow, Holder, OutputBooking, OutputTrace};
use tracehound_store::utxo::{InputRecord, OutputId, OutputLedger, TransactionId};
use tracehound_store::{AddressId, StoreError};

/// How the transactions of a backward trace are told.
#[derive(Default)]
pub(super) struct Undone {
    gathering: BTreeSet<TransactionId>,
    /// The one tainted address of the others.
    receivers: BTreeMap<TransactionId, Option<AddressId>>,
}

impl Undone {
    /// Reads all policies of a backward trace.
    pub(super) fn new(
        ledger: &dyn OutputLedger,
        policies: &[OutputTrace],
    ) -> Result<Self, StoreError> {
        let mut undone = Self::default();
        for trace in policies {
            let asked = trace.flows.iter().filter_map(output_of);
            let ended = trace.bookings.iter().filter(|booking| ended_at_its_maker(booking));
            let places = asked.chain(ended.filter_map(|booking| booking.output));
            undone.gathering.extend(places.map(|output| output.transaction));
            for flow in &trace.flows {
                let Some(output) = spent_by(ledger, flow)? else { continue };
                let address = address_of(ledger, output)?;
                let known = undone.receivers.entry(output.transaction).or_insert(address);
                if *known != address {
                    undone.gathering.insert(output.transaction);
                }
            }
        }
        Ok(undone)
    }

    /// Whether a transaction is a place of its own.
    pub(super) fn gathers(&self, transaction: TransactionId) -> bool {
        self.gathering.contains(&transaction)
    }

    /// The address that the inputs of a transaction paid; `None` where the
    /// transaction itself is the place.
    pub(super) fn receiver(&self, transaction: TransactionId) -> Option<AddressId> {
        let receiver = self.receivers.get(&transaction).copied().flatten();
        receiver.filter(|_| !self.gathers(transaction))
    }
}

/// The trail ends at the transaction that made the output, not at who held it.
pub(super) fn ended_at_its_maker(booking: &OutputBooking) -> bool {
    let maker = booking.output.map(|output| Holder::Transaction(output.transaction));
    maker == Some(booking.holder)
}

/// The output whose spending a backward flow leads back from.
pub(super) fn spent_by(
    ledger: &dyn OutputLedger,
    flow: &Flow,
) -> Result<Option<OutputId>, StoreError> {
    let Arrival::Input(index) = flow.arrival else { return Ok(None) };
    let view = ledger.transaction(flow.transaction)?;
    let input = usize::try_from(index).ok().and_then(|index| view.inputs.get(index));
    Ok(input.and_then(InputRecord::spends))
}

fn address_of(
    ledger: &dyn OutputLedger,
    output: OutputId,
) -> Result<Option<AddressId>, StoreError> {
    let view = ledger.transaction(output.transaction)?;
    let record = usize::try_from(output.index).ok().and_then(|index| view.outputs.get(index));
    Ok(record.and_then(|record| record.address()))
}
