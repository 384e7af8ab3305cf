//! yente's interface over the lists in force: entities in FollowTheMoney's
//! shape, matched and searched by our own scorer.
//!
//! The scorer is ours whatever algorithm a client names, and the answers say
//! so: `/algorithms` lists it, every explanation is a feature of it. Datasets
//! are the lists, and `default` is all of them.

mod entity;
mod matching;
mod reconcile;
mod search;

use super::needing;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::world::World;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tracehound_screen::names::NAME;

pub(super) fn router(service: &Shared) -> Router<Shared> {
    let need = |methods| needing(service, Role::Screen, methods);
    Router::new()
        .route("/match/{dataset}", need(post(matching::matched)))
        .route("/search/{dataset}", need(get(search::search)))
        .route("/entities/{id}", need(get(entity::one)))
        .route("/entities/{id}/adjacent", need(get(entity::adjacent)))
        .route("/entities/{id}/adjacent/{property}", need(get(entity::adjacent_by)))
        .route("/reconcile/{dataset}", need(get(reconcile::get).post(reconcile::post)))
        .route("/reconcile/{dataset}/suggest/entity", need(get(reconcile::suggest_entity)))
        .route("/reconcile/{dataset}/suggest/type", need(get(reconcile::suggest_type)))
        .route("/reconcile/{dataset}/suggest/property", need(get(reconcile::suggest_property)))
        .route("/reconcile/{dataset}/extend/property", need(get(reconcile::propose)))
        .route("/catalog", need(get(catalog)))
        .route("/algorithms", need(get(algorithms)))
        .route("/updatez", needing(service, Role::Administer, post(update)))
        .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/readyz", get(ready))
}

/// Names under which every list is meant.
const ALL: [&str; 3] = ["default", "sanctions", "all"];

/// An error as yente gives it.
pub(super) enum Refused {
    /// A parameter that cannot be used: FastAPI's shape.
    Parameter(&'static str, String),
    /// Anything else: one text.
    Problem(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Parameter(name, message) => {
                let detail =
                    json!([{ "loc": ["query", name], "msg": message, "type": "value_error" }]);
                let body = Json(json!({ "detail": detail }));
                (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
            }
            Self::Problem(problem) => {
                (problem.status(), Json(json!({ "detail": problem.detail() }))).into_response()
            }
        }
    }
}

/// Parameters of a query; a name may come several times.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn read(RawQuery(text): RawQuery) -> Self {
        Self(serde_urlencoded::from_str(&text.unwrap_or_default()).unwrap_or_default())
    }

    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// A whole number from 0 to `most`.
    pub(super) fn number(
        &self,
        name: &'static str,
        usual: usize,
        most: usize,
    ) -> Result<usize, Refused> {
        let Some(text) = self.one(name) else { return Ok(usual) };
        let wrong = |message: String| Refused::Parameter(name, message);
        // Its own limit is an upper bound only; what is below nothing is nothing.
        let number: i64 =
            text.parse().map_err(|_| wrong(format!("\"{text}\" is not a whole number")))?;
        let number = usize::try_from(number).unwrap_or(0);
        match number <= most {
            true => Ok(number),
            false => Err(wrong(format!("{number} is more than {most}"))),
        }
    }

    /// How many on a page, and how many to leave out before it.
    pub(super) fn page(&self) -> Result<(usize, usize), Refused> {
        Ok((self.number("limit", 10, 500)?, self.number("offset", 0, 9_499)?))
    }

    /// A yes or a no.
    pub(super) fn flag(&self, name: &'static str, usual: bool) -> Result<bool, Refused> {
        match self.one(name).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(usual),
            Some("true" | "1" | "on" | "t" | "y" | "yes") => Ok(true),
            Some("false" | "0" | "off" | "f" | "n" | "no") => Ok(false),
            Some(text) => Err(Refused::Parameter(name, format!("\"{text}\" is no yes or no"))),
        }
    }

    /// A score.
    pub(super) fn score(&self, name: &'static str) -> Result<Option<f64>, Refused> {
        let Some(text) = self.one(name) else { return Ok(None) };
        let score = text.parse::<f64>().ok().filter(|score| score.is_finite());
        let wrong = || Refused::Parameter(name, format!("\"{text}\" is not a number"));
        score.map(Some).ok_or_else(wrong)
    }
}

/// Which lists are asked.
#[derive(Clone)]
pub(super) struct Scope {
    lists: Option<Vec<String>>,
    without: Vec<String>,
    /// Only what was published from this day on.
    since: Option<String>,
}

