//! GraphSense REST 2.18: all of its paths, for the clients that speak it.
//!
//! `operations.rs` lists every operation with its path and what answers it;
//! each is a plain function of a desk (`desk.rs`: the world of one moment)
//! and of what is asked (`asked.rs`). `standing.rs` sums a holder up from its
//! transactions, `listing.rs` and `neighbours.rs` page through them, and
//! `bulk.rs` runs operations over lists of keys. What the paths tell, what
//! they answer as "no data", and where they differ from GraphSense stands in
//! `docs/graphsense.md`.

mod accounts;
mod asked;
mod blocks;
mod bulk;
mod clusters;
mod compare;
mod desk;
mod flows;
mod general;
mod graph;
mod json;
mod listing;
mod money;
mod neighbours;
mod operations;
mod outputs;
mod page;
mod refusal;
mod report;
mod standing;
mod summary;
mod tags;
mod taxonomies;
mod txs;

use super::needing;
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::{aside, heavy};
use crate::world::World;
use asked::Asked;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Extension, Query, RawPathParams, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bulk::{Bulk, Form, Writer};
use desk::Desk;
use json::Json;
use operations::{Life, OPERATIONS, Operation, WITH_BODY};
use refusal::{Refusal, answer};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;

/// Where GraphSense says what deprecation means.
const POLICY: &str = "<https://github.com/graphsense/graphsense-lib/blob/master/README.md#rest-api-evolution-and-deprecation-policy>; rel=\"deprecation\"; type=\"text/html\"";
/// Parts of a bulk answer on their way.
const PARTS_ON_THE_WAY: usize = 16;

/// What stands after the question mark, in its order.
type Pairs = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// The surface under a prefix, with GraphSense's own words where there is
/// nothing.
pub(super) fn router(service: &Shared) -> Router<Shared> {
    let missing = || async { Refusal::NotFound("Not Found".to_owned()) };
    let method = || async {
        let body = Json::object([("detail", "Method Not Allowed".into())]);
        answer(StatusCode::METHOD_NOT_ALLOWED, &body)
    };
    at_root(service).fallback(missing).method_not_allowed_fallback(method)
}

/// The surface without a prefix.
pub(super) fn at_root(service: &Shared) -> Router<Shared> {
    let mut router = Router::new();
    for operation in OPERATIONS {
        let handler = get(
            move |State(service): State<Shared>,
                  Extension(caller): Extension<Caller>,
                  path: RawPathParams,
                  pairs: Pairs| async move {
                let asked = Asked::new(parameters(&path), pairs_of(pairs));
                dressed(operation, run(service, caller, operation, asked).await)
            },
        );
        router = router.route(operation.path, needing(service, Role::Read, handler));
    }
    for operation in WITH_BODY {
        let handler = post(
            move |State(service): State<Shared>,
                  Extension(caller): Extension<Caller>,
                  body: Result<Bytes, BytesRejection>| async move {
                with_body(service, caller, operation, body).await.into_response()
            },
        );
        router = router.route(operation.path, needing(service, Role::Read, handler));
    }
    with_bulk(service, router)
}

/// Bulk requests, whose bodies may be larger than others.
fn with_bulk(service: &Shared, mut router: Router<Shared>) -> Router<Shared> {
    let limit = service.config.limits.bulk_bytes;
    for (path, form) in [
        ("/{currency}/bulk.json/{operation}", Form::Json),
        ("/{currency}/bulk.csv/{operation}", Form::Csv),
    ] {
        let handler = post(
            move |State(service): State<Shared>,
                  Extension(caller): Extension<Caller>,
                  path: RawPathParams,
                  pairs: Pairs,
                  body: Result<Bytes, BytesRejection>| async move {
                let asked = Asked::new(parameters(&path), pairs_of(pairs));
                in_bulk(service, caller, form, asked, body).await.into_response()
            },
        );
        let handler = needing(service, Role::Read, handler.layer(DefaultBodyLimit::max(limit)));
        router = router.route(path, handler);
    }
    router
}

