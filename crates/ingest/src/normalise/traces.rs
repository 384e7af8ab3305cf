//! Calls inside transactions, as chain dumps list them.
//!
//! Value moves by `call`, `create` and `suicide` (self-destruct). A call that
//! failed undid everything below it: where the file does not mark the calls
//! below, their trace address tells (a parent comes before its children). The
//! root call (empty trace address) *is* the transaction's own value, so it
//! gets ordinal 0 and the same kind as a row of a transactions file, and the
//! store sees that both are one transfer. Further calls get 1 + their index
//! among the transaction's calls that were not undone, which is the same
//! number whether a dump keeps failed calls or drops them.

use super::values::{
    RowError, address, base_units, flag, hash, height, index, optional_address, text,
};
use super::{Outcome, Session, Times};
use crate::source::Row;
use hashbrown::HashMap;
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{Asset, Height, TransactionHash, Transfer, TransferKind};

/// Columns of a traces file.
pub(crate) struct Traces {
    pub(crate) transaction: usize,
    pub(crate) block: usize,
    pub(crate) position: Option<usize>,
    pub(crate) trace_type: usize,
    pub(crate) call_type: Option<usize>,
    pub(crate) trace_address: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The contract a creation made, where `to` does not name it.
    pub(crate) created: Option<usize>,
    pub(crate) value: usize,
    pub(crate) error: Option<usize>,
    /// Whether the call took effect, counting the calls above it.
    pub(crate) status: Option<usize>,
    pub(crate) times: Times,
    pub(crate) calls: CallCounter,
}

impl Traces {
    pub(crate) fn read(&mut self, row: &impl Row, session: &Session) -> Result<Outcome, RowError> {
        let kind = text(row.cell(self.trace_type), "trace_type")?;
        match kind {
            "reward" => return Ok(Outcome::Skipped("block reward")),
            "genesis" => return Ok(Outcome::Skipped("genesis balance")),
            "daofork" => return Ok(Outcome::Skipped("irregular state change")),
            "call" | "create" | "suicide" | "selfdestruct" => {}
            other => {
                let reason = format!("\"{other}\" is not call, create, suicide or reward");
                return Err(RowError::column("trace_type", reason));
            }
        }
        let transaction = hash(row.cell(self.transaction), "transaction_hash")?;
        let block = height(row.cell(self.block), "block_number")?;
        let trace_address = text_of_address(row, self.trace_address)?;
        let failed = !text(row.at(self.error), "error")?.is_empty()
            || flag(row.at(self.status), "status")? == Some(false);
        let Some(place) = self.calls.place(block, transaction, &trace_address, failed) else {
            return Ok(Outcome::Skipped("reverted call"));
        };
        if let Some(reason) = moves_nothing(text(row.at(self.call_type), "call_type")?)? {
            return Ok(Outcome::Skipped(reason));
        }
        let amount = base_units(row.cell(self.value), "value")?;
        if amount.is_zero() {
            let creation = kind == "create";
            let reason = if creation { "zero-value contract creation" } else { "no value moved" };
            return Ok(Outcome::Skipped(reason));
        }
        let to = match optional_address(row.cell(self.to), "to_address")? {
            Some(to) => to,
            None => address(row.at(self.created), "to_address")?,
        };
        let (ordinal, kind) = ordinal_of(place, trace_address.is_empty())?;
        Ok(Outcome::Transfer(Transfer {
            height: block,
            timestamp: self.times.of(row, block, session)?,
            position: index(row.at(self.position), "transaction_index")?,
            transaction,
            ordinal: Some(ordinal),
            kind,
            from: address(row.cell(self.from), "from_address")?,
            to,
            asset: Asset::Native,
            amount,
        }))
    }
}

/// The place of a trace among its transaction's calls as an ordinal.
pub(crate) fn ordinal_of(place: u32, root: bool) -> Result<(u32, TransferKind), RowError> {
    if root {
        return Ok((0, TransferKind::Native));
    }
    match place.checked_add(1) {
        Some(ordinal) if ordinal < TOKEN_ORDINAL_BASE => Ok((ordinal, TransferKind::Internal)),
        _ => Err(RowError::Broken("the transaction has more than a million calls".to_owned())),
    }
}

/// Trace addresses are written `0,1`, `0_1`, `[0, 1]` or as one number.
fn text_of_address<'a>(
    row: &'a impl Row,
    column: usize,
) -> Result<std::borrow::Cow<'a, str>, RowError> {
    use crate::source::Cell;
    match row.cell(column) {
        Cell::Unsigned(value) => Ok(value.to_string().into()),
        cell => {
            let text = text(cell, "trace_address")?;
            Ok(text.trim_matches(|c| c == '[' || c == ']').into())
        }
    }
}

/// Why a call of this type moves no value, if it does not.
fn moves_nothing(call_type: &str) -> Result<Option<&'static str>, RowError> {
    Ok(match call_type {
        "" | "call" | "none" => None,
        "delegatecall" | "delegate_call" => Some("delegate call"),
        "callcode" | "call_code" => Some("callcode"),
        "staticcall" | "static_call" => Some("static call"),
        other => {
            let reason = format!("\"{other}\" is not a known type of call");
            return Err(RowError::column("call_type", reason));
        }
    })
}

/// Counts the calls of each transaction and knows what a failure undid.
///
/// Rows of one transaction need not be consecutive, but all rows of a block
/// must be: counting starts anew with each block, so memory stays small.
#[derive(Default)]
pub(crate) struct CallCounter {
    block: Option<Height>,
    calls: HashMap<TransactionHash, (u32, Option<Vec<u64>>)>,
}

impl CallCounter {
    /// The call's index among those that took effect; `None` if it was undone.
    pub(crate) fn place(
        &mut self,
        block: Height,
        transaction: TransactionHash,
        trace_address: &str,
        failed: bool,
    ) -> Option<u32> {
        if self.block != Some(block) {
            self.block = Some(block);
            self.calls.clear();
        }
        let (count, undone) = self.calls.entry(transaction).or_default();
        if failed || undone.is_some() {
            let path: Vec<u64> =
                trace_address.split([',', '_', ' ']).filter_map(|part| part.parse().ok()).collect();
            if undone.as_ref().is_some_and(|above| path.starts_with(above)) {
                return None;
            }
            *undone = failed.then_some(path);
            if failed {
                return None;
            }
        }
        *count += 1;
        Some(*count - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_undoes_the_calls_below_it_and_no_others() {
        let mut calls = CallCounter::default();
        let mut place = |address: &str, failed| {
            calls.place(Height(1), TransactionHash([1; 32]), address, failed)
        };
        assert_eq!(place("", false), Some(0));
        assert_eq!(place("0", true), None);
        assert_eq!(place("0,0", false), None);
        assert_eq!(place("0_1_5", false), None);
        assert_eq!(place("1", false), Some(1));
        assert_eq!(place("10", false), Some(2));
    }

    #[test]
    fn a_failed_root_undoes_its_whole_transaction_only() {
        let mut calls = CallCounter::default();
        let (one, two) = (TransactionHash([1; 32]), TransactionHash([2; 32]));
        assert_eq!(calls.place(Height(1), one, "", true), None);
        assert_eq!(calls.place(Height(1), two, "", false), Some(0));
        assert_eq!(calls.place(Height(1), one, "0", false), None);
        assert_eq!(calls.place(Height(1), two, "0", false), Some(1));
        assert_eq!(calls.place(Height(2), two, "", false), Some(0));
    }
}
