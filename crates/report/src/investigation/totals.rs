//! Totals of one policy and asset, and the closing line.
//!
//! The closing line is computed from two sides that must meet: what the
//! seeds brought in (the trace's closings) and what is booked at addresses
//! (its bookings). A report whose sides do not meet says so everywhere.

use super::money::difference_text;
use super::{AssetRecord, GapRecord, Money, RestGroup, Terminal};
use crate::ReportError;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracehound_model::tag::StoppedBy;
use tracehound_model::{Amount, Timestamp};

/// Totals of one policy in one asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AssetTotals {
    /// What the seeds brought in.
    pub stolen: Money,
    /// What was got for other stolen assets in exchanges.
    #[serde(skip_serializing_if = "Money::is_zero")]
    pub received: Money,
    /// Given in exchanges for other assets, where the trail goes on.
    #[serde(skip_serializing_if = "Money::is_zero")]
    pub exchanged: Money,
    /// Rests at services.
    pub services: Money,
    /// Held by addresses that are no known service.
    pub held: Money,
    /// Burnt.
    pub burnt: Money,
    /// Not followed further by a rule of the case.
    pub cut: Money,
    /// `stolen` and `received` less what is booked, exact decimal with sign; empty where the policy conserves nothing.
    pub difference: String,
    /// Whether the difference is nothing.
    pub closes: bool,
    /// Tainted transfers.
    pub transfers: usize,
    /// The part somebody can be asked to stop.
    pub stoppable: Money,
    /// Outflows of traced addresses that no known inflow explains.
    pub unexplained: Money,
    /// Services by entity and kind, largest first.
    pub entities: Vec<EntityTotal>,
    /// Who can stop how much, those who can first.
    pub stops: Vec<StopTotal>,
}

/// What rests at one entity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EntityTotal {
    /// The entity as attributed; a description where nobody names one.
    pub entity: String,
    /// Whether a source names it.
    pub named: bool,
    /// Category name.
    pub kind: String,
    /// How much.
    pub amount: Money,
    /// At how many addresses.
    pub addresses: usize,
    /// Tainted transfers that arrived.
    pub arrivals: u64,
    /// The last of them.
    pub last_seen: Timestamp,
    /// Who can stop it.
    pub stopped_by: StoppedBy,
}

/// What one kind of power can stop.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StopTotal {
    /// The power.
    pub stopped_by: StoppedBy,
    /// Whether a request can be sent to somebody.
    pub actionable: bool,
    /// How much.
    pub amount: Money,
    /// At how many addresses.
    pub addresses: usize,
    /// Whom to ask and for how much, largest first; empty where there is nobody.
    pub whom: Vec<(String, Money)>,
}

/// Closing line of one seed and asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ClosingRecord {
    /// Number of the seed.
    pub seed: u32,
    /// Whose loss.
    pub victim: String,
    /// What was seeded.
    pub stolen: Money,
    /// What was got for other stolen assets in exchanges.
    #[serde(skip_serializing_if = "Money::is_zero")]
    pub received: Money,
    /// Where it rests, by kind.
    pub rests: BTreeMap<String, Money>,
    /// What is missing, exact decimal with sign.
    pub difference: String,
    /// Whether nothing is missing.
    pub closes: bool,
}

/// Lowest and highest value of a figure over the policies that conserve value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Range {
    /// Which figure: a field of [`AssetTotals`].
    pub figure: &'static str,
    /// Lowest.
    pub low: Money,
    /// Highest.
    pub high: Money,
}

/// Name of the entity behind a terminal, and whether somebody says so.
pub(crate) fn entity_of(terminal: &Terminal) -> (String, bool) {
    let address = &terminal.address;
    match address.entity.clone().or_else(|| address.label.clone()) {
        Some(name) if !name.trim().is_empty() => (super::printable(&name), true),
        _ => (format!("unnamed {}", terminal.kind), false),
    }
}

impl AssetTotals {
    /// Adds up the terminals and gaps of `asset`; what was stolen comes from the closings.
    pub(super) fn add_up(
        asset: &Arc<AssetRecord>,
        (stolen, received, transfers): (Money, Money, usize),
        conserves: bool,
        terminals: &[Terminal],
        gaps: &[GapRecord],
    ) -> Result<Self, ReportError> {
        let mine: Vec<&Terminal> =
            terminals.iter().filter(|t| t.tainted.asset.id == asset.id).collect();
        let sum = |what, keep: &dyn Fn(&Terminal) -> bool| -> Result<Money, ReportError> {
            let mut total = Money::zero(asset);
            for terminal in mine.iter().filter(|t| keep(t)) {
                total.add(terminal.tainted.units, what)?;
            }
            Ok(total)
        };
        let booked = sum("everything booked", &|_| true)?;
        let mut entered = stolen.clone();
        entered.add(received.units, "what came in")?;
        let mut unexplained = Money::zero(asset);
        for gap in gaps.iter().filter(|gap| gap.unexplained.asset.id == asset.id) {
            unexplained.add(gap.unexplained.units, "unexplained outflows")?;
        }
        Ok(Self {
            services: sum("money at services", &|t| t.group == RestGroup::Service)?,
            held: sum("money held", &|t| t.group == RestGroup::Held)?,
            burnt: sum("money burnt", &|t| t.group == RestGroup::Burnt)?,
            cut: sum("money cut off", &|t| t.group == RestGroup::Cut)?,
            stoppable: sum("stoppable money", &|t| t.stopped_by.is_actionable())?,
            difference: if conserves { difference_text(&entered, &booked) } else { String::new() },
            closes: !conserves || entered.units == booked.units,
            unexplained,
            transfers,
            entities: entities(asset, &mine)?,
            stops: stops(asset, &mine)?,
            exchanged: sum("money exchanged", &|t| t.group == RestGroup::Exchanged)?,
            stolen,
            received,
        })
    }

