//! Facts of XChainWatcher: tab-separated, without names, one file a relation.
//!
//! `sc` is the home chain, where tokens are from, `tc` the other. A deposit
//! goes home to other, a withdrawal back; each direction counts by itself.

use super::Tables;
use super::fields::Row;
use super::file::{self, Kind, Table};
use crate::error::BridgeError;
use crate::event::{Bridge, BridgeEvent, Side};
use crate::numbering::Numbering;
use std::collections::HashMap;
use std::path::Path;
use tracehound_model::{Asset, Chain, Timestamp, TransactionHash};

/// Nomad's number of Ethereum.
const ETHEREUM_AT_NOMAD: u64 = 6_648_936;
const RONIN: u64 = 2020;

/// A row split at its tabs.
struct Fact<'a> {
    row: Row<'a>,
    columns: Vec<String>,
}

impl Fact<'_> {
    fn at(&self, number: usize) -> &str {
        self.columns.get(number).map_or("", String::as_str)
    }
}

/// Feeds each row of a relation, refusing rows of another width.
fn each(
    path: &Path,
    width: usize,
    mut take: impl FnMut(&Fact<'_>) -> Result<(), BridgeError>,
) -> Result<usize, BridgeError> {
    let mut rows = 0;
    for line in file::lines(path)? {
        let (line, text) = line?;
        let columns: Vec<String> = text.split('\t').map(str::to_owned).collect();
        let fact = Fact { row: Row { path, line }, columns };
        if fact.columns.len() != width {
            let found = fact.columns.len();
            return Err(fact.row.refuse(format!(
                "{found} columns where this relation has {width}; separate them with tabs"
            )));
        }
        take(&fact)?;
        rows += 1;
    }
    Ok(rows)
}

/// The two chains and the bridge's name.
struct Route {
    bridge: Bridge,
    numbering: Numbering,
    home: Chain,
    other: Chain,
}

struct Reader<'a> {
    folder: &'a [&'a Table],
    route: Route,
    times: HashMap<TransactionHash, Timestamp>,
    failed: HashMap<TransactionHash, ()>,
}

/// Relations with events: name, width, key word, side, whether at home.
const EVENTS: &[(&str, usize, &str, Side, bool)] = &[
    ("sc_token_deposited", 9, "deposit", Side::Source, true),
    ("tc_token_deposited", 6, "deposit", Side::Destination, false),
    ("tc_token_withdrew", 9, "withdrawal", Side::Source, false),
    ("sc_token_withdrew", 6, "withdrawal", Side::Destination, true),
    ("additional_sc_token_withdrew", 6, "withdrawal", Side::Destination, true),
];

pub(super) fn read(folder: &[&Table], tables: &mut Tables) -> Result<(), BridgeError> {
    let find = |name: &str| {
        let found = folder.iter().find(|table| table.kind == Kind::Facts(name.to_owned()));
        found.map(|table| table.path.as_path())
    };
    let Some(route) = route(&find)? else {
        tables.passed_over.extend(folder.iter().map(|table| table.path.clone()));
        return Ok(());
    };
    let mut reader = Reader { folder, route, times: HashMap::new(), failed: HashMap::new() };
    reader.read_mapping(&find, tables)?;
    reader.read_finality(&find, tables)?;
    for name in ["transaction", "additional_transaction"] {
        if let Some(path) = find(name) {
            let rows = reader.read_times(path)?;
            tables.files.push((path.to_owned(), "facts", rows));
        }
    }
    let before = tables.events.len();
    for relation in EVENTS {
        match find(relation.0) {
            Some(path) => reader.read_events(path, relation, tables)?,
            None => tables.notes.push(format!("{}.facts is not there", relation.0)),
        }
    }
    reader.note_missing(&find, tables, before);
    Ok(())
}

/// Chains by what the facts say: a mapping names both, deposits the other one.
fn route<'a>(find: &impl Fn(&str) -> Option<&'a Path>) -> Result<Option<Route>, BridgeError> {
    let mut numbers = None;
    for (name, width, home, other) in
        [("token_mapping", 5, Some(0), Some(1)), ("sc_token_deposited", 9, None, Some(6))]
    {
        let Some(path) = find(name).filter(|_| numbers.is_none()) else { continue };
        each(path, width, |fact| {
            let read =
                |at: Option<usize>| at.map(|at| fact.row.number("chain", fact.at(at))).transpose();
            if numbers.is_none() {
                numbers = Some((read(home)?, read(other)?));
            }
            Ok(())
        })?;
    }
    let Some((home, Some(other))) = numbers else { return Ok(None) };
    let is_nomad = home == Some(ETHEREUM_AT_NOMAD) || other > u64::from(u16::MAX);
    let numbering = if is_nomad { Numbering::Nomad } else { Numbering::Eip155 };
    let name = match (is_nomad, other) {
        (true, _) => "nomad",
        (_, RONIN) => "ronin",
        _ => "facts",
    };
    let home = home.and_then(|home| numbering.chain(home)).unwrap_or_else(Chain::ethereum);
    let other = numbering.chain(other);
    Ok(other.map(|other| Route { bridge: Bridge::new(name), numbering, home, other }))
}

