//! Errors as clients see them: problem details (RFC 9457) with a code, the
//! offending value and the cure.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracehound_screen::AnswerError;
use tracehound_screen::exposures::ExposureError;
use utoipa::ToSchema;

/// A problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    value: Option<String>,
    cure: Option<String>,
}

/// A problem as it is sent.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Told<'p> {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The kind for programs.
    code: &'static str,
    /// What happened this time.
    detail: &'p str,
    /// The value that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'p str>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<&'p str>,
}

/// Longest value that is given back.
const LONGEST: usize = 200;

impl Problem {
    /// A problem of a kind.
    #[must_use]
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), value: None, cure: None }
    }

    /// With the value that was refused, shortened.
    #[must_use]
    pub(crate) fn value(mut self, value: &str) -> Self {
        self.value = Some(value.chars().take(LONGEST).collect());
        self
    }

    /// With what to do.
    #[must_use]
    pub(crate) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    /// What was sent cannot be read.
    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail)
    }

    /// It is not there.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    /// It reads well, but asks for what cannot be done.
    pub(crate) fn refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", detail)
    }

    /// The service itself failed; what the log keeps is not told.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        crate::log::failed(error);
        let detail = "the service could not answer; its log says why";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// The file system refused; a full disk is told, because that can be mended.
    pub(crate) fn of_files(source: &std::io::Error, error: &dyn std::error::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if [StorageFull, QuotaExceeded, FileTooLarge].contains(&source.kind()) {
            crate::log::failed(error);
            let detail = "the disk of the service is full; what was stored stays as it was";
            return Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk-full", detail)
                .cure("make room, and send it again");
        }
        Self::internal(error)
    }

    /// With a text taken out of its words.
    pub(crate) fn without(mut self, text: &str) -> Self {
        self.detail = self.detail.replace(text, "");
        self
    }

    /// Its status.
    #[must_use]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The kind for programs.
    #[must_use]
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// What happened, in words, for surfaces with an error shape of their own.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let told = Told {
            kind: format!("urn:tracehound:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            value: self.value.as_deref(),
            cure: self.cure.as_deref(),
        };
        // Strings and numbers: writing them to memory cannot fail.
        let body = serde_json::to_vec(&told).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(header::CONTENT_TYPE, kind)], body).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&self.status) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<tracehound_store::StoreError> for Problem {
    fn from(error: tracehound_store::StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<tracehound_report::ReportError> for Problem {
    fn from(error: tracehound_report::ReportError) -> Self {
        Self::internal(&error)
    }
}

impl From<tracehound_analysis::AnalysisError> for Problem {
    fn from(error: tracehound_analysis::AnalysisError) -> Self {
        use tracehound_analysis::AnalysisError;
        match error {
            AnalysisError::Store(error) => Self::internal(&error),
            AnalysisError::Stopped => {
                let detail = "the work was stopped, because it took too long or was cancelled";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopped", detail)
            }
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<ExposureError> for Problem {
    fn from(error: ExposureError) -> Self {
        match error {
            ExposureError::Store(error) => Self::internal(&error),
            ExposureError::Analysis(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<AnswerError> for Problem {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::TooShort | AnswerError::NoAddress { .. } => Self::bad(error.to_string()),
            AnswerError::NotFound { id, .. } => {
                Self::not_found(format!("no verdict {id} is in the log")).value(&id)
            }
            AnswerError::Several { .. } | AnswerError::StoreNeeded { .. } => {
                Self::refused(error.to_string())
            }
            AnswerError::Exposure(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}
