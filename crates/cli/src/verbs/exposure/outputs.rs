//! Exposures on chains of unspent outputs: on demand, one address at a time.

use super::{sides, sources};
use crate::arguments::{Common, Exposure};
use crate::progress::Spinner;
use crate::{Finish, interrupt, output};
use anyhow::{Context, bail};
use std::collections::HashMap;
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_analysis::exposure::{OutputExposureRequest, on_demand_outputs};
use tracehound_model::Amount;
use tracehound_report::look_up::{OutputExposureRecord, OutputSideRecord};
use tracehound_store::utxo::{OutputLedger, TransactionView, UtxoSnapshot};
use tracehound_tags::FoundTag;

/// Transactions of a largest path named before "and so many more".
const NAMED: usize = 6;

pub(super) fn run(
    common: &Common,
    arguments: &Exposure,
    snapshot: &UtxoSnapshot,
) -> anyhow::Result<Finish> {
    if arguments.build || arguments.table {
        bail!(
            "tables of all exposures are of account chains; leave out --build and --table, and name addresses"
        );
    }
    let question = sources::gathered(common, arguments, snapshot)?;
    let dust = dust(arguments, snapshot)?;
    let finder = CoinJoinFinder::new(snapshot);
    let mixes = |view: &TransactionView<'_>| finder.mixes(view);
    let request = OutputExposureRequest {
        categories: &question.request.categories,
        tagged: &question.request.tagged,
        coinjoin: &mixes,
        dust,
    };
    let who: HashMap<_, _> =
        question.tags.iter().map(|(id, tag)| (*id, FoundTag::who(tag))).collect();
    let stop = interrupt::flag();
    let mut records = Vec::new();
    for address in &arguments.addresses {
        let id = OutputLedger::address_id(snapshot, address)?
            .with_context(|| format!("{address} is not in this store; ingest its blocks"))?;
        let mut told = Vec::new();
        for side in sides(arguments.side) {
            let spinner = Spinner::start(common, "following what reached the address");
            let by_policy = on_demand_outputs(snapshot, &request, id, side, Some(&stop))?;
            drop(spinner);
            told.push(OutputSideRecord::new(snapshot, side, &by_policy, &who)?);
        }
        records.push(OutputExposureRecord::new(*address, &question.digest, told));
    }
    if common.json {
        output::json(&records)?;
        return Ok(Finish::Done);
    }
    records.iter().for_each(print);
    println!(
        "rests on {} tagged addresses of this store in {} categories, from {} packs",
        question.request.tagged.len(),
        question.request.categories.len(),
        question.packs.len()
    );
    println!("pro rata, in satoshi; CoinJoins, bridges and mixers are not crossed");
    Ok(Finish::Done)
}

/// Satoshi below which money is dust.
fn dust(arguments: &Exposure, snapshot: &UtxoSnapshot) -> anyhow::Result<u64> {
    let Some(text) = &arguments.dust else { return Ok(0) };
    let (_, decimals) = OutputLedger::chain(snapshot).native_coin();
    let least = Amount::parse_decimal(text, decimals).context("--dust")?;
    least.to_u64().context("--dust is more than there can be")
}

fn print(record: &OutputExposureRecord) {
    println!("{}", record.address);
    for side in &record.sides {
        println!("\n{} {}", side.side, side.total);
        let header = ["", "direct", "indirect", "transactions", "first", "last", "over policies"];
        let mut table = output::table(&header, &[1, 2, 3]);
        for figure in &side.figures {
            let hops: Vec<u32> = figure.by_hops.iter().map(|(hops, _)| *hops).collect();
            let hops = match (hops.first(), hops.last()) {
                (Some(least), Some(most)) if least != most => format!("{least}-{most}"),
                (Some(only), _) => only.to_string(),
                _ => String::new(),
            };
            let (least, most) = &figure.over_policies;
            table.add_row([
                figure.label.clone(),
                figure.direct.clone(),
                figure.indirect.clone(),
                hops,
                figure.first.date(),
                figure.last.date(),
                format!("{least} to {most}"),
            ]);
        }
        let unattributed = ["unattributed", "", &side.unattributed, "", "", "", ""];
        table.add_row(unattributed.map(str::to_owned));
        println!("{table}");
        for figure in side.figures.iter().filter(|figure| figure.path_entity.is_some()) {
            let who = figure.path_entity.as_deref().unwrap_or_default();
            println!("  largest path of {}, {who} ({}):", figure.label, figure.path_amount);
            figure.path.iter().take(NAMED).for_each(|transaction| println!("    {transaction}"));
            if figure.path.len() > NAMED {
                println!("    and {} more; --json names all", figure.path.len() - NAMED);
            }
        }
    }
    println!();
}
