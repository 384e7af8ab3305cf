//! Blocks, and the heights that dates stand for.

use super::accounts::{Assets, Transfer};
use super::asked::Asked;
use super::desk::{Desk, Network};
use super::json::Json;
use super::outputs::start;
use super::refusal::Refusal;
use super::txs::{InOut, told_output_transaction, told_transfer};
use tracehound_model::{Height, Timestamp};
use tracehound_store::utxo::{TransactionId, UtxoSnapshot};
use tracehound_store::{RowId, Snapshot};

/// Transactions of one block that are told.
const MOST: u64 = 20_000;
/// The same, on chains of outputs.
const MOST_OF_OUTPUTS: usize = 20_000;
/// Any whole number.
pub(super) const ANY: (i128, i128) = (i128::MIN, i128::MAX);

/// A height with its time.
type At = (u64, Timestamp);

impl Network<'_> {
    /// The time of the last block; rates of now are those of that day.
    pub(super) fn tip_time(&self) -> Timestamp {
        self.tip().ok().flatten().map_or(Timestamp(0), |(_, time)| time)
    }

    /// The last block.
    pub(super) fn tip(&self) -> Result<Option<At>, Refusal> {
        if let Some(snapshot) = self.outputs() {
            return Ok(snapshot.tip()?.map(|block| (block.height.0, block.timestamp)));
        }
        let tip = self.accounts().and_then(Snapshot::tip);
        Ok(tip.map(|(height, time)| (height.0, time)))
    }

    /// The time of a block; nothing where it is not held.
    pub(super) fn time_of(&self, height: u64) -> Result<Option<Timestamp>, Refusal> {
        if let Some(snapshot) = self.outputs() {
            return Ok(snapshot.block_at(Height(height))?.map(|block| block.timestamp));
        }
        let Some(snapshot) = self.accounts() else { return Ok(None) };
        let row = snapshot.first_row_at_height(Height(height))?;
        if row.0 >= snapshot.row_count() {
            return Ok(None);
        }
        let place = snapshot.place(row)?;
        Ok((place.height.0 == height).then_some(place.timestamp))
    }

    /// The last block at or before a time, and the next one.
    pub(super) fn around(&self, time: Timestamp) -> Result<(Option<At>, Option<At>), Refusal> {
        match (self.outputs(), self.accounts()) {
            (Some(snapshot), _) => around_in_outputs(snapshot, time),
            (None, Some(snapshot)) => around_in_accounts(snapshot, time),
            (None, None) => Ok((None, None)),
        }
    }
}

