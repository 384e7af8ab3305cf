//! The addresses of a transaction, each screened.

use crate::arguments::{Common, StorePlace};
use crate::place::{self, Opened};
use crate::verbs::utxo;
use anyhow::Context;
use std::collections::BTreeMap;
use tracehound_model::{Address, Timestamp, TransactionHash};
use tracehound_screen::{Role, Screener, TakenFrom, Verdict};
use tracehound_store::utxo::OutputLedger;
use tracehound_store::{RowId, Snapshot};

/// Screens every address that pays or is paid; one of unknown name cannot be.
pub(super) fn screen(
    common: &Common,
    store: &StorePlace,
    hash: &TransactionHash,
    screener: &Screener,
    now: Timestamp,
) -> anyhow::Result<Vec<Verdict>> {
    let opened = place::open(common, store, None).with_context(
        || "a transaction is looked up in a store; ingest its block, or name a store with --store",
    )?;
    let (chain, addresses) = match &opened {
        Opened::Transfers(_, snapshot) => (snapshot.chain(), of_transfers(snapshot, hash)?),
        Opened::Outputs(_, snapshot) => (snapshot.chain(), of_outputs(snapshot, hash)?),
    };
    let transaction = chain.transaction_text(hash);
    let verdict = |(address, role): (Address, Role)| {
        let (chain, transaction) = (chain.to_string(), transaction.clone());
        let taken_from = TakenFrom { chain, transaction, role };
        screener.address_of(&address.to_string(), Some(taken_from), now)
    };
    Ok(addresses.into_iter().map(verdict).collect())
}

fn of_transfers(
    snapshot: &Snapshot,
    hash: &TransactionHash,
) -> anyhow::Result<BTreeMap<Address, Role>> {
    let rows = snapshot
        .transaction(hash)?
        .with_context(|| format!("transaction {hash} is not in this store; ingest its block"))?;
    let mut found = BTreeMap::new();
    for row in (rows.start.0..rows.end.0).map(RowId) {
        let row = snapshot.row(row)?;
        add(&mut found, snapshot.address(row.from)?, Role::Payer);
        add(&mut found, snapshot.address(row.to)?, Role::Receiver);
    }
    Ok(found)
}

fn of_outputs(
    ledger: &dyn OutputLedger,
    hash: &TransactionHash,
) -> anyhow::Result<BTreeMap<Address, Role>> {
    let view = ledger.transaction(utxo::find(ledger, hash)?)?;
    let mut found = BTreeMap::new();
    for id in view.inputs.iter().filter_map(|input| input.address()) {
        add(&mut found, ledger.address(id)?, Role::Payer);
    }
    for id in view.outputs.iter().filter_map(|output| output.address()) {
        add(&mut found, ledger.address(id)?, Role::Receiver);
    }
    Ok(found)
}

fn add(found: &mut BTreeMap<Address, Role>, address: Address, role: Role) {
    let known = found.entry(address).or_insert(role);
    if *known != role {
        *known = Role::PayerAndReceiver;
    }
}
