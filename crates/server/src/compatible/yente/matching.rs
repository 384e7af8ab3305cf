//! `POST /match/{dataset}`: example entities against the lists.
#![allow(clippy::float_arithmetic)] // scores alone

use super::entity::{entity, is_a, is_known, schema, wallet};
use super::{Parameters, Refused, Scope, THEIRS, algorithm};
use crate::audit::{entry, now};
use crate::extract::{Body, Parts};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::aside;
use crate::world::World;
use axum::Json;
use axum::extract::{Extension, RawQuery, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracehound_screen::names::NameQuery;
use tracehound_screen::{NAME, NameAnswer, NameFound};

/// Score from which a result is a match where the client says nothing: yente's.
const THRESHOLD: f64 = 0.7;
/// Score from which a result is given at all.
const CUTOFF: f64 = 0.5;
/// Entities in one request: yente's limit.
pub(super) const MOST_QUERIES: usize = 100;

#[derive(Deserialize)]
pub(super) struct MatchQuery {
    queries: BTreeMap<String, Example>,
    /// Weights and settings of yente's algorithms; ours has none.
    #[serde(default, rename = "weights")]
    _weights: BTreeMap<String, f64>,
    #[serde(default, rename = "config")]
    _config: BTreeMap<String, Value>,
}

/// An entity by example.
#[derive(Clone, Deserialize)]
pub(super) struct Example {
    #[serde(default)]
    id: Option<String>,
    schema: String,
    properties: BTreeMap<String, Value>,
}

impl Example {
    pub(super) fn new(schema: String, properties: BTreeMap<String, Value>) -> Self {
        Self { id: None, schema, properties }
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// Texts of a property, however it is written.
    fn texts(&self, names: &[&str]) -> Vec<String> {
        let values = names.iter().filter_map(|name| self.properties.get(*name));
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let each = |value: &Value| match value {
            Value::Array(items) => items.iter().filter_map(text).collect(),
            other => text(other).into_iter().collect::<Vec<String>>(),
        };
        values.flat_map(each).filter(|text| !text.trim().is_empty()).collect()
    }

    /// The names that are looked for.
    fn names(&self) -> Vec<String> {
        let mut names = self.texts(&["name", "alias", "weakAlias", "previousName"]);
        let part = |name| self.texts(&[name]).join(" ");
        let whole = [part("firstName"), part("middleName"), part("lastName")];
        let whole: Vec<&str> = whole.iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
        if names.is_empty() && !whole.is_empty() {
            names.push(whole.join(" "));
        }
        names.truncate(10);
        names.retain(|name| name.len() <= 500);
        names
    }

    fn as_asked(&self) -> Value {
        let properties: BTreeMap<&String, Vec<String>> =
            self.properties.keys().map(|name| (name, self.texts(&[name.as_str()]))).collect();
        json!({ "id": self.id, "schema": self.schema, "properties": properties })
    }
}

/// How to match.
#[derive(Clone)]
pub(super) struct How {
    scope: Scope,
    limit: usize,
    threshold: f64,
    cutoff: f64,
    without_schema: Vec<String>,
    without_ids: Vec<String>,
    topics: Vec<String>,
}

impl How {
    pub(super) fn read(
        world: &World,
        dataset: &str,
        parameters: &Parameters,
    ) -> Result<Self, Refused> {
        let known = |name: &str| THEIRS.contains(&name) || name == algorithm();
        if let Some(name) = parameters.one("algorithm").filter(|name| !known(name)) {
            return Err(Problem::bad(format!("there is no algorithm {name}")).into());
        }
        let texts = |name| parameters.all(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
        let without_ids = texts("exclude_entity_ids");
        if without_ids.len() > 50 {
            let message = "more than 50 ids".to_owned();
            return Err(Refused::Parameter("exclude_entity_ids", message));
        }
        Ok(Self {
            scope: Scope::read(world, dataset, parameters)?,
            limit: parameters.number("limit", 5, 500)?,
            threshold: parameters.score("threshold")?.unwrap_or(THRESHOLD),
            cutoff: parameters.score("cutoff")?.unwrap_or(CUTOFF).clamp(0.3, 1.0),
            without_schema: texts("exclude_schema"),
            without_ids,
            topics: texts("topics"),
        })
    }

    pub(super) fn with_limit(&self, limit: usize) -> Self {
        Self { limit, ..self.clone() }
    }

    fn takes(&self, list: &str, published: &str, id: &str, schema: &str) -> bool {
        self.scope.holds(list, published)
            && !self.without_ids.iter().any(|other| other == id)
            && !self.without_schema.iter().any(|other| other == schema)
            && (self.topics.is_empty() || self.topics.iter().any(|topic| topic == "sanction"))
    }
}

pub(super) async fn matched(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(dataset): Parts<String>,
    query: RawQuery,
    body: Result<Body<MatchQuery>, Problem>,
) -> Result<Json<Value>, Refused> {
    let parameters = Parameters::read(query);
    let Body(asked) =
        body.map_err(|problem| Refused::Parameter("body", problem.detail().to_owned()))?;
    if asked.queries.len() > MOST_QUERIES {
        let detail = format!("{} queries at once; at most {MOST_QUERIES}", asked.queries.len());
        return Err(Problem::bad(detail).into());
    }
    let world = service.world()?;
    let how = How::read(&world, &dataset, &parameters)?;
    if let Some(wrong) = asked.queries.values().find(|example| !is_known(&example.schema)) {
        return Err(Problem::bad(format!("there is no schema {}", wrong.schema)).into());
    }
    let (made, limit) = (Arc::clone(&world), how.limit);
    let (responses, answers) = aside(move || {
        let (mut responses, mut answers) = (Map::new(), Vec::new());
        for (key, example) in &asked.queries {
            responses.insert(key.clone(), one(&made, &how, example, &mut answers));
        }
        Ok((responses, answers))
    })
    .await?;
    noted(&service, &caller, &answers).await?;
    Ok(Json(json!({ "responses": responses, "limit": limit })))
}

/// Writes answers to the log, with who asked.
pub(super) async fn noted(
    service: &Shared,
    caller: &Caller,
    answers: &[NameAnswer],
) -> Result<(), Problem> {
    let mut lines = Vec::new();
    for answer in answers {
        lines.push(entry(NAME, answer)?);
    }
    let ids: Vec<&str> = answers.iter().map(|answer| answer.id.as_str()).collect();
    let by = json!({ "by": &*caller.name, "request": &caller.request, "surface": "yente", "answers": ids });
    lines.push(entry("asked", &by)?);
    service.audit.write(lines).await
}

/// Results for one example. Where nothing is found and a required list is
/// missing, its status says so: nothing is not said to be clean.
pub(super) fn one(
    world: &World,
    how: &How,
    example: &Example,
    answers: &mut Vec<NameAnswer>,
) -> Value {
    let mut found = wallets(world, how, example);
    let born = example.texts(&["birthDate", "incorporationDate"]).into_iter().next();
    let places = ["country", "nationality", "citizenship", "jurisdiction", "flag", "mainCountry"];
    let country = example.texts(&places).into_iter().next();
    for name in example.names() {
        let query = NameQuery { name: name.clone(), born: born.clone(), country: country.clone() };
        let answer = world.names.answer(&query, how.cutoff, now()).with_decisions(&world.decisions);
        for hit in &answer.hits {
            let Some((id, scored)) = scored(world, how, example, &name, hit) else { continue };
            let better = found.get(&id).is_none_or(|(score, _)| *score < hit.score);
            if better {
                found.insert(id, (hit.score, scored));
            }
        }
        answers.push(answer);
    }
    let mut sorted: Vec<(f64, Value)> = found.into_values().collect();
    // Of equal scores the smaller id first, so that answers do not change by chance.
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total = sorted.len();
    let results: Vec<Value> = sorted.into_iter().take(how.limit).map(|(_, value)| value).collect();
    let status = if total == 0 && !world.screener.is_complete() { 503 } else { 200 };
    json!({
        "status": status, "results": results, "total": { "value": total, "relation": "eq" },
        "query": example.as_asked(),
    })
}

fn scored(
    world: &World,
    how: &How,
    example: &Example,
    name: &str,
    hit: &NameFound,
) -> Option<(String, Value)> {
    let id = crate::entries::id(&hit.list, &hit.entry);
    let listed = world.entries.find(&id)?;
    let kind = schema(listed.entry.party.kind);
    if !how.takes(&hit.list, &hit.published, &id, kind) || !is_a(kind, &example.schema) {
        return None;
    }
    let mut parts = Map::new();
    for (place, feature) in hit.features.iter().enumerate() {
        let detail = format!("{} (weight {:.2})", feature.words, feature.weight);
        let part = json!({
            "detail": detail, "score": feature.value, "query": name, "candidate": hit.name,
        });
        parts.insert(format!("{}_{}", feature.name, place + 1), part);
    }
    parts.insert(
        "ofac".to_owned(),
        json!({
            "detail": "OFAC's own score (FAQ 249), 0 to 1", "score": f64::from(hit.ofac) / 100.0,
            "query": name, "candidate": hit.name,
        }),
    );
    let mut told = entity(&listed);
    told["score"] = json!(hit.score);
    told["match"] = json!(hit.score >= how.threshold);
    told["explanations"] = Value::Object(parts);
    Some((id, told))
}

/// Addresses of cryptocurrency are the same or not.
fn wallets(world: &World, how: &How, example: &Example) -> BTreeMap<String, (f64, Value)> {
    let mut found = BTreeMap::new();
    if !is_a("CryptoWallet", &example.schema) {
        return found;
    }
    for key in example.texts(&["publicKey"]) {
        for listing in world.screener.addresses().find(&key) {
            let holder = crate::entries::id(&listing.list, &listing.row.entry);
            let Some(listed) = world.entries.find(&holder) else { continue };
            if !how.takes(&listing.list, &listing.published, &holder, "CryptoWallet") {
                continue;
            }
            let addresses = listed.entry.addresses.iter().enumerate();
            let same = |address: &str| address == listing.row.address;
            for (place, address) in addresses.filter(|(_, address)| same(&address.text)) {
                let mut told = wallet(&listed, place, address);
                let part = json!({
                    "detail": "the same address", "score": 1.0, "query": key,
                    "candidate": address.text,
                });
                told["score"] = json!(1.0);
                told["match"] = json!(true);
                told["explanations"] = json!({ "crypto_wallet_address": part });
                found.insert(format!("{holder}-wallet-{place}"), (1.0, told));
            }
        }
    }
    found
}
