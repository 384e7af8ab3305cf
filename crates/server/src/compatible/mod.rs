//! Surfaces of other products, each in a module of its own, off unless the
//! configuration asks for it.

mod graphsense;

use crate::guard::{Needs, guard};
use crate::keys::Role;
use crate::service::Shared;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;

/// The surfaces asked for.
pub(crate) fn router(service: &Shared) -> Router<Shared> {
    let mut router = Router::new();
    if service.config.surfaces.graphsense {
        router = router.nest("/graphsense", graphsense::router(service));
    }
    if service.config.surfaces.graphsense && service.config.surfaces.graphsense_at_root {
        router = router.merge(graphsense::at_root(service));
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
