//! Names of people and companies against the lists.

use super::Routes;
use crate::audit::{entry, now};
use crate::extract::Body;
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::aside;
use axum::Json;
use axum::extract::{Extension, State};
use serde::Deserialize;
use std::sync::Arc;
use tracehound_screen::names::NameQuery;
use tracehound_screen::{NAME, NAME_THRESHOLD, NameAnswer};
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Longest name that is looked for.
const LONGEST: usize = 500;

pub(super) fn add(routes: Routes) -> Routes {
    routes.role(Role::Screen, routes!(name))
}

/// A name to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NameRequest {
    /// Of a person or company.
    #[schema(max_length = 500)]
    name: String,
    /// Date of birth or founding: YYYY, YYYY-MM or YYYY-MM-DD.
    #[serde(default)]
    born: Option<String>,
    /// Country; never a hit by itself.
    #[serde(default)]
    country: Option<String>,
    /// Score from which a name is a hit, 0 to 1.
    #[serde(default)]
    #[schema(minimum = 0.0, maximum = 1.0)]
    threshold: Option<f64>,
}

/// Entries of the lists whose names come near, with our score and its parts, OFAC's score, and what was decided before. A hit is for a person to look at; none is no statement that the name is clean.
#[utoipa::path(post, path = "/v1/names", request_body = NameRequest,
    responses((status = 200, description = "The answer", body = Object)))]
async fn name(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<NameRequest>,
) -> Result<Json<NameAnswer>, Problem> {
    let threshold = asked.threshold.unwrap_or(NAME_THRESHOLD);
    if !(0.0..=1.0).contains(&threshold) {
        return Err(
            Problem::bad("the threshold is a score from 0 to 1").value(&threshold.to_string())
        );
    }
    if asked.name.trim().is_empty() || asked.name.len() > LONGEST {
        return Err(Problem::bad(format!("a name has 1 to {LONGEST} bytes")).value(&asked.name));
    }
    let world = service.world()?;
    if world.names.is_empty() {
        return Err(Problem::refused("no list is kept, so nothing can be said of a name")
            .cure("import one with `tracehound lists import FILE`"));
    }
    let made = Arc::clone(&world);
    let answer = aside(move || {
        let query = NameQuery { name: asked.name, born: asked.born, country: asked.country };
        Ok(made.names.answer(&query, threshold, now()).with_decisions(&made.decisions))
    })
    .await?;
    let by = serde_json::json!({
        "by": &*caller.name, "request": &caller.request, "answer": &answer.id,
    });
    service.audit.write(vec![entry(NAME, &answer)?, entry("asked", &by)?]).await?;
    Ok(Json(answer))
}
