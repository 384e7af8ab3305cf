//! Which transactions an engine settles, and when.

use super::engine::Engine;
use super::{OutputTrace, OutputTraceOutcome, OutputTraceRequest, backward};
use crate::AnalysisError;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use tracehound_model::{Direction, Policy};
use tracehound_store::StoreError;
use tracehound_store::utxo::{OutputLedger, TransactionId};

/// Transactions between two looks at the stop flag.
const PATIENCE: u32 = 4_096;

/// Traces a request over a chain from spender to spender, policies side by side.
///
/// # Errors
/// [`AnalysisError`]; `stop` is polled and ends the trace with nothing returned.
pub fn trace_outputs<L: OutputLedger + ?Sized>(
    ledger: &L,
    request: &OutputTraceRequest<'_>,
    stop: Option<&AtomicBool>,
) -> Result<OutputTraceOutcome, AnalysisError> {
    check(request)?;
    let policies = request.policies.par_iter().map(|policy| match request.direction {
        Direction::Forward => from_spender_to_spender(ledger, request, *policy, stop),
        Direction::Backward => backward::trace(ledger, request, *policy, stop),
    });
    let policies = policies.collect::<Result<_, _>>()?;
    Ok(OutputTraceOutcome { direction: request.direction, policies })
}

/// Traces a request in one pass over the whole chain, in the order in which it
/// lies on disk: for thousands of thefts on a chain that does not fit into
/// memory. (In memory the other is faster, as far as we measured:
/// `examples/output_trace_speed.rs`.) Forward only; the same answer as
/// [`trace_outputs`].
///
/// # Errors
/// As [`trace_outputs`].
pub fn trace_outputs_in_one_pass<L: OutputLedger + ?Sized>(
    ledger: &L,
    request: &OutputTraceRequest<'_>,
    stop: Option<&AtomicBool>,
) -> Result<OutputTraceOutcome, AnalysisError> {
    check(request)?;
    if request.direction == Direction::Backward {
        return trace_outputs(ledger, request, stop);
    }
    let mut engines: Vec<Engine<'_, L>> =
        request.policies.iter().map(|policy| Engine::new(ledger, request, *policy)).collect();
    let mut failed = None;
    let scanned = ledger.scan(TransactionId(0)..request.end, &mut |view| {
        if view.id.0.is_multiple_of(PATIENCE) && stopped(stop) {
            failed = Some(AnalysisError::Stopped);
        }
        for engine in &mut engines {
            let settled = all_before(engine, ledger, view.id).and_then(|()| {
                if engine.next() == Some(view.id) { engine.settle(&view) } else { Ok(()) }
            });
            if let Err(error) = settled {
                failed = Some(error);
            }
        }
        match failed {
            // Ends the scan; the reason is given below.
            Some(_) => Err(StoreError::NoSuch { what: "transaction", number: 0, count: 0 }),
            None => Ok(()),
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    scanned?;
    let finish = |mut engine: Engine<'_, L>| -> Result<OutputTrace, AnalysisError> {
        all_before(&mut engine, ledger, request.end)?;
        Ok(engine.finish())
    };
    let policies = engines.into_iter().map(finish).collect::<Result<_, _>>()?;
    Ok(OutputTraceOutcome { direction: request.direction, policies })
}

fn stopped(stop: Option<&AtomicBool>) -> bool {
    stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
}

fn check(request: &OutputTraceRequest<'_>) -> Result<(), AnalysisError> {
    if request.through_coinjoins == Some(Policy::Poison) {
        return Err(AnalysisError::PoisonThroughCoinJoins);
    }
    let passed = request.through_coinjoins.iter();
    match request.policies.iter().chain(passed).find(|policy| **policy == Policy::Libr) {
        Some(policy) => Err(AnalysisError::PolicyNotHere { policy: *policy, chains: "account" }),
        None => Ok(()),
    }
}

/// Settles what the pass has left behind: transactions listed before what
/// they spend, then coinbases whose block is over.
fn all_before<L: OutputLedger + ?Sized>(
    engine: &mut Engine<'_, L>,
    ledger: &L,
    next: TransactionId,
) -> Result<(), AnalysisError> {
    while let Some(behind) = engine.next().filter(|behind| *behind < next) {
        engine.settle(&ledger.transaction(behind)?)?;
    }
    coinbases_before(engine, next)
}

/// Settles coinbases whose block ends before a transaction.
fn coinbases_before<L: OutputLedger + ?Sized>(
    engine: &mut Engine<'_, L>,
    next: TransactionId,
) -> Result<(), AnalysisError> {
    while let Some((coinbase, end)) = engine.next_coinbase() {
        if end > next {
            break;
        }
        engine.settle_coinbase(coinbase)?;
    }
    Ok(())
}

fn from_spender_to_spender<L: OutputLedger + ?Sized>(
    ledger: &L,
    request: &OutputTraceRequest<'_>,
    policy: Policy,
    stop: Option<&AtomicBool>,
) -> Result<OutputTrace, AnalysisError> {
    let mut engine = Engine::new(ledger, request, policy);
    let mut count = 0_u32;
    loop {
        let next = engine.next();
        let waiting = engine.next_coinbase();
        coinbases_before(&mut engine, next.unwrap_or(request.end))?;
        if waiting != engine.next_coinbase() {
            // A coinbase's outputs may be spent before what came next.
            continue;
        }
        let Some(next) = next else { break };
        engine.settle(&ledger.transaction(next)?)?;
        count = count.wrapping_add(1);
        if count.is_multiple_of(PATIENCE) && stopped(stop) {
            return Err(AnalysisError::Stopped);
        }
    }
    Ok(engine.finish())
}