impl Scope {
    pub(super) fn read(
        world: &World,
        dataset: &str,
        parameters: &Parameters,
    ) -> Result<Self, Refused> {
        let known = |name: &str| world.entries.lists().any(|list| list.list.0 == name);
        if !ALL.contains(&dataset) && !known(dataset) {
            return Err(Problem::bad(format!("there is no dataset {dataset}")).into());
        }
        let mut lists = (!ALL.contains(&dataset)).then(|| vec![dataset.to_owned()]);
        let include: Vec<String> =
            parameters.all("include_dataset").into_iter().map(str::to_owned).collect();
        if !include.is_empty() {
            lists = Some(match lists {
                None => include,
                Some(own) => own.into_iter().filter(|name| include.contains(name)).collect(),
            });
        }
        let datasets = parameters.all("datasets");
        if !datasets.is_empty() {
            let named = |name: &String| datasets.contains(&name.as_str());
            let all = || world.entries.lists().map(|list| list.list.0.clone()).collect();
            lists = Some(lists.unwrap_or_else(all).into_iter().filter(named).collect());
        }
        let without = parameters.all("exclude_dataset").into_iter().map(str::to_owned).collect();
        let since = parameters.one("changed_since").map(day).transpose()?;
        Ok(Self { lists, without, since })
    }

    pub(super) fn holds(&self, list: &str, published: &str) -> bool {
        self.lists.as_ref().is_none_or(|lists| lists.iter().any(|name| name == list))
            && !self.without.iter().any(|name| name == list)
            && self.since.as_ref().is_none_or(|since| published >= since.as_str())
    }
}

fn day(text: &str) -> Result<String, Refused> {
    let day = text.get(..10).unwrap_or(text);
    let parsed: Result<jiff::civil::Date, _> = day.parse();
    let wrong = || Refused::Parameter("changed_since", format!("\"{text}\" is not a day"));
    parsed.map(|day| day.to_string()).map_err(|_| wrong())
}

/// Ready only where every list that the policy requires is there and fresh.
async fn ready(State(service): State<Shared>) -> Response {
    let whole = service.world().and_then(|world| super::whole(&world));
    match whole {
        Ok(()) => Json(json!({ "status": "ok" })).into_response(),
        Err(problem) => {
            (problem.status(), Json(json!({ "detail": problem.detail() }))).into_response()
        }
    }
}

async fn update(State(service): State<Shared>, query: RawQuery) -> Result<Json<Value>, Refused> {
    // Whether to wait: ours always does, so that the next answer knows what changed.
    Parameters::read(query).flag("sync", true)?;
    let shared = Shared::clone(&service);
    crate::work::aside(move || shared.reload(true).map_err(|error| Problem::internal(&error)))
        .await?;
    Ok(Json(json!({ "status": "ok" })))
}

async fn catalog(State(service): State<Shared>) -> Result<Json<Value>, Refused> {
    let world = service.world()?;
    let stale = |list: &str| {
        world.screener.inputs().iter().any(|input| input.list.0 == list && input.stale)
    };
    let datasets: Vec<Value> = world
        .entries
        .lists()
        .map(|list| {
            json!({
                "name": list.list.0, "title": list.list.0, "summary": format!("as {}", list.format),
                "updated_at": format!("{}T00:00:00", list.published),
                "last_export": list.imported_at.to_string(), "version": list.published,
                "entity_count": list.entries, "thing_count": list.entries,
                "tags": ["list.sanction"], "resources": [], "children": [], "load": true,
                "deprecated": false, "index_version": list.digest, "index_current": !stale(&list.list.0),
            })
        })
        .collect();
    let names = |wanted: bool| -> Vec<&str> {
        let lists = world.entries.lists().map(|list| list.list.0.as_str());
        lists.filter(|list| stale(list) == wanted).collect()
    };
    let (current, outdated) = (names(false), names(true));
    let index_stale = !world.screener.is_complete();
    Ok(Json(json!({
        "datasets": datasets, "current": current, "outdated": outdated, "index_stale": index_stale,
    })))
}

/// Our scorer's name here.
pub(super) fn algorithm() -> String {
    format!("tracehound-{}-{}", NAME.name, NAME.version)
}

/// Algorithms of yente's that clients name; all are answered by ours.
pub(super) const THEIRS: [&str; 8] = [
    "best",
    "logic-v1",
    "logic-v2",
    "name-based",
    "name-qualified",
    "regression-v1",
    "regression-v2",
    "ofac-249",
];

async fn algorithms() -> Json<Value> {
    let name = algorithm();
    let described = "Names word by word, with transliteration, order, initials, company forms, \
                     rarity of words, dates and countries; each part is told.";
    let feature = |description: &str| json!({ "description": description, "coefficient": 1.0, "url": "https://github.com/tracehound/tracehound/blob/main/docs/methods/name-screening.md" });
    let features =
        json!({ "pair": feature("a word of the query beside a word of the listed name") });
    let docs =
        json!({ "name": name, "description": described, "config": {}, "features": features });
    let own = json!({ "name": name, "description": described, "features": features, "docs": docs });
    Json(json!({ "algorithms": [own], "default": name, "best": name }))
}
