//! Sums over several transactions or addresses of several networks, and what
//! transactions have in common.

use super::accounts::Moved;
use super::asked::Asked;
use super::desk::{Desk, Network};
use super::json::Json;
use super::refusal::Refusal;
use super::standing::{MOST_OF_MANY, Standing, address};
use super::txs::{InOut, told_output_transaction, told_transfer};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::Amount;

/// Nodes of one request.
const MOST: usize = 100;

/// A node: its network and its name.
pub(super) type Node = (String, String);

/// The nodes of a list in a body, each once; `field` is what names them.
pub(super) fn nodes(asked: &mut Asked, list: &str, field: &str, needed: bool) -> Vec<Node> {
    let body = asked.body.clone();
    let Json::Object(_) = &body else {
        let words = "Input should be a valid dictionary or object to extract fields from";
        asked.wrong_body(Vec::new(), "model_attributes_type", words);
        return Vec::new();
    };
    let items = match body.get(list) {
        Some(Json::List(items)) => items,
        None if !needed => return Vec::new(),
        None => {
            asked.wrong_body(vec![list.into()], "missing", "Field required");
            return Vec::new();
        }
        Some(_) => {
            asked.wrong_body(vec![list.into()], "list_type", "Input should be a valid list");
            return Vec::new();
        }
    };
    if items.len() > MOST {
        let words = format!("List should have at most {MOST} items after validation");
        asked.wrong_body(vec![list.into()], "too_long", &words);
        return Vec::new();
    }
    let mut found = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let network = text_in(asked, list, place, item, "network").to_lowercase();
        let node = (network, canonical(field, &text_in(asked, list, place, item, field)));
        if !found.contains(&node) {
            found.push(node);
        }
    }
    found
}

/// A text that an item of a list has to have.
fn text_in(asked: &mut Asked, list: &str, place: usize, item: &Json, name: &str) -> String {
    let (kind, words) = match item.get(name) {
        Some(Json::Text(text)) => return text.clone(),
        None => ("missing", "Field required"),
        Some(_) => ("string_type", "Input should be a valid string"),
    };
    asked.wrong_body(vec![list.into(), place.into(), name.into()], kind, words);
    String::new()
}

fn canonical(field: &str, text: &str) -> String {
    let text = text.trim();
    if field == "tx_hash" {
        let small = text.to_lowercase();
        return small.strip_prefix("0x").unwrap_or(&small).to_owned();
    }
    if text.starts_with("0x") { text.to_lowercase() } else { text.to_owned() }
}

/// Amounts and what they were worth, added up.
#[derive(Default)]
struct Sums {
    value: Amount,
    cents: BTreeMap<String, i128>,
}

impl Sums {
    fn add(&mut self, values: Option<&Json>, with_amount: bool) -> Result<(), Refusal> {
        let Some(values) = values else { return Ok(()) };
        if let (true, Some(Json::Number(digits))) = (with_amount, values.get("value")) {
            self.value = self.value.add(Amount::parse_decimal(digits, 0)?)?;
        }
        let Some(Json::List(fiat)) = values.get("fiat_values") else { return Ok(()) };
        for one in fiat {
            let (Some(Json::Text(code)), Some(Json::Number(text))) =
                (one.get("code"), one.get("value"))
            else {
                continue;
            };
            let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
            let cents: i128 = format!("{whole}{rest:0<2}").parse().unwrap_or(0);
            let sum = self.cents.entry(code.clone()).or_default();
            *sum = sum.saturating_add(cents);
        }
        Ok(())
    }

    fn join(&mut self, other: &Self) {
        for (code, cents) in &other.cents {
            let sum = self.cents.entry(code.clone()).or_default();
            *sum = sum.saturating_add(*cents);
        }
    }

    fn fiat(&self) -> Json {
        let one = |(code, cents): (&String, &i128)| {
            let value = Json::decimal(&format!("{}.{:02}", cents / 100, cents % 100));
            Json::object([("code", code.as_str().into()), ("value", value)])
        };
        Json::List(self.cents.iter().map(one).collect())
    }

    fn told(&self) -> Json {
        let value = Json::Number(self.value.to_decimal(0));
        Json::object([("fiat_values", self.fiat()), ("value", value)])
    }
}

fn whole(json: Option<&Json>) -> i128 {
    match json {
        Some(Json::Number(digits)) => digits.parse().unwrap_or(0),
        _ => 0,
    }
}

fn note(code: &str, message: &str, network: Option<&str>) -> Json {
    Json::object([("code", code.into()), ("message", message.into()), ("network", network.into())])
}

