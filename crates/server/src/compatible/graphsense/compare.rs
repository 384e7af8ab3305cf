//! What transactions of Bitcoin have in common: their forms, what joins them,
//! and a careful word on whether one hand made them.
//!
//! GraphSense compares fingerprints of wallets as well; none are computed
//! here, so that list is empty and the verdict rests on joins alone.

use super::asked::Asked;
use super::desk::{Desk, Holder, Network};
use super::graph::nodes;
use super::json::Json;
use super::refusal::Refusal;
use super::txs::{InOut, told_output_transaction};
use std::collections::BTreeSet;
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputLedger, TransactionId, UtxoSnapshot};

/// Inputs and outputs of one transaction that are compared.
const MOST: usize = 5_000;

/// One transaction, as far as it is compared.
struct Compared {
    id: TransactionId,
    inputs: BTreeSet<AddressId>,
    clusters: BTreeSet<AddressId>,
    told: Json,
}

fn kinds(
    network: &Network<'_>,
    addresses: impl Iterator<Item = Option<AddressId>>,
) -> Result<Json, Refusal> {
    let mut kinds = Vec::new();
    for id in addresses.take(MOST) {
        kinds.push(match id {
            Some(id) => network.address(id)?.kind().name(),
            None => "nonstandard",
        });
    }
    Ok(kinds.into())
}

/// The form of a transaction.
fn characteristics(
    network: &Network<'_>,
    snapshot: &UtxoSnapshot,
    id: TransactionId,
    payers: &BTreeSet<AddressId>,
) -> Result<Json, Refusal> {
    let view = snapshot.transaction(id)?;
    let mix = CoinJoinFinder::new(snapshot).find(id)?.filter(|mix| mix.kind.mixes());
    let numbers: Result<BTreeSet<u64>, Refusal> =
        payers.iter().map(|id| network.number(Holder::Cluster(*id))).collect();
    let total = |values: &mut dyn Iterator<Item = u64>| {
        values.fold(0_u128, |sum, value| sum.saturating_add(u128::from(value)))
    };
    let spent = total(&mut view.inputs.iter().map(|one| one.value().unwrap_or_default().0));
    let paid = total(&mut view.outputs.iter().map(|one| one.value().0));
    Ok(Json::object([
        ("input_script_types", kinds(network, view.inputs.iter().map(|one| one.address()))?),
        ("output_script_types", kinds(network, view.outputs.iter().map(|one| one.address()))?),
        ("n_inputs", view.inputs.len().into()),
        ("n_outputs", view.outputs.len().into()),
        ("total_input_sat", spent.into()),
        ("total_output_sat", paid.into()),
        ("fee_sat", view.fee().map(|fee| fee.0).into()),
        ("tx_version", i64::from(view.fields.version).into()),
        ("locktime", view.fields.lock_time.into()),
        ("input_cluster_ids", numbers?.into_iter().collect::<Vec<u64>>().into()),
        ("coinjoin_detected", mix.is_some().into()),
        ("coinjoin_protocol", mix.map(|mix| mix.kind.name()).into()),
    ]))
}

fn read(
    network: &Network<'_>,
    snapshot: &UtxoSnapshot,
    hash: &str,
    wanted: &BTreeSet<String>,
) -> Result<Compared, Refusal> {
    let id = network.output_transaction(snapshot, hash)?;
    let view = snapshot.transaction(id)?;
    let inputs: BTreeSet<AddressId> =
        view.inputs.iter().filter_map(|input| input.address()).take(MOST).collect();
    let clusters = inputs.iter().map(|id| network.cluster_of(*id)).collect();
    let mut told = Json::object([("tx_hash", hash.into()), ("network", "btc".into())]);
    if wanted.contains("characteristics") {
        told.set("characteristics", characteristics(network, snapshot, id, &inputs)?);
    }
    if wanted.contains("details") {
        let all = InOut { shown: true, nonstandard: true, index: true };
        told.set("details", told_output_transaction(network, snapshot, id, all)?);
    }
    Ok(Compared { id, inputs, clusters, told })
}

fn edge(from: usize, to: usize, kind: &str) -> Json {
    Json::object([("from_idx", from.into()), ("to_idx", to.into()), ("kind", kind.into())])
}

