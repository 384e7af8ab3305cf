//! Surfaces of other products, each in a module of its own, off unless the
//! configuration asks for it.

use crate::guard::{Needs, guard};
use crate::keys::Role;
use crate::service::Shared;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;

/// The surfaces asked for.
pub(crate) fn router(service: &Shared) -> Router<Shared> {
    let _ = service;
    Router::new()
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
