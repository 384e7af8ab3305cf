//! `tracehound tx`: a transaction.

use super::transfer_table;
use crate::arguments::{Common, TxQuery};
use crate::place::{self, Opened};
use crate::{Finish, output};
use anyhow::Context;
use tracehound_report::look_up::TransferRecord;
use tracehound_store::{RowId, StoreError};

pub(crate) fn run(common: &Common, arguments: &TxQuery) -> anyhow::Result<Finish> {
    let snapshot = match place::open(common, &arguments.store, None)? {
        Opened::Transfers(_, snapshot) => snapshot,
        Opened::Outputs(_, snapshot) => {
            return super::utxo::tx::run(&snapshot, &arguments.hash, common.json);
        }
    };
    let rows = snapshot.transaction(&arguments.hash)?.with_context(|| {
        format!("transaction {} is not in this store; ingest its block", arguments.hash)
    })?;
    let records = (rows.start.0..rows.end.0)
        .map(|row| TransferRecord::read(&snapshot, RowId(row)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    if common.json {
        output::json(&records)?;
    } else {
        transfer_table::print(&records);
    }
    Ok(Finish::Done)
}
