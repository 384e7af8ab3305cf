//! What is held, what can be found, and what is taken note of.

use super::asked::Asked;
use super::desk::{Desk, Network};
use super::json::Json;
use super::refusal::Refusal;
use std::collections::BTreeSet;
use tracehound_analysis::cluster::relations::relations;
use tracehound_model::{Asset, DailyPrices, genuine};
use tracehound_store::utxo::{OutputLedger, TransactionId};
use tracehound_store::{AddressId, AssetId, RowId};
use tracehound_tags::Field;

/// The interface that is spoken.
pub(super) const VERSION: &str = "2.18.0";
/// Relations are counted on chains of at most so many transactions or rows.
const MOST_COUNTED: u64 = 50_000;
/// Addresses and transactions that a search for a beginning looks through.
const MOST_SEARCHED: u32 = 50_000;
/// Assets that are looked through for tokens.
const MOST_ASSETS: u32 = 100_000;

/// `GET /stats`.
pub(super) fn statistics(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    asked.check()?;
    let told =
        desk.networks().iter().map(|network| counts(desk, network)).collect::<Result<_, _>>();
    let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
    Ok(Json::object([
        ("currencies", Json::List(told?)),
        ("version", VERSION.into()),
        ("request_timestamp", now.into()),
    ]))
}

fn counts(desk: &Desk<'_>, network: &Network<'_>) -> Result<Json, Refusal> {
    let (blocks, addresses, clusters, transactions) = match (network.outputs(), network.accounts())
    {
        (Some(snapshot), _) => {
            let left_out = network.kept.memory.multisignatures(snapshot)?.len();
            let all = u64::from(snapshot.address_count());
            // The coinbase is an address and a cluster there.
            let named = |count: u64| (count + 1).saturating_sub(left_out as u64);
            // Addresses are numbered by 32 bits, so their clusters are too.
            let joined = network.clusters().map_or(all, |clusters| {
                let later = all.saturating_sub(clusters.clustering.labels().len() as u64);
                clusters.count as u64 + later
            });
            let blocks = snapshot.block_count();
            (blocks, named(all), named(joined), u64::from(snapshot.transaction_count()))
        }
        (None, Some(snapshot)) => {
            let blocks = snapshot.tip().map_or(0, |(height, _)| height.0.saturating_add(1));
            (blocks, u64::from(snapshot.address_count()), 0, snapshot.transaction_count())
        }
        (None, None) => (0, 0, 0, 0),
    };
    let tagged =
        network.kept.memory.tagged(network.kept, desk.index(), |id| network.cluster_of(id))?;
    let tagged: usize = tagged.values().map(Vec::len).sum();
    Ok(Json::object([
        ("name", network.code.as_str().into()),
        ("no_blocks", blocks.into()),
        ("no_address_relations", relation_count(network)?.into()),
        ("no_addresses", addresses.into()),
        ("no_entities", clusters.into()),
        ("no_txs", transactions.into()),
        ("no_labels", label_count(desk, network).into()),
        ("no_tagged_addresses", tagged.into()),
        ("timestamp", network.tip_time().0.into()),
        ("network_type", if network.outputs().is_some() { "utxo" } else { "account" }.into()),
    ]))
}

fn label_count(desk: &Desk<'_>, network: &Network<'_>) -> usize {
    network.kept.memory.labels(|| {
        let all = desk.index().select(|tag| tag.own.get(Field::Address).is_some());
        let own = all.iter().filter(|tag| tag.can_be_of(&network.kept.chain));
        own.map(|tag| tag.field(Field::Label)).collect::<BTreeSet<_>>().len()
    })
}

fn is_counted(network: &Network<'_>) -> bool {
    let outputs = network.outputs().map(|snapshot| u64::from(snapshot.transaction_count()));
    let rows = network.accounts().map(tracehound_store::Snapshot::row_count);
    outputs.or(rows).unwrap_or(0) <= MOST_COUNTED
}

