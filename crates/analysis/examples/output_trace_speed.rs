//! Traces many thefts over a synthetic chain of unspent outputs: in one pass
//! over the whole chain, and from spender to spender.
//!
//! `cargo run --release -p tracehound-analysis --example output_trace_speed -- [TRANSACTIONS] [THEFTS] [POLICIES] [store|memory] [FOLDER]`
//!
//! Blocks are generated and the store is built outside the clock. Half of the
//! thefts are planted ones; the others take an output anywhere. Tainted money
//! that meets ordinary traffic is followed to the end of the chain: nothing
//! is tagged and no rule but dust (546 satoshi) stops it. Figures depend on
//! the machine and on what else it does.
#![allow(clippy::print_stdout, clippy::float_arithmetic)] // figures for a person
#![allow(clippy::cast_possible_truncation)] // synthetic sizes fit
#![allow(clippy::cast_precision_loss)] // figures for a person

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;
use tracehound_analysis::output_trace::{
    OutputSeed, OutputTraceOutcome, OutputTraceRequest, trace_outputs, trace_outputs_in_one_pass,
};
use tracehound_analysis::trace::Stops;
use tracehound_model::{Chain, Direction, Policy};
use tracehound_store::utxo::{
    MemoryLedger, OutputId, OutputLedger, TransactionId, UtxoOptions, UtxoStore,
};
use tracehound_testkit::utxo::{PlantedTheft, UtxoChain, UtxoChainConfig, UtxoPlant};

/// Smallest output worth its own spend (Bitcoin Core's dust limit for P2PKH).
const DUST: u64 = 546;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let transactions: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let thefts: usize = arguments.next().map_or(Ok(1_000), |text| text.parse())?;
    let policies = arguments.next().unwrap_or_else(|| "fifo,haircut,poison".to_owned());
    let policies = policies.split(',').map(str::parse).collect::<Result<Vec<Policy>, _>>()?;
    let place = arguments.next().unwrap_or_else(|| "store".to_owned());
    let parent = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);

    let kinds = [UtxoPlant::PeelChain(20), UtxoPlant::EqualSplit(10), UtxoPlant::Consolidation(8)];
    let plants = kinds.into_iter().cycle().take(thefts / 2).collect();
    let mut chain =
        UtxoChain::new(UtxoChainConfig { plants, ..UtxoChainConfig::new(1, transactions) });
    if place == "memory" {
        let mut ledger = MemoryLedger::new(Chain::bitcoin());
        chain.by_ref().for_each(|generated| ledger.push(&generated.block));
        return measure(&ledger, chain.planted(), thefts, &policies);
    }
    let folder = parent.join(format!("tracehound-output-trace-{}", std::process::id()));
    let store = UtxoStore::create(&folder, &Chain::bitcoin())?;
    let mut writer = store.writer(UtxoOptions::default())?;
    chain.by_ref().try_for_each(|generated| writer.push(&generated.block))?;
    writer.publish()?;
    drop(writer);
    let snapshot = store.snapshot()?;
    // Checksums are verified on first touch: touch everything first.
    snapshot.scan(TransactionId(0)..TransactionId(u32::MAX), &mut |_| Ok(()))?;
    let measured = measure(&snapshot, chain.planted(), thefts, &policies);
    std::fs::remove_dir_all(&folder)?;
    measured
}

fn measure<L: OutputLedger>(
    ledger: &L,
    planted: &[PlantedTheft],
    thefts: usize,
    policies: &[Policy],
) -> Result<(), Box<dyn Error>> {
    let count = ledger.transaction_count();
    let mut seeds = Vec::new();
    for theft in planted {
        let transaction =
            ledger.find(&theft.theft)?.ok_or("a planted theft is not in the store")?;
        seeds.push(seed(OutputId { transaction, index: 0 }));
    }
    let anywhere = thefts.saturating_sub(seeds.len()) as u64;
    for number in 0..anywhere {
        let place = u64::from(count) * (number + 1) / (anywhere + 1);
        seeds.push(seed(OutputId { transaction: TransactionId(place as u32), index: 0 }));
    }
    println!("{count} transactions, {} thefts", seeds.len());
    let start = Instant::now();
    ledger.scan(TransactionId(0)..TransactionId(count), &mut |_| Ok(()))?;
    println!("bare scan: {:?}", start.elapsed());
    for policy in policies {
        let request = request(&seeds, *policy, count);
        let start = Instant::now();
        let one_pass = trace_outputs_in_one_pass(ledger, &request, None)?;
        report(*policy, "one pass", &one_pass, count, start);
        let start = Instant::now();
        let followed = trace_outputs(ledger, &request, None)?;
        report(*policy, "spender to spender", &followed, count, start);
        assert!(one_pass == followed, "both drivers must give the same answer");
        assert!(followed.policies.iter().all(|trace| trace.closes()), "every theft must close");
    }
    Ok(())
}

fn seed(output: OutputId) -> OutputSeed {
    let outputs = vec![(output, None)];
    OutputSeed { victim: String::new(), description: String::new(), outputs }
}

fn request<'a>(seeds: &[OutputSeed], policy: Policy, count: u32) -> OutputTraceRequest<'a> {
    OutputTraceRequest {
        seeds: seeds.to_vec(),
        policies: vec![policy],
        direction: Direction::Forward,
        end: TransactionId(count),
        stops: Stops::default(),
        dust_satoshi: DUST,
        too_old: None,
        coinjoin: None,
        through_coinjoins: None,
    }
}

fn report(policy: Policy, way: &str, outcome: &OutputTraceOutcome, count: u32, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let Some(trace) = outcome.policies.first() else { return };
    println!(
        "{:>11}, {way:<18}: {seconds:8.3} s, {:6.2} M transactions of the chain/s, \
         {} touched ({:.2} M/s), {} flows, {} at rest",
        policy.name(),
        f64::from(count) / seconds / 1e6,
        trace.touched,
        trace.touched as f64 / seconds / 1e6,
        trace.flows.len(),
        trace.bookings.len(),
    );
}
