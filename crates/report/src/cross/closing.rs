//! Closing lines over all chains, with each conversion as an entry of its own.

use super::build::Builder;
use super::{ConversionRecord, CrossClosingRecord, ExchangeEntry};
use crate::investigation::{difference_text, kind_name};
use crate::{Money, ReportError};
use tracehound_analysis::cross::{CrossClosing, CrossPolicy, CrossRest};
use tracehound_analysis::trace::{Rest, SeedId};
use tracehound_model::{Amount, Category};

/// What rests at a bridge and has no counterpart that is known.
pub(super) const AT_BRIDGE: &str = "bridge-no-counterpart-known";

impl Builder<'_> {
    /// The closing lines of one policy.
    pub(super) fn closings(
        &mut self,
        policy: &CrossPolicy,
    ) -> Result<Vec<CrossClosingRecord>, ReportError> {
        let of_policy = self.input.closings.iter().filter(|line| line.policy == policy.policy);
        let lines: Vec<&CrossClosing> = of_policy.collect();
        let mut records = Vec::with_capacity(lines.len());
        for line in lines {
            let asset = self.asset(&line.chain, line.asset)?;
            let mut rests = Vec::with_capacity(line.rests.len());
            let mut resting = Money::zero(&asset);
            for (rest, amount) in &line.rests {
                resting.add(*amount, "a closing line")?;
                rests.push((self.rest_name(*rest), Money::of(&asset, *amount)));
            }
            let mut entered = Money::of(&asset, line.stolen);
            entered.add(line.received, "a closing line")?;
            entered.add(line.exchanged, "a closing line")?;
            records.push(CrossClosingRecord {
                seed: Some(line.seed.0),
                chain: line.chain.to_string(),
                stolen: Money::of(&asset, line.stolen),
                received: Money::of(&asset, line.received),
                exchanged: Money::of(&asset, line.exchanged),
                exchanges: Vec::new(),
                conversions: self.conversions(policy, line)?,
                rests,
                difference: difference_text(&entered, &resting),
                closes: line.closes(),
            });
        }
        Ok(records)
    }

    fn rest_name(&self, rest: CrossRest) -> String {
        match rest {
            CrossRest::Rest(Rest::Service(Category::Bridge)) => AT_BRIDGE.to_owned(),
            CrossRest::Rest(rest) => kind_name(rest),
            CrossRest::Crossed(crossing) => {
                format!("crossed-{}", self.numbers.get(&crossing).copied().unwrap_or_default())
            }
            CrossRest::OutsideData => "outside-the-data".to_owned(),
            CrossRest::AlreadyTainted => "already-tainted".to_owned(),
        }
    }

    /// What this seed got here for what it gave elsewhere.
    fn conversions(
        &mut self,
        policy: &CrossPolicy,
        line: &CrossClosing,
    ) -> Result<Vec<ConversionRecord>, ReportError> {
        let mine = |by_seed: &[(SeedId, Amount)]| {
            by_seed.iter().find(|(seed, _)| *seed == line.seed).map(|(_, amount)| *amount)
        };
        let mut conversions = Vec::new();
        for taint in &policy.crossings {
            let crossing = &self.input.outcome.crossings[taint.crossing];
            let (Some(source), Some(given)) = (&crossing.source, mine(&taint.by_seed)) else {
                continue;
            };
            let from = self.input.chains[source.chain].chain.clone();
            for (number, (part, got)) in (1..).zip(crossing.parts.iter().zip(&taint.parts)) {
                let here = part.chain == line.chain && part.asset == Some(line.asset);
                let Some(got) = mine(&got.by_seed).filter(|_| here) else { continue };
                conversions.push(ConversionRecord {
                    crossing: self.numbers.get(&taint.crossing).copied().unwrap_or_default(),
                    part: number,
                    gave: self.money(&from, source.asset, given)?,
                    got: self.money(&line.chain, line.asset, got)?,
                });
            }
        }
        Ok(conversions)
    }
}

impl Builder<'_> {
    /// The exchanges by which the sums over all seeds came to what they are.
    pub(super) fn with_exchanges(
        &self,
        number: usize,
        mut totals: Vec<CrossClosingRecord>,
    ) -> Vec<CrossClosingRecord> {
        for told in self.input.told {
            let exchanges = told.policies.get(number).map(|policy| policy.exchanges.as_slice());
            for exchange in exchanges.unwrap_or_default().iter().filter(|e| e.carried) {
                let gave: Vec<Money> = exchange
                    .gave
                    .iter()
                    .map(|side| side.tainted.clone())
                    .filter(|money| !money.is_zero())
                    .collect();
                for side in exchange.got.iter().filter(|side| !side.tainted.is_zero()) {
                    let id = &side.tainted.asset.id;
                    let total = totals.iter_mut().find(|t| t.stolen.asset.id == *id);
                    if let Some(total) = total {
                        total.exchanges.push(ExchangeEntry {
                            transaction: told.transfers[exchange.transfer].tx_hash.clone(),
                            gave: gave.clone(),
                            got: side.tainted.clone(),
                        });
                    }
                }
            }
        }
        totals
    }
}

/// The lines of each asset added up over the seeds.
pub(super) fn totals(lines: &[CrossClosingRecord]) -> Result<Vec<CrossClosingRecord>, ReportError> {
    let mut totals: Vec<CrossClosingRecord> = Vec::new();
    for line in lines {
        let known = totals.iter_mut().find(|total| {
            (&total.chain, &total.stolen.asset.id) == (&line.chain, &line.stolen.asset.id)
        });
        match known {
            Some(total) => add(total, line)?,
            None => totals.push(CrossClosingRecord { seed: None, ..line.clone() }),
        }
    }
    // Chain by chain in the order of the lines, which is the case's.
    Ok(totals)
}

fn add(total: &mut CrossClosingRecord, line: &CrossClosingRecord) -> Result<(), ReportError> {
    total.stolen.add(line.stolen.units, "a closing line")?;
    total.received.add(line.received.units, "a closing line")?;
    total.exchanged.add(line.exchanged.units, "a closing line")?;
    for (name, money) in &line.rests {
        match total.rests.iter_mut().find(|(known, _)| known == name) {
            Some((_, sum)) => sum.add(money.units, "a closing line")?,
            None => total.rests.push((name.clone(), money.clone())),
        }
    }
    for entry in &line.conversions {
        let same = |known: &&mut ConversionRecord| {
            (known.crossing, known.part) == (entry.crossing, entry.part)
        };
        match total.conversions.iter_mut().find(same) {
            Some(known) => {
                known.gave.add(entry.gave.units, "a conversion")?;
                known.got.add(entry.got.units, "a conversion")?;
            }
            None => total.conversions.push(entry.clone()),
        }
    }
    let mut entered = total.stolen.clone();
    entered.add(total.received.units, "a closing line")?;
    entered.add(total.exchanged.units, "a closing line")?;
    let mut resting = Money::zero(&total.stolen.asset);
    for (_, money) in &total.rests {
        resting.add(money.units, "a closing line")?;
    }
    total.difference = difference_text(&entered, &resting);
    total.closes = total.closes && line.closes && entered.units == resting.units;
    Ok(())
}
