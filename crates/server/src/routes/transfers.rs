//! Transfers of an address, page by page.
//!
//! A page goes on from a row, not from a count: however many there are and
//! whatever is appended meanwhile, no transfer is left out or shown twice,
//! and the millionth page costs what the first does.

use super::Routes;
use super::addresses::{json, not_held, note, number, parse};
use super::chains::store_of;
use crate::extract::{Params, Parts};
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::aside;
use crate::world::Ledger;
use axum::Json;
use axum::extract::{Extension, State};
use serde::Deserialize;
use serde_json::Value;
use tracehound_model::{Address, Amount, Asset, Timestamp};
use tracehound_report::look_up::{OutputAddressQuery, OutputAddressRecord, TransferRecord};
use tracehound_store::utxo::{OutputLedger, UtxoSnapshot};
use tracehound_store::{AssetId, RowId, RowList, Snapshot};
use utoipa::IntoParams;
use utoipa_axum::routes;

/// Rows looked at for one page, so that a filter that fits nothing ends too.
const MOST_LOOKED_AT: usize = 200_000;
/// Lines of one address of outputs.
const MOST_LINES: usize = 1_000;

pub(super) fn add(routes: Routes) -> Routes {
    routes.role(Role::Read, routes!(transfers))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TransferParams {
    /// `in`, `out` or `both`.
    #[serde(default)]
    #[param(inline)]
    direction: Direction,
    /// Only from this time on: `2024-07-16T00:00:00Z`, or a day.
    since: Option<String>,
    /// Only before this time.
    until: Option<String>,
    /// Only this asset: its CAIP-19 name, or the address of a token's contract.
    asset: Option<String>,
    /// Only amounts of at least so many base units.
    least: Option<String>,
    /// Where to go on: `next` of the page before.
    cursor: Option<u64>,
    /// How many on a page, at most 1,000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    In,
    Out,
    #[default]
    Both,
}

/// Transfers of an account in the order of the chain, or what transactions did to an address of outputs (the latest).
#[utoipa::path(get, path = "/v1/chains/{chain}/addresses/{address}/transfers",
    params(("chain" = String, Path, description = "Chain"), ("address" = String, Path, description = "Address"), TransferParams),
    responses((status = 200, description = "A page of transfers; `next` is null on the last", body = Object)))]
async fn transfers(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Parts((chain, text)): Parts<(String, String)>,
    Params(params): Params<TransferParams>,
) -> Result<Json<Value>, Problem> {
    let world = service.world()?;
    let address = parse(store_of(&world, &chain)?, &text)?;
    note(&service, &caller, "transfers", &address.to_string()).await?;
    aside(move || {
        let page = match &store_of(&world, &chain)?.ledger {
            Ledger::Accounts(ledger) => page(&ledger.snapshot, &address, &params),
            Ledger::Outputs(snapshot) => lines(snapshot, &address, &params),
        };
        page.map(Json)
    })
    .await
}

fn time(text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let read = |text: &str| {
        text.parse::<Timestamp>().map_err(|error| {
            Problem::bad(format!("not a time: {error}"))
                .value(text)
                .cure("write 2024-07-16T00:00:00Z")
        })
    };
    text.map(read).transpose()
}

fn lines(
    snapshot: &UtxoSnapshot,
    address: &Address,
    params: &TransferParams,
) -> Result<Value, Problem> {
    let ledger: &dyn OutputLedger = snapshot;
    let id = ledger.address_id(address)?.ok_or_else(|| not_held(address))?;
    let limit = params.limit.unwrap_or(100).clamp(1, MOST_LINES);
    let since = time(params.since.as_deref())?;
    let query = OutputAddressQuery { address: *address, limit, since, at_height: None };
    json(&OutputAddressRecord::read(ledger, id, &query)?)
}

/// What rows have to be like.
struct Wanted {
    asset: Option<AssetId>,
    least: Option<Amount>,
    end: RowId,
}

fn wanted(snapshot: &Snapshot, params: &TransferParams) -> Result<Option<Wanted>, Problem> {
    let asset = match &params.asset {
        None => None,
        Some(text) => {
            let asset = asset(snapshot, text)?;
            match snapshot.asset_id(&asset)? {
                Some(id) => Some(id),
                None => return Ok(None),
            }
        }
    };
    let least = params.least.as_ref().map(|text| {
        Amount::parse_decimal(text, 0).map_err(|error| {
            Problem::bad(format!("not an amount in base units: {error}")).value(text)
        })
    });
    let end = match time(params.until.as_deref())? {
        Some(until) => snapshot.first_row_at_time(until)?,
        None => RowId(snapshot.row_count()),
    };
    Ok(Some(Wanted { asset, least: least.transpose()?, end }))
}

fn asset(snapshot: &Snapshot, text: &str) -> Result<Asset, Problem> {
    let chain = snapshot.chain();
    let contract = || text.parse::<Address>().ok().map(|address| Asset::Token(address.on(chain)));
    let named = || Asset::parse(text, chain).ok();
    named().or_else(contract).ok_or_else(|| {
        Problem::bad("not an asset").value(text).cure("give its CAIP-19 name or its contract")
    })
}

fn page(snapshot: &Snapshot, address: &Address, params: &TransferParams) -> Result<Value, Problem> {
    let id = number(snapshot, address)?;
    let limit = params.limit.unwrap_or(100).clamp(1, 1_000);
    let Some(wanted) = wanted(snapshot, params)? else {
        return Ok(serde_json::json!({ "transfers": [], "next": null }));
    };
    let since = time(params.since.as_deref())?;
    let start = since.map(|since| snapshot.first_row_at_time(since)).transpose()?;
    let start = start.unwrap_or(RowId(0)).max(RowId(params.cursor.unwrap_or(0)));
    let (incoming, outgoing) = (snapshot.incoming(id)?, snapshot.outgoing(id)?);
    let mut merged = Merged::new(&incoming, &outgoing, params.direction, start);
    let (mut found, mut looked) = (Vec::new(), 0);
    let mut next = None;
    while let Some(row) = merged.next().filter(|row| *row < wanted.end) {
        if found.len() == limit || looked == MOST_LOOKED_AT {
            next = Some(row.0);
            break;
        }
        looked += 1;
        let read = snapshot.row(row)?;
        let fits = wanted.asset.is_none_or(|asset| read.asset == asset)
            && wanted.least.is_none_or(|least| read.amount >= least);
        if fits {
            found.push(json(&TransferRecord::read(snapshot, row)?)?);
        }
    }
    Ok(serde_json::json!({ "transfers": found, "next": next }))
}

/// Rows of two lists in order, each once.
struct Merged<'l> {
    lists: Vec<(&'l RowList<'l>, usize)>,
}

impl<'l> Merged<'l> {
    fn new(
        incoming: &'l RowList<'l>,
        outgoing: &'l RowList<'l>,
        direction: Direction,
        start: RowId,
    ) -> Self {
        let all = [(incoming, Direction::In), (outgoing, Direction::Out)];
        let asked = all.into_iter().filter(|(_, own)| [*own, Direction::Both].contains(&direction));
        Self { lists: asked.map(|(list, _)| (list, list.first_at_or_after(start))).collect() }
    }

    fn next(&mut self) -> Option<RowId> {
        let least = self.lists.iter().filter_map(|(list, at)| list.get(*at)).min()?;
        for (list, at) in &mut self.lists {
            if list.get(*at) == Some(least) {
                *at += 1;
            }
        }
        Some(least)
    }
}
