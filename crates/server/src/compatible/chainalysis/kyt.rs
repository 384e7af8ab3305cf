//! The shape of KYT v2: what is registered is kept in a file of its own under
//! `kyt` of the home folder, so that polling goes on after a restart.
//!
//! A transfer is answered (`updatedAt` is set) once the store of its chain
//! holds its transaction; until then nothing is known of its other side, and
//! the client polls on, as it does with the service this shape is of.

use super::refused;
use crate::audit::now;
use crate::extract::{Body, Parts};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::routes::{Asked, written};
use crate::service::{Service, Shared};
use crate::work::aside;
use crate::world::{Ledger, World};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use tracehound_lists::files;
use tracehound_model::Address;
use tracehound_model::hash::to_hex;
use tracehound_screen::{Decision, Reason, Written};
use tracehound_store::RowId;
use tracehound_store::utxo::OutputLedger;

/// A transfer that a client registers.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewTransfer {
    network: String,
    asset: String,
    /// `HASH:OUTPUT-ADDRESS`.
    transfer_reference: String,
    /// `received` or `sent`.
    direction: String,
    #[serde(default)]
    asset_amount: Option<Value>,
    #[serde(default)]
    transfer_timestamp: Option<String>,
}

/// A withdrawal that a client is about to make.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewAttempt {
    network: String,
    asset: String,
    address: String,
    attempt_identifier: String,
    #[serde(default)]
    asset_amount: Option<Value>,
    #[serde(default)]
    attempt_timestamp: Option<String>,
}

/// What is kept of a registration.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    #[serde(rename = "externalId")]
    id: String,
    user: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum What {
    Transfer(NewTransfer),
    Attempt(NewAttempt),
}

/// Longest of any text that is kept.
const LONGEST: usize = 300;

impl Kept {
    fn new(user: &str, what: What) -> Result<Self, Problem> {
        let parts: Vec<&str> = match &what {
            What::Transfer(t) => vec![&t.network, &t.asset, &t.transfer_reference, &t.direction],
            What::Attempt(a) => vec![&a.network, &a.asset, &a.address, &a.attempt_identifier],
        };
        if user.len() > LONGEST || parts.iter().any(|part| part.len() > LONGEST) {
            return Err(Problem::bad(format!("a field is longer than {LONGEST} bytes")));
        }
        // The same registration has the same id, so that a client may repeat it.
        let mut hasher = Sha256::new();
        hasher.update(user.as_bytes());
        parts.iter().for_each(|part| {
            hasher.update([0]);
            hasher.update(part.as_bytes());
        });
        let hex = to_hex(&hasher.finalize());
        let place = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        let id = [place(0, 8), place(8, 12), place(12, 16), place(16, 20), place(20, 32)].join("-");
        Ok(Self { id, user: user.to_owned(), what })
    }

    /// Hash and output address of a transfer's reference.
    fn reference(&self) -> (&str, &str) {
        match &self.what {
            What::Transfer(t) => {
                t.transfer_reference.split_once(':').unwrap_or((&t.transfer_reference, ""))
            }
            What::Attempt(attempt) => ("", &attempt.address),
        }
    }
}

fn file(service: &Service, id: &str) -> Result<PathBuf, Problem> {
    let good = id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    match good {
        true => Ok(service.home.folder().join("kyt").join(format!("{id}.json"))),
        false => Err(Problem::not_found("nothing is registered under this id")),
    }
}

fn keep(service: &Service, kept: &Kept) -> Result<(), Problem> {
    let path = file(service, &kept.id)?;
    let bytes = serde_json::to_vec(kept).map_err(|error| Problem::internal(&error))?;
    files::publish(&path, |out| out.write_all(&bytes))
        .map_err(|error| Problem::of_files(&error, &error))
}

fn read(service: &Service, id: &str) -> Result<Kept, Problem> {
    let text = match std::fs::read_to_string(file(service, id)?) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Problem::not_found("nothing is registered under this id"));
        }
        Err(error) => return Err(Problem::internal(&error)),
    };
    serde_json::from_str(&text).map_err(|error| Problem::internal(&error))
}

