//! `tracehound mixer anonymity`: among how many deposits withdrawals hide.

use super::sources::{self, SourceRecord, Sources};
use crate::arguments::{Common, MixerAnonymity};
use crate::{Finish, output};
use serde::Serialize;
use std::io::Write;
use tracehound_mixer::{
    NamedLinks, PUBLISHED, PoolState, PublishedReduction, Reduction, Spread, WithdrawalSet,
    pool_states, reductions, withdrawal_sets,
};

#[derive(Serialize)]
struct Record<'a> {
    sources: SourceRecord<'a>,
    at: Option<u64>,
    pools: &'a [PoolState],
    reductions: &'a [Reduction],
    published_percent: [PublishedReduction; 2],
    not_applicable: Vec<(String, &'static str)>,
}

/// Counts and prints.
pub(crate) fn run(common: &Common, arguments: &MixerAnonymity) -> anyhow::Result<Finish> {
    let rules = sources::rules(&arguments.rule)?;
    let sources = sources::read(common, &arguments.sources)?;
    let answered = sources.run(common, &rules);
    let mut links = sources::named_links(&answered);
    if links.len() > 1 {
        links.push(sources::together(&answered));
    }
    let states = pool_states(&sources.events, &links, arguments.at);
    let sets = withdrawal_sets(&sources.events, &links, arguments.at);
    let reductions = reductions(&states, &sets, &links);
    if let Some(file) = &arguments.out {
        output::file(file, |out| write(out, &sources, &links, &sets))?;
    }
    let not_applicable = sources::not_applicable(&answered);
    if common.json {
        output::json(&Record {
            sources: sources.record(),
            at: arguments.at.map(|height| height.0),
            pools: &states,
            reductions: &reductions,
            published_percent: PUBLISHED,
            not_applicable,
        })?;
    } else {
        print(&states, &reductions);
        for (rule, why) in not_applicable {
            println!("{rule}: not applicable: {why}");
        }
    }
    Ok(sources.finish())
}

fn print(states: &[PoolState], reductions: &[Reduction]) {
    let header = ["pool", "deposits", "withdrawals", "unspent"];
    let mut table = output::table(&header, &[1, 2, 3]);
    for state in states {
        table.add_row([
            state.pool.to_string(),
            state.deposits.to_string(),
            state.withdrawals.to_string(),
            state.unspent.to_string(),
        ]);
    }
    println!("{table}");
    println!("the next withdrawal can be of any deposit of its pool, if nothing else is known\n");
    let mut header = vec!["rule".to_owned()];
    header.extend(states.iter().map(|state| state.pool.to_string()));
    header.extend(["pools, %".to_owned(), "withdrawals, %".to_owned()]);
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let right: Vec<usize> = (1..header.len()).collect();
    let mut table = output::table(&header, &right);
    for (number, reduction) in reductions.iter().enumerate() {
        let mut row = vec![reduction.rule.clone()];
        row.extend(states.iter().map(|state| state.under[number].deposits.to_string()));
        for spread in [reduction.over_pools, reduction.over_withdrawals] {
            row.push(percent(spread));
        }
        table.add_row(row);
    }
    println!("what each rule leaves of the sets, and by how much it shrinks them (mean ± sd)");
    println!("{table}");
    println!("published, with rules that know who sent what:");
    for published in PUBLISHED {
        let deviation = published.deviation.map_or(String::new(), |sd| format!(" ± {sd:.0}"));
        println!("  -{:.2}{deviation} %  {}", published.mean, published.source);
    }
}

#[allow(clippy::float_arithmetic)] // shares as percent
fn percent(spread: Spread) -> String {
    match spread.mean > 0.0 {
        true => format!("-{:.2} ± {:.2}", 100.0 * spread.mean, 100.0 * spread.deviation),
        false => "0".to_owned(),
    }
}

/// One withdrawal a row.
fn write(
    out: &mut impl Write,
    sources: &Sources,
    links: &[NamedLinks],
    sets: &[WithdrawalSet],
) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let fixed = ["withdrawal_transaction", "pool", "block", "time", "time_is_estimated"];
    let counts = ["deposits_before", "unspent_before"];
    let rules = links.iter().map(|(rule, _)| rule.as_str());
    table.write_record(fixed.into_iter().chain(counts).chain(rules))?;
    for set in sets {
        let withdrawal = sources.events.withdrawal(set.withdrawal);
        let time = withdrawal.time;
        let mut row = vec![
            withdrawal.transaction.to_string(),
            sources.events.pools[set.withdrawal.pool].pool.to_string(),
            withdrawal.height.to_string(),
            time.map_or(String::new(), |time| time.at.to_string()),
            time.map_or(String::new(), |time| time.is_estimated.to_string()),
            set.deposits.to_string(),
            set.unspent.to_string(),
        ];
        row.extend(set.under.iter().map(usize::to_string));
        table.write_record(row)?;
    }
    table.flush()?;
    Ok(())
}
