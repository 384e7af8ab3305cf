//! What a store knows of an address.

use super::Routes;
use super::chains::store_of;
use crate::extract::{Params, Parts};
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::aside;
use crate::world::{KeptStore, Ledger};
use axum::Json;
use axum::extract::{Extension, State};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tracehound_model::Address;
use tracehound_report::look_up::{
    AccountQuery, AccountRecord, OutputAddressQuery, OutputAddressRecord,
};
use tracehound_store::utxo::OutputLedger;
use tracehound_store::{AddressId, Snapshot};
use utoipa::IntoParams;
use utoipa_axum::routes;

/// Transfers that are read to sum an address up or to find its neighbours.
const MOST_ROWS: usize = 5_000_000;

pub(super) fn add(routes: Routes) -> Routes {
    routes.role(Role::Read, routes!(address)).role(Role::Read, routes!(neighbours))
}

/// An address of a chain, or what is wrong with its text.
pub(crate) fn parse(kept: &KeptStore, text: &str) -> Result<Address, Problem> {
    let address: Address = text
        .parse()
        .map_err(|error| Problem::bad(format!("not an address: {error}")).value(text))?;
    Ok(address.on(&kept.chain))
}

/// The number of an address in a store of transfers.
pub(crate) fn number(snapshot: &Snapshot, address: &Address) -> Result<AddressId, Problem> {
    snapshot.address_id(address)?.ok_or_else(|| not_held(address))
}

pub(crate) fn not_held(address: &Address) -> Problem {
    Problem::not_found("the store of this chain has no transfer of this address")
        .value(&address.to_string())
        .cure("that is no statement about the address: it may be active after the store's tip")
}

/// Notes a look-up in the log of answers.
pub(crate) async fn note(
    service: &Shared,
    caller: &Caller,
    what: &str,
    subject: &str,
) -> Result<(), Problem> {
    if !service.config.audit.look_ups {
        return Ok(());
    }
    let record = serde_json::json!({
        "by": &*caller.name, "request": &caller.request, "what": what, "subject": subject,
    });
    service.audit.record("look-up", &record).await
}

/// An address: when it was active, what it received, sent and holds, by asset.
#[utoipa::path(get, path = "/v1/chains/{chain}/addresses/{address}",
    params(("chain" = String, Path, description = "Chain"), ("address" = String, Path, description = "Address")),
    responses((status = 200, description = "The address; amounts in whole units", body = Object)))]
async fn address(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts((chain, text)): Parts<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let world = service.world()?;
    let address = parse(store_of(&world, &chain)?, &text)?;
    note(&service, &caller, "address", &address.to_string()).await?;
    aside(move || {
        let record = match &store_of(&world, &chain)?.ledger {
            Ledger::Accounts(ledger) => {
                let snapshot = &ledger.snapshot;
                let id = number(snapshot, &address)?;
                within(snapshot.incoming(id)?.len() + snapshot.outgoing(id)?.len())?;
                let query = AccountQuery { limit: 0, since: None };
                json(&AccountRecord::read(snapshot, id, &query)?)?
            }
            Ledger::Outputs(snapshot) => {
                let ledger: &dyn OutputLedger = snapshot.as_ref();
                let id = ledger.address_id(&address)?.ok_or_else(|| not_held(&address))?;
                let query = OutputAddressQuery { address, limit: 0, since: None, at_height: None };
                json(&OutputAddressRecord::read(ledger, id, &query)?)?
            }
        };
        Ok(Json(record))
    })
    .await
}

fn within(rows: usize) -> Result<(), Problem> {
    if rows <= MOST_ROWS {
        return Ok(());
    }
    Err(Problem::refused(format!("the address has {rows} transfers, more than are summed up here"))
        .cure("page through its transfers, or ask for its exposure, which is precomputed"))
}

/// A record as JSON.
pub(crate) fn json(record: &impl serde::Serialize) -> Result<Value, Problem> {
    serde_json::to_value(record).map_err(|error| Problem::internal(&error))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NeighbourParams {
    /// `in`: who paid it; `out`: whom it paid.
    #[param(inline)]
    direction: Side,
    /// Where to go on: `next` of the page before.
    cursor: Option<u32>,
    /// How many on a page, at most 1,000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    In,
    Out,
}

/// Counterparties of an account, in the order of their first appearance on the chain, with how many transfers and how much.
#[utoipa::path(get, path = "/v1/chains/{chain}/addresses/{address}/neighbours",
    params(("chain" = String, Path, description = "Chain"), ("address" = String, Path, description = "Address"), NeighbourParams),
    responses((status = 200, description = "A page of neighbours; `next` is absent on the last", body = Object)))]
async fn neighbours(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts((chain, text)): Parts<(String, String)>,
    Params(params): Params<NeighbourParams>,
) -> Result<Json<Value>, Problem> {
    let world = service.world()?;
    let address = parse(store_of(&world, &chain)?, &text)?;
    note(&service, &caller, "neighbours", &address.to_string()).await?;
    aside(move || {
        let Ledger::Accounts(ledger) = &store_of(&world, &chain)?.ledger else {
            return Err(Problem::refused("neighbours are defined on chains of accounts"));
        };
        page_of_neighbours(&ledger.snapshot, &address, &params).map(Json)
    })
    .await
}

fn page_of_neighbours(
    snapshot: &Snapshot,
    address: &Address,
    params: &NeighbourParams,
) -> Result<Value, Problem> {
    let id = number(snapshot, address)?;
    let rows = match params.direction {
        Side::In => snapshot.incoming(id)?,
        Side::Out => snapshot.outgoing(id)?,
    };
    within(rows.len())?;
    let limit = params.limit.unwrap_or(100).clamp(1, 1_000);
    let mut counted: BTreeMap<AddressId, BTreeMap<_, (u64, tracehound_model::Amount)>> =
        BTreeMap::new();
    for row in rows.iter() {
        let row = snapshot.row(row)?;
        let other = match params.direction {
            Side::In => row.from,
            Side::Out => row.to,
        };
        if params.cursor.is_some_and(|last| other.0 <= last) {
            continue;
        }
        let (count, sum) = counted.entry(other).or_default().entry(row.asset).or_default();
        *count += 1;
        *sum = sum.add(row.amount).map_err(|error| Problem::internal(&error))?;
        if counted.len() > limit + 1 {
            counted.pop_last();
        }
    }
    let more = counted.len() > limit;
    let mut page = Vec::new();
    for (other, assets) in counted.iter().take(limit) {
        let assets: Result<Vec<Value>, Problem> = assets
            .iter()
            .map(|(asset, (transfers, sum))| {
                let asset = tracehound_analysis::AssetText::of(snapshot, *asset)?;
                let amount = sum.to_decimal(asset.decimals);
                Ok(serde_json::json!({
                    "asset": asset.caip19, "symbol": asset.symbol,
                    "transfers": transfers, "amount": amount,
                }))
            })
            .collect();
        let address = snapshot.address(*other)?.to_string();
        page.push(serde_json::json!({ "address": address, "assets": assets? }));
    }
    let next = counted.keys().nth(limit - 1).filter(|_| more).map(|id| id.0);
    Ok(serde_json::json!({ "neighbours": page, "next": next }))
}
