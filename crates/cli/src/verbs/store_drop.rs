//! `tracehound store drop`: forget every block above a height.

use crate::arguments::{Common, StoreDrop};
use crate::place::{self, Opened};
use crate::progress::Spinner;
use crate::{Finish, interrupt, output};
use tracehound_store::WriteOptions;
use tracehound_store::utxo::{UtxoOptions, UtxoSnapshot, UtxoStore};

pub(crate) fn run(common: &Common, arguments: &StoreDrop) -> anyhow::Result<Finish> {
    let store = match place::open(common, &arguments.store, None)? {
        Opened::Transfers(store, _) => store,
        Opened::Outputs(store, before) => return drop_blocks(common, arguments, &store, &before),
    };
    let before = store.snapshot()?.row_count();
    let options = WriteOptions { stop: Some(interrupt::flag()), ..WriteOptions::default() };
    let spinner = Spinner::start(common, "dropping");
    store.drop_above(arguments.above, options)?;
    drop(spinner);
    let after = store.snapshot()?;
    let dropped = before - after.row_count();
    if common.json {
        output::json(&serde_json::json!({ "dropped": dropped, "transfers": after.row_count() }))?;
    } else {
        println!(
            "{dropped} transfers above block {} dropped, {} kept",
            arguments.above,
            after.row_count()
        );
    }
    Ok(Finish::Done)
}

fn drop_blocks(
    common: &Common,
    arguments: &StoreDrop,
    store: &UtxoStore,
    before: &UtxoSnapshot,
) -> anyhow::Result<Finish> {
    let spinner = Spinner::start(common, "dropping");
    let options = UtxoOptions { stop: Some(interrupt::flag()), ..UtxoOptions::default() };
    store.drop_above(Some(arguments.above), options)?;
    drop(spinner);
    let kept = store.snapshot()?.block_count();
    let dropped = before.block_count() - kept;
    if common.json {
        output::json(&serde_json::json!({ "dropped_blocks": dropped, "blocks": kept }))?;
    } else {
        println!("{dropped} blocks above block {} dropped, {kept} kept", arguments.above);
    }
    Ok(Finish::Done)
}
