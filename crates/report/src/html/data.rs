//! What the page's script needs, as compact JSON.
//!
//! Addresses and transfers are told once and spoken of by number. Lists that
//! a person would not read to the end are cut, with the number left out; the
//! CSV and JSON outputs are whole.

use super::flow::{Flow, Picture, ribbon_text};
use super::security::inert_json;
use super::tables::Place;
use crate::investigation::printable;
use crate::{Investigation, ReportError};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tracehound_model::Amount;

/// Most members or deliveries listed for one node or ribbon.
const LISTED: usize = 60;
/// Most transfers of one policy the page can list.
const MOST_TRANSFERS: usize = 5_000;

/// The data, safe to stand in a script element.
pub(super) fn data(
    investigation: &Investigation,
    pictures: &[Picture],
    places: &[Place<'_>],
) -> Result<String, ReportError> {
    let mut book = Book::new(investigation);
    let mut taints = Map::new();
    let mut terminals = Map::new();
    for policy in &investigation.policies {
        let name = policy.policy.name().to_owned();
        let mut shown: Vec<_> = policy.transfers.iter().collect();
        shown.sort_by_key(|taint| std::cmp::Reverse(taint.tainted.units));
        shown.truncate(MOST_TRANSFERS);
        shown.sort_by_key(|taint| taint.transfer);
        let list = shown.iter().map(|t| json!([book.transfer(t.transfer), t.tainted.units]));
        taints.insert(name.clone(), list.collect());
        let rests: BTreeMap<String, Amount> =
            policy.terminals.iter().map(|t| (terminal_key(t), t.tainted.units)).collect();
        let units = |place: &Place<'_>| rests.get(&terminal_key(place.terminal));
        let rests = places.iter().map(|place| json!(units(place).copied().unwrap_or_default()));
        terminals.insert(name, rests.collect());
    }
    let flows: Vec<Value> = pictures
        .iter()
        .map(|picture| picture.flow.as_ref().map_or(Value::Null, |f| book.flow(f, picture.asset)))
        .collect();
    let assets = investigation.assets.iter().map(|asset| {
        json!({"decimals": asset.decimals, "symbol": printable(&asset.symbol), "usd": asset.is_published_usd()})
    });
    let all = json!({
        "headline": investigation.headline_policy.name(),
        "assets": assets.collect::<Vec<_>>(),
        "taints": taints,
        "terminals": terminals,
        "flows": flows,
        "transfers": book.transfers,
        "addresses": book.addresses,
    });
    Ok(inert_json(&serde_json::to_string(&all)?))
}

/// Name of a terminal that is the same under every policy.
pub(super) fn terminal_key(terminal: &crate::Terminal) -> String {
    format!("{}|{}|{}", terminal.address.address, terminal.tainted.asset.id, terminal.kind)
}

/// Addresses and transfers the script may speak of, by number.
struct Book<'a> {
    investigation: &'a Investigation,
    transfers: Vec<Value>,
    addresses: Vec<Value>,
    transfer_numbers: BTreeMap<usize, usize>,
    address_numbers: BTreeMap<String, usize>,
}

impl<'a> Book<'a> {
    fn new(investigation: &'a Investigation) -> Self {
        Self {
            investigation,
            transfers: Vec::new(),
            addresses: Vec::new(),
            transfer_numbers: BTreeMap::new(),
            address_numbers: BTreeMap::new(),
        }
    }

    fn address(&mut self, record: &crate::AddressRecord) -> usize {
        if let Some(known) = self.address_numbers.get(&record.address) {
            return *known;
        }
        let label = record.shown_label().unwrap_or_default();
        let source = printable(record.source.as_deref().unwrap_or_default());
        self.addresses.push(json!([record.address, label, source]));
        self.address_numbers.insert(record.address.clone(), self.addresses.len() - 1);
        self.addresses.len() - 1
    }

    fn transfer(&mut self, index: usize) -> usize {
        if let Some(known) = self.transfer_numbers.get(&index) {
            return *known;
        }
        let fact = &self.investigation.transfers[index];
        let (from, to) = (self.address(&fact.from), self.address(&fact.to));
        let assets = &self.investigation.assets;
        let asset = assets.iter().position(|a| a.id == fact.value.asset.id);
        let time = fact.time.to_string();
        self.transfers.push(json!([
            fact.tx_hash,
            fact.block,
            time,
            from,
            to,
            asset.unwrap_or(0),
            fact.value.units
        ]));
        self.transfer_numbers.insert(index, self.transfers.len() - 1);
        self.transfers.len() - 1
    }

    /// Nodes as `[amount, members, left out]`, ribbons as `[source, target, deliveries, left out]`.
    fn flow(&mut self, flow: &Flow, asset: usize) -> Value {
        let mut nodes = Vec::with_capacity(flow.nodes.len());
        for node in &flow.nodes {
            let listed = node.members.iter().take(LISTED);
            let members: Vec<Value> = listed.map(|(a, m)| json!([self.address(a), m])).collect();
            nodes.push(json!([node.amount, members, node.members.len().saturating_sub(LISTED)]));
        }
        let mut ribbons = Vec::with_capacity(flow.ribbons.len());
        let mut texts = Vec::with_capacity(flow.ribbons.len());
        for ribbon in &flow.ribbons {
            let listed = ribbon.deliveries.iter().take(LISTED);
            let deliveries: Vec<Value> =
                listed.map(|(index, part)| json!([self.transfer(*index), part])).collect();
            let left_out = ribbon.deliveries.len().saturating_sub(LISTED);
            ribbons.push(json!([ribbon.source, ribbon.target, deliveries, left_out]));
            texts.push(ribbon_text(flow, ribbon, &self.investigation.assets[asset]));
        }
        json!({"n": nodes, "r": ribbons, "t": texts})
    }
}
