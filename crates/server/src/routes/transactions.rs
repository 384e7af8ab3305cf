//! Transactions and outputs.

use super::Routes;
use super::addresses::{json, note};
use super::chains::store_of;
use crate::extract::Parts;
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::aside;
use crate::world::{KeptStore, Ledger};
use axum::Json;
use axum::extract::{Extension, State};
use serde_json::Value;
use tracehound_model::TransactionHash;
use tracehound_report::look_up::{TransactionRecord, TransferRecord, output_of};
use tracehound_store::RowId;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId, UtxoSnapshot};
use utoipa_axum::routes;

/// Transfers of one transaction that are given.
const MOST: u64 = 10_000;

pub(super) fn add(routes: Routes) -> Routes {
    routes.role(Role::Read, routes!(transaction)).role(Role::Read, routes!(output))
}

pub(crate) fn hash(text: &str) -> Result<TransactionHash, Problem> {
    text.parse().map_err(|_| {
        Problem::bad("not the hash of a transaction").value(text).cure("give 64 hexadecimal digits")
    })
}

fn not_held(text: &str) -> Problem {
    Problem::not_found("the store of this chain does not hold this transaction").value(text)
}

pub(crate) fn find(snapshot: &UtxoSnapshot, text: &str) -> Result<TransactionId, Problem> {
    snapshot.find(&hash(text)?)?.ok_or_else(|| not_held(text))
}

/// A transaction: its transfers, or its inputs and outputs.
#[utoipa::path(get, path = "/v1/chains/{chain}/transactions/{hash}",
    params(("chain" = String, Path, description = "Chain"), ("hash" = String, Path, description = "Hash of the transaction")),
    responses((status = 200, description = "The transaction", body = Object)))]
async fn transaction(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts((chain, text)): Parts<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let world = service.world()?;
    hash(&text)?;
    note(&service, &caller, "transaction", &text).await?;
    aside(move || read(store_of(&world, &chain)?, &text).map(Json)).await
}

fn read(kept: &KeptStore, text: &str) -> Result<Value, Problem> {
    match &kept.ledger {
        Ledger::Outputs(snapshot) => {
            json(&TransactionRecord::read(snapshot.as_ref(), find(snapshot, text)?)?)
        }
        Ledger::Accounts(ledger) => {
            let snapshot = &ledger.snapshot;
            let rows = snapshot.transaction(&hash(text)?)?.ok_or_else(|| not_held(text))?;
            let count = rows.end.0 - rows.start.0;
            let shown = (rows.start.0..rows.end.0.min(rows.start.0 + MOST)).map(RowId);
            let records: Result<Vec<Value>, Problem> =
                shown.map(|row| json(&TransferRecord::read(snapshot, row)?)).collect();
            Ok(serde_json::json!({
                "transaction": text, "transfers": records?, "transfers_in_all": count,
            }))
        }
    }
}

/// An output and what spent it.
#[utoipa::path(get, path = "/v1/chains/{chain}/transactions/{hash}/outputs/{index}",
    params(("chain" = String, Path, description = "Chain"), ("hash" = String, Path, description = "Hash of the transaction"),
        ("index" = u32, Path, description = "Place of the output, from 0")),
    responses((status = 200, description = "The output", body = Object)))]
async fn output(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts((chain, text, index)): Parts<(String, String, u32)>,
) -> Result<Json<Value>, Problem> {
    let world = service.world()?;
    hash(&text)?;
    note(&service, &caller, "output", &format!("{text}:{index}")).await?;
    aside(move || {
        let Ledger::Outputs(snapshot) = &store_of(&world, &chain)?.ledger else {
            return Err(Problem::refused("this chain has no outputs; ask for its transfers"));
        };
        let transaction = find(snapshot, &text)?;
        let outputs = snapshot.transaction(transaction)?.outputs.len();
        if usize::try_from(index).is_ok_and(|index| index >= outputs) {
            let detail = format!("the transaction has {outputs} outputs, numbered from 0");
            return Err(Problem::not_found(detail).value(&index.to_string()));
        }
        Ok(Json(json(&output_of(snapshot.as_ref(), OutputId { transaction, index })?)?))
    })
    .await
}
