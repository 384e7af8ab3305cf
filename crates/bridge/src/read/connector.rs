//! Connector's files: deposits decoded, calls of the destination chain, labels.
//!
//! A folder holds one bridge between two chains. The label says which pairs
//! are true; it is read to judge by. Of it, only the *set* of source
//! transactions is used for matching, and only where no decoded deposits tell
//! that they happened: then a source event is its transaction and nothing else.

use super::fields::Row;
use super::file::{self, Kind, Table};
use super::{Tables, call, chain_name, label};
use crate::error::BridgeError;
use crate::event::{Bridge, BridgeEvent, Side};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tracehound_model::{Asset, Chain, TransactionHash};

/// A record. Amounts have more digits than a JSON number keeps, so values
/// stay text until they are read.
#[derive(Deserialize)]
struct Record<'a> {
    event: String,
    bridge: String,
    #[serde(borrow)]
    args: BTreeMap<String, &'a RawValue>,
    txhash: String,
    #[serde(borrow, default)]
    timestamp: Option<&'a RawValue>,
}

/// Connector's names of bridges that we call otherwise.
const BRIDGES: &[(&str, &str)] = &[
    ("celernetwork", "celer"),
    ("polynetwork", "poly"),
    ("multi", "multichain"),
    ("anyswap", "multichain"),
    ("stargateprotocol", "stargate"),
    ("synapseprotocol", "synapse"),
];

fn bridge(name: &str) -> Bridge {
    let lower = name.to_ascii_lowercase();
    let known = BRIDGES.iter().find(|(theirs, _)| *theirs == lower);
    Bridge::new(known.map_or(lower.as_str(), |(_, ours)| ours))
}

pub(super) fn read(folder: &[&Table], tables: &mut Tables) -> Result<(), BridgeError> {
    let mut deposits = BTreeSet::new();
    let mut chains: BTreeSet<Chain> = BTreeSet::new();
    let mut labelled = Vec::new();
    for table in folder.iter().filter(|table| table.kind == Kind::Label) {
        let rows = label::rows(&table.path)?;
        tables.files.push((table.path.clone(), "true pairs", rows.len()));
        labelled.extend(rows);
    }
    for row in &labelled {
        tables.truth.add(row.source, row.destination);
        chains.extend(row.destination_chain.clone());
    }
    let only = |all: Vec<&Chain>| match all.as_slice() {
        [first, rest @ ..] if rest.iter().all(|chain| chain == first) => Some((*first).clone()),
        _ => None,
    };
    let ends = Ends {
        source: only(labelled.iter().filter_map(|row| row.source_chain.as_ref()).collect()),
        destination: only(
            labelled.iter().filter_map(|row| row.destination_chain.as_ref()).collect(),
        ),
    };
    for table in folder.iter().filter(|table| table.kind == Kind::Sample) {
        let events = sample(&table.path, &ends)?;
        tables.files.push((table.path.clone(), "connector deposits", events.len()));
        let sources = events.iter().filter(|event| event.side == Side::Source);
        deposits.extend(sources.filter_map(|event| event.transaction));
        let paid_in = events.iter().filter(|event| event.side == Side::Source);
        chains.extend(paid_in.filter_map(|event| event.other_chain.clone()));
        tables.events.extend(events);
    }
    let calls: Vec<_> = folder.iter().filter(|table| table.kind == Kind::Calls).collect();
    let mut paid = Vec::new();
    for table in &calls {
        paid.extend(read_calls(&table.path, &chains, tables)?);
    }
    bare_sources(&labelled, &deposits, &paid, tables);
    let destinations = paid.len();
    tables.events.extend(paid);
    let has_deposits = folder.iter().any(|table| table.kind == Kind::Sample);
    if destinations == 0 && has_deposits {
        let name = folder.first().and_then(|table| table.path.parent()).map(Path::display);
        tables.notes.push(format!(
            "{}: the destination side is not in the data (its transactions are only named by the label): nothing can be matched there",
            name.map(|name| name.to_string()).unwrap_or_default()
        ));
    }
    Ok(())
}

/// Source events of which only the transaction is known.
fn bare_sources(
    labelled: &[label::Labelled],
    deposits: &BTreeSet<TransactionHash>,
    paid: &[BridgeEvent],
    tables: &mut Tables,
) {
    // Only a bridge whose key is the transaction's hash can be paired by it.
    let name = Bridge::new("multichain");
    if !paid.iter().any(|event| event.bridge == name) {
        return;
    }
    let mut bare = 0_usize;
    for row in labelled.iter().filter(|row| !deposits.contains(&row.source)) {
        let Some(chain) = &row.source_chain else { continue };
        let mut event = BridgeEvent::bare(name.clone(), Side::Source, chain.clone());
        event.other_chain.clone_from(&row.destination_chain);
        event.transaction = Some(row.source);
        event.key = Some(row.source.to_string());
        tables.events.push(event);
        bare += 1;
    }
    if bare > 0 {
        tables.notes.push(format!(
            "{bare} deposits of {name} are known by their transaction alone: token, amount, receiver and time are not checked for them"
        ));
    }
}

