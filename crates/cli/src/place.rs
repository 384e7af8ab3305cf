//! Where stores lie.

use crate::arguments::{Common, StorePlace};
use anyhow::Context;
use std::path::PathBuf;
use tracehound_store::{Snapshot, Store};

/// The home folder.
pub(crate) fn home(common: &Common) -> anyhow::Result<PathBuf> {
    match &common.home {
        Some(home) => Ok(home.clone()),
        None => dirs::data_dir()
            .map(|folder| folder.join("tracehound"))
            .context("this platform names no data folder; give --home DIR"),
    }
}

/// The folder a store lies in: CAIP-2 colons become dashes, which every file system takes.
pub(crate) fn store_folder(common: &Common, place: &StorePlace) -> anyhow::Result<PathBuf> {
    match &place.store {
        Some(folder) => Ok(folder.clone()),
        None => Ok(home(common)?.join("stores").join(place.chain.short_name().replace(':', "-"))),
    }
}

/// Opens an existing store for reading.
pub(crate) fn open(common: &Common, place: &StorePlace) -> anyhow::Result<(Store, Snapshot)> {
    let store = Store::open(&store_folder(common, place)?)?;
    let snapshot = store.snapshot()?;
    Ok((store, snapshot))
}
