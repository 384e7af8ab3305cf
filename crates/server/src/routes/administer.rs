//! Lists and packs: how they stand, import, withdrawal; and loading anew.

use super::Routes;
use super::addresses::json;
use crate::audit::now;
use crate::extract::{Params, Parts, Raw};
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::{aside, heavy};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracehound_lists::{Difference, ImportOptions, ListError, ListId};
use tracehound_screen::Home;
use tracehound_tags::{Assumed, TagError, read_pack};
use utoipa::IntoParams;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    let limit = routes.bulk_bytes();
    let large = |(schemas, paths, methods): UtoipaMethodRouter<Shared>| {
        (schemas, paths, methods.layer(DefaultBodyLimit::max(limit)))
    };
    let (import_list, import_pack) = (large(routes!(import_list)), large(routes!(import_pack)));
    routes
        .role(Role::Read, routes!(lists))
        .role(Role::Read, routes!(difference))
        .role(Role::Administer, import_list)
        .role(Role::Administer, import_pack)
        .role(Role::Administer, routes!(withdraw_pack))
        .role(Role::Administer, routes!(reload))
}

/// What is wrong with a file or a name is told; what is wrong here is not.
fn told(error: ListError) -> Problem {
    match error {
        ListError::Io { ref source, .. } => Problem::of_files(source, &error),
        other => Problem::refused(other.to_string()),
    }
}

fn told_of_tags(error: TagError) -> Problem {
    match error {
        TagError::Io { ref source, .. } => Problem::of_files(source, &error),
        other => Problem::refused(other.to_string()),
    }
}

/// Every list, how old it is and what is missing.
#[utoipa::path(get, path = "/v1/lists",
    responses((status = 200, description = "Lists", body = Vec<Object>)))]
async fn lists(State(service): State<Shared>) -> Result<Json<Value>, Problem> {
    aside(move || json(&service.home.lists().status(now()).map_err(told)?).map(Json)).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DifferenceParams {
    /// As the list stood on this day; the publication before the later one if absent.
    #[param(format = Date)]
    from: Option<String>,
    /// As it stood on this day; the latest publication if absent.
    #[param(format = Date)]
    to: Option<String>,
}

/// What was added to, removed from and changed in a list between two days.
#[utoipa::path(get, path = "/v1/lists/{list}/difference",
    params(("list" = String, Path, description = "Such as ofac-sdn", pattern = "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$"), DifferenceParams),
    responses((status = 200, description = "The difference", body = Object)))]
async fn difference(
    State(service): State<Shared>,
    Parts(list): Parts<String>,
    Params(params): Params<DifferenceParams>,
) -> Result<Json<Value>, Problem> {
    named(&list)?;
    for day in [&params.from, &params.to].into_iter().flatten() {
        let date: Result<jiff::civil::Date, _> = day.parse();
        date.map_err(|_| Problem::bad("not a day").value(day).cure("write YYYY-MM-DD"))?;
    }
    heavy(&service.clone(), move |_| {
        let (lists, id) = (service.home.lists(), ListId(list.clone()));
        if !lists.manifests().map_err(told)?.iter().any(|kept| kept.list == id) {
            return Err(Problem::not_found("this list was never imported").value(&list));
        }
        let to = lists.snapshot(&id, params.to.as_deref()).map_err(told)?;
        let from = match &params.from {
            Some(day) => lists.snapshot(&id, Some(day)),
            None => lists.snapshot_before(&id, &to.manifest.published),
        };
        let from = from.map_err(told)?;
        let difference = Difference::between(&from.entries, &to.entries);
        Ok(Json(serde_json::json!({
            "list": list, "from": from.manifest, "to": to.manifest,
            "difference": json(&difference)?,
        })))
    })
    .await
}

/// A name that is one word, and so no path.
fn named(name: &str) -> Result<(), Problem> {
    let good = (1..=100).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if good {
        return Ok(());
    }
    Err(Problem::bad("a name has letters, digits, - _ and . only").value(name))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportParams {
    /// Name of the file, whose ending may tell how it is packed.
    file: String,
    /// Day of publication, for formats that do not say it.
    date: Option<String>,
    /// Take a list that lost more than a fifth of its entries or addresses.
    #[serde(default)]
    force: bool,
}

/// The body as a file of its name, gone when the folder is dropped.
fn file(name: &str, bytes: &[u8]) -> Result<(tempfile::TempDir, PathBuf), Problem> {
    named(name)?;
    let folder = tempfile::tempdir().map_err(|error| Problem::of_files(&error, &error))?;
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).map_err(|error| Problem::of_files(&error, &error))?;
    Ok((folder, path))
}

