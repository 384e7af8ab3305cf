//! The time-ordered trace: how many transfers one thread touches a second.
//!
//! From the hot wallet of a service after a tenth of the chain, windows of the chain
//! are doubled until poison taints as many transfers as wanted; every policy
//! then traces the same window, following hubs too; haircut once more with the
//! default rule, which does not. What poison reaches in each window is written
//! beside the store, so that the peer's answer can be compared entry by entry.

use crate::expand::{Answer, Question, by_index, by_pass};
use crate::{Options, process, rate};
use anyhow::{Context, Result, bail, ensure};
use hashbrown::{HashMap, HashSet};
use serde_json::{Value, json};
use std::fmt::Write as _;
use tracehound_analysis::trace::{
    PolicyTrace, ResolvedSeed, SeedWhat, Stops, TraceRequest, trace as run_trace,
};
use tracehound_model::{Direction, Policy};
use tracehound_store::{AddressId, AssetId, RowId, Snapshot, Store};

/// Tainted transfers that the traces should have, roughly.
const SIZES: [u64; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// Beyond this size only the reach is measured.
const LARGEST_TRACED: u64 = 1_000_000;

/// The default rule for hubs: addresses with more transfers are not followed.
const HUB_DEGREE: u64 = 1000;

pub fn trace(options: &Options) -> Result<Value> {
    let snapshot = Store::open(&options.store())?.snapshot()?;
    let start = RowId(snapshot.row_count() / 10);
    let seed = hot_wallet(&snapshot, start)?;
    let mut traces = Vec::new();
    let mut window: u64 = 1 << 12;
    for wanted in SIZES {
        let found = loop {
            let end = RowId((start.0 + window).min(snapshot.row_count()));
            let question = Question { seed, start, end };
            let answer = by_pass(&snapshot, question)?;
            if answer.tainted >= wanted {
                break Some((question, answer));
            }
            if end.0 == snapshot.row_count() {
                break None;
            }
            window *= 2;
        };
        // A chain too short for this size is too short for the next.
        let Some((question, answer)) = found else { break };
        let mut result = expansions(&snapshot, question, &answer)?;
        write_reach(options, &snapshot, question, &answer)?;
        if wanted <= LARGEST_TRACED {
            policies(&snapshot, question, &answer, &mut result)?;
        }
        traces.push(result);
    }
    Ok(json!({ "traces": traces }))
}

/// The first payer from `start` on that makes at least one in 4,000 of all
/// payments: the hot wallet of a service, whose theft reaches far.
fn hot_wallet(snapshot: &Snapshot, start: RowId) -> Result<AddressId> {
    for row in (start.0..snapshot.row_count()).map(RowId) {
        let payer = snapshot.row(row)?.from;
        if snapshot.outgoing(payer)?.len() as u64 >= snapshot.row_count() / 4000 {
            return Ok(payer);
        }
    }
    bail!("nobody pays often; the chain is too short")
}

/// The reach alone, straight on the store.
fn expansions(snapshot: &Snapshot, question: Question, expected: &Answer) -> Result<Value> {
    let mut result = json!({
        "tainted_transfers": expected.tainted,
        "reached": expected.first.len(),
        "window_rows": question.end.0 - question.start.0,
    });
    for (name, way) in [("expand_by_index", by_index as Way), ("expand_by_pass", by_pass)] {
        let (answer, time) = process::timed(|| way(snapshot, question))?;
        ensure!(answer.first == expected.first, "{name} reaches other holders");
        ensure!(answer.tainted == expected.tainted, "{name} finds {} tainted", answer.tainted);
        result[name] = json!({
            "read_transfers": answer.read,
            "wall_seconds": rate(time.wall, 1.0),
            "cpu_seconds": rate(time.cpu, 1.0),
            "million_read_a_cpu_second": rate(answer.read as f64 / 1e6, time.cpu),
            "million_tainted_a_cpu_second": rate(answer.tainted as f64 / 1e6, time.cpu),
        });
    }
    Ok(result)
}

type Way = fn(&Snapshot, Question) -> Result<Answer>;

/// The product's trace of the same window, policy by policy.
fn policies(
    snapshot: &Snapshot,
    question: Question,
    expected: &Answer,
    result: &mut Value,
) -> Result<()> {
    let request = request(snapshot, question);
    for policy in [Policy::Poison, Policy::Haircut, Policy::Fifo, Policy::DirtyFirst] {
        let (figures, found) = figures(snapshot, &request, policy)?;
        result[policy.name()] = figures;
        if policy == Policy::Poison {
            let mut first: HashMap<(AddressId, AssetId), RowId> = HashMap::default();
            for transfer in &found.transfers {
                let row = snapshot.row(transfer.row)?;
                first.entry((row.to, row.asset)).or_insert(transfer.row);
            }
            ensure!(first == expected.first, "poison reaches other holders");
        }
    }
    let stops = Stops { hub_degree: HUB_DEGREE, ..Stops::default() };
    let by_default = TraceRequest { stops, ..request };
    result["haircut_without_hubs"] = figures(snapshot, &by_default, Policy::Haircut)?.0;
    Ok(())
}

fn figures(
    snapshot: &Snapshot,
    request: &TraceRequest,
    policy: Policy,
) -> Result<(Value, PolicyTrace)> {
    let (found, time) = process::timed(|| one(snapshot, request, policy))?;
    ensure!(found.closes(), "{policy} does not close");
    let touched = found.touched as f64;
    let figures = json!({
        "tainted_transfers": found.transfers.len(),
        "touched_transfers": found.touched,
        "wall_seconds": rate(time.wall, 1.0),
        "cpu_seconds": rate(time.cpu, 1.0),
        "million_touched_a_second": rate(touched / 1e6, time.wall),
        "million_touched_a_cpu_second": rate(touched / 1e6, time.cpu),
        "million_tainted_a_cpu_second": rate(found.transfers.len() as f64 / 1e6, time.cpu),
    });
    Ok((figures, found))
}

fn request(snapshot: &Snapshot, question: Question) -> TraceRequest {
    let Question { seed: address, start, end } = question;
    TraceRequest {
        markets: None,
        seeds: vec![ResolvedSeed {
            victim: "victim".to_owned(),
            description: "what leaves one address".to_owned(),
            what: SeedWhat::Outflow { address, start, assets: None },
        }],
        policies: Vec::new(),
        direction: Direction::Forward,
        end,
        stops: Stops::default(),
        followed: (0..snapshot.asset_count()).map(AssetId).collect::<HashSet<_, _>>(),
        opening: HashMap::default(),
    }
}

/// One policy alone runs on one thread.
fn one(snapshot: &Snapshot, request: &TraceRequest, policy: Policy) -> Result<PolicyTrace> {
    let request = TraceRequest { policies: vec![policy], ..request.clone() };
    let mut outcome = run_trace(snapshot, &request, None)?;
    outcome.policies.pop().context("one policy was asked for")
}

/// The question on the first line, then every address and asset with the row
/// that first brought taint.
fn write_reach(
    options: &Options,
    snapshot: &Snapshot,
    question: Question,
    answer: &Answer,
) -> Result<()> {
    let seed = snapshot.address(question.seed)?.to_lower_hex();
    let mut text = format!("{seed},{},{}\n", question.start.0, question.end.0);
    let mut reached: Vec<_> = answer.first.iter().collect();
    reached.sort_unstable_by_key(|(_, row)| **row);
    for ((address, asset), row) in reached {
        let address = snapshot.address(*address)?.to_lower_hex();
        let asset = snapshot.asset(*asset)?.asset;
        writeln!(text, "{address},{},{}", asset.to_string().to_lowercase(), row.0)?;
    }
    std::fs::write(options.folder.join(format!("reach-{}.csv", answer.tainted)), text)?;
    Ok(())
}
