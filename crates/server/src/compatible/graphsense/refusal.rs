//! Refusals in the shape of GraphSense's own: `{"detail": …}`, with a list of
//! what is wrong where parameters cannot be read.

use super::json::Json;
use crate::problem::Problem;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// One parameter that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Issue {
    /// `path`, `query` or `body`.
    pub(super) place: &'static str,
    /// Its name; further names lead into a body.
    pub(super) path: Vec<Json>,
    /// What is wrong, in words.
    pub(super) message: String,
    /// The kind for programs.
    pub(super) kind: &'static str,
    /// What was sent.
    pub(super) input: Json,
    /// What it was held against.
    pub(super) context: Json,
}

/// Why an answer is not given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// It is not there.
    NotFound(String),
    /// It cannot be asked like this.
    Bad(String),
    /// Parameters cannot be read.
    Invalid(Vec<Issue>),
    /// The service itself cannot answer.
    Problem(Box<Problem>),
}

impl Refusal {
    pub(super) fn network(code: &str) -> Self {
        Self::NotFound(format!("Network {code} not supported"))
    }

    pub(super) fn address(code: &str, text: &str) -> Self {
        Self::NotFound(format!("Address {text} not found in network {code}"))
    }

    pub(super) fn cluster(code: &str, number: &str) -> Self {
        Self::NotFound(format!("Cluster {number} not found in network {code}"))
    }

    pub(super) fn transaction(code: &str, text: &str) -> Self {
        Self::NotFound(format!("Transaction {text} not found in network {code}"))
    }

    /// One unreadable parameter of the query.
    pub(super) fn query(name: &str, message: &str, input: &str) -> Self {
        Self::Invalid(vec![Issue {
            place: "query",
            path: vec![name.into()],
            message: message.to_owned(),
            kind: "value_error",
            input: input.into(),
            context: Json::Null,
        }])
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Problem(problem) => problem.status(),
        }
    }

    /// What a row of a bulk answer says.
    pub(super) fn in_row(&self) -> String {
        match self {
            Self::NotFound(_) => "not found".to_owned(),
            Self::Bad(words) => words.clone(),
            Self::Invalid(issues) => {
                let words = issues.iter().map(|issue| issue.message.as_str());
                words.collect::<Vec<_>>().join("; ")
            }
            Self::Problem(_) => "internal error".to_owned(),
        }
    }

    fn body(&self) -> Json {
        let detail = match self {
            Self::NotFound(words) | Self::Bad(words) => Json::from(words.as_str()),
            Self::Problem(problem) => Json::from(problem.detail()),
            Self::Invalid(issues) => Json::List(issues.iter().map(issue).collect()),
        };
        Json::object([("detail", detail)])
    }
}

fn issue(issue: &Issue) -> Json {
    let mut place = vec![Json::from(issue.place)];
    place.extend(issue.path.iter().cloned());
    Json::object([
        ("type", issue.kind.into()),
        ("loc", Json::List(place)),
        ("msg", issue.message.as_str().into()),
        ("input", issue.input.clone()),
        ("ctx", issue.context.clone()),
    ])
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<tracehound_store::StoreError> for Refusal {
    fn from(error: tracehound_store::StoreError) -> Self {
        Problem::internal(&error).into()
    }
}

impl From<tracehound_analysis::cluster::ClusterError> for Refusal {
    fn from(error: tracehound_analysis::cluster::ClusterError) -> Self {
        Problem::internal(&error).into()
    }
}

impl From<tracehound_model::AmountError> for Refusal {
    fn from(error: tracehound_model::AmountError) -> Self {
        Problem::internal(&error).into()
    }
}

/// An answer of JSON.
pub(super) fn answer(status: StatusCode, body: &Json) -> Response {
    let kind = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, kind)], body.to_text()).into_response()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = answer(self.status(), &self.body());
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
