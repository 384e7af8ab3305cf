//! What stands before every handler: who asks, whether they may, how often,
//! and what is noted of it.

use crate::audit::now;
use crate::keys::{Refusal, Role};
use crate::log;
use crate::problem::Problem;
use crate::service::Shared;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const REQUEST_ID: &str = "x-request-id";
/// Who asks where no key is needed.
const ANYBODY: &str = "anybody on this machine";

/// Who asks, and the request's id.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) name: Arc<str>,
    pub(crate) request: RequestId,
}

/// Names a request in answers and in logs.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

#[derive(Serialize)]
struct Asked<'a> {
    request: &'a RequestId,
    method: &'a str,
    route: &'a str,
    status: u16,
    microseconds: u64,
}

/// Around everything: an id, a place among those at work, a time limit, and
/// the figures.
pub(crate) async fn observe(
    State(service): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let mut response = at_work(&service, request, next).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    service.metrics.asked(method.as_str(), &route, status, took);
    if service.config.log_requests || status >= 500 {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let (method, route) = (method.as_str(), route.as_str());
        log::event("request", Asked { request: &id, method, route, status, microseconds });
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn at_work(service: &Shared, request: Request, next: Next) -> Response {
    let limit = service.config.limits.request_time();
    let work = async {
        // The semaphore is never closed.
        let _place = service.requests.acquire().await;
        next.run(request).await
    };
    match tokio::time::timeout(limit, work).await {
        Ok(response) => response,
        Err(_) => {
            service.metrics.refused("too-slow");
            let detail = format!("the answer took longer than {} seconds", limit.as_secs());
            let cure = "ask for less at once, or raise limits.request_seconds";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", detail)
                .cure(cure)
                .into_response()
        }
    }
}

/// The client's own id if it can be one, or a new one.
fn request_id(headers: &HeaderMap) -> RequestId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let good = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let own = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(good);
    let made = || {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number:x}", jiff::Timestamp::now().as_microsecond())
    };
    RequestId(own.map_or_else(made, str::to_owned).into())
}

/// What a route needs.
#[derive(Clone)]
pub(crate) struct Needs {
    pub(crate) service: Shared,
    pub(crate) role: Role,
}

/// Before a route: the key and its role.
pub(crate) async fn guard(
    State(Needs { service, role }): State<Needs>,
    mut request: Request,
    next: Next,
) -> Response {
    match admit(&service, role, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => {
            service.metrics.refused(problem.code());
            problem.into_response()
        }
    }
}

fn admit(service: &Shared, role: Role, request: &Request) -> Result<Caller, Problem> {
    let id = request.extensions().get::<RequestId>().cloned();
    let id = id.unwrap_or_else(|| RequestId("none".into()));
    let keys = service.keys.load();
    if keys.len() == 0 {
        known_host(service, request.headers())?;
        return Ok(Caller { name: ANYBODY.into(), request: id });
    }
    let unknown = || {
        Problem::new(StatusCode::UNAUTHORIZED, "key-needed", "no valid key was sent")
            .cure("send `Authorization: Bearer KEY`; an administrator makes keys with `tracehound key new`")
    };
    let presented = presented(request.headers()).ok_or_else(unknown)?;
    let now = now();
    let key = keys.find(presented, now).ok_or_else(unknown)?;
    if !key.may(role) {
        let detail = format!("this key lacks the role {}", role.name());
        return Err(Problem::new(StatusCode::FORBIDDEN, "role-needed", detail)
            .cure("ask an administrator for a key with that role"));
    }
    key.count(now).map_err(|refusal| {
        let (code, detail) = match refusal {
            Refusal::Rate => ("too-many", "more requests a second than this key may send"),
            Refusal::Quota => ("quota", "this key's requests of today are used up"),
        };
        Problem::new(StatusCode::TOO_MANY_REQUESTS, code, detail)
    })?;
    Ok(Caller { name: key.name().into(), request: id })
}

/// The key, in any of the headers that the field's clients send.
fn presented(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = |text: &'static str, value: &'_ str| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case(text).then(|| key.trim().len()).map(|n| n > 0)
    };
    if let Some(value) = text("authorization") {
        return match bearer("bearer", value).or_else(|| bearer("apikey", value)) {
            Some(true) => value.split_once(' ').map(|(_, key)| key.trim()),
            // GraphSense's clients send the bare key.
            _ => Some(value.trim()),
        };
    }
    ["x-api-key", "token"].into_iter().find_map(text)
}

/// Where there are no keys, only this machine's own names are answered: a
/// page in a browser can reach loopback under a name of its own making.
fn known_host(service: &Shared, headers: &HeaderMap) -> Result<(), Problem> {
    if service.config.allow_without_keys {
        return Ok(());
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("");
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    let own = ["localhost", "127.0.0.1", "::1"].contains(&name);
    if own || service.config.hosts.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let detail = "the service is asked under a name it does not know";
    Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "host", detail)
        .value(host)
        .cure("ask it as localhost, add the name to `hosts`, or make keys"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            axum::http::HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )])
    }

    #[test]
    fn keys_come_in_the_headers_of_the_field() {
        for headers in [
            with("authorization", "Bearer k1"),
            with("authorization", "bearer  k1"),
            with("authorization", "ApiKey k1"),
            with("authorization", "k1"),
            with("x-api-key", "k1"),
            with("token", "k1"),
        ] {
            assert_eq!(presented(&headers), Some("k1"), "{headers:?}");
        }
        assert_eq!(presented(&HeaderMap::new()), None);
    }

    #[test]
    fn a_request_id_is_a_plain_word() {
        assert_eq!(&*request_id(&with(REQUEST_ID, "abc-1")).0, "abc-1");
        for wrong in ["", "a b", "a\"b"] {
            assert_ne!(&*request_id(&with(REQUEST_ID, wrong)).0, wrong);
        }
    }
}
