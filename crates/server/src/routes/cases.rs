//! Cases and their traces, which are jobs.
//!
//! A case is a folder under `cases` of the home folder with a `case.toml`. A
//! case made here is traced in a store that is kept: it may not name files,
//! so that no text sent from outside opens one.

use super::Routes;
use super::chains::store_of;
use crate::audit::now;
use crate::extract::{Body, Parts};
use crate::guard::Caller;
use crate::jobs::{Job, JobState, JobStatus};
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::{Service, Shared};
use crate::work::aside;
use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Files of a finished trace, with what they are.
const FILES: [(&str, &str); 4] = [
    ("report.html", "text/html; charset=utf-8"),
    ("report.json", "application/json"),
    ("transfers.csv", "text/csv; charset=utf-8"),
    ("terminals.csv", "text/csv; charset=utf-8"),
];
/// A report is a page of its own: nothing is fetched, and only its own script and styles run.
const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub(super) fn add(routes: Routes) -> Routes {
    let need = Role::Investigate;
    routes
        .role(need, routes!(cases, create))
        .role(need, routes!(case))
        .role(need, routes!(trace))
        .role(need, routes!(report))
        .role(need, routes!(jobs))
        .role(need, routes!(job, cancel))
        .role(need, routes!(events))
}

fn folder(service: &Service) -> PathBuf {
    service.home.folder().join("cases")
}

/// The folder of a case whose name is one word, and so no path.
fn folder_of(service: &Service, name: &str) -> Result<PathBuf, Problem> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if name.is_empty() || name.len() > 100 || !name.bytes().all(word) {
        return Err(Problem::bad("a case's name has letters, digits, - and _").value(name));
    }
    Ok(folder(service).join(name))
}

fn existing(service: &Service, name: &str) -> Result<PathBuf, Problem> {
    let folder = folder_of(service, name)?;
    match folder.join("case.toml").exists() {
        true => Ok(folder),
        false => Err(Problem::not_found("there is no case of this name").value(name)),
    }
}

/// What the command line's tracing is to the service.
fn tracing(service: &Service) -> Result<Arc<dyn crate::Cases>, Problem> {
    service.cases.clone().ok_or_else(|| Problem::refused("this service does not trace cases"))
}

#[derive(Serialize, ToSchema)]
struct CaseLine {
    name: String,
    /// Files of its last finished trace.
    files: Vec<&'static str>,
}

fn line(folder: &std::path::Path) -> Option<CaseLine> {
    let name = folder.file_name()?.to_str()?.to_owned();
    let there = |name: &&str| folder.join("out").join(name).exists();
    let files = FILES.iter().map(|(name, _)| *name).filter(there).collect();
    folder.join("case.toml").exists().then_some(CaseLine { name, files })
}

/// Every case.
#[utoipa::path(get, path = "/v1/cases", responses((status = 200, body = Vec<CaseLine>)))]
async fn cases(State(service): State<Shared>) -> Result<Json<Vec<CaseLine>>, Problem> {
    aside(move || {
        let inside = std::fs::read_dir(folder(&service)).into_iter().flatten().flatten();
        let mut lines: Vec<CaseLine> = inside.filter_map(|entry| line(&entry.path())).collect();
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Json(lines))
    })
    .await
}

/// A case to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCase {
    /// Its name: letters, digits, - and _.
    #[schema(max_length = 100, pattern = "^[A-Za-z0-9_-]+$")]
    name: String,
    /// Its text, as in `case.toml` (docs/case-format.md), without files.
    case: String,
}

/// Makes a case.
#[utoipa::path(post, path = "/v1/cases", request_body = NewCase,
    responses((status = 201, description = "The case is there", body = CaseLine)))]
