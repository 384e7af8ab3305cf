//! Where stores lie, and what kind each is.

use crate::arguments::{Common, StorePlace};
use anyhow::Context;
use std::path::{Path, PathBuf};
use tracehound_model::Chain;
use tracehound_screen::Home;
use tracehound_store::utxo::{UtxoSnapshot, UtxoStore};
use tracehound_store::{Snapshot, Store, StoreKind, store_kind};

/// An existing store, opened for reading.
pub(crate) enum Opened {
    /// Transfers between accounts.
    Transfers(Store, Snapshot),
    /// Transactions that spend outputs.
    Outputs(UtxoStore, UtxoSnapshot),
}

/// The home folder.
pub(crate) fn home(common: &Common) -> anyhow::Result<Home> {
    match &common.home {
        Some(home) => Ok(Home::at(home)),
        None => dirs::data_dir()
            .map(|folder| Home::at(&folder.join("tracehound")))
            .context("this platform names no data folder; give --home DIR"),
    }
}

/// The folder that the store of a chain is to lie in.
pub(crate) fn folder_of(
    common: &Common,
    place: &StorePlace,
    chain: &Chain,
) -> anyhow::Result<PathBuf> {
    match &place.store {
        Some(folder) => Ok(folder.clone()),
        None => Ok(home(common)?.store(chain)),
    }
}

/// The folder an existing store lies in. Where no chain is named, that of
/// `likely` if there is one, then the only store there is, then Ethereum's.
pub(crate) fn store_folder(
    common: &Common,
    place: &StorePlace,
    likely: Option<&Chain>,
) -> anyhow::Result<PathBuf> {
    folder_or(common, place, likely, &Chain::ethereum())
}

fn folder_or(
    common: &Common,
    place: &StorePlace,
    likely: Option<&Chain>,
    else_of: &Chain,
) -> anyhow::Result<PathBuf> {
    if let Some(folder) = &place.store {
        return Ok(folder.clone());
    }
    let home = home(common)?;
    let stores = home.stores();
    if let Some(chain) = &place.chain {
        return Ok(home.store(chain));
    }
    let likely = likely.map(|chain| home.store(chain));
    match likely {
        Some(folder) if folder.exists() || only_folder(&stores).is_none() => Ok(folder),
        _ => Ok(only_folder(&stores).unwrap_or_else(|| home.store(else_of))),
    }
}

/// The one folder in a folder, if there is just one.
fn only_folder(stores: &Path) -> Option<PathBuf> {
    let mut folders =
        std::fs::read_dir(stores).ok()?.flatten().map(|e| e.path()).filter(|p| p.is_dir());
    folders.next().filter(|_| folders.next().is_none())
}

/// Opens an existing store of any kind.
pub(crate) fn open(
    common: &Common,
    place: &StorePlace,
    likely: Option<&Chain>,
) -> anyhow::Result<Opened> {
    open_folder(&store_folder(common, place, likely)?)
}

/// Opens the store in a folder.
pub(crate) fn open_folder(folder: &Path) -> anyhow::Result<Opened> {
    Ok(match store_kind(folder)? {
        StoreKind::UnspentOutputs => {
            let store = UtxoStore::open(folder)?;
            let snapshot = store.snapshot()?;
            Opened::Outputs(store, snapshot)
        }
        _ => {
            let store = Store::open(folder)?;
            let snapshot = store.snapshot()?;
            Opened::Transfers(store, snapshot)
        }
    })
}

/// Opens a store of unspent outputs.
pub(crate) fn open_outputs(
    common: &Common,
    place: &StorePlace,
    likely: Option<&Chain>,
) -> anyhow::Result<(UtxoStore, UtxoSnapshot)> {
    let folder = folder_or(common, place, likely, &Chain::bitcoin())?;
    match open_folder(&folder)? {
        Opened::Outputs(store, snapshot) => Ok((store, snapshot)),
        Opened::Transfers(..) => anyhow::bail!(
            "{}: a store of transfers, which has no outputs; name a store of blocks with --store \
             or --chain",
            folder.display()
        ),
    }
}
