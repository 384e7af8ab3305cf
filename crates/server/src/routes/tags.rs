//! What tags say, and the packs they come from.

use super::Routes;
use super::addresses::note;
use crate::extract::Params;
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use axum::Json;
use axum::extract::{Extension, State};
use serde::Deserialize;
use serde_json::Value;
use tracehound_tags::PackManifest;
use utoipa::IntoParams;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes.role(Role::Read, routes!(tags)).role(Role::Read, routes!(packs))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TagParams {
    /// An address, transaction or entity, however it is written.
    subject: Option<String>,
    /// A concept of the taxonomy; narrower ones count.
    concept: Option<String>,
    /// How many to leave out.
    #[param(minimum = 0)]
    offset: Option<usize>,
    /// How many on a page, at most 1,000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// What is said of a subject, or every tag of a concept. Attributions: each says who says so.
#[utoipa::path(get, path = "/v1/tags", params(TagParams),
    responses((status = 200, description = "Tags", body = Object)))]
async fn tags(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<TagParams>,
) -> Result<Json<Value>, Problem> {
    let world = service.world()?;
    let index = world.tags.index();
    let found = match (&params.subject, &params.concept) {
        (Some(subject), None) => {
            note(&service, &caller, "tags", subject).await?;
            index.find(subject)
        }
        (None, Some(concept)) => index.all(Some(concept)),
        _ => {
            return Err(Problem::bad("give either a subject or a concept")
                .cure("such as ?subject=0x… or ?concept=mixing_service"));
        }
    };
    let offset = params.offset.unwrap_or(0);
    let limit = params.limit.unwrap_or(100).clamp(1, 1_000);
    let page: Vec<_> = found.iter().skip(offset).take(limit).collect();
    Ok(Json(serde_json::json!({ "tags": page, "in_all": found.len() })))
}

/// The packs of tags in force.
#[utoipa::path(get, path = "/v1/packs",
    responses((status = 200, description = "Packs with their digests", body = Vec<Object>)))]
async fn packs(State(service): State<Shared>) -> Result<Json<Vec<PackManifest>>, Problem> {
    let world = service.world()?;
    Ok(Json(world.tags.index().manifests().cloned().collect()))
}