/// Networks by the names this shape gives them.
fn chain(network: &str) -> String {
    match network.to_ascii_lowercase().as_str() {
        "btc" => "bitcoin".to_owned(),
        "eth" => "ethereum".to_owned(),
        other => other.to_owned(),
    }
}

/// The other side's addresses: who paid a received transfer, who is paid by a
/// sent one or an attempt. `None` while the store does not hold it.
fn other_side(world: &World, kept: &Kept) -> Result<Option<Vec<Address>>, Problem> {
    let (hash, output) = kept.reference();
    let received = match &kept.what {
        What::Attempt(_) => false,
        What::Transfer(transfer) => transfer.direction.eq_ignore_ascii_case("received"),
    };
    if !received {
        return Ok(Some(output.parse().into_iter().collect()));
    }
    let network = match &kept.what {
        What::Transfer(transfer) => &transfer.network,
        What::Attempt(attempt) => &attempt.network,
    };
    let Some(store) = world.store(&chain(network)) else { return Ok(None) };
    let Ok(hash) = hash.parse() else {
        return Err(Problem::bad("transferReference is HASH:OUTPUT-ADDRESS"));
    };
    let mut payers = BTreeSet::new();
    match &store.ledger {
        Ledger::Accounts(ledger) => {
            let snapshot = &ledger.snapshot;
            let Some(rows) = snapshot.transaction(&hash)? else { return Ok(None) };
            let to: Option<Address> = output.parse().ok();
            for row in (rows.start.0..rows.end.0).map(RowId) {
                let row = snapshot.row(row)?;
                if to.is_none_or(|to| snapshot.address(row.to).is_ok_and(|address| address == to)) {
                    payers.insert(snapshot.address(row.from)?);
                }
            }
        }
        Ledger::Outputs(snapshot) => {
            let Some(id) = snapshot.find(&hash)? else { return Ok(None) };
            for id in snapshot.transaction(id)?.inputs.iter().filter_map(|input| input.address()) {
                payers.insert(snapshot.address(id)?);
            }
        }
    }
    Ok(Some(payers.into_iter().collect()))
}

/// Verdicts on the other side; `None` while it is not known.
async fn verdicts(
    service: &Shared,
    caller: &Caller,
    kept: &Kept,
) -> Result<Option<Vec<Written>>, Problem> {
    let world = service.world()?;
    let (seen, asked) = (std::sync::Arc::clone(&world), kept.clone());
    let Some(addresses) = aside(move || other_side(&seen, &asked)).await? else { return Ok(None) };
    let mut verdicts = Vec::new();
    let (_, output) = kept.reference();
    // What is no address we know is screened as it was written.
    let texts: Vec<String> = match addresses.is_empty() {
        true => vec![output.to_owned()],
        false => addresses.iter().map(ToString::to_string).collect(),
    };
    for text in texts {
        let made = world.screener.written(&text, None, now());
        written(service, &world, &Asked::from(caller), &made).await?;
        verdicts.push(made);
    }
    Ok(Some(verdicts))
}

fn answer(outcome: Result<(StatusCode, Value), Problem>) -> Response {
    match outcome {
        Ok((status, value)) => (status, Json(value)).into_response(),
        Err(problem) => refused(&problem),
    }
}

pub(super) async fn register_transfer(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(user): Parts<String>,
    Body(new): Body<NewTransfer>,
) -> Response {
    answer(registered(&service, &caller, Kept::new(&user, What::Transfer(new))).await)
}

pub(super) async fn register_attempt(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(user): Parts<String>,
    Body(new): Body<NewAttempt>,
) -> Response {
    answer(registered(&service, &caller, Kept::new(&user, What::Attempt(new))).await)
}

async fn registered(
    service: &Shared,
    caller: &Caller,
    kept: Result<Kept, Problem>,
) -> Result<(StatusCode, Value), Problem> {
    let kept = kept?;
    let record = json!({
        "by": &*caller.name, "request": &caller.request, "registered": &kept,
    });
    service.audit.record("kyt-registered", &record).await?;
    let (shared, copy) = (Shared::clone(service), kept.clone());
    aside(move || keep(&shared, &copy)).await?;
    Ok((StatusCode::ACCEPTED, status(service, caller, &kept).await?))
}

