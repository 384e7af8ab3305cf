//! Bodies and parameters, refused as problems where they cannot be read.

use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{StatusCode, Uri};

/// A body of JSON.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub(crate) struct Body<T>(pub(crate) T);

/// A body of bytes.
pub(crate) struct Raw(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Ok(Self(Bytes::from_request(request, state).await?))
    }
}

/// What stands after the question mark.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(crate) struct Params<T>(pub(crate) T);

/// Parts of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(crate) struct Parts<T>(pub(crate) T);

impl From<JsonRejection> for Problem {
    fn from(error: JsonRejection) -> Self {
        let status = error.status();
        let problem = Self::new(status, code(status), error.body_text());
        match error {
            JsonRejection::MissingJsonContentType(_) => {
                problem.cure("send `Content-Type: application/json`")
            }
            _ => problem,
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(error: BytesRejection) -> Self {
        let status = error.status();
        Self::new(status, code(status), error.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(error: QueryRejection) -> Self {
        Self::bad(error.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(error: PathRejection) -> Self {
        Self::bad(error.body_text())
    }
}

fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "media-type",
        _ => "bad-request",
    }
}

/// No such route.
pub(crate) async fn nothing_here(uri: Uri) -> Problem {
    let cure = "see /docs for all routes; surfaces of other products are off unless asked for";
    Problem::not_found("there is nothing under this path").value(uri.path()).cure(cure)
}

/// A route, but not by this method.
pub(crate) async fn wrong_method(uri: Uri) -> Problem {
    let detail = "this path is not asked by this method";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail).value(uri.path())
}
