//! Transfers as a table, for the look-up verbs.

use crate::output;
use tracehound_report::look_up::TransferRecord;

/// Prints transfers, oldest first.
pub(crate) fn print(records: &[TransferRecord]) {
    let header = ["time (UTC)", "block", "from", "to", "amount", "asset", "transaction"];
    let mut table = output::table(&header, &[4]);
    for record in records {
        table.add_row([
            record.timestamp.to_string(),
            record.height.to_string(),
            record.from.to_string(),
            record.to.to_string(),
            record.amount.clone(),
            record.symbol.clone(),
            record.transaction.clone(),
        ]);
    }
    println!("{table}");
}