/// What joins transactions.
fn lineage(snapshot: &UtxoSnapshot, all: &[Compared]) -> Result<Vec<Json>, Refusal> {
    let mut edges = Vec::new();
    for (to, later) in all.iter().enumerate() {
        for (place, input) in snapshot.transaction(later.id)?.inputs.iter().enumerate().take(MOST) {
            let Some(output) = input.spends() else { continue };
            let from = all.iter().position(|one| one.id == output.transaction);
            let Some(from) = from else { continue };
            let mut found = edge(from, to, "output_spent_by_input");
            found.set("out_index", output.index.into());
            found.set("in_index", place.into());
            edges.push(found);
        }
        for (from, earlier) in all.iter().enumerate().take(to) {
            if !earlier.inputs.is_disjoint(&later.inputs) {
                edges.push(edge(from, to, "shared_address"));
            } else if !earlier.clusters.is_disjoint(&later.clusters) {
                edges.push(edge(from, to, "shared_cluster"));
            }
        }
    }
    Ok(edges)
}

fn verdict(network: &Network<'_>, all: &[Compared], edges: &[Json]) -> Json {
    let pairs = all.windows(2);
    let known = network.clusters().is_some() && all.iter().all(|one| !one.clusters.is_empty());
    let shared = pairs.clone().all(|pair| !pair[0].clusters.is_disjoint(&pair[1].clusters));
    let cluster = match (known, shared) {
        (false, _) => "unknown",
        (true, true) => "same",
        (true, false) => "different",
    };
    let relation = if cluster == "same" { "likely_linked" } else { "inconclusive" };
    let hits: BTreeSet<String> = edges
        .iter()
        .filter_map(|edge| match edge.get("kind") {
            Some(Json::Text(kind)) => Some(kind.clone()),
            _ => None,
        })
        .collect();
    Json::object([
        ("relation", relation.into()),
        ("cluster_verdict", cluster.into()),
        ("discriminator_hits", Json::List(Vec::new())),
        ("linkage_hits", hits.into_iter().collect::<Vec<String>>().into()),
        ("notes", Json::List(Vec::new())),
    ])
}

/// What of the answer is wanted.
fn wanted(asked: &mut Asked) -> BTreeSet<String> {
    let known = ["characteristics", "details", "signals", "lineage", "verdict"];
    let all = || known.iter().map(|name| (*name).to_owned());
    let Some(Json::List(items)) = asked.body.get("include").cloned() else {
        if asked.body.get("include").is_some() {
            let words = "Input should be a valid list";
            asked.wrong_body(vec!["include".into()], "list_type", words);
        }
        return all().filter(|name| name != "details").collect();
    };
    let mut found = BTreeSet::new();
    if items.is_empty() {
        let words = "List should have at least 1 item after validation, not 0";
        asked.wrong_body(vec!["include".into()], "too_short", words);
    }
    for (place, item) in items.iter().enumerate() {
        match item {
            Json::Text(text) if text == "all" => found.extend(all()),
            Json::Text(text) if known.contains(&text.as_str()) => {
                found.insert(text.clone());
            }
            _ => {
                let path = vec!["include".into(), place.into()];
                let words = "Input should be one of the components, or 'all'";
                asked.wrong_body(path, "literal_error", words);
            }
        }
    }
    found
}

/// `POST /graph/compare`.
pub(super) fn compare(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let all = nodes(asked, "txs", "tx_hash", true);
    if let Some(Json::List(items)) = asked.body.get("txs")
        && items.len() < 2
    {
        let words = "List should have at least 2 items after validation";
        asked.wrong_body(vec!["txs".into()], "too_short", words);
    }
    let wanted = wanted(asked);
    asked.check()?;
    let bad = |words: &str| Err(Refusal::Bad(format!("/graph/compare {words}")));
    if all.iter().any(|(network, _)| network != "btc") {
        return bad("supports network 'btc' only.");
    }
    if all.len() < 2 {
        return bad("needs at least 2 distinct tx refs.");
    }
    let network = desk.network("btc")?;
    let Some(snapshot) = network.outputs() else { return Err(Refusal::network("btc")) };
    let read = |(_, hash): &(String, String)| read(&network, snapshot, hash, &wanted);
    let all: Vec<Compared> = all.iter().map(read).collect::<Result<_, _>>()?;
    let edges = lineage(snapshot, &all)?;
    let verdict = verdict(&network, &all, &edges);
    let if_wanted = |name: &str, part: Json| if wanted.contains(name) { part } else { Json::Null };
    Ok(Json::object([
        ("signals", if_wanted("signals", Json::List(Vec::new()))),
        ("lineage", if_wanted("lineage", Json::List(edges))),
        ("verdict", if_wanted("verdict", verdict)),
        ("txs", Json::List(all.into_iter().map(|one| one.told).collect())),
    ]))
}