/// A registration as clients poll it.
async fn status(service: &Shared, caller: &Caller, kept: &Kept) -> Result<Value, Problem> {
    let known = verdicts(service, caller, kept).await?.is_some();
    let updated = known.then(|| service.world().map(|world| world.loaded_at.to_string()));
    let updated = updated.transpose()?;
    let (hash, output) = kept.reference();
    Ok(match &kept.what {
        What::Transfer(transfer) => json!({
            "updatedAt": updated, "asset": transfer.asset, "network": transfer.network,
            "transferReference": transfer.transfer_reference, "tx": hash, "idx": null,
            "usdAmount": null, "assetAmount": transfer.asset_amount,
            "timestamp": transfer.transfer_timestamp, "outputAddress": output,
            "externalId": kept.id,
        }),
        What::Attempt(attempt) => json!({
            "updatedAt": updated, "asset": attempt.asset, "network": attempt.network,
            "address": attempt.address, "attemptIdentifier": attempt.attempt_identifier,
            "assetAmount": attempt.asset_amount, "usdAmount": null, "externalId": kept.id,
        }),
    })
}

pub(super) async fn transfer(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts(id): Parts<String>,
) -> Response {
    let told = async {
        let kept = read(&service, &id)?;
        Ok((StatusCode::OK, status(&service, &caller, &kept).await?))
    };
    answer(told.await)
}

pub(super) async fn part(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts((id, part)): Parts<(String, String)>,
) -> Response {
    let told = async {
        let kept = read(&service, &id)?;
        let verdicts = verdicts(&service, &caller, &kept).await?.unwrap_or_default();
        Ok((StatusCode::OK, of_part(&part, &kept, &verdicts)?))
    };
    answer(told.await)
}

fn of_part(part: &str, kept: &Kept, verdicts: &[Written]) -> Result<Value, Problem> {
    let reasons = || verdicts.iter().flat_map(|v| v.reasons.iter().map(move |reason| (v, reason)));
    Ok(match part {
        "alerts" => {
            let alerts: Vec<Value> = reasons().map(|(v, reason)| alert(v, reason)).collect();
            json!({ "alerts": alerts })
        }
        "exposures" => {
            let direct = reasons().map(|(_, reason)| exposure(reason)).next();
            json!({ "direct": direct, "indirect": [] })
        }
        "high-risk-addresses" => {
            let all = verdicts.iter().filter(|v| v.decision > Decision::Allow);
            let all: Vec<&str> = all.map(|v| v.address.as_str()).collect();
            json!({ "highRiskAddresses": all })
        }
        "network-identifications" => json!({
            "count": 1,
            "data": [{ "network": match &kept.what {
                What::Transfer(transfer) => &transfer.network,
                What::Attempt(attempt) => &attempt.network,
            }}],
        }),
        _ => return Err(Problem::not_found("there is no such part")),
    })
}

fn category(reason: &Reason) -> &str {
    match (&reason.listing, &reason.tag, &reason.exposure) {
        (Some(_), _, _) => "sanctions",
        (_, Some(tag), _) => &tag.concept,
        (_, _, Some(exposure)) => &exposure.label,
        _ => &reason.rule,
    }
}

fn service_name(reason: &Reason) -> Option<&str> {
    let listed = reason.listing.as_ref().map(|listing| listing.entity.as_str());
    listed.or_else(|| reason.tag.as_ref().map(|tag| tag.entity.as_deref().unwrap_or(&tag.label)))
}

fn alert(verdict: &Written, reason: &Reason) -> Value {
    let level = match reason.decision {
        Decision::Block => "SEVERE",
        Decision::Review => "HIGH",
        Decision::Allow => "LOW",
    };
    json!({
        "alertLevel": level, "category": category(reason), "service": service_name(reason),
        "externalId": verdict.id, "alertAmount": null, "exposureType": "DIRECT",
        "reason": reason.text,
    })
}

fn exposure(reason: &Reason) -> Value {
    json!({ "name": service_name(reason), "category": category(reason), "value": null })
}