async fn create(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<NewCase>,
) -> Result<(StatusCode, Json<CaseLine>), Problem> {
    let tracing = tracing(&service)?;
    let folder = folder_of(&service, &new.name)?;
    tracing.check(&new.case).map_err(|reason| {
        Problem::refused(reason).cure("see docs/case-format.md; cases made here name no files")
    })?;
    let record = serde_json::json!({
        "by": &*caller.name, "request": &caller.request, "case": &new.name, "text": &new.case,
    });
    service.audit.record("case-made", &record).await?;
    aside(move || {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Problem::new(StatusCode::CONFLICT, "exists", "there is a case of this name")
            }
            _ => Problem::of_files(&error, &error),
        };
        std::fs::create_dir_all(folder.parent().unwrap_or(&folder)).map_err(failed)?;
        std::fs::create_dir(&folder).map_err(failed)?;
        if let Err(error) = std::fs::write(folder.join("case.toml"), new.case.as_bytes()) {
            // Half a case would keep its name from being used.
            let _ = std::fs::remove_dir_all(&folder);
            return Err(failed(error));
        }
        Ok((StatusCode::CREATED, Json(CaseLine { name: new.name, files: Vec::new() })))
    })
    .await
}

/// A case: its text and the results of its last trace.
#[utoipa::path(get, path = "/v1/cases/{case}", params(("case" = String, Path, description = "Name", pattern = "^[A-Za-z0-9_-]{1,100}$")),
    responses((status = 200, description = "Text and results", body = Object)))]
async fn case(
    State(service): State<Shared>,
    Parts(name): Parts<String>,
) -> Result<Json<Value>, Problem> {
    let folder = existing(&service, &name)?;
    aside(move || {
        let text = std::fs::read_to_string(folder.join("case.toml"));
        let text = text.map_err(|error| Problem::internal(&error))?;
        let report = std::fs::read_to_string(folder.join("out").join("report.json")).ok();
        let report: Option<Value> = report.and_then(|text| serde_json::from_str(&text).ok());
        let files = line(&folder).map(|line| line.files);
        Ok(Json(serde_json::json!({
            "name": name, "case": text, "files": files, "report": report,
        })))
    })
    .await
}

/// Begins a trace in the kept store of the case's chain.
#[utoipa::path(post, path = "/v1/cases/{case}/trace", params(("case" = String, Path, description = "Name", pattern = "^[A-Za-z0-9_-]{1,100}$")),
    responses((status = 202, description = "The job", body = JobStatus)))]
async fn trace(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(name): Parts<String>,
) -> Result<(StatusCode, Json<JobStatus>), Problem> {
    let (tracing, folder) = (tracing(&service)?, existing(&service, &name)?);
    let text = std::fs::read_to_string(folder.join("case.toml"));
    let text = text.map_err(|error| Problem::internal(&error))?;
    let chain = tracing.check(&text).map_err(Problem::refused)?;
    let world = service.world()?;
    let store = store_of(&world, &chain)?.folder.clone();
    let record = serde_json::json!({
        "by": &*caller.name, "request": &caller.request, "case": &name,
    });
    service.audit.record("trace", &record).await?;
    let job = service.jobs.begin(&name, now()).ok_or_else(|| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many jobs are at work")
    })?;
    let status = job.status();
    tokio::spawn(run(Arc::clone(&service), job, tracing, folder, store));
    Ok((StatusCode::ACCEPTED, Json(status)))
}

/// Waits for its turn, traces, and says how it ended.
async fn run(
    service: Shared,
    job: Arc<Job>,
    tracing: Arc<dyn crate::Cases>,
    folder: PathBuf,
    store: PathBuf,
) {
    let Ok(place) = Arc::clone(&service.heavy).acquire_owned().await else { return };
    let at_work = Arc::clone(&job);
    let work = move || {
        let _place = place;
        if at_work.stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        at_work.change(|status| status.state = JobState::Running);
        let step = |text: &str| at_work.change(|status| text.clone_into(&mut status.step));
        tracing.trace(&folder, &store, &at_work.stop, &step).map(Some)
    };
    let ended = tokio::task::spawn_blocking(work).await;
    let stopped = job.stop.load(Ordering::Relaxed);
    job.change(|status| match ended {
        Ok(Ok(Some(closes))) => {
            (status.state, status.closes) = (JobState::Done, Some(closes));
            "done".clone_into(&mut status.step);
        }
        Ok(Ok(None)) => status.state = JobState::Cancelled,
        _ if stopped => status.state = JobState::Cancelled,
        Ok(Err(error)) => (status.state, status.error) = (JobState::Failed, Some(error)),
        Err(error) => {
            crate::log::failed(&error);
            let error = "a fault of the program; its log says more".to_owned();
            (status.state, status.error) = (JobState::Failed, Some(error));
        }
    });
}

