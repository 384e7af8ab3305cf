//! `tracehound deposits`: which addresses hand money on to a service.

use super::exposure::account_store;
use super::tag;
use crate::arguments::{Common, Deposits};
use crate::progress::Spinner;
use crate::{Finish, output, place};
use hashbrown::{HashMap, HashSet};
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_analysis::typology::{DEPOSIT_RULE, DepositAddress, deposit_addresses};
use tracehound_lists::AddressIndex;
use tracehound_model::{Address, Category};
use tracehound_screen::exposures::{Known, gather};
use tracehound_store::{AddressId, RowId, Snapshot};
use tracehound_tags::{FoundTag, TagIndex};

/// Services that keep an account for each customer.
const CUSTODIAL: [Category; 4] =
    [Category::Exchange, Category::Custodian, Category::Gambling, Category::InstantSwapper];
/// Rows of text at most.
const SHOWN: usize = 50;

#[derive(Serialize)]
struct Record {
    address: Address,
    /// The service behind it, says the tag of the address it pays.
    service: String,
    /// Twice or by several payers.
    strong: bool,
    forwards: usize,
    matched: usize,
    payers: Vec<Address>,
    /// The service sent it coin for fees.
    fuelled: bool,
    /// 0 to 1 with six digits, as text.
    score: String,
    /// A payment and its forward, of the best match.
    proof: [String; 2],
    rule: String,
}

/// Finds and prints them.
pub(crate) fn run(common: &Common, arguments: &Deposits) -> anyhow::Result<Finish> {
    let snapshot = account_store(common, &arguments.store)?;
    let mut packs = place::home(common)?.tags().packs()?;
    for file in &arguments.tags {
        packs.push(tag::unkept(file)?);
    }
    let index = TagIndex::new(packs);
    let known = Known { snapshot: &snapshot, addresses: snapshot.address_count() };
    let question = gather(&known, Some(&index), &AddressIndex::default(), 0)?;
    let (names, services) = services(&question.tags);
    let tagged: HashSet<AddressId> = question.tags.keys().copied().collect();
    let spinner = Spinner::start(common, "looking at who pays the services");
    let found = deposit_addresses(&snapshot, &services, &tagged)?;
    drop(spinner);
    let mut records = Vec::new();
    for deposit in found.iter().filter(|deposit| arguments.weak || deposit.is_strong()) {
        let record = record(&snapshot, &names, deposit)?;
        let service = arguments.service.as_ref();
        if service.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&record.service)) {
            records.push(record);
        }
    }
    records.sort_by(|a, b| (&a.service, a.address).cmp(&(&b.service, b.address)));
    if common.json {
        output::json(&records)?;
    } else {
        print(&records, services.len());
    }
    Ok(Finish::Done)
}

/// Addresses of custodial services, each with the number of its service.
fn services(tags: &HashMap<AddressId, FoundTag>) -> (Vec<String>, HashMap<AddressId, u32>) {
    let custodial = |tag: &FoundTag| tag.category.is_some_and(|kind| CUSTODIAL.contains(&kind));
    let mut by_name: BTreeMap<String, Vec<AddressId>> = BTreeMap::new();
    for (id, tag) in tags.iter().filter(|(_, tag)| custodial(tag)) {
        by_name.entry(tag.who()).or_default().push(*id);
    }
    let (mut names, mut services) = (Vec::new(), HashMap::new());
    for ((name, addresses), number) in by_name.into_iter().zip(0..) {
        services.extend(addresses.into_iter().map(|address| (address, number)));
        names.push(name);
    }
    (names, services)
}

fn record(
    snapshot: &Snapshot,
    names: &[String],
    deposit: &DepositAddress,
) -> anyhow::Result<Record> {
    let transaction = |row: RowId| -> anyhow::Result<String> {
        Ok(snapshot.chain().transaction_text(&snapshot.place(row)?.transaction))
    };
    let payers = deposit.payers.iter().map(|payer| snapshot.address(*payer));
    Ok(Record {
        address: snapshot.address(deposit.address)?,
        service: names.get(deposit.service as usize).cloned().unwrap_or_default(),
        strong: deposit.is_strong(),
        forwards: deposit.forwards,
        matched: deposit.matched,
        payers: payers.collect::<Result<_, _>>()?,
        fuelled: deposit.is_fuelled,
        score: tracehound_model::Amount::from_u64(deposit.score).to_decimal(6),
        proof: [transaction(deposit.proof.0)?, transaction(deposit.proof.1)?],
        rule: format!("{}/{}", DEPOSIT_RULE.name, DEPOSIT_RULE.version),
    })
}

fn print(records: &[Record], services: usize) {
    let header = ["address", "service", "", "forwards", "matched", "payers", "fuelled", "score"];
    let mut table = output::table(&header, &[3, 4, 5]);
    for record in records.iter().take(SHOWN) {
        table.add_row([
            record.address.to_string(),
            record.service.clone(),
            if record.strong { "strong" } else { "weak" }.to_owned(),
            record.forwards.to_string(),
            record.matched.to_string(),
            record.payers.len().to_string(),
            if record.fuelled { "yes" } else { "" }.to_owned(),
            record.score.clone(),
        ]);
    }
    if !records.is_empty() {
        println!("{table}");
    }
    if records.len() > SHOWN {
        println!("and {} more; --json names all", records.len() - SHOWN);
    }
    println!("{} deposit addresses of {services} tagged addresses of services", records.len());
    println!("a structural claim: how money was handed on; whose it is, only the service knows");
}
