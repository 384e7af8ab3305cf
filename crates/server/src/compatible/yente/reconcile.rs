//! `/reconcile/{dataset}`: yente's form of the Reconciliation Service API 0.2
//! (<https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/>),
//! which `OpenRefine` speaks, over the same matcher as `/match`.

mod manifest;

pub(super) use manifest::{propose, suggest_property, suggest_type};

use super::entity::{by_id, is_known};
use super::matching::{Example, How, MOST_QUERIES, noted, one};
use super::{Parameters, Refused, Scope};
use crate::audit::entry;
use crate::extract::{Parts, Raw};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::aside;
use axum::Json;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, HeaderName};
use manifest::{manifest, type_of};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The schema where a client names none: yente's.
const ANY: &str = "Thing";
/// Results of a query where the client says nothing, and suggestions of types
/// and properties: yente's.
const FEW: usize = 5;

/// A query of a batch.
#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    query: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<OneOrMany>,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    properties: Vec<Property>,
}

#[derive(Deserialize)]
struct Property {
    /// `SCHEMA:NAME` or the name alone.
    pid: String,
    v: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Query {
    /// The entity it asks for, by example; the first of several types counts, as in yente.
    fn example(self) -> (Example, usize) {
        let schema = match self.kind {
            Some(OneOrMany::One(one)) => Some(one),
            Some(OneOrMany::Many(many)) => many.into_iter().next(),
            None => None,
        };
        let mut properties: BTreeMap<String, Value> = BTreeMap::new();
        let mut add = |name: &str, value: Value| {
            let values = properties.entry(name.to_owned()).or_insert_with(|| json!([]));
            if let Value::Array(values) = values {
                match value {
                    Value::Array(several) => values.extend(several),
                    one => values.push(one),
                }
            }
        };
        if let Some(text) = self.query {
            add("name", Value::String(text));
        }
        for Property { pid, v } in self.properties {
            add(pid.rsplit_once(':').map_or(pid.as_str(), |(_, name)| name), v);
        }
        let schema = schema.unwrap_or_else(|| ANY.to_owned());
        (Example::new(schema, properties), self.limit.unwrap_or(FEW).min(500))
    }
}

/// Properties wanted of entities.
#[derive(Deserialize)]
struct Extend {
    ids: Vec<String>,
    properties: Vec<Wanted>,
}

#[derive(Deserialize)]
struct Wanted {
    id: String,
    #[serde(default)]
    settings: Settings,
}

#[derive(Deserialize, Default)]
struct Settings {
    /// Values of a row at most; 0 for all. Some clients write it as text.
    #[serde(default)]
    limit: Value,
}

impl Settings {
    fn limit(&self) -> usize {
        let number = self.limit.as_u64().or_else(|| self.limit.as_str()?.parse().ok());
        number
            .and_then(|number| usize::try_from(number).ok())
            .filter(|n| *n > 0)
            .unwrap_or(usize::MAX)
    }
}

/// `GET`: what the service can do, or queries after the question mark.
pub(super) async fn get(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(dataset): Parts<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Answer, Refused> {
    let text = query.0.clone();
    let parameters = Parameters::read(query);
    if ["queries", "extend"].iter().any(|name| parameters.one(name).is_some()) {
        let form = Parameters::read(RawQuery(text));
        return asked(&service, &caller, &dataset, &parameters, &form).await;
    }
    let world = service.world()?;
    Scope::read(&world, &dataset, &Parameters::read(RawQuery(None)))?;
    let told = manifest(&service, &headers, &dataset, text.as_deref());
    Ok(([(BATCH_SIZE, "0".to_owned())], Json(told)))
}

/// `POST`: queries or an extension in a form.
pub(super) async fn post(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(dataset): Parts<String>,
    query: RawQuery,
    body: Result<Raw, Problem>,
) -> Result<Answer, Refused> {
    let parameters = Parameters::read(query);
    let Raw(body) = body?;
    let form = Parameters(serde_urlencoded::from_bytes(&body).unwrap_or_default());
    asked(&service, &caller, &dataset, &parameters, &form).await
}

/// How many were answered, as yente says it beside the answer.
const BATCH_SIZE: HeaderName = HeaderName::from_static("x-batch-size");

/// An answer with the size of its batch.
type Answer = ([(HeaderName, String); 1], Json<Value>);

async fn asked(
    service: &Shared,
    caller: &Caller,
    dataset: &str,
    parameters: &Parameters,
    form: &Parameters,
) -> Result<Answer, Refused> {
    let (size, told) = match form.one("extend").filter(|text| !text.trim().is_empty()) {
        Some(text) => extended(service, text)?,
        None => {
            let text = form.one("queries").unwrap_or("");
            reconciled(service, caller, dataset, parameters, text).await?
        }
    };
    Ok(([(BATCH_SIZE, size.to_string())], Json(told)))
}

fn wrong(name: &'static str, error: &serde_json::Error) -> Refused {
    Refused::Parameter(name, error.to_string())
}

fn few_enough(count: usize) -> Result<(), Refused> {
    if count <= MOST_QUERIES {
        return Ok(());
    }
    let detail = format!("Too many queries in one batch (limit: {MOST_QUERIES})");
    Err(Problem::bad(detail).into())
}

async fn reconciled(
    service: &Shared,
    caller: &Caller,
    dataset: &str,
    parameters: &Parameters,
    text: &str,
) -> Result<(usize, Value), Refused> {
    let queries: BTreeMap<String, Query> =
        serde_json::from_str(text).map_err(|error| wrong("queries", &error))?;
    few_enough(queries.len())?;
    let world = service.world()?;
    let how = How::read(&world, dataset, parameters)?;
    let examples: BTreeMap<String, (Example, usize)> =
        queries.into_iter().map(|(key, query)| (key, query.example())).collect();
    if let Some((unknown, _)) = examples.values().find(|(example, _)| !is_known(example.schema())) {
        return Err(Problem::bad(format!("there is no schema {}", unknown.schema())).into());
    }
    let made = Arc::clone(&world);
    let (told, answers) = aside(move || {
        let (mut told, mut answers) = (Map::new(), Vec::new());
        for (key, (example, limit)) in &examples {
            let found = one(&made, &how.with_limit(*limit), example, &mut answers);
            let results = found["results"].as_array().map(Vec::as_slice).unwrap_or_default();
            let results: Vec<Value> = results.iter().map(scored).collect();
            told.insert(key.clone(), json!({ "result": results }));
        }
        Ok((told, answers))
    })
    .await?;
    noted(service, caller, &answers).await?;
    if told.values().any(|one| one["result"].as_array().is_none_or(Vec::is_empty)) {
        // The shape has no place to say that a list was missing.
        super::super::whole(&world)?;
    }
    Ok((told.len(), Value::Object(told)))
}

fn scored(entity: &Value) -> Value {
    let mut told = short(entity);
    told["score"] = entity["score"].clone();
    told["match"] = entity["match"].clone();
    told
}

fn short(entity: &Value) -> Value {
    let schema = entity["schema"].as_str().unwrap_or(ANY);
    json!({
        "id": entity["id"], "name": entity["caption"], "description": schema,
        "type": [type_of(schema)],
    })
}

fn extended(service: &Shared, text: &str) -> Result<(usize, Value), Refused> {
    let asked: Extend = serde_json::from_str(text).map_err(|error| wrong("extend", &error))?;
    few_enough(asked.ids.len())?;
    let world = service.world()?;
    let (mut rows, mut metas) = (Map::new(), Map::new());
    for id in asked.ids {
        let mut row = Map::new();
        if let Some(entity) = by_id(&world, &id) {
            for wanted in &asked.properties {
                let Some(values) = entity["properties"][&wanted.id].as_array() else { continue };
                let values = values.iter().take(wanted.settings.limit());
                let values: Vec<Value> = values.map(|value| json!({ "str": value })).collect();
                metas.insert(wanted.id.clone(), json!({ "id": wanted.id, "name": wanted.id }));
                row.insert(wanted.id.clone(), Value::Array(values));
            }
        }
        rows.insert(id, Value::Object(row));
    }
    let size = rows.len();
    let metas: Vec<Value> = metas.into_iter().map(|(_, meta)| meta).collect();
    Ok((size, json!({ "meta": metas, "rows": rows })))
}

/// Entities one of whose names has a word that begins with a text.
pub(super) async fn suggest_entity(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(dataset): Parts<String>,
    query: RawQuery,
) -> Result<Json<Value>, Refused> {
    let parameters = Parameters::read(query);
    let limit = parameters.number("limit", 10, 500)?;
    let prefix = parameters.one("prefix").unwrap_or("").to_owned();
    let world = service.world()?;
    let scope = Scope::read(&world, &dataset, &parameters)?;
    let by = json!({ "by": &*caller.name, "request": &caller.request, "surface": "yente", "search": prefix });
    service.audit.write(vec![entry("asked", &by)?]).await?;
    let text = prefix.trim().to_lowercase();
    let found = aside(move || {
        let begins = |name: &str| {
            let name = name.to_lowercase();
            name.starts_with(&text) || name.contains(&format!(" {text}"))
        };
        let fits = |listed: &crate::entries::Listed<'_>| {
            scope.holds(&listed.manifest.list.0, &listed.manifest.published)
                && listed.entry.party.names.iter().any(|name| begins(&name.text))
        };
        let entries = world.entries.all().filter(|listed| !text.is_empty() && fits(listed));
        Ok(entries.take(limit).map(|listed| short(&super::entity::entity(&listed))).collect())
    })
    .await?;
    Ok(Json(manifest::suggested(&prefix, found)))
}
