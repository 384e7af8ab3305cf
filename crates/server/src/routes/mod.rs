//! The native API under `/v1`.
//!
//! A route is added with the role it needs, so that none can be reached
//! without one by being forgotten; its description is generated from the
//! same line.

mod addresses;
mod administer;
mod cases;
mod chains;
mod exposure;
mod health;
mod names;
mod screening;
mod tags;
mod transactions;
mod transfers;
mod verdicts;

pub(crate) use addresses::note;
pub(crate) use screening::{Asked, written};

use crate::extract::wrong_method;
use crate::guard::{Needs, guard};
use crate::keys::Role;
use crate::problem::Told;
use crate::service::Shared;
use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, ResponseBuilder};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_swagger_ui::SwaggerUi;

/// A route and the role it needs; `None` for those open to all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouteNeed {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// With its parameters in braces.
    pub path: String,
    /// The role.
    pub role: Option<Role>,
}

/// Routes that are being put together.
pub(crate) struct Routes {
    service: Shared,
    router: OpenApiRouter<Shared>,
    needs: Vec<RouteNeed>,
}

impl Routes {
    pub(crate) fn new(service: Shared) -> Self {
        Self { service, router: OpenApiRouter::new(), needs: Vec::new() }
    }

    /// Bytes of the largest bodies that are taken.
    pub(crate) fn bulk_bytes(&self) -> usize {
        self.service.config.limits.bulk_bytes
    }

    /// Adds routes that anybody may ask.
    pub(crate) fn open(
        mut self,
        (schemas, mut paths, methods): UtoipaMethodRouter<Shared>,
    ) -> Self {
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                describe(operation, None);
                self.needs.push(RouteNeed { method, path: path.clone(), role: None });
            }
        }
        self.router = self.router.routes((schemas, paths, methods));
        self
    }

    /// Adds routes that need a role.
    pub(crate) fn role(
        mut self,
        role: Role,
        (schemas, mut paths, methods): UtoipaMethodRouter<Shared>,
    ) -> Self {
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                describe(operation, Some(role));
                self.needs.push(RouteNeed { method, path: path.clone(), role: Some(role) });
            }
        }
        let needs = Needs { service: Shared::clone(&self.service), role };
        let methods = methods.layer(from_fn_with_state(needs, guard));
        self.router = self.router.routes((schemas, paths, methods));
        self
    }
}

/// The operations of a path, with their methods.
fn operations(item: &mut PathItem) -> Vec<(&'static str, &mut Operation)> {
    let all = [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("DELETE", &mut item.delete),
    ];
    all.into_iter().filter_map(|(name, operation)| Some((name, operation.as_mut()?))).collect()
}

/// What is the same for every route: the role, and how it fails.
fn describe(operation: &mut Operation, role: Option<Role>) {
    let needed = role.map_or("Open to all.".to_owned(), |role| {
        operation.security = Some(vec![SecurityRequirement::new("key", [] as [&str; 0])]);
        format!("Needs the role `{}`.", role.name())
    });
    let said = operation.description.take().map_or(String::new(), |said| format!("{said}\n\n"));
    operation.description = Some(format!("{said}{needed}"));
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new()
        .description("What went wrong (RFC 9457)")
        .content("application/problem+json", problem)
        .build();
    operation.responses.responses.entry("default".to_owned()).or_insert(response.into());
}

/// The description that all routes are added to.
#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Tracehound",
    description = "Trace stolen cryptocurrency, screen addresses and names, ask for evidence. \
                   Amounts are decimal texts; errors are problem details (RFC 9457)."
))]
struct Described;

/// The native routes, all of them.
fn native(service: &Shared) -> Routes {
    let routes = Routes::new(Shared::clone(service));
    let routes = health::add(routes);
    let routes = chains::add(routes);
    let routes = addresses::add(routes);
    let routes = transfers::add(routes);
    let routes = transactions::add(routes);
    let routes = tags::add(routes);
    let routes = exposure::add(routes);
    let routes = screening::add(routes);
    let routes = names::add(routes);
    let routes = verdicts::add(routes);
    let routes = cases::add(routes);
    administer::add(routes)
}

/// The whole router, the description of the native API, and what each route needs.
pub(crate) fn build(service: &Shared) -> (Router, OpenApi, Vec<RouteNeed>) {
    let Routes { router, needs, .. } = native(service);
    let (router, found) = router.split_for_parts();
    let mut api = Described::openapi();
    api.info.version = env!("CARGO_PKG_VERSION").to_owned();
    api.merge(found);
    let parts = api.components.get_or_insert_default();
    parts.schemas.insert("Problem".to_owned(), Told::schema());
    let mut inner = Vec::new();
    Told::schemas(&mut inner);
    parts.schemas.extend(inner);
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    parts.security_schemes.insert("key".to_owned(), bearer);
    let page = SwaggerUi::new("/docs").url("/openapi.json", api.clone());
    let router = router.merge(page).merge(crate::compatible::router(service));
    let router = router.fallback(crate::extract::nothing_here);
    let router = router.method_not_allowed_fallback(wrong_method);
    (router.with_state(Shared::clone(service)), api, needs)
}
