//! What the reconciliation service says of itself: types, properties, routes.

use crate::compatible::yente::entity::is_known;
use crate::compatible::yente::{Parameters, Refused, Scope};
use crate::extract::Parts;
use crate::problem::Problem;
use crate::service::Shared;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

/// Types that lists use, with FollowTheMoney's plural.
const TYPES: [(&str, &str); 7] = [
    ("Thing", "Things"),
    ("LegalEntity", "Legal entities"),
    ("Person", "People"),
    ("Organization", "Organizations"),
    ("Vessel", "Vessels"),
    ("Airplane", "Airplanes"),
    ("CryptoWallet", "Cryptocurrency wallets"),
];

/// Properties that entries have: schema, name, words.
const PROPERTIES: [(&str, &str, &str); 13] = [
    ("Thing", "name", "Name"),
    ("Thing", "alias", "Other name"),
    ("LegalEntity", "weakAlias", "Weak alias"),
    ("Thing", "country", "Country"),
    ("Thing", "topics", "Topics"),
    ("Thing", "notes", "Notes"),
    ("Thing", "programId", "Program ID"),
    ("Person", "birthDate", "Date of birth"),
    ("Person", "nationality", "Nationality"),
    ("LegalEntity", "incorporationDate", "Incorporation date"),
    ("Vehicle", "buildDate", "Build date"),
    ("Vessel", "flag", "Flag"),
    ("CryptoWallet", "publicKey", "Address"),
];

/// A type as the protocol tells it.
pub(super) fn type_of(schema: &str) -> Value {
    let plural =
        TYPES.iter().find(|(name, _)| *name == schema).map_or(schema, |(_, plural)| plural);
    json!({ "id": schema, "name": plural, "description": schema })
}

/// Where this service is asked, as far as the request says.
fn base(service: &Shared, headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let forwarded = text("x-forwarded-proto") == Some("https");
    let scheme = if service.config.tls.is_some() || forwarded { "https" } else { "http" };
    let listen = service.config.listen.to_string();
    format!("{scheme}://{}/yente", text(header::HOST.as_str()).unwrap_or(&listen))
}

/// The manifest. A query is passed on, because a key may stand in it.
pub(super) fn manifest(
    service: &Shared,
    headers: &HeaderMap,
    dataset: &str,
    query: Option<&str>,
) -> Value {
    let base = base(service, headers);
    let here = format!("{base}/reconcile/{dataset}");
    let query = query.filter(|text| !text.is_empty()).map_or(String::new(), |q| format!("?{q}"));
    let path =
        |name: &str| json!({ "service_url": here, "service_path": format!("{name}{query}") });
    let schema = "https://www.opensanctions.org/reference/#schema";
    let view = format!("{base}/entities/{{{{id}}}}");
    let types: Vec<Value> = TYPES.iter().map(|(name, _)| type_of(name)).collect();
    json!({
        "versions": ["0.2"], "name": format!("{dataset} (Tracehound)"),
        "identifierSpace": schema, "schemaSpace": schema,
        "documentation": "https://github.com/tracehound/tracehound/blob/main/docs/server.md",
        "batchSize": 50,
        "view": { "url": view }, "preview": { "url": view, "width": 430, "height": 600 },
        "suggest": {
            "entity": path("/suggest/entity"), "type": path("/suggest/type"),
            "property": path("/suggest/property"),
        },
        "extend": {
            "propose_properties": path("/extend/property"),
            "propose_settings": [{
                "name": "limit", "label": "Limit", "type": "number", "default": 0, "choices": [],
                "help_text": "Maximum number of values to return per row (0 for no limit).",
            }],
        },
        "defaultTypes": types,
    })
}

/// Suggestions in the protocol's envelope.
pub(super) fn suggested(prefix: &str, result: Vec<Value>) -> Value {
    json!({ "code": "/api/status/ok", "status": "200 OK", "prefix": prefix, "result": result })
}

/// The prefix of a suggestion about a dataset that must be there.
fn prefix(service: &Shared, dataset: &str, query: RawQuery) -> Result<String, Refused> {
    let parameters = Parameters::read(query);
    Scope::read(&*service.world()?, dataset, &parameters)?;
    Ok(parameters.one("prefix").unwrap_or("").to_owned())
}

fn begins(prefix: &str, labels: [&str; 2]) -> bool {
    let prefix = prefix.trim().to_lowercase();
    !prefix.is_empty() && labels.iter().any(|label| label.to_lowercase().starts_with(&prefix))
}

pub(in super::super) async fn suggest_type(
    State(service): State<Shared>,
    Parts(dataset): Parts<String>,
    query: RawQuery,
) -> Result<Json<Value>, Refused> {
    let prefix = prefix(&service, &dataset, query)?;
    let fits = TYPES.iter().filter(|(name, plural)| begins(&prefix, [name, plural]));
    let found = fits.take(super::FEW).map(|(name, _)| type_of(name)).collect();
    Ok(Json(suggested(&prefix, found)))
}

pub(in super::super) async fn suggest_property(
    State(service): State<Shared>,
    Parts(dataset): Parts<String>,
    query: RawQuery,
) -> Result<Json<Value>, Refused> {
    let prefix = prefix(&service, &dataset, query)?;
    let fits = PROPERTIES.iter().filter(|(_, name, label)| begins(&prefix, [name, label]));
    let told = |(schema, name, label): &(&str, &str, &str)| json!({ "id": format!("{schema}:{name}"), "name": label, "description": label });
    Ok(Json(suggested(&prefix, fits.take(super::FEW).map(told).collect())))
}

/// Properties that entities of a type may be extended by.
pub(in super::super) async fn propose(
    State(service): State<Shared>,
    Parts(dataset): Parts<String>,
    query: RawQuery,
) -> Result<Json<Value>, Refused> {
    let parameters = Parameters::read(query);
    Scope::read(&*service.world()?, &dataset, &parameters)?;
    let kind = parameters.one("type").unwrap_or(super::ANY);
    if !is_known(kind) {
        return Err(Problem::bad(format!("Invalid type: {kind}")).into());
    }
    let limit = parameters.number("limit", 0, 500)?;
    let most = if limit == 0 { usize::MAX } else { limit };
    let told = |(_, name, label): &(&str, &str, &str)| json!({ "id": name, "name": label });
    let properties: Vec<Value> = PROPERTIES.iter().take(most).map(told).collect();
    Ok(Json(json!({ "limit": limit, "type": kind, "properties": properties })))
}
