//! Surfaces of other products, each in a module of its own, off unless the
//! configuration asks for it.
//!
//! Where such a surface can only say "found" or "nothing found", it answers
//! with an error, not with nothing, while a list that the policy requires is
//! missing or stale: a client would read nothing as clean.

mod chainalysis;
mod graphsense;
mod watchman;
mod yente;

use crate::guard::{Needs, guard};
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::world::World;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;

/// The surfaces asked for.
pub(crate) fn router(service: &Shared) -> Router<Shared> {
    let mut router = Router::new();
    let surfaces = service.config.surfaces;
    if surfaces.graphsense {
        router = router.nest("/graphsense", graphsense::router(service));
    }
    if surfaces.graphsense && surfaces.graphsense_at_root {
        router = router.merge(graphsense::at_root(service));
    }
    if surfaces.chainalysis {
        router = router.nest("/chainalysis", chainalysis::router(service));
    }
    if surfaces.yente {
        router = router.nest("/yente", yente::router(service));
    }
    if surfaces.watchman {
        router = router.nest("/watchman", watchman::router(service));
    }
    router
}

/// Routes of a surface that need a role.
pub(crate) fn needing(
    service: &Shared,
    role: Role,
    methods: MethodRouter<Shared>,
) -> MethodRouter<Shared> {
    let needs = Needs { service: Shared::clone(service), role };
    methods.layer(from_fn_with_state(needs, guard))
}

/// Nothing found may be said only where everything required was asked.
pub(crate) fn whole(world: &World) -> Result<(), Problem> {
    if world.screener.is_complete() {
        return Ok(());
    }
    let detail =
        "a list that the policy requires is missing or stale, so \"nothing found\" is not said";
    let cure = "GET /v1/lists says which; import it, or set required_lists in the policy";
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "incomplete", detail).cure(cure))
}