/// By network, in the order of the request.
fn grouped(nodes: &[Node]) -> Vec<(String, Vec<&str>)> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (network, name) in nodes {
        match groups.iter_mut().find(|(known, _)| known == network) {
            Some((_, names)) => names.push(name),
            None => groups.push((network.clone(), vec![name])),
        }
    }
    groups
}

/// `POST /graph/summary`.
pub(super) fn summary(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let transactions = nodes(asked, "txs", "tx_hash", false);
    let addresses = nodes(asked, "addresses", "address", false);
    asked.check()?;
    let bad = |words: &str| Err(Refusal::Bad(format!("/graph/summary {words}")));
    if transactions.is_empty() && addresses.is_empty() {
        return bad("needs tx refs and/or addresses.");
    }
    if transactions.len() == 1 {
        return bad("needs at least 2 distinct tx refs when txs are given.");
    }
    if addresses.len() == 1 {
        return bad("needs at least 2 distinct addresses when addresses are given.");
    }
    if transactions.len() + addresses.len() > MOST {
        return bad("accepts at most 100 nodes.");
    }
    let unknown = |code: &String| Refusal::Bad(format!("unsupported network '{code}'"));
    for (code, _) in transactions.iter().chain(&addresses) {
        desk.network(code).map_err(|_| unknown(code))?;
    }
    Ok(Json::object([
        (
            "txs",
            if transactions.is_empty() {
                Json::Null
            } else {
                of_transactions(desk, &transactions)?
            },
        ),
        (
            "addresses",
            if addresses.is_empty() { Json::Null } else { of_addresses(desk, &addresses)? },
        ),
    ]))
}

/// What is known of a network's transactions.
#[derive(Default)]
struct Totals {
    count: usize,
    value: Sums,
    fee: Option<i128>,
    inputs: Option<i128>,
    outputs: Option<i128>,
    heights: BTreeSet<i128>,
    times: BTreeSet<i128>,
    assets: BTreeSet<String>,
    notes: Vec<Json>,
}

fn totals(network: &Network<'_>, hashes: &[&str]) -> Result<Totals, Refusal> {
    let mut totals = Totals { count: hashes.len(), ..Totals::default() };
    for hash in hashes {
        let legs = match (network.outputs(), network.accounts()) {
            (Some(snapshot), _) => {
                let id = network.output_transaction(snapshot, hash)?;
                vec![told_output_transaction(network, snapshot, id, InOut::default())?]
            }
            (None, Some(snapshot)) => {
                let all = network.transfers(snapshot, &network.hash(hash)?, hash)?;
                let wanted = all
                    .iter()
                    .filter(|one| one.is_external() || matches!(one.moved, Moved::Token(_)));
                let told = wanted.map(|one| told_transfer(network, snapshot, one, false, false));
                told.collect::<Result<_, _>>()?
            }
            (None, None) => Vec::new(),
        };
        for leg in &legs {
            add_leg(&mut totals, leg)?;
        }
    }
    Ok(totals)
}

fn add_leg(totals: &mut Totals, leg: &Json) -> Result<(), Refusal> {
    totals.heights.insert(whole(leg.get("height")));
    totals.times.insert(whole(leg.get("timestamp")));
    if let Some(Json::Text(currency)) = leg.get("currency") {
        totals.assets.insert(currency.clone());
    }
    if leg.get("tx_type") != Some(&"utxo".into()) {
        let token = !matches!(leg.get("token_tx_id"), None | Some(Json::Null));
        if token && totals.notes.is_empty() {
            let words = "total_value covers native transfers only; token transfers excluded";
            totals.notes.push(note("token_value_excluded", words, None));
        }
        return totals.value.add(leg.get("value"), !token);
    }
    let sum = |name: &str| whole(leg.get(name).and_then(|values| values.get("value")));
    if leg.get("coinbase") == Some(&Json::Flag(false)) {
        let fee = sum("total_input").saturating_sub(sum("total_output"));
        totals.fee = Some(totals.fee.unwrap_or(0).saturating_add(fee));
    }
    totals.inputs = Some(totals.inputs.unwrap_or(0) + whole(leg.get("no_inputs")));
    totals.outputs = Some(totals.outputs.unwrap_or(0) + whole(leg.get("no_outputs")));
    totals.value.add(leg.get("total_output"), true)
}

fn ends(set: &BTreeSet<i128>) -> (Json, Json) {
    let end = |value: Option<&i128>| Json::from(value.copied().unwrap_or(0));
    (end(set.first()), end(set.last()))
}

/// The coin first, then tokens.
fn assets(code: &str, found: &BTreeSet<String>) -> Json {
    let rest = found.iter().filter(|name| *name != code).map(String::as_str);
    Json::List(std::iter::once(code).chain(rest).map(Json::from).collect())
}

