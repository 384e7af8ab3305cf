//! Change: what each heuristic says of a transaction, and clusters with it
//! merged in where that is asked for.

use super::{find, rule};
use crate::arguments::{ClusterChange, ClusterMerge, Common};
use crate::progress::Spinner;
use crate::{Finish, output, place};
use anyhow::{Context as _, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_analysis::cluster::change::{Combination, Context, Heuristic, change_evidence};
use tracehound_analysis::cluster::{Clustering, Guard, Refusal, Refused, merge_change};
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_ingest::read_tags;
use tracehound_model::Address;
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputLedger, TransactionView};

#[derive(Serialize)]
struct Evidence {
    output: u32,
    address: Option<Address>,
    rule: String,
    /// The source's confidence in percent; absent where it states none.
    confidence: Option<u8>,
}

/// Prints the evidence on one transaction.
pub(crate) fn evidence(common: &Common, arguments: &ClusterChange) -> anyhow::Result<Finish> {
    let (_, snapshot) = place::open_outputs(common, &arguments.store, None)?;
    let ledger: &dyn OutputLedger = &snapshot;
    let view = ledger.transaction(find(ledger, &arguments.transaction)?)?;
    let finder = CoinJoinFinder::new(ledger);
    let mixes = |view: &TransactionView<'_>| finder.mixes(view).unwrap_or(true);
    let coinjoin = Some(CoinJoinFinder::filter(&mixes));
    let context = Context { ledger, coinjoin, clusters: None };
    let mut lines = Vec::new();
    for said in change_evidence(&context, &view)? {
        let record = usize::try_from(said.output.index).ok().and_then(|i| view.outputs.get(i));
        let address = record.and_then(|record| record.address());
        lines.push(Evidence {
            output: said.output.index,
            address: address.map(|id| ledger.address(id)).transpose()?,
            rule: format!("{}/{}", said.rule.name, said.rule.version),
            confidence: said.confidence,
        });
    }
    if common.json {
        output::json(&lines)?;
        return Ok(Finish::Done);
    }
    if lines.is_empty() {
        println!("no heuristic leaves a single output");
    }
    for line in &lines {
        let address = line.address.map_or_else(String::new, |address| address.to_string());
        let sure = line.confidence.map_or_else(String::new, |sure| format!(", {sure} % sure"));
        println!("output {} {address}: {}{sure}", line.output, line.rule);
    }
    println!("heuristics, not facts; they depend on each other, so their numbers do not multiply");
    Ok(Finish::Done)
}

#[derive(Serialize)]
struct Merged {
    rules: String,
    clusters_before: usize,
    clusters: usize,
    merges: usize,
    refused: usize,
    /// The first refusals, in words.
    first_refused: Vec<String>,
}

/// Merges on change, and prints what came of it. The result is not kept.
pub(crate) fn merge(common: &Common, arguments: &ClusterMerge) -> anyhow::Result<Finish> {
    let (_, snapshot) = place::open_outputs(common, &arguments.store, None)?;
    let ledger: &dyn OutputLedger = &snapshot;
    let combination = combination(&arguments.heuristics)?;
    let tags = tags(ledger, arguments)?;
    let finder = CoinJoinFinder::new(ledger);
    let mixes = |view: &TransactionView<'_>| finder.mixes(view).unwrap_or(true);
    let rule = rule(ledger, &arguments.rules, &mixes)?;
    let spinner = Spinner::start(common, "clustering");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let before = Clustering::build(ledger, &rule, threads)?;
    let coinjoin = Some(CoinJoinFinder::filter(&mixes));
    let context = Context { ledger, coinjoin, clusters: Some(&before) };
    let guard = Guard { most_members: arguments.most_members, tags: &tags };
    let (after, made, refused) = merge_change(&context, &before, &rule, &combination, &guard)?;
    drop(spinner);
    let first = refused.iter().take(10).map(|refused| words(ledger, refused));
    let record = Merged {
        rules: after.rules().to_owned(),
        clusters_before: before.count(),
        clusters: after.count(),
        merges: made.len(),
        refused: refused.len(),
        first_refused: first.collect::<anyhow::Result<_>>()?,
    };
    if common.json {
        output::json(&record)?;
    } else {
        println!(
            "{} merges on change: {} clusters become {}; {} merges refused by the guard",
            record.merges, record.clusters_before, record.clusters, record.refused
        );
        record.first_refused.iter().for_each(|line| println!("  {line}"));
        println!("rules: {}", record.rules);
        println!("not kept: later blocks may change what a heuristic says of earlier ones");
    }
    Ok(Finish::Done)
}

/// All of the heuristics named must leave the same single output.
fn combination(names: &[String]) -> anyhow::Result<Combination> {
    let mut all: Option<Combination> = None;
    for name in names {
        let full = format!("change-{name}");
        let found = Heuristic::ALL.into_iter().find(|heuristic| heuristic.rule().name == full);
        let Some(found) = found else {
            let known =
                Heuristic::ALL.map(|heuristic| heuristic.rule().name.replace("change-", ""));
            bail!("\"{name}\" is not a heuristic; choose from {}", known.join(", "));
        };
        let one = Combination::One(found);
        all = Some(match all {
            Some(before) => Combination::And(Box::new(before), Box::new(one)),
            None => one,
        });
    }
    all.context("name at least one heuristic")
}

/// Entities by address, for the guard.
fn tags(
    ledger: &dyn OutputLedger,
    arguments: &ClusterMerge,
) -> anyhow::Result<BTreeMap<AddressId, String>> {
    let mut tags = BTreeMap::new();
    let Some(file) = &arguments.tags else { return Ok(tags) };
    for tag in read_tags(file)? {
        let id = ledger.address_id(&tag.address.on(ledger.chain()))?;
        if let (Some(id), Some(entity)) = (id, tag.entity) {
            tags.insert(id, entity);
        }
    }
    Ok(tags)
}

fn words(ledger: &dyn OutputLedger, refused: &Refused) -> anyhow::Result<String> {
    let why = match &refused.reason {
        Refusal::BothLarge(a, b) => format!("both clusters are large ({a} and {b} addresses)"),
        Refusal::Entities(a, b) => {
            let list = |names: &std::collections::BTreeSet<String>| {
                names.iter().cloned().collect::<Vec<_>>().join(", ")
            };
            format!("they carry different entities ({} and {})", list(a), list(b))
        }
    };
    let payer = ledger.address(refused.merge.payer)?;
    let change = ledger.address(refused.merge.change)?;
    let name = tracehound_report::look_up::output_text(ledger, refused.merge.output)?;
    Ok(format!("{payer} and {change} by {name}: {why}"))
}
