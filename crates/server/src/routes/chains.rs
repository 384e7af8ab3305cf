//! Chains and their tips.

use super::Routes;
use crate::extract::Parts;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::world::{KeptStore, Ledger, World};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracehound_store::utxo::OutputLedger;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes.role(Role::Read, routes!(chains)).role(Role::Read, routes!(chain))
}

/// A chain that a store holds.
#[derive(Serialize, ToSchema)]
struct ChainStatus {
    /// CAIP-2 name.
    chain: String,
    /// `accounts` or `outputs`.
    kind: &'static str,
    /// Its coin.
    coin: &'static str,
    /// Height of the last block held; absent where there is none.
    tip: Option<u64>,
    /// Time of that block.
    tip_time: Option<String>,
    /// Height of the first block held.
    start: Option<u64>,
    /// Transactions.
    transactions: u64,
    /// Addresses.
    addresses: u64,
    /// Transfers of accounts, or outputs.
    rows: u64,
    /// Whether exposures of all addresses are precomputed for this very state.
    exposures_precomputed: bool,
}

/// The store of a chain, or what to do.
pub(super) fn store_of<'w>(world: &'w World, chain: &str) -> Result<&'w KeptStore, Problem> {
    world.store(chain).ok_or_else(|| {
        let known: Vec<&str> = world.stores.keys().map(String::as_str).collect();
        Problem::not_found("no store of this chain is kept")
            .value(chain)
            .cure(format!("kept are: {}", known.join(", ")))
    })
}

fn status(kept: &KeptStore) -> Result<ChainStatus, Problem> {
    let (coin, _) = kept.chain.native_coin();
    let chain = kept.chain.to_string();
    Ok(match &kept.ledger {
        Ledger::Accounts(ledger) => {
            let snapshot = &ledger.snapshot;
            let tip = snapshot.tip();
            ChainStatus {
                chain,
                kind: "accounts",
                coin,
                tip: tip.map(|(height, _)| height.0),
                tip_time: tip.map(|(_, time)| time.to_string()),
                start: snapshot.start().map(|(height, _)| height.0),
                transactions: snapshot.transaction_count(),
                addresses: snapshot.address_count().into(),
                rows: snapshot.row_count(),
                exposures_precomputed: ledger.received.is_some() && ledger.sent.is_some(),
            }
        }
        Ledger::Outputs(snapshot) => {
            let tip = snapshot.tip()?;
            ChainStatus {
                chain,
                kind: "outputs",
                coin,
                tip: tip.as_ref().map(|block| block.height.0),
                tip_time: tip.map(|block| block.timestamp.to_string()),
                start: None,
                transactions: snapshot.transaction_count().into(),
                addresses: snapshot.address_count().into(),
                rows: snapshot.output_count(),
                exposures_precomputed: false,
            }
        }
    })
}

/// Every chain that is held, with its tip.
#[utoipa::path(get, path = "/v1/chains", responses((status = 200, body = Vec<ChainStatus>)))]
async fn chains(State(service): State<Shared>) -> Result<Json<Vec<ChainStatus>>, Problem> {
    let world = service.world()?;
    Ok(Json(world.stores.values().map(status).collect::<Result<_, _>>()?))
}

/// One chain with its tip.
#[utoipa::path(get, path = "/v1/chains/{chain}", params(("chain" = String, Path, description = "CAIP-2 name, or a short one such as `ethereum`")),
    responses((status = 200, body = ChainStatus)))]
async fn chain(
    State(service): State<Shared>,
    Parts(chain): Parts<String>,
) -> Result<Json<ChainStatus>, Problem> {
    let world = service.world()?;
    Ok(Json(status(store_of(&world, &chain)?)?))
}
