//! Pages of other origins (CORS): none may read answers unless the
//! configuration names its origin.

use crate::service::Shared;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Methods of the service's routes.
const METHODS: &str = "GET, POST, DELETE";
/// Headers that its clients send.
const HEADERS: &str = "authorization, content-type, x-api-key, token, x-request-id";
/// Headers of its answers that pages may read.
const EXPOSED: &str = "x-request-id, retry-after";
/// Seconds for which a browser remembers what it asked.
const REMEMBERED: &str = "600";

/// Around everything where origins are named.
pub(crate) async fn cors(State(service): State<Shared>, request: Request, next: Next) -> Response {
    let allowed = origin(request.headers(), &service.config.origins);
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match (asks, &allowed) {
        // A browser asks before it sends: no key is needed for that.
        (true, Some(_)) => StatusCode::NO_CONTENT.into_response(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        if asks {
            for (name, value) in [
                (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
                (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
                (header::ACCESS_CONTROL_MAX_AGE, REMEMBERED),
            ] {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
    }
    response
}

/// The origin that asks, if it is one of those named; compared as browsers write it.
fn origin(headers: &HeaderMap, known: &[String]) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    known.iter().any(|one| one.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// Whether a text is an origin as browsers write it.
pub(crate) fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_name_and_nothing_else() {
        for good in ["https://desk.example", "http://localhost:3000", "http://[::1]:80"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in ["*", "null", "desk.example", "https://", "https://a/", "https://A.example"] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
