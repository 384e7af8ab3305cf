//! `GET /search/{dataset}`: entities by a text, or page by page.

use super::entity::{entity, is_a, is_known, schema};
use super::{Parameters, Refused, Scope};
use crate::audit::{entry, now};
use crate::entries::Listed;
use crate::extract::Parts;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::aside;
use crate::world::World;
use axum::Json;
use axum::extract::{Extension, RawQuery, State};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracehound_screen::names::NameQuery;

/// Score from which a name answers a search.
const LEAST: f64 = 0.7;
/// Longest text that is searched for.
const LONGEST: usize = 500;
const FACETS: [&str; 6] = ["datasets", "schema", "countries", "identifiers", "topics", "genders"];

struct Wanted {
    scope: Scope,
    schema: String,
    without_schema: Vec<String>,
    countries: Vec<String>,
    topics: Vec<String>,
    target: Option<bool>,
    /// `PROPERTY:VALUE`.
    filters: Vec<(String, String)>,
}

impl Wanted {
    fn takes(&self, listed: &Listed<'_>) -> bool {
        let kind = schema(listed.entry.party.kind);
        let country = |code: &String| {
            listed.entry.party.countries.iter().any(|c| c.eq_ignore_ascii_case(code))
        };
        self.scope.holds(&listed.manifest.list.0, &listed.manifest.published)
            && is_a(kind, &self.schema)
            && !self.without_schema.iter().any(|other| other == kind)
            && (self.countries.is_empty() || self.countries.iter().any(country))
            && (self.topics.is_empty() || self.topics.iter().any(|topic| topic == "sanction"))
            && self.target != Some(false)
            && (self.filters.is_empty() || self.filtered(&entity(listed)))
    }

    fn filtered(&self, told: &Value) -> bool {
        self.filters.iter().all(|(name, wanted)| {
            let values = told["properties"][name].as_array();
            values.is_some_and(|values| values.iter().any(|value| value == wanted.as_str()))
        })
    }
}

fn wanted(world: &World, dataset: &str, parameters: &Parameters) -> Result<Wanted, Refused> {
    let texts = |name| parameters.all(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let schema = parameters.one("schema").unwrap_or("Thing").to_owned();
    if !is_known(&schema) {
        return Err(Problem::bad(format!("there is no schema {schema}")).into());
    }
    let mut filters = Vec::new();
    for text in parameters.all("filter") {
        let wrong = || Refused::from(Problem::bad(format!("\"{text}\" is not PROPERTY:VALUE")));
        let (name, value) = text.split_once(':').ok_or_else(wrong)?;
        filters.push((name.to_owned(), value.to_owned()));
    }
    if let Some(operator) = parameters.one("filter_op").filter(|op| !["AND", "OR"].contains(op)) {
        return Err(Refused::Parameter("filter_op", format!("\"{operator}\" is not AND or OR")));
    }
    let target = match parameters.one("target") {
        None | Some("") => None,
        Some(_) => Some(parameters.flag("target", true)?),
    };
    Ok(Wanted {
        scope: Scope::read(world, dataset, parameters)?,
        schema,
        without_schema: texts("exclude_schema"),
        countries: texts("countries"),
        topics: texts("topics"),
        target,
        filters,
    })
}

fn facets(parameters: &Parameters) -> Result<Vec<&str>, Refused> {
    let asked = parameters.all("facets");
    if let Some(wrong) = asked.iter().find(|facet| !FACETS.contains(facet)) {
        return Err(Refused::Parameter("facets", format!("there is no facet {wrong}")));
    }
    Ok(if asked.is_empty() { vec!["countries", "topics", "datasets"] } else { asked })
}

pub(super) async fn search(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(dataset): Parts<String>,
    query: RawQuery,
) -> Result<Json<Value>, Refused> {
    let parameters = Parameters::read(query);
    let text = parameters.one("q").unwrap_or("").trim().to_owned();
    if text.len() > LONGEST {
        return Err(Refused::Parameter("q", format!("longer than {LONGEST} bytes")));
    }
    let (limit, offset) = parameters.page()?;
    for flag in ["fuzzy", "simple"] {
        parameters.flag(flag, false)?;
    }
    let world = service.world()?;
    let wanted = wanted(&world, &dataset, &parameters)?;
    let facets: Vec<String> = facets(&parameters)?.into_iter().map(str::to_owned).collect();
    let by = json!({ "by": &*caller.name, "request": &caller.request, "surface": "yente", "search": text });
    service.audit.write(vec![entry("asked", &by)?]).await?;
    let made = Arc::clone(&world);
    let told = aside(move || {
        let found = found(&made, &text, &wanted);
        let facets: Map<String, Value> =
            facets.iter().map(|facet| (facet.clone(), counted(facet, &found))).collect();
        let total = json!({ "value": found.len(), "relation": "eq" });
        let page = found.iter().skip(offset).take(limit);
        let results: Vec<Value> = page.map(entity).collect();
        Ok(json!({
            "limit": limit, "offset": offset, "total": total, "results": results, "facets": facets,
        }))
    })
    .await?;
    if told["total"]["value"] == 0 {
        super::super::whole(&world)?;
    }
    Ok(Json(told))
}

fn found<'w>(world: &'w World, text: &str, wanted: &Wanted) -> Vec<Listed<'w>> {
    let takes = |listed: &Listed<'_>| wanted.takes(listed);
    if text.is_empty() {
        return world.entries.all().filter(takes).collect();
    }
    let mut found: Vec<Listed<'w>> = world.entries.find(text).into_iter().collect();
    for listing in world.screener.addresses().find(text) {
        found.extend(world.entries.find(&crate::entries::id(&listing.list, &listing.row.entry)));
    }
    let query = NameQuery { name: text.to_owned(), born: None, country: None };
    for hit in world.names.answer(&query, LEAST, now()).hits {
        found.extend(world.entries.find(&crate::entries::id(&hit.list, &hit.entry)));
    }
    let mut seen = Vec::new();
    found.retain(|listed| {
        takes(listed) && {
            let id = listed.id();
            !seen.contains(&id) && {
                seen.push(id);
                true
            }
        }
    });
    found
}

fn counted(facet: &str, found: &[Listed<'_>]) -> Value {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for listed in found {
        let values: Vec<String> = match facet {
            "datasets" => vec![listed.manifest.list.0.clone()],
            "schema" => vec![schema(listed.entry.party.kind).to_owned()],
            "countries" => listed.entry.party.countries.iter().map(|c| c.to_lowercase()).collect(),
            "topics" => vec!["sanction".to_owned()],
            _ => Vec::new(),
        };
        for value in values {
            *counts.entry(value).or_default() += 1;
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    let values: Vec<Value> = counts
        .into_iter()
        .take(50)
        .map(|(name, count)| json!({ "name": name, "label": name, "count": count }))
        .collect();
    json!({ "label": facet, "values": values })
}