    /// Whom to ask, or, where nobody can be asked, the services that are there.
    pub(crate) fn whom<'a>(&'a self, stop: &'a StopTotal) -> Vec<(&'a str, &'a Money)> {
        if stop.actionable {
            return stop.whom.iter().map(|(name, money)| (name.as_str(), money)).collect();
        }
        let there = self.entities.iter().filter(|e| e.stopped_by == stop.stopped_by);
        there.map(|e| (e.entity.as_str(), &e.amount)).collect()
    }

    /// Everything that came in: stolen, or got for what was stolen.
    #[must_use]
    pub fn entered(&self) -> Amount {
        // Both are parts of one sum that was taken when the totals were made.
        self.stolen.units.add(self.received.units).unwrap_or(Amount::MAX)
    }

    /// `stolen X = services A + held B + burnt C + cut D  (difference 0, closes)`,
    /// with what was got and given in exchanges where there were any.
    #[must_use]
    pub fn closing_line(&self, backward: bool) -> String {
        let verdict = if self.closes { "closes" } else { "DOES NOT CLOSE" };
        let what = if backward { "traced back" } else { "stolen" };
        format!(
            "{what} {}{} = services {} + held {} + burnt {} + cut {}{}  (difference {}, {verdict})",
            self.stolen.exact_text(),
            part(" + got in exchanges ", &self.received),
            self.services.exact_text(),
            self.held.exact_text(),
            self.burnt.exact_text(),
            self.cut.exact_text(),
            part(" + given in exchanges ", &self.exchanged),
            self.difference,
        )
    }
}

/// A part of a closing line that most lines do not have.
fn part(name: &str, money: &Money) -> String {
    if money.is_zero() { String::new() } else { format!("{name}{}", money.exact_text()) }
}

fn entities(
    asset: &Arc<AssetRecord>,
    terminals: &[&Terminal],
) -> Result<Vec<EntityTotal>, ReportError> {
    let mut groups: BTreeMap<(String, String), EntityTotal> = BTreeMap::new();
    for terminal in terminals.iter().filter(|t| t.group == RestGroup::Service) {
        let (entity, named) = entity_of(terminal);
        let key = (entity.clone(), terminal.kind.clone());
        let total = groups.entry(key).or_insert_with(|| EntityTotal {
            entity,
            named,
            kind: terminal.kind.clone(),
            amount: Money::zero(asset),
            addresses: 0,
            arrivals: 0,
            last_seen: terminal.last_seen,
            stopped_by: terminal.stopped_by,
        });
        total.amount.add(terminal.tainted.units, "money at one entity")?;
        total.addresses += 1;
        total.arrivals += u64::from(terminal.arrivals);
        total.last_seen = total.last_seen.max(terminal.last_seen);
    }
    let mut list: Vec<_> = groups.into_values().collect();
    // Stable over the map's order by name.
    list.sort_by(|a, b| a.amount.larger_first(&b.amount));
    Ok(list)
}

/// Amount, addresses and whom to ask, of one kind of power.
type Power<'a> = (Money, BTreeSet<&'a str>, BTreeMap<String, Money>);

fn stops(asset: &Arc<AssetRecord>, terminals: &[&Terminal]) -> Result<Vec<StopTotal>, ReportError> {
    let mut powers: BTreeMap<StoppedBy, Power<'_>> = BTreeMap::new();
    for terminal in terminals.iter().filter(|t| t.group != RestGroup::Exchanged) {
        let (amount, addresses, whom) = powers
            .entry(terminal.stopped_by)
            .or_insert_with(|| (Money::zero(asset), BTreeSet::new(), BTreeMap::new()));
        amount.add(terminal.tainted.units, "money one power can stop")?;
        addresses.insert(&terminal.address.address);
        if let Some(ask) = &terminal.ask {
            whom.entry(ask.clone())
                .or_insert_with(|| Money::zero(asset))
                .add(terminal.tainted.units, "money one entity can stop")?;
        }
    }
    Ok(powers
        .into_iter()
        .map(|(stopped_by, (amount, addresses, whom))| {
            let mut whom: Vec<_> = whom.into_iter().collect();
            whom.sort_by(|a, b| a.1.larger_first(&b.1));
            let actionable = stopped_by.is_actionable();
            StopTotal { stopped_by, actionable, amount, addresses: addresses.len(), whom }
        })
        .collect())
}
