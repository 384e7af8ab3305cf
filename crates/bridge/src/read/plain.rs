//! The plain tables: bridge events and token mappings of anybody's own data.

use super::fields::Row;
use super::file::{self, Table};
use super::{Tables, chain_name};
use crate::error::BridgeError;
use crate::event::{Bridge, BridgeEvent, Side};
use csv::StringRecord;
use tracehound_model::{Address, Asset, Chain};

/// Columns of the table of events, in the order they are written. Only
/// `bridge`, `side` and `chain` must be there; an empty field is not known.
pub const COLUMNS: [&str; 17] = [
    "bridge",
    "side",
    "chain",
    "other_chain",
    "transaction",
    "position",
    "key",
    "token",
    "other_token",
    "amount",
    "other_amount",
    "sender",
    "receiver",
    "time",
    "block",
    "refund",
    "supplement",
];

/// An event as a row of that table.
#[must_use]
pub fn row_of(event: &BridgeEvent) -> [String; 17] {
    fn or_empty(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let token = |asset: Option<Asset>| or_empty(asset);
    let yes = |flag: bool| if flag { "yes".to_owned() } else { String::new() };
    [
        event.bridge.to_string(),
        event.side.name().to_owned(),
        event.chain.to_string(),
        or_empty(event.other_chain.as_ref()),
        event.transaction.map(|hash| event.chain.transaction_text(&hash)).unwrap_or_default(),
        or_empty(event.position),
        event.key.clone().unwrap_or_default(),
        token(event.token),
        token(event.other_token),
        or_empty(event.amount),
        or_empty(event.other_amount),
        or_empty(event.sender),
        or_empty(event.receiver),
        or_empty(event.time),
        or_empty(event.block),
        yes(event.refund),
        yes(event.supplement),
    ]
}

/// A record with the names of its columns.
struct Named<'a> {
    header: &'a StringRecord,
    record: &'a StringRecord,
    row: Row<'a>,
}

impl Named<'_> {
    fn get(&self, name: &str) -> &str {
        let at = self.header.iter().position(|own| own.trim().eq_ignore_ascii_case(name));
        at.and_then(|at| self.record.get(at)).unwrap_or_default().trim()
    }

    /// A value, if there is one.
    fn some<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, BridgeError>,
    ) -> Result<Option<T>, BridgeError> {
        match self.get(name) {
            "" => Ok(None),
            text => read(text).map(Some),
        }
    }

    fn chain(&self, name: &str) -> Result<Option<Chain>, BridgeError> {
        let refuse =
            |error: tracehound_model::ChainError| self.row.refuse(format!("{name}: {error}"));
        self.some(name, |text| chain_name::chain(text).map_err(refuse))
    }

    fn asset(&self, name: &str, chain: Option<&Chain>) -> Result<Option<Asset>, BridgeError> {
        let refuse =
            |error: tracehound_model::AssetError| self.row.refuse(format!("{name}: {error}"));
        self.some(name, |text| {
            let chain = chain.cloned().unwrap_or_else(Chain::ethereum);
            Asset::parse(text, &chain).map_err(refuse)
        })
    }

    fn address(&self, name: &str, chain: Option<&Chain>) -> Result<Option<Address>, BridgeError> {
        let refuse =
            |error: tracehound_model::AddressError| self.row.refuse(format!("{name}: {error}"));
        self.some(name, |text| match chain {
            Some(chain) => Address::parse_on(text, chain).map_err(refuse),
            None => text.parse().map_err(refuse),
        })
    }

    fn flag(&self, name: &str) -> Result<bool, BridgeError> {
        match self.get(name) {
            "" | "no" => Ok(false),
            "yes" => Ok(true),
            other => Err(self.row.refuse(format!("{name}: \"{other}\" is neither yes nor no"))),
        }
    }
}

/// Feeds the records of a table.
fn each(
    table: &Table,
    mut take: impl FnMut(&Named<'_>) -> Result<(), BridgeError>,
) -> Result<usize, BridgeError> {
    let path = &table.path;
    let failed = |error: csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        BridgeError::row(path, line, error.to_string())
    };
    let mut reader = csv::Reader::from_reader(file::open(path)?);
    let header = reader.headers().map_err(failed)?.clone();
    let mut rows = 0;
    for record in reader.records() {
        let record = record.map_err(failed)?;
        let line = record.position().map_or(0, csv::Position::line);
        take(&Named { header: &header, record: &record, row: Row { path, line } })?;
        rows += 1;
    }
    Ok(rows)
}

pub(super) fn read_events(table: &Table, tables: &mut Tables) -> Result<(), BridgeError> {
    let rows = each(table, |named| {
        tables.events.push(event(named)?);
        Ok(())
    })?;
    tables.files.push((table.path.clone(), "bridge events", rows));
    Ok(())
}

fn event(named: &Named<'_>) -> Result<BridgeEvent, BridgeError> {
    let row = &named.row;
    let side: Side = row.parse("side", named.get("side"))?;
    let chain = named.chain("chain")?.ok_or_else(|| {
        row.refuse("chain: empty; name the chain the event is on, such as eip155:1")
    })?;
    if named.get("bridge").is_empty() {
        return Err(row.refuse("bridge: empty; name the bridge, in any words"));
    }
    let mut event = BridgeEvent::bare(Bridge::new(named.get("bridge")), side, chain);
    event.other_chain = named.chain("other_chain")?;
    let here = event.chain.clone();
    let there = event.other_chain.clone();
    let (from, to) = match side {
        Side::Source => (Some(&here), there.as_ref()),
        Side::Destination => (there.as_ref(), Some(&here)),
    };
    event.transaction =
        named.some("transaction", |text| row.parse("transaction", &text.to_ascii_lowercase()))?;
    event.position = named.some("position", |text| row.number("position", text))?;
    event.key = named.some("key", |text| Ok(text.to_owned()))?;
    event.token = named.asset("token", Some(&here))?;
    event.other_token = named.asset("other_token", there.as_ref())?;
    event.amount = named.some("amount", |text| row.amount("amount", text))?;
    event.other_amount = named.some("other_amount", |text| row.amount("other_amount", text))?;
    event.sender = named.address("sender", from)?;
    event.receiver = named.address("receiver", to)?;
    event.time = named.some("time", |text| row.parse("time", text))?;
    event.block = named.some("block", |text| row.number("block", text))?;
    event.refund = named.flag("refund")?;
    event.supplement = named.flag("supplement")?;
    Ok(event)
}

pub(super) fn read_tokens(table: &Table, tables: &mut Tables) -> Result<(), BridgeError> {
    let rows = each(table, |named| {
        let side = |chain: &str, token: &str| -> Result<(Chain, Asset), BridgeError> {
            let on = named.chain(chain)?;
            let asset = named.asset(token, on.as_ref())?;
            on.zip(asset)
                .ok_or_else(|| named.row.refuse(format!("{chain} and {token} must both be given")))
        };
        let one = side("source_chain", "source_token")?;
        let other = side("destination_chain", "destination_token")?;
        tables.tokens.add((&one.0, one.1), (&other.0, other.1));
        for ((chain, asset), name) in [(&one, "source_decimals"), (&other, "destination_decimals")]
        {
            if let Some(decimals) = named.some(name, |text| named.row.parse(name, text))? {
                tables.tokens.set_decimals(chain, *asset, decimals);
            }
        }
        Ok(())
    })?;
    tables.files.push((table.path.clone(), "token mapping", rows));
    Ok(())
}