impl Reader<'_> {
    fn read_mapping<'a>(
        &self,
        find: &impl Fn(&str) -> Option<&'a Path>,
        tables: &mut Tables,
    ) -> Result<(), BridgeError> {
        let Some(path) = find("token_mapping") else {
            tables.notes.push(
                "token_mapping.facts is not there: which token stands for which is not checked"
                    .into(),
            );
            return Ok(());
        };
        let rows = each(path, 5, |fact| {
            let chain = |at: usize| -> Result<Option<Chain>, BridgeError> {
                let number = fact.row.number("chain", fact.at(at))?;
                Ok(self.route.numbering.chain(number))
            };
            let token = |at: usize| fact.row.account("token", fact.at(at));
            if let (Some(from), Some(to), Some(one), Some(other)) =
                (chain(0)?, chain(1)?, token(2)?, token(3)?)
            {
                tables.tokens.add((&from, Asset::Token(one)), (&to, Asset::Token(other)));
            }
            Ok(())
        })?;
        tables.files.push((path.to_owned(), "facts", rows));
        Ok(())
    }

    fn read_finality<'a>(
        &self,
        find: &impl Fn(&str) -> Option<&'a Path>,
        tables: &mut Tables,
    ) -> Result<(), BridgeError> {
        let Some(path) = find("cctx_finality") else { return Ok(()) };
        let rows = each(path, 2, |fact| {
            let number = fact.row.number("chain", fact.at(0))?;
            let seconds: u32 = fact.row.parse("seconds", fact.at(1))?;
            if let Some(chain) = self.route.numbering.chain(number) {
                tables.finality.push((chain, seconds));
            }
            Ok(())
        })?;
        tables.files.push((path.to_owned(), "facts", rows));
        Ok(())
    }

    fn read_times(&mut self, path: &Path) -> Result<usize, BridgeError> {
        let (times, failed) = (&mut self.times, &mut self.failed);
        each(path, 9, |fact| {
            let transaction = fact.row.parse("transaction", fact.at(2))?;
            times.insert(transaction, fact.row.parse("time", fact.at(0))?);
            if fact.at(7) == "0" {
                failed.insert(transaction, ());
            }
            Ok(())
        })
    }

    fn read_events(
        &self,
        path: &Path,
        (name, width, word, side, at_home): &(&str, usize, &str, Side, bool),
        tables: &mut Tables,
    ) -> Result<(), BridgeError> {
        let mut failed = 0_usize;
        let rows = each(path, *width, |fact| {
            let mut event = self.event(fact, word, *side, *at_home)?;
            event.supplement = name.starts_with("additional");
            match event.transaction.is_some_and(|hash| self.failed.contains_key(&hash)) {
                true => failed += 1,
                false => tables.events.push(event),
            }
            Ok(())
        })?;
        if failed > 0 {
            tables.notes.push(format!(
                "{failed} rows of {name} are of failed transactions and carry nothing"
            ));
        }
        tables.files.push((path.to_owned(), "facts", rows));
        Ok(())
    }

    fn event(
        &self,
        fact: &Fact<'_>,
        word: &str,
        side: Side,
        at_home: bool,
    ) -> Result<BridgeEvent, BridgeError> {
        let Route { bridge, home, other, numbering } = &self.route;
        let (here, there) = if at_home { (home, other) } else { (other, home) };
        let mut event = BridgeEvent::bare(bridge.clone(), side, here.clone());
        let transaction = fact.row.parse("transaction", fact.at(0))?;
        event.transaction = Some(transaction);
        event.time = self.times.get(&transaction).copied();
        event.position = Some(fact.row.number("event index", fact.at(1))?);
        event.key = Some(format!("{word}:{}", fact.row.number("id", fact.at(2))?));
        event.receiver = fact.row.account("beneficiary", fact.at(3))?;
        event.other_chain = Some(there.clone());
        let token = |at: usize| Ok(fact.row.account("token", fact.at(at))?.map(Asset::Token));
        if side == Side::Source {
            // Deposits name the token of the other chain first, withdrawals their own.
            let (own, far) = if at_home { (5, 4) } else { (4, 5) };
            event.token = token(own)?;
            event.other_token = token(far)?;
            event.other_chain = numbering.chain(fact.row.number("chain", fact.at(6))?);
            event.amount = Some(fact.row.amount("amount", fact.at(8))?);
        } else {
            event.token = token(4)?;
            event.amount = Some(fact.row.amount("amount", fact.at(5))?);
        }
        Ok(event)
    }

    /// Says what the missing tables leave unchecked.
    fn note_missing<'a>(
        &self,
        find: &impl Fn(&str) -> Option<&'a Path>,
        tables: &mut Tables,
        before: usize,
    ) {
        let events = &tables.events[before..];
        let timeless = events.iter().filter(|event| event.time.is_none()).count();
        if timeless > 0 {
            tables.notes.push(format!(
                "{timeless} of {} events have no time (transaction.facts is missing or lacks them): that a payment was final before it was paid out, and that its transaction did not fail, is not checked for them",
                events.len()
            ));
        }
        if find("erc20_transfer").is_none() {
            tables.notes.push("erc20_transfer.facts is not there: that tokens moved in the same transaction as each event is not checked".into());
        }
        let used = |table: &&&Table| tables.files.iter().all(|(path, ..)| *path != table.path);
        let unused: Vec<_> = self.folder.iter().filter(used).map(|t| t.path.clone()).collect();
        tables.passed_over.extend(unused);
    }
}
