//! Which categories stand behind an address's money, and before it.

use super::Routes;
use super::addresses::{note, number, parse};
use super::chains::store_of;
use crate::extract::{Params, Parts};
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::{aside, heavy};
use crate::world::{AccountLedger, KeptStore, Ledger};
use axum::Json;
use axum::extract::{Extension, State};
use serde::Deserialize;
use std::sync::atomic::AtomicBool;
use tracehound_analysis::exposure::{POLICIES, on_demand_by};
use tracehound_analysis::trace::StoreLedger;
use tracehound_model::Direction;
use tracehound_report::look_up::{ExposureRecord, SideRecord};
use tracehound_store::{AddressId, RowId};
use utoipa::IntoParams;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes.role(Role::Read, routes!(exposure))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExposureParams {
    /// Compute the largest path behind each figure and the range over policies
    /// (true), or give the precomputed figures alone (false).
    #[serde(default = "yes")]
    paths: bool,
}

fn yes() -> bool {
    true
}

/// The store of transfers of a chain.
pub(crate) fn accounts(kept: &KeptStore) -> Result<&AccountLedger, Problem> {
    match &kept.ledger {
        Ledger::Accounts(ledger) => Ok(ledger),
        Ledger::Outputs(_) => {
            Err(Problem::refused("exposure is defined on chains of accounts so far"))
        }
    }
}

/// What an address received from and sent to each category of tags, directly and at any distance, with the largest path behind each figure.
#[utoipa::path(get, path = "/v1/chains/{chain}/addresses/{address}/exposure",
    params(("chain" = String, Path, description = "Chain"), ("address" = String, Path, description = "Address"), ExposureParams),
    responses((status = 200, description = "Exposures, received and sent; amounts in whole units", body = Object)))]
async fn exposure(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts((chain, text)): Parts<(String, String)>,
    Params(params): Params<ExposureParams>,
) -> Result<Json<serde_json::Value>, Problem> {
    let world = service.world()?;
    let address = parse(store_of(&world, &chain)?, &text)?;
    note(&service, &caller, "exposure", &address.to_string()).await?;
    let most = service.config.limits.exposure_rows;
    let tell = move |stop: &AtomicBool| {
        let ledger = accounts(store_of(&world, &chain)?)?;
        let id = number(&ledger.snapshot, &address)?;
        let sides = [Direction::Forward, Direction::Backward].map(|side| match params.paths {
            true => demanded(ledger, id, side, most, stop),
            false => tabled(ledger, id, side),
        });
        let sides: Result<Vec<SideRecord>, Problem> = sides.into_iter().collect();
        let record = ExposureRecord::new(address, &ledger.question, id, sides?);
        super::addresses::json(&record).map(Json)
    };
    match params.paths {
        true => heavy(&service, tell).await,
        false => aside(move || tell(&AtomicBool::new(false))).await,
    }
}

fn demanded(
    ledger: &AccountLedger,
    id: AddressId,
    side: Direction,
    most: u64,
    stop: &AtomicBool,
) -> Result<SideRecord, Problem> {
    let AccountLedger { snapshot, question, .. } = ledger;
    let rows = StoreLedger::new(snapshot, side, RowId(snapshot.row_count()));
    let found = on_demand_by(&rows, &question.request, &POLICIES, id, most, Some(stop))?;
    Ok(SideRecord::demanded(snapshot, question, side, &found)?)
}

fn tabled(ledger: &AccountLedger, id: AddressId, side: Direction) -> Result<SideRecord, Problem> {
    let table = match side {
        Direction::Forward => &ledger.received,
        Direction::Backward => &ledger.sent,
    };
    let table = table.as_ref().ok_or_else(|| {
        Problem::refused("no table of exposures fits this state of the store and of the tags")
            .cure("build it with `tracehound exposure --build`, or ask with paths=true")
    })?;
    Ok(SideRecord::of_table(&ledger.snapshot, side, &table.find(id))?)
}
