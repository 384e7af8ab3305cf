//! Answers that were given, and the same made again.

use super::Routes;
use super::addresses::json;
use crate::extract::Parts;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::heavy;
use crate::world::{Ledger, World};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use tracehound_screen::Answer;
use tracehound_store::Snapshot;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes.role(Role::Screen, routes!(verdict)).role(Role::Screen, routes!(replay))
}

/// Digits of an id, and nothing else.
fn checked(id: &str) -> Result<(), Problem> {
    match id.len() <= 64 && id.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err(Problem::bad("an id is up to 64 hexadecimal digits").value(id)),
    }
}

fn parsed(answer: &Answer) -> Result<Value, Problem> {
    match answer {
        Answer::Verdict(verdict) => json(verdict),
        Answer::Name(name) => json(name),
        Answer::Short(short, _) => json(short),
    }
}

fn store<'w>(world: &'w World, answer: &Answer) -> Option<&'w Snapshot> {
    let kept = world.store(answer.needs_store_of()?)?;
    match &kept.ledger {
        Ledger::Accounts(ledger) => Some(&ledger.snapshot),
        Ledger::Outputs(_) => None,
    }
}

/// An answer from the log, by its id or the first eight digits or more.
#[utoipa::path(get, path = "/v1/verdicts/{id}", params(("id" = String, Path, description = "Id, or its first digits", pattern = "^[0-9A-Fa-f]{8,64}$")),
    responses((status = 200, description = "The answer as it was given", body = Object)))]
async fn verdict(
    State(service): State<Shared>,
    Parts(id): Parts<String>,
) -> Result<Json<Value>, Problem> {
    checked(&id)?;
    let world = service.world()?;
    let shared = Arc::clone(&service);
    heavy(&service, move |stop| {
        let found = Answer::find(&shared.home, &id)?;
        // Of a short one the log has the id alone; made again it is whole.
        if matches!(found, Answer::Short(..)) {
            let made = found.made_again(&shared.home, store(&world, &found), stop)?;
            if found.is_same_as(&made) {
                return parsed(&made).map(Json);
            }
        }
        parsed(&found).map(Json)
    })
    .await
}

#[derive(Serialize, ToSchema)]
struct Replayed {
    id: String,
    /// Whether the answer made again from the stored inputs is the same to the byte.
    same: bool,
    /// The answer as made again.
    #[schema(value_type = Object)]
    made: Value,
}

/// An answer made again from the lists, tags, policy and store of its time.
#[utoipa::path(get, path = "/v1/verdicts/{id}/replay", params(("id" = String, Path, description = "Id, or its first digits", pattern = "^[0-9A-Fa-f]{8,64}$")),
    responses((status = 200, body = Replayed)))]
async fn replay(
    State(service): State<Shared>,
    Parts(id): Parts<String>,
) -> Result<Json<Replayed>, Problem> {
    checked(&id)?;
    let world = service.world()?;
    let shared = Arc::clone(&service);
    heavy(&service, move |stop| {
        let found = Answer::find(&shared.home, &id)?;
        let made = found.made_again(&shared.home, store(&world, &found), stop)?;
        let (id, same) = (found.id().to_owned(), found.is_same_as(&made));
        Ok(Json(Replayed { id, same, made: parsed(&made)? }))
    })
    .await
}
