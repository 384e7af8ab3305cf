//! Errors as clients see them: problem details (RFC 9457) with a code, the
//! offending value and the cure.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracehound_screen::AnswerError;
use tracehound_screen::exposures::ExposureError;
use utoipa::ToSchema;

/// A problem.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct Problem {
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
    detail: String,
    /// The value that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
}

/// Longest value that is given back.
const LONGEST: usize = 200;

impl Problem {
    /// A problem of a kind.
    #[must_use]
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:tracehound:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            value: None,
            cure: None,
        }
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

    /// With a text taken out of its words.
    pub(crate) fn without(mut self, text: &str) -> Self {
        self.detail = self.detail.replace(text, "");
        self
    }

    /// Its status.
    #[must_use]
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
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
        // Strings and numbers: writing them to memory cannot fail.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status(), [(header::CONTENT_TYPE, kind)], body).into_response();
        if self.status == 401 {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if self.status == 429 || self.status == 503 {
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