fn of_transactions(desk: &Desk<'_>, all: &[Node]) -> Result<Json, Refusal> {
    let (mut told, mut fiat, mut times) = (Vec::new(), Sums::default(), BTreeSet::new());
    let mut notes = Vec::new();
    for (code, hashes) in grouped(all) {
        let network = desk.network(&code)?;
        let found = totals(&network, &hashes)?;
        fiat.join(&found.value);
        times.extend(found.times.iter().copied());
        for one in &found.notes {
            let mut one = one.clone();
            one.set("network", code.as_str().into());
            notes.push(one);
        }
        let ((block_min, block_max), (first, last)) = (ends(&found.heights), ends(&found.times));
        told.push(Json::object([
            ("network", code.as_str().into()),
            ("tx_count", found.count.into()),
            ("total_value", found.value.told()),
            ("total_fee", found.fee.into()),
            ("total_inputs", found.inputs.into()),
            ("total_outputs", found.outputs.into()),
            ("block_min", block_min),
            ("block_max", block_max),
            ("timestamp_min", first),
            ("timestamp_max", last),
            ("notes", Json::List(found.notes)),
            ("assets", assets(&code, &found.assets)),
        ]));
    }
    let (first, last) = ends(&times);
    let overall = Json::object([
        ("tx_count", all.len().into()),
        ("total_value_fiat", fiat.fiat()),
        ("timestamp_min", first),
        ("timestamp_max", last),
        ("notes", Json::List(notes)),
    ]);
    Ok(Json::object([("overall", overall), ("networks", Json::List(told))]))
}

/// Sums over addresses: received, spent, held.
#[derive(Default)]
struct Held {
    sums: [Sums; 3],
    usage: BTreeSet<i128>,
    tagged: usize,
    actors: Vec<Json>,
}

const FIELDS: [&str; 3] = ["total_received", "total_spent", "balance"];

fn held(desk: &Desk<'_>, network: &Network<'_>, names: &[&str]) -> Result<Held, Refusal> {
    let mut held = Held::default();
    for name in names {
        let holder = network.holder(name)?;
        let standing = Standing::read(network, holder, MOST_OF_MANY)?;
        let told = address(desk, network, holder, &standing, true)?;
        for (sum, field) in held.sums.iter_mut().zip(FIELDS) {
            sum.add(told.get(field), true)?;
        }
        for end in ["first_tx", "last_tx"] {
            if let Some(time) = told.get(end).and_then(|part| part.get("timestamp")) {
                held.usage.insert(whole(Some(time)));
            }
        }
        held.tagged += usize::from(!desk.tags_of(Some(network), name).is_empty());
        if let Some(Json::List(actors)) = told.get("actors") {
            held.actors.extend(actors.iter().cloned());
        }
    }
    held.actors.dedup();
    Ok(held)
}

fn of_addresses(desk: &Desk<'_>, all: &[Node]) -> Result<Json, Refusal> {
    let (mut told, mut overall) = (Vec::new(), Held::default());
    for (code, names) in grouped(all) {
        let network = desk.network(&code)?;
        let found = held(desk, &network, &names)?;
        for (sum, part) in overall.sums.iter_mut().zip(&found.sums) {
            sum.join(part);
        }
        overall.usage.extend(found.usage.iter().copied());
        overall.tagged += found.tagged;
        overall.actors.extend(found.actors.iter().cloned());
        let [received, spent, balance] = &found.sums;
        told.push(Json::object([
            ("network", code.as_str().into()),
            ("address_count", names.len().into()),
            ("total_received", received.told()),
            ("total_spent", spent.told()),
            ("balance", balance.told()),
            ("first_usage", found.usage.first().copied().into()),
            ("last_usage", found.usage.last().copied().into()),
            ("tagged_address_count", found.tagged.into()),
            ("actors", Json::List(found.actors)),
            ("notes", Json::List(Vec::new())),
            ("assets", assets(&code, &BTreeSet::new())),
        ]));
    }
    overall.actors.dedup();
    let [received, spent, balance] = &overall.sums;
    let overall = Json::object([
        ("address_count", all.len().into()),
        ("total_received_fiat", received.fiat()),
        ("total_spent_fiat", spent.fiat()),
        ("balance_fiat", balance.fiat()),
        ("first_usage", overall.usage.first().copied().into()),
        ("last_usage", overall.usage.last().copied().into()),
        ("tagged_address_count", overall.tagged.into()),
        ("actors", Json::List(overall.actors)),
        ("notes", Json::List(Vec::new())),
    ]);
    Ok(Json::object([("overall", overall), ("networks", Json::List(told))]))
}
