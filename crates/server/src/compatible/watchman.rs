//! The shape of moov-io/watchman's `GET /v2/search` and `/v2/listinfo`, from
//! its published client: entities with a `match` score. Scores are ours.

use super::{needing, whole};
use crate::audit::{entry, now};
use crate::entries::Listed;
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::aside;
use axum::extract::{Extension, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracehound_model::{NameStrength, PartyKind};
use tracehound_screen::NAME;
use tracehound_screen::names::NameQuery;

/// Score from which watchman gives an entity where the client names none.
const LEAST: f64 = 0.85;

pub(super) fn router(service: &Shared) -> Router<Shared> {
    let need = |methods| needing(service, Role::Screen, methods);
    Router::new()
        .route("/v2/search", need(get(search)))
        .route("/v2/listinfo", need(get(list_info)))
        .route("/ping", get(|| async { "PONG" }))
}

/// watchman's errors have one field.
fn refused(problem: &Problem) -> Response {
    (problem.status(), Json(json!({ "error": problem.detail() }))).into_response()
}

async fn list_info(State(service): State<Shared>) -> Response {
    let world = match service.world() {
        Ok(world) => world,
        Err(problem) => return refused(&problem),
    };
    let lists: BTreeMap<&str, usize> =
        world.entries.lists().map(|list| (source(&list.list.0), list.entries)).collect();
    let hashes: BTreeMap<&str, &str> =
        world.entries.lists().map(|list| (source(&list.list.0), list.digest.as_str())).collect();
    let at = world.loaded_at;
    Json(json!({
        "lists": lists, "listHashes": hashes, "startedAt": at, "endedAt": at,
        "version": env!("CARGO_PKG_VERSION"),
    }))
    .into_response()
}

/// watchman's names of lists.
fn source(list: &str) -> &str {
    match list {
        "ofac-sdn" => "us_ofac",
        "ofac-consolidated" => "us_non_sdn",
        "eu" => "eu_csl",
        "uk" => "uk_csl",
        "un" => "un_csl",
        other => other,
    }
}

/// What was asked, as far as it is used.
#[derive(Clone, Default)]
struct Query {
    name: String,
    kind: String,
    born: Option<String>,
    country: Option<String>,
    addresses: Vec<String>,
    limit: usize,
    least: f64,
}

impl Query {
    fn read(text: &str) -> Result<Self, Problem> {
        let mut query = Self { limit: 10, least: LEAST, ..Self::default() };
        for (name, value) in form(text) {
            match name.as_str() {
                "name" => query.name = value,
                "type" => query.kind = value,
                "birthDate" | "created" => query.born = Some(value),
                "country" | "flag" => query.country = Some(value),
                // CURRENCY:ADDRESS
                "cryptoAddress" | "cryptoAddresses" => {
                    let address = value.split_once(':').map_or(value.as_str(), |(_, rest)| rest);
                    query.addresses.push(address.to_owned());
                }
                "limit" => {
                    let limit = value.parse::<usize>();
                    query.limit = limit.map_err(|_| bad("limit", &value))?.clamp(1, 100);
                }
                "minMatch" => {
                    let least =
                        value.parse::<f64>().ok().filter(|score| (0.0..=1.0).contains(score));
                    query.least = least.ok_or_else(|| bad("minMatch", &value))?;
                }
                _ => {}
            }
        }
        if query.name.trim().is_empty() && query.addresses.is_empty() {
            return Err(Problem::bad("give a name or a cryptoAddress"));
        }
        if query.name.len() > 500 {
            return Err(Problem::bad("the name is longer than 500 bytes"));
        }
        Ok(query)
    }

    fn wants(&self, kind: PartyKind) -> bool {
        match self.kind.as_str() {
            "person" => matches!(kind, PartyKind::Person | PartyKind::Unknown),
            "business" | "organization" => {
                matches!(kind, PartyKind::Organisation | PartyKind::Unknown)
            }
            "vessel" => kind == PartyKind::Vessel,
            "aircraft" => kind == PartyKind::Aircraft,
            _ => true,
        }
    }
}

fn bad(name: &str, value: &str) -> Problem {
    Problem::bad(format!("{name}={value} cannot be used"))
}

/// Pairs of a query, decoded; a field may come several times.
fn form(text: &str) -> Vec<(String, String)> {
    serde_urlencoded::from_str(text).unwrap_or_default()
}

async fn search(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    RawQuery(text): RawQuery,
) -> Response {
    match found(&service, &caller, text.unwrap_or_default()).await {
        Ok(value) => Json(value).into_response(),
        Err(problem) => refused(&problem),
    }
}

async fn found(service: &Shared, caller: &Caller, text: String) -> Result<Value, Problem> {
    let query = Query::read(&text)?;
    let world = service.world()?;
    let mut entities: BTreeMap<String, (f64, Value)> = BTreeMap::new();
    for address in &query.addresses {
        for listing in world.screener.addresses().find(address) {
            let id = crate::entries::id(&listing.list, &listing.row.entry);
            let listed = world.entries.find(&id);
            entities.extend(listed.map(|listed| (id, (1.0, entity(&listed)))));
        }
    }
    let mut lines = Vec::new();
    if !query.name.trim().is_empty() {
        let (made, asked) = (Arc::clone(&world), query.clone());
        let answer = aside(move || {
            let Query { name, born, country, least, .. } = asked;
            let query = NameQuery { name, born, country };
            Ok(made.names.answer(&query, least, now()).with_decisions(&made.decisions))
        })
        .await?;
        for hit in &answer.hits {
            let id = crate::entries::id(&hit.list, &hit.entry);
            let listed =
                world.entries.find(&id).filter(|listed| query.wants(listed.entry.party.kind));
            let listed = listed.map(|listed| (id, (hit.score, entity(&listed))));
            entities.extend(listed.filter(|(id, _)| !entities.contains_key(id)));
        }
        lines.push(entry(NAME, &answer)?);
    }
    let by = json!({ "by": &*caller.name, "request": &caller.request, "surface": "watchman", "query": text });
    lines.push(entry("asked", &by)?);
    service.audit.write(lines).await?;
    if entities.is_empty() {
        whole(&world)?;
    }
    let mut sorted: Vec<(f64, Value)> = entities.into_values().collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let entities = sorted.into_iter().take(query.limit).map(|(score, mut entity)| {
        entity["match"] = json!(score);
        entity
    });
    let entities: Vec<Value> = entities.collect();
    Ok(json!({ "query": { "name": query.name, "entityType": query.kind }, "entities": entities }))
}

fn entity(listed: &Listed<'_>) -> Value {
    let party = &listed.entry.party;
    let name = party.primary_name().map_or("", |name| name.text.as_str());
    let others: Vec<&str> = party
        .names
        .iter()
        .map(|other| other.text.as_str())
        .filter(|other| *other != name)
        .collect();
    let weak = party.names.iter().filter(|name| name.strength == NameStrength::Weak);
    let weak: Vec<&str> = weak.map(|name| name.text.as_str()).collect();
    let day = |text: &str| (text.len() == 10).then(|| format!("{text}T00:00:00Z"));
    let born = party.birth_dates.first().and_then(|date| day(&date.from));
    let country = party.countries.first();
    let wallets = listed.entry.addresses.iter();
    let wallets: Vec<Value> =
        wallets.map(|wallet| json!({ "currency": wallet.label, "address": wallet.text })).collect();
    let (kind, about) = match party.kind {
        PartyKind::Person => (
            "person",
            json!({ "name": name, "altNames": others, "gender": "unknown", "birthDate": born, "placeOfBirth": "", "deathDate": null, "titles": [], "governmentIDs": [] }),
        ),
        PartyKind::Vessel => (
            "vessel",
            json!({ "name": name, "altNames": others, "imoNumber": "", "type": "unknown", "flag": country, "built": null, "model": "", "tonnage": 0, "mmsi": "", "callSign": "", "grossRegisteredTonnage": 0, "owner": "" }),
        ),
        PartyKind::Aircraft => (
            "aircraft",
            json!({ "name": name, "altNames": others, "type": "unknown", "flag": country, "built": null, "icaoCode": "", "model": "", "serialNumber": "" }),
        ),
        PartyKind::Organisation | PartyKind::Unknown => (
            "business",
            json!({ "name": name, "altNames": others, "created": born, "dissolved": null, "governmentIDs": [] }),
        ),
    };
    let mut entity = json!({
        "name": name, "entityType": kind, "sourceList": source(&listed.manifest.list.0),
        "sourceID": listed.entry.id,
        "person": null, "business": null, "organization": null, "aircraft": null, "vessel": null,
        "contact": { "emailAddresses": null, "phoneNumbers": null, "faxNumbers": null, "websites": null },
        "addresses": null, "cryptoAddresses": wallets, "affiliations": null,
        "sanctionsInfo": { "programs": listed.entry.programmes, "secondary": false, "description": listed.entry.remarks },
        "historicalInfo": null,
        "sourceData": { "published": listed.manifest.published, "digest": listed.manifest.digest, "weakAliases": weak },
    });
    entity[kind] = about;
    entity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_as_its_client_writes_them() {
        let query = Query::read("type=person&name=Kim+Ung%20Sun&birthDate=1970-01-01&minMatch=0.90&limit=5&cryptoAddress=XBT%3A1abc").unwrap();
        assert_eq!((query.name.as_str(), query.limit), ("Kim Ung Sun", 5));
        assert_eq!(query.addresses, ["1abc"]);
        assert!(query.wants(PartyKind::Person) && !query.wants(PartyKind::Vessel));
        assert!(Query::read("limit=5").is_err());
        assert!(Query::read("name=a&minMatch=7").is_err());
    }
}