/// How many pairs of addresses dealt with each other; 0 on big chains.
fn relation_count(network: &Network<'_>) -> Result<u64, Refusal> {
    network.kept.memory.relations(|| {
        if !is_counted(network) {
            return Ok(0);
        }
        if let Some(snapshot) = network.outputs() {
            let found = relations(snapshot, None, DailyPrices::default())?;
            return Ok(found.pairs.len() as u64);
        }
        let mut pairs = BTreeSet::new();
        if let Some(snapshot) = network.accounts() {
            snapshot.scan_raw(RowId(0)..RowId(snapshot.row_count()), |_, row| {
                pairs.insert((row.from, row.to));
            })?;
        }
        Ok(pairs.len() as u64)
    })
}

/// `GET /capabilities`: conversions are never held; the numbers of `/stats`
/// are not counted on big chains.
pub(super) fn capabilities(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    asked.check()?;
    let one = |network: &Network<'_>| {
        let mut lacking = vec!["conversions"];
        if !is_counted(network) {
            lacking.push("exact_stats");
        }
        Json::object([("network", network.code.as_str().into()), ("disabled", lacking.into())])
    };
    Ok(Json::object([("networks", Json::List(desk.networks().iter().map(one).collect()))]))
}

/// What a search is to find.
struct Kinds {
    addresses: bool,
    transactions: bool,
}

/// `GET /search`.
pub(super) fn search(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let text = asked.needed("q");
    if text.chars().count() == 1 {
        let words = "String should have at least 2 characters";
        let context = Json::object([("min_length", 2_u64.into())]);
        asked.wrong("query", "q", "string_too_short", words, Some(&text), context);
    }
    let limit = asked.number("limit", super::blocks::ANY).unwrap_or(10);
    asked.flag("include_sub_tx_identifiers", false);
    let (labels, actors) = (asked.flag("include_labels", true), asked.flag("include_actors", true));
    let kinds = Kinds {
        addresses: asked.flag("include_addresses", true),
        transactions: asked.flag("include_txs", true),
    };
    asked.check()?;
    let limit = usize::try_from(limit.max(0)).unwrap_or(usize::MAX).min(1_000);
    let text = text.trim();
    let networks = match asked.text("currency") {
        Some(code) => vec![desk.network(&code)?],
        None => desk.networks(),
    };
    let mut told = Vec::new();
    for network in &networks {
        told.push(in_network(desk, network, text, limit, &kinds)?);
    }
    Ok(Json::object([
        ("currencies", Json::List(told)),
        ("labels", if labels { labels_like(desk, text, limit) } else { Json::List(Vec::new()) }),
        ("actors", if actors { actors_like(desk, text, limit) } else { Json::List(Vec::new()) }),
    ]))
}

fn in_network(
    desk: &Desk<'_>,
    network: &Network<'_>,
    text: &str,
    limit: usize,
    kinds: &Kinds,
) -> Result<Json, Refusal> {
    let mut addresses = BTreeSet::new();
    if kinds.addresses {
        if let Ok(holder) = network.holder(text) {
            addresses.insert(network.text(holder)?);
        }
        tagged_like(desk, network, text, limit, &mut addresses);
        addresses_like(network, text, limit, &mut addresses)?;
    }
    let mut transactions = BTreeSet::new();
    if kinds.transactions {
        transactions_like(network, text, limit, &mut transactions)?;
    }
    let list =
        |set: BTreeSet<String>| Json::List(set.into_iter().take(limit).map(Json::from).collect());
    Ok(Json::object([
        ("currency", network.code.as_str().into()),
        ("addresses", list(addresses)),
        ("txs", list(transactions)),
    ]))
}

/// Whether an address begins like this; letters of accounts have no case.
fn begins(network: &Network<'_>, address: &str, text: &str) -> bool {
    match network.outputs() {
        Some(_) => address.starts_with(text),
        None => address.starts_with(&text.to_lowercase()),
    }
}

fn tagged_like(
    desk: &Desk<'_>,
    network: &Network<'_>,
    text: &str,
    limit: usize,
    found: &mut BTreeSet<String>,
) {
    let evm = network.kept.chain.is_evm();
    for tag in desk.index().statements() {
        if found.len() >= limit {
            return;
        }
        let Some(address) = tag.own.get(Field::Address) else { continue };
        let address = if evm { address.to_lowercase() } else { address.to_owned() };
        let own = address.starts_with("0x") == evm;
        // Only what the network itself knows is one of its addresses.
        if own && begins(network, &address, text) && network.holder(&address).is_ok() {
            found.insert(address);
        }
    }
}

