//! `tracehound store drop`: forget every block above a height.

use crate::arguments::{Common, StoreDrop};
use crate::progress::Spinner;
use crate::{Finish, interrupt, output, place};
use tracehound_store::{Store, WriteOptions};

pub(crate) fn run(common: &Common, arguments: &StoreDrop) -> anyhow::Result<Finish> {
    let store = Store::open(&place::store_folder(common, &arguments.store)?)?;
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