fn around_in_outputs(
    snapshot: &UtxoSnapshot,
    time: Timestamp,
) -> Result<(Option<At>, Option<At>), Refusal> {
    let Some(tip) = snapshot.tip()? else { return Ok((None, None)) };
    let at = |height: u64| -> Result<Option<At>, Refusal> {
        Ok(snapshot.block_at(Height(height))?.map(|block| (height, block.timestamp)))
    };
    // Times of blocks may go back a little; the search then ends near by.
    let (mut low, mut high) = (start(snapshot)?, tip.height.0 + 1);
    let first = low;
    while low < high {
        let middle = low + (high - low) / 2;
        if at(middle)?.is_some_and(|(_, found)| found <= time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if low == first {
        return Ok((None, None));
    }
    Ok((at(low - 1)?, at(low)?))
}

fn around_in_accounts(
    snapshot: &Snapshot,
    time: Timestamp,
) -> Result<(Option<At>, Option<At>), Refusal> {
    let next = snapshot.first_row_at_time(Timestamp(time.0.saturating_add(1)))?;
    let at = |row: u64| -> Result<Option<At>, Refusal> {
        if row >= snapshot.row_count() {
            return Ok(None);
        }
        let place = snapshot.place(RowId(row))?;
        Ok(Some((place.height.0, place.timestamp)))
    };
    match next.0.checked_sub(1) {
        Some(before) => Ok((at(before)?, at(next.0)?)),
        None => Ok((None, None)),
    }
}

/// A time as clients write it.
pub(super) fn date(asked: &mut Asked, place: &'static str, name: &str) -> Option<Timestamp> {
    let text = asked.text(name)?;
    match text.trim().parse::<Timestamp>() {
        Ok(time) => Some(time),
        Err(_) => {
            let words = "Input should be a valid datetime, such as 2017-07-21T17:32:28Z";
            asked.wrong(place, name, "datetime_parsing", words, Some(&text), Json::Null);
            None
        }
    }
}

/// Heights from the first up to, not including, the last.
pub(super) struct Heights {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Limits of a listing as they were asked.
pub(super) struct Limits {
    min: Option<i128>,
    max: Option<i128>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Limits {
    pub(super) fn asked(asked: &mut Asked) -> Self {
        Self {
            min: asked.number("min_height", ANY),
            max: asked.number("max_height", ANY),
            since: date(asked, "query", "min_date"),
            until: date(asked, "query", "max_date"),
        }
    }

    /// As heights of a network.
    pub(super) fn heights(&self, network: &Network<'_>) -> Result<Heights, Refusal> {
        for (height, date, name) in [
            (self.min.is_some(), self.since.is_some(), "min"),
            (self.max.is_some(), self.until.is_some(), "max"),
        ] {
            if height && date {
                return Err(Refusal::Bad(format!(
                    "Both {name}_height and {name}_date parameters are specified. Please chose one."
                )));
            }
        }
        let clamped = |height: i128| u64::try_from(height.max(0)).unwrap_or(u64::MAX);
        let start = match (self.min, self.since) {
            (Some(height), _) => clamped(height),
            (None, Some(time)) => network.around(time)?.0.map_or(0, |(height, _)| height),
            (None, None) => 0,
        };
        let end = match (self.max, self.until) {
            (Some(height), _) if height < 0 => 0,
            (Some(height), _) => clamped(height).saturating_add(1),
            (None, Some(time)) => network.around(time)?.0.map_or(0, |(height, _)| height + 1),
            (None, None) => u64::MAX,
        };
        Ok(Heights { start, end })
    }
}

fn missing(network: &Network<'_>, height: i128) -> Refusal {
    Refusal::NotFound(format!("Block {height} not found in network {}", network.code))
}

/// `GET /{currency}/blocks/{height}`.
pub(super) fn block(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, height) = (asked.needed("currency"), asked.needed_number("height", ANY));
    asked.check()?;
    let network = desk.network(&code)?;
    let known = u64::try_from(height).map_err(|_| missing(&network, height))?;
    let time = network.time_of(known)?.ok_or_else(|| missing(&network, height))?;
    let (hash, count) = match (network.outputs(), network.accounts()) {
        (Some(snapshot), _) => {
            let block = snapshot.block_at(Height(known))?;
            let block = block.ok_or_else(|| missing(&network, height))?;
            let ids = block.transactions;
            (block.hash.to_string(), u64::from(ids.end.0.saturating_sub(ids.start.0)))
        }
        (None, Some(snapshot)) => {
            // Stores of transfers hold no names of blocks.
            let mut count = 0;
            transfers_of(snapshot, known, &mut |_| {
                count += 1;
                Ok(())
            })?;
            (String::new(), count)
        }
        (None, None) => return Err(missing(&network, height)),
    };
    Ok(Json::object([
        ("block_hash", hash.trim_start_matches("0x").into()),
        ("currency", network.code.into()),
        ("height", known.into()),
        ("no_txs", count.into()),
        ("timestamp", time.0.into()),
    ]))
}

/// Visits the first row of each transaction of a block.
fn transfers_of(
    snapshot: &Snapshot,
    height: u64,
    visit: &mut dyn FnMut(RowId) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut row = snapshot.first_row_at_height(Height(height))?;
    let end = snapshot.first_row_at_height(Height(height.saturating_add(1)))?;
    for _ in 0..MOST {
        if row >= end {
            break;
        }
        visit(row)?;
        let rows = snapshot.transaction(&snapshot.place(row)?.transaction)?;
        row = rows.map_or(RowId(row.0 + 1), |rows| rows.end.max(RowId(row.0 + 1)));
    }
    Ok(())
}

/// `GET /{currency}/blocks/{height}/txs`.
pub(super) fn transactions(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, height) = (asked.needed("currency"), asked.needed_number("height", ANY));
    asked.check()?;
    let network = desk.network(&code)?;
    let known = u64::try_from(height).map_err(|_| missing(&network, height))?;
    let mut told = Vec::new();
    if let Some(snapshot) = network.outputs() {
        let block = snapshot.block_at(Height(known))?;
        let ids = block.ok_or_else(|| missing(&network, height))?.transactions;
        let shown = InOut { shown: true, ..InOut::default() };
        for id in (ids.start.0..ids.end.0).map(TransactionId).take(MOST_OF_OUTPUTS) {
            told.push(told_output_transaction(&network, snapshot, id, shown)?);
        }
    } else if let Some(snapshot) = network.accounts() {
        network.time_of(known)?.ok_or_else(|| missing(&network, height))?;
        let mut assets = Assets::default();
        transfers_of(snapshot, known, &mut |row| {
            let transfer = Transfer::read(snapshot, &mut assets, row)?;
            told.push(told_transfer(&network, snapshot, &transfer, false, false)?);
            Ok(())
        })?;
    }
    Ok(Json::List(told))
}

/// `GET /{currency}/block_by_date/{date}`.
pub(super) fn by_date(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let code = asked.needed("currency");
    let time = date(asked, "path", "date").unwrap_or_default();
    asked.check()?;
    let (before, after) = desk.network(&code)?.around(time)?;
    Ok(Json::object([
        ("before_block", before.map(|(height, _)| height).into()),
        ("before_timestamp", before.map(|(_, time)| time.0).into()),
        ("after_block", after.map(|(height, _)| height).into()),
        ("after_timestamp", after.map(|(_, time)| time.0).into()),
    ]))
}

/// `GET /{currency}/rates/{height}`.
pub(super) fn rates(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, height) = (asked.needed("currency"), asked.needed_number("height", ANY));
    asked.check()?;
    let network = desk.network(&code)?;
    let known = u64::try_from(height).ok();
    let time = known.map(|height| network.time_of(height)).transpose()?.flatten();
    let rates = match time {
        Some(time) => network.rates.rates(time),
        None => network.rates.unknown(),
    };
    Ok(Json::object([("height", height.into()), ("rates", rates)]))
}