fn addresses_like(
    network: &Network<'_>,
    text: &str,
    limit: usize,
    found: &mut BTreeSet<String>,
) -> Result<(), Refusal> {
    let outputs = network.outputs().map(OutputLedger::address_count);
    let accounts = network.accounts().map(tracehound_store::Snapshot::address_count);
    let count = outputs.or(accounts).unwrap_or(0).min(MOST_SEARCHED);
    for id in (0..count).map(AddressId) {
        if found.len() >= limit {
            break;
        }
        let address = network.text_of(&network.address(id)?);
        if begins(network, &address, text) {
            found.insert(address);
        }
    }
    Ok(())
}

fn transactions_like(
    network: &Network<'_>,
    text: &str,
    limit: usize,
    found: &mut BTreeSet<String>,
) -> Result<(), Refusal> {
    let small = text.to_lowercase();
    let digits = small.strip_prefix("0x").unwrap_or(&small);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    if let Ok(hash) = digits.parse() {
        let outputs = network.outputs().map(|snapshot| snapshot.find(&hash)).transpose()?;
        let rows = network.accounts().map(|snapshot| snapshot.transaction(&hash)).transpose()?;
        if outputs.flatten().is_some() || rows.flatten().is_some() {
            found.insert(digits.to_owned());
        }
        return Ok(());
    }
    hashes_like(network, digits, limit, found)
}

/// Transactions whose hash begins with these digits, among the first.
fn hashes_like(
    network: &Network<'_>,
    digits: &str,
    limit: usize,
    found: &mut BTreeSet<String>,
) -> Result<(), Refusal> {
    if let Some(snapshot) = network.outputs() {
        for id in (0..snapshot.transaction_count().min(MOST_SEARCHED)).map(TransactionId) {
            if found.len() >= limit {
                break;
            }
            let hash = snapshot.hash(id)?.to_plain_hex();
            if hash.starts_with(digits) {
                found.insert(hash);
            }
        }
    } else if let Some(snapshot) = network.accounts() {
        let mut row = RowId(0);
        while row.0 < snapshot.row_count().min(MOST_SEARCHED.into()) && found.len() < limit {
            let hash = snapshot.place(row)?.transaction;
            let text = hash.to_plain_hex();
            if text.starts_with(digits) {
                found.insert(text);
            }
            let next = snapshot.transaction(&hash)?.map_or(row, |rows| rows.end);
            row = next.max(RowId(row.0 + 1));
        }
    }
    Ok(())
}

fn labels_like(desk: &Desk<'_>, text: &str, limit: usize) -> Json {
    let small = text.to_lowercase();
    let named = desk.index().statements().filter_map(|tag| tag.get(Field::Label));
    let found: BTreeSet<&str> =
        named.filter(|label| label.to_lowercase().contains(&small)).collect();
    Json::List(found.into_iter().take(limit).map(Json::from).collect())
}

fn actors_like(desk: &Desk<'_>, text: &str, limit: usize) -> Json {
    let small = text.to_lowercase();
    let fits = |actor: &&tracehound_tags::Actor| {
        [actor.id.as_str(), actor.label()].iter().any(|name| name.to_lowercase().contains(&small))
    };
    let found: BTreeSet<&str> =
        desk.index().actors().filter(fits).map(|actor| actor.id.as_str()).collect();
    Json::List(found.into_iter().take(limit).map(|id| desk.actor_reference(id)).collect())
}

/// `GET /{currency}/supported_tokens`: the genuine ones that are held.
pub(super) fn tokens(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let code = asked.needed("currency");
    asked.check()?;
    let network = desk.network(&code)?;
    let mut told = Vec::new();
    if let Some(snapshot) = network.accounts() {
        for id in (0..snapshot.asset_count().min(MOST_ASSETS)).map(AssetId) {
            let Asset::Token(contract) = snapshot.asset(id)?.asset else { continue };
            let Some(token) = genuine::find(snapshot.chain(), &contract) else { continue };
            told.push(Json::object([
                ("ticker", token.symbol.to_lowercase().into()),
                ("decimals", u32::from(token.decimals).into()),
                ("peg_currency", Json::Null),
                ("contract_address", token.contract.into()),
            ]));
        }
    }
    Ok(Json::object([("token_configs", Json::List(told))]))
}
