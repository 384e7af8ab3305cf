//! `tracehound store check`: every byte read, every promise of the format tested.

use crate::arguments::{Common, StoreCheck};
use crate::progress::bytes_bar;
use crate::{Finish, output, place};
use tracehound_store::utxo::UtxoStore;
use tracehound_store::{Store, StoreKind, store_kind};

pub(crate) fn run(common: &Common, arguments: &StoreCheck) -> anyhow::Result<Finish> {
    let folder = match &arguments.folder {
        Some(folder) => folder.clone(),
        None => place::store_folder(common, &arguments.store, None)?,
    };
    let mut bar = bytes_bar(common, "checking");
    // A manifest that cannot be read is for the check to report.
    let report = match store_kind(&folder) {
        Ok(StoreKind::UnspentOutputs) => UtxoStore::check(&folder, &mut bar)?,
        _ => Store::check(&folder, &mut bar)?,
    };
    if common.json {
        output::json(&serde_json::json!({
            "folder": folder,
            "files": report.files,
            "bytes": report.bytes,
            "faults": report.faults,
            "orphans": report.orphans,
        }))?;
    } else {
        for fault in &report.faults {
            println!("fault: {fault}");
        }
        for orphan in &report.orphans {
            println!("left over, harmless: {orphan}");
        }
        let verdict = if report.faults.is_empty() { "sound" } else { "damaged" };
        println!("{}: {verdict}; {} files, {} bytes", folder.display(), report.files, report.bytes);
    }
    Ok(if report.faults.is_empty() { Finish::Done } else { Finish::Adverse })
}