/// Every job that is remembered.
#[utoipa::path(get, path = "/v1/jobs", responses((status = 200, body = Vec<JobStatus>)))]
async fn jobs(State(service): State<Shared>) -> Json<Vec<JobStatus>> {
    Json(service.jobs.all())
}

fn find(service: &Service, id: u64) -> Result<Arc<Job>, Problem> {
    let gone = || Problem::not_found("there is no job of this number").value(&id.to_string());
    service.jobs.find(id).ok_or_else(gone)
}

/// How a job stands.
#[utoipa::path(get, path = "/v1/jobs/{job}", params(("job" = u64, Path, description = "Number")),
    responses((status = 200, body = JobStatus)))]
async fn job(
    State(service): State<Shared>,
    Parts(id): Parts<u64>,
) -> Result<Json<JobStatus>, Problem> {
    Ok(Json(find(&service, id)?.status()))
}

/// Asks a job to stop at its next safe point.
#[utoipa::path(delete, path = "/v1/jobs/{job}", params(("job" = u64, Path, description = "Number")),
    responses((status = 202, body = JobStatus)))]
async fn cancel(
    State(service): State<Shared>,
    Parts(id): Parts<u64>,
) -> Result<(StatusCode, Json<JobStatus>), Problem> {
    let job = find(&service, id)?;
    job.stop.store(true, Ordering::Relaxed);
    Ok((StatusCode::ACCEPTED, Json(job.status())))
}

/// How a job stands, as server-sent events: one now, one at each change; the last says how it ended.
#[utoipa::path(get, path = "/v1/jobs/{job}/events", params(("job" = u64, Path, description = "Number")),
    responses((status = 200, description = "Events with a job each", content_type = "text/event-stream", body = String)))]
async fn events(State(service): State<Shared>, Parts(id): Parts<u64>) -> Result<Response, Problem> {
    let mut watch = find(&service, id)?.watch();
    let (sender, changes) = tokio::sync::mpsc::channel(8);
    tokio::spawn(async move {
        loop {
            let status = watch.borrow_and_update().clone();
            let over = status.is_over();
            // The event that says how it ended is the last; a client that is gone needs none.
            if sender.send(status).await.is_err() || over || watch.changed().await.is_err() {
                return;
            }
        }
    });
    let events = ReceiverStream::new(changes).map(|status| {
        let event = Event::default().event("job").json_data(&status);
        Ok::<Event, Infallible>(event.unwrap_or_default())
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// A file of the last finished trace: report.html, report.json, transfers.csv or terminals.csv.
#[utoipa::path(get, path = "/v1/cases/{case}/{file}",
    params(("case" = String, Path, description = "Name", pattern = "^[A-Za-z0-9_-]{1,100}$"), ("file" = String, Path, description = "Name of the file")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = String)))]
async fn report(
    State(service): State<Shared>,
    Parts((name, file)): Parts<(String, String)>,
) -> Result<Response, Problem> {
    let folder = existing(&service, &name)?;
    let known = FILES.iter().find(|(known, _)| *known == file);
    let (known, kind) = known.ok_or_else(|| {
        let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        Problem::not_found("a trace makes no such file").value(&file).cure(names.join(", "))
    })?;
    let path = folder.join("out").join(known);
    let bytes = aside(move || match std::fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Problem::not_found("the case was not traced yet"))
        }
        Err(error) => Err(Problem::internal(&error)),
    })
    .await?;
    let headers = [(header::CONTENT_TYPE, *kind), (header::CONTENT_SECURITY_POLICY, REPORT_POLICY)];
    Ok((headers, HttpBody::from(bytes)).into_response())
}