fn parameters(path: &RawPathParams) -> BTreeMap<String, String> {
    path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn pairs_of(pairs: Pairs) -> Vec<(String, String)> {
    pairs.map(|Query(pairs)| pairs).unwrap_or_default()
}

/// With the headers of its life.
fn dressed(operation: &Operation, told: Result<Json, Refusal>) -> Response {
    let mut response =
        told.map_or_else(IntoResponse::into_response, |told| answer(StatusCode::OK, &told));
    if let Life::Deprecated(end) = operation.life {
        let headers = response.headers_mut();
        headers.insert("deprecation", HeaderValue::from_static("true"));
        headers.insert(header::LINK, HeaderValue::from_static(POLICY));
        if let Some(end) = end {
            headers.insert("sunset", HeaderValue::from_static(end));
        }
    }
    response
}

/// Notes in the log of answers what is asked about, if it is about anything.
async fn note(
    service: &Shared,
    caller: &Caller,
    operation: &str,
    subject: Option<String>,
) -> Result<(), Problem> {
    match subject {
        Some(subject) => {
            let what = format!("graphsense {operation}");
            crate::routes::note(service, caller, &what, &subject).await
        }
        None => Ok(()),
    }
}

/// What an operation is asked about.
fn subject(asked: &Asked) -> Option<String> {
    let names = ["address", "cluster", "entity", "tx_hash", "q", "label", "actor"];
    let code = asked.text("currency").map_or(String::new(), |code| format!("{code} "));
    names.iter().find_map(|name| asked.text(name)).map(|text| format!("{code}{text}"))
}

async fn run(
    service: Shared,
    caller: Caller,
    operation: &'static Operation,
    mut asked: Asked,
) -> Result<Json, Refusal> {
    let world = service.world()?;
    note(&service, &caller, operation.name, subject(&asked)).await?;
    let told = aside(move || {
        let desk = Desk { world: &world, service: &service };
        Ok((operation.run)(&desk, &mut asked))
    });
    told.await?
}

/// A body as JSON.
#[allow(clippy::result_large_err)] // a refusal here is the whole answer
fn read(body: Result<Bytes, BytesRejection>) -> Result<Json, Response> {
    let body = body.map_err(|rejection| {
        let detail = Json::object([("detail", rejection.body_text().into())]);
        answer(rejection.status(), &detail)
    })?;
    Json::read(&body).map_err(|_| {
        let mut asked = Asked::default();
        asked.wrong_body(Vec::new(), "json_invalid", "JSON decode error");
        let refused = asked.check().err();
        refused.map_or_else(|| StatusCode::BAD_REQUEST.into_response(), IntoResponse::into_response)
    })
}

async fn with_body(
    service: Shared,
    caller: Caller,
    operation: &'static Operation,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let mut asked = Asked::of_body(read(body)?);
    if operation.name == "report_tag" {
        noted_report(&service, &caller, &mut asked).await.map_err(IntoResponse::into_response)?;
    }
    let told = run(service, caller, operation, asked).await;
    Ok(dressed(operation, told))
}

/// A reported tag is in the log before anybody is told that it was taken.
async fn noted_report(service: &Shared, caller: &Caller, asked: &mut Asked) -> Result<(), Refusal> {
    let reported = report::read(&mut asked.clone())?;
    let record = serde_json::json!({
        "by": &*caller.name, "request": &caller.request, "standing": "pending", "tag": reported,
    });
    Ok(service.audit.record("reported-tag", &record).await?)
}

async fn in_bulk(
    service: Shared,
    caller: Caller,
    form: Form,
    mut asked: Asked,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    asked.body = read(body)?;
    let refused = |refusal: Refusal| refusal.into_response();
    let world = service.world().map_err(|problem| refused(problem.into()))?;
    let bulk = {
        let (world, service) = (Arc::clone(&world), Shared::clone(&service));
        let read =
            aside(move || Ok(Bulk::read(&Desk { world: &world, service: &service }, &mut asked)));
        read.await.map_err(|problem| refused(problem.into()))?.map_err(refused)?
    };
    let noted = note(&service, &caller, "bulk", Some(bulk.subject())).await;
    noted.map_err(|problem| refused(problem.into()))?;
    let parts = parts_of(service, world, bulk, form);
    let kind = match form {
        Form::Json => "application/json",
        Form::Csv => "text/csv; charset=utf-8",
    };
    let kind = HeaderValue::from_static(kind);
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(parts)).into_response())
}

/// The parts of a bulk answer, as they are found.
fn parts_of(
    service: Shared,
    world: Arc<World>,
    bulk: Bulk,
    form: Form,
) -> ReceiverStream<Result<String, std::io::Error>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(PARTS_ON_THE_WAY);
    tokio::spawn(async move {
        let (shared, runtime) = (Shared::clone(&service), Handle::current());
        // A fault ends the answer before its end, which clients notice.
        let _ = heavy(&shared, move |stop| {
            let desk = Desk { world: &world, service: &service };
            let mut writer = Writer::new(form);
            let patience = service.config.limits.request_time();
            // A client that has gone, or that reads nothing for so long, does
            // not keep the place of others.
            let send = |part: String| {
                let sent = async { timeout(patience, sender.send(Ok(part))).await };
                matches!(runtime.block_on(sent), Ok(Ok(())))
            };
            for place in 0..bulk.length() {
                let part = writer.rows(bulk.rows(&desk, place, form));
                if !send(part) || stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
            }
            send(writer.end());
            Ok(())
        })
        .await;
    });
    ReceiverStream::new(receiver)
}