/// The two chains of a folder, for records that do not name theirs.
struct Ends {
    source: Option<Chain>,
    destination: Option<Chain>,
}

fn sample(path: &Path, ends: &Ends) -> Result<Vec<BridgeEvent>, BridgeError> {
    let text = file::text(path)?;
    let records: Vec<Record<'_>> = serde_json::from_str(&text).map_err(|error| {
        let line = u64::try_from(error.line()).unwrap_or(0);
        BridgeError::row(
            path,
            line,
            format!("{error}; records have event, bridge, args, txhash and timestamp"),
        )
    })?;
    (1..).zip(&records).map(|(line, record)| event(Row { path, line }, record, ends)).collect()
}

/// The text of a value without quotes; nothing for `null` and what is missing.
fn text<'a>(record: &'a Record<'_>, name: &str) -> &'a str {
    let value = record.args.get(name).map_or("", |value| value.get().trim_matches('"'));
    if value == "null" { "" } else { value }
}

fn event(row: Row<'_>, record: &Record<'_>, ends: &Ends) -> Result<BridgeEvent, BridgeError> {
    let side = match record.event.to_ascii_lowercase().as_str() {
        "deposit" => Side::Source,
        "withdraw" | "withdrawal" => Side::Destination,
        other => {
            return Err(row.refuse(format!("\"{other}\" is no event; write Deposit or Withdraw")));
        }
    };
    let chain = |name: &str| match text(record, name) {
        "" => Ok(None),
        text => chain_name::chain(text).map(Some).map_err(|error| row.refuse(error.to_string())),
    };
    let source = chain("srcChain")?.or_else(|| ends.source.clone());
    let destination = chain("dstChain")?.or_else(|| ends.destination.clone());
    let (own, far) =
        if side == Side::Source { (source, destination) } else { (destination, source) };
    let own = own.ok_or_else(|| {
        row.refuse("the record names no chain of its own; give srcChain and dstChain")
    })?;
    let asset = |name: &str| -> Result<Option<Asset>, BridgeError> {
        let contract = row.account(name, text(record, name))?;
        Ok(contract.map(
            |contract| if contract.is_zero() { Asset::Native } else { Asset::Token(contract) },
        ))
    };
    let (from, to) = (asset("asset_s")?, asset("asset_d")?);
    let mut event = BridgeEvent::bare(bridge(&record.bridge), side, own);
    event.other_chain = far;
    (event.token, event.other_token) = if side == Side::Source { (from, to) } else { (to, from) };
    event.sender = row.account("sender", text(record, "sender"))?;
    event.receiver = row.account("receiver", text(record, "receiver"))?;
    if !text(record, "amount").is_empty() {
        event.amount = Some(row.amount("amount", text(record, "amount"))?);
    }
    let transaction: TransactionHash = row.parse("txhash", &record.txhash.to_ascii_lowercase())?;
    event.transaction = Some(transaction);
    if let Some(time) = record.timestamp {
        event.time = Some(row.parse("timestamp", time.get().trim_matches('"'))?);
    }
    if event.bridge == Bridge::new("multichain") && side == Side::Source {
        event.key = Some(transaction.to_string());
    }
    Ok(event)
}

/// Calls; of a function that is not known, counted and passed over.
fn read_calls(
    path: &Path,
    chains: &BTreeSet<Chain>,
    tables: &mut Tables,
) -> Result<Vec<BridgeEvent>, BridgeError> {
    let chain = match chains.iter().collect::<Vec<_>>().as_slice() {
        [only] => (*only).clone(),
        // A call does not say where it was made.
        _ => {
            return Err(BridgeError::row(
                path,
                1,
                "which chain these calls are of is not clear; keep them beside the label or the deposits of one destination chain",
            ));
        }
    };
    let (mut events, mut unknown) = (Vec::new(), BTreeMap::<String, usize>::new());
    for line in file::lines(path)?.skip(1) {
        let (line, content) = line?;
        let row = Row { path, line };
        let fields = content.split(',').map(|field| field.trim().trim_matches('"'));
        // The call is by far the longest; a hash beside it names its transaction.
        let data = fields.clone().max_by_key(|field| field.len()).unwrap_or_default();
        let transaction =
            fields.clone().filter(|field| *field != data).find_map(|f| f.parse().ok());
        let bytes = bytes(data).ok_or_else(|| {
            row.refuse(format!(
                "\"{}\" is no call; write 0x and an even number of hexadecimal digits",
                data.chars().take(20).collect::<String>()
            ))
        })?;
        match call::decode(&bytes, &chain).map_err(|problem| row.refuse(problem))? {
            Some(event) => events.push(BridgeEvent { transaction, ..event }),
            None => *unknown.entry(data.chars().take(10).collect()).or_default() += 1,
        }
    }
    tables.files.push((path.to_owned(), "connector calls", events.len()));
    for (selector, count) in unknown {
        tables.notes.push(format!(
            "{}: {count} calls of {selector} are of no known function and were passed over",
            path.display()
        ));
    }
    Ok(events)
}

pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
