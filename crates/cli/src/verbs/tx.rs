//! `tracehound tx`: the transfers of a transaction.

use super::transfer_table::{self, TransferRecord};
use crate::arguments::{Common, TxQuery};
use crate::{Finish, output, place};
use anyhow::Context;
use tracehound_store::RowId;

pub(crate) fn run(common: &Common, arguments: &TxQuery) -> anyhow::Result<Finish> {
    let (_, snapshot) = place::open(common, &arguments.store)?;
    let rows = snapshot.transaction(&arguments.hash)?.with_context(|| {
        format!("transaction {} is not in this store; ingest its block", arguments.hash)
    })?;
    let records = (rows.start.0..rows.end.0)
        .map(|row| TransferRecord::read(&snapshot, RowId(row)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    if common.json {
        output::json(&records)?;
    } else {
        transfer_table::print(&records);
    }
    Ok(Finish::Done)
}