/// The message without the folder of a moment.
fn plain(problem: Problem, folder: &tempfile::TempDir) -> Problem {
    problem.without(&format!("{}/", folder.path().display()))
}

/// Takes a publisher's file as a snapshot of its list. What is stored stays as it is if the file is refused.
#[utoipa::path(post, path = "/v1/lists", params(ImportParams),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 201, description = "What was imported", body = Object)))]
async fn import_list(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<ImportParams>,
    Raw(body): Raw,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let options = ImportOptions { force: params.force, now: now(), date: params.date, only: None };
    import(service, caller, "list-imported", (params.file, body), move |home, path, _| {
        json(&home.lists().import(path, &options).map_err(told)?)
    })
    .await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PackParams {
    /// Name of the file, whose ending tells its format: .yaml, .json or .csv.
    file: String,
    /// Name to keep the pack under; a newer pack of one name replaces the older.
    name: String,
}

/// Takes a pack of tags.
#[utoipa::path(post, path = "/v1/packs", params(PackParams),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 201, description = "What was imported", body = Object)))]
async fn import_pack(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<PackParams>,
    Raw(body): Raw,
) -> Result<(StatusCode, Json<Value>), Problem> {
    named(&params.name)?;
    import(service, caller, "tags-imported", (params.file, body), move |home, path, folder| {
        let pack = read_pack(path, folder, &Assumed::default()).map_err(told_of_tags)?;
        let kept = home.tags().import(path, &params.name, &pack, now());
        json(&kept.map_err(told_of_tags)?)
    })
    .await
}

/// Takes a file that was sent: `keep` is given the home folder, the file and
/// the folder it lies in for the moment, which no message names.
async fn import(
    service: Shared,
    caller: Caller,
    kind: &'static str,
    (name, body): (String, Bytes),
    keep: impl FnOnce(&Home, &Path, &Path) -> Result<Value, Problem> + Send + 'static,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let shared = Arc::clone(&service);
    let imported = heavy(&service, move |_| {
        let (folder, path) = file(&name, &body)?;
        keep(&shared.home, &path, folder.path()).map_err(|problem| plain(problem, &folder))
    })
    .await?;
    done(&service, &caller, kind, &imported).await?;
    Ok((StatusCode::CREATED, Json(imported)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WithdrawParams {
    /// Why.
    reason: String,
}

/// Takes a pack of tags out; no answer uses it any more, and earlier verdicts can still be made again.
#[utoipa::path(delete, path = "/v1/packs/{pack}", params(("pack" = String, Path, description = "Name of the pack"), WithdrawParams),
    responses((status = 200, description = "What was withdrawn", body = Object)))]
async fn withdraw_pack(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(pack): Parts<String>,
    Params(params): Params<WithdrawParams>,
) -> Result<Json<Value>, Problem> {
    // Packs from folders are named after them, and so hold slashes; a pack is
    // looked for among the kept ones, never opened by a name that was sent.
    let shared = Arc::clone(&service);
    let withdrawn = heavy(&service, move |_| {
        let store = shared.home.tags();
        let kept = store.manifests().map_err(told_of_tags)?;
        if !kept.iter().any(|manifest| manifest.name == pack) {
            return Err(Problem::not_found("no pack of this name is kept").value(&pack));
        }
        json(&store.withdraw(&pack, &params.reason, now()).map_err(told_of_tags)?)
    })
    .await?;
    done(&service, &caller, "tags-withdrawn", &withdrawn).await?;
    Ok(Json(withdrawn))
}

/// Notes a change and loads it, so that the next answer knows it.
async fn done(
    service: &Shared,
    caller: &Caller,
    kind: &'static str,
    what: &Value,
) -> Result<(), Problem> {
    let record = serde_json::json!({
        "by": &*caller.name, "request": &caller.request, "what": what,
    });
    service.audit.record(kind, &record).await?;
    loaded(service, false).await
}

async fn loaded(service: &Shared, anyway: bool) -> Result<(), Problem> {
    let shared = Arc::clone(service);
    aside(move || shared.reload(anyway).map_err(|error| Problem::internal(&error))).await
}

/// Loads lists, tags, policy, decisions, stores and keys anew. Requests at work keep what they began with.
#[utoipa::path(post, path = "/v1/reload",
    responses((status = 200, description = "Everything is loaded", body = Object)))]
async fn reload(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Value>, Problem> {
    let record = serde_json::json!({ "by": &*caller.name, "request": &caller.request });
    service.audit.record("reload", &record).await?;
    service.reload_keys();
    loaded(&service, true).await?;
    Ok(Json(serde_json::json!({ "loaded_at": service.world()?.loaded_at })))
}
