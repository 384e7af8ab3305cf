//! Whether the service is there, and what it can say.

use super::Routes;
use crate::audit::unavailable;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use tracehound_analysis::exposure::RULE;
use tracehound_screen::SCREENING_RULES;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .open(routes!(health))
        .open(routes!(ready))
        .role(Role::Read, routes!(version))
        .role(Role::Read, routes!(metrics))
}

#[derive(Serialize, ToSchema)]
struct Health {
    status: &'static str,
}

/// Whether the process is alive.
#[utoipa::path(get, path = "/v1/health", responses((status = 200, body = Health)))]
async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether answers can be given: everything is loaded, nothing that changed since failed to load, and the log of answers can be written.
#[utoipa::path(get, path = "/v1/ready", responses((status = 200, body = Health)))]
async fn ready(State(service): State<Shared>) -> Result<Json<Health>, Problem> {
    service.world()?;
    if !service.audit.works() {
        return Err(unavailable("the last answer could not be written to the log"));
    }
    Ok(Json(Health { status: "ready" }))
}

#[derive(Serialize, ToSchema)]
struct Version {
    version: &'static str,
    /// Rules by which verdicts are made.
    screening_rules: &'static str,
    /// Rule by which exposures are computed.
    exposure_rule: String,
    /// When lists, tags and stores were loaded.
    loaded_at: String,
    /// Whether every list that the policy requires is there and fresh.
    complete: bool,
    /// The policy in force.
    #[schema(value_type = Object)]
    policy: serde_json::Value,
    /// The lists in force.
    #[schema(value_type = Vec<Object>)]
    lists: Vec<tracehound_screen::ListInput>,
    /// What no answer of this service can see.
    coverage: Vec<String>,
}

/// The program's version, the rules and data it answers from, and what it cannot see.
#[utoipa::path(get, path = "/v1/version", responses((status = 200, body = Version)))]
async fn version(State(service): State<Shared>) -> Result<Json<Version>, Problem> {
    let world = service.world()?;
    let policy = &world.basis.policy;
    Ok(Json(Version {
        version: env!("CARGO_PKG_VERSION"),
        screening_rules: SCREENING_RULES,
        exposure_rule: format!("{}/{}", RULE.name, RULE.version),
        loaded_at: world.loaded_at.to_string(),
        complete: world.screener.is_complete(),
        policy: serde_json::json!({ "name": policy.name, "digest": policy.digest }),
        lists: world.screener.inputs().to_vec(),
        coverage: world.basis.coverage.clone(),
    }))
}

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", responses((status = 200, content_type = "application/openmetrics-text", body = String)))]
async fn metrics(State(service): State<Shared>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], service.metrics.text())
}
