//! Chainalysis' free sanctions look-up, `GET /api/v1/address/{address}`, and
//! the shape of KYT v2: register a transfer or a withdrawal attempt, poll,
//! read alerts. Its published clients tell the shapes; what is answered are
//! our verdicts.

mod kyt;

use super::{needing, whole};
use crate::audit::now;
use crate::extract::Parts;
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::routes::{Asked, written};
use crate::service::Shared;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;
use tracehound_screen::Reason;

pub(super) fn router(service: &Shared) -> Router<Shared> {
    let need = |methods| needing(service, Role::Screen, methods);
    let of = "/api/kyt/v2";
    Router::new()
        .route("/api/v1/address/{address}", need(get(address)))
        .route(&format!("{of}/users/{{user}}/transfers"), need(post(kyt::register_transfer)))
        .route(
            &format!("{of}/users/{{user}}/withdrawal-attempts"),
            need(post(kyt::register_attempt)),
        )
        .route(&format!("{of}/transfers/{{id}}"), need(get(kyt::transfer)))
        .route(&format!("{of}/transfers/{{id}}/{{part}}"), need(get(kyt::part)))
        .route(&format!("{of}/withdrawal-attempts/{{id}}"), need(get(kyt::transfer)))
        .route(&format!("{of}/withdrawal-attempts/{{id}}/{{part}}"), need(get(kyt::part)))
}

/// Its errors say what happened under `message`.
fn refused(problem: &Problem) -> Response {
    let status = problem.status();
    let body =
        json!({ "status": status.as_u16(), "error": problem.code(), "message": problem.detail() });
    (status, Json(body)).into_response()
}

/// One entry of a list that names the address.
#[derive(Serialize)]
struct Identification {
    category: &'static str,
    name: String,
    description: String,
    url: Option<&'static str>,
}

/// Where a list's publisher explains it.
fn publisher(list: &str) -> Option<&'static str> {
    match list {
        "ofac-sdn" | "ofac-consolidated" => Some("https://sanctionssearch.ofac.treas.gov/"),
        "un" => Some("https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list"),
        "eu" => Some(
            "https://data.europa.eu/data/datasets/consolidated-list-of-persons-groups-and-entities-subject-to-eu-financial-sanctions",
        ),
        "uk" => Some("https://www.gov.uk/government/publications/the-uk-sanctions-list"),
        _ => None,
    }
}

fn identification(reason: &Reason) -> Option<Identification> {
    let listing = reason.listing.as_ref()?;
    let programmes = listing.programmes.join(", ");
    Some(Identification {
        category: "sanctions",
        name: format!("SANCTIONS: {} {}", listing.list, listing.entity),
        description: format!(
            "{} entry {} ({programmes}), list of {}; filed under {} as {}",
            listing.list, listing.entry, listing.published, listing.label, listing.address
        ),
        url: publisher(&listing.list),
    })
}

async fn address(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(address): Parts<String>,
) -> Response {
    match identified(&service, &caller, &address).await {
        Ok(found) => Json(json!({ "identifications": found })).into_response(),
        Err(problem) => refused(&problem),
    }
}

async fn identified(
    service: &Shared,
    caller: &Caller,
    address: &str,
) -> Result<Vec<Identification>, Problem> {
    if address.len() > 512 {
        return Err(Problem::bad("the address is too long to be one"));
    }
    let world = service.world()?;
    let made = world.screener.written(address, None, now());
    written(service, &world, &Asked::from(caller), &made).await?;
    let found: Vec<Identification> = made.reasons.iter().filter_map(identification).collect();
    if found.is_empty() {
        whole(&world)?;
    }
    Ok(found)
}
