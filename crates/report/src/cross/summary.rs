//! The summary over all chains for a terminal.

use super::{
    CrossClosingRecord, CrossInvestigation, CrossingRecord, ExchangeEntry, ProbableRecord,
    SideRecord,
};
use crate::ReportError;
use crate::investigation::{count_text, counted, printable};
use crate::summary::columns::Side::{Left, Right};
use crate::summary::columns::{table, wrapped};
use crate::summary::minute;
use std::io::Write;

/// Rows shown of a long list.
const SHOWN: usize = 30;

impl CrossInvestigation {
    /// Writes the summary in lines of about `width` characters (at least 60).
    ///
    /// # Errors
    /// [`ReportError::Io`] if `out` refuses.
    pub fn write_summary(&self, out: &mut impl Write, width: usize) -> Result<(), ReportError> {
        let width = width.max(60);
        let parts = [
            self.head(width),
            self.crossing_lines(width),
            self.place_lines(width),
            self.probable_lines(width),
            self.closing_text(width),
        ];
        for part in parts {
            out.write_all(part.as_bytes())?;
        }
        Ok(())
    }

    fn head(&self, width: usize) -> String {
        let title = printable(&self.title);
        let mut text = format!("{title}\n{}\n", "=".repeat(title.chars().count().min(width)));
        for chain in &self.chains {
            let line = match &chain.data {
                Some(data) => {
                    let mut line =
                        format!("{}: {} {}", chain.name, count_text(data.transfers), data.counted);
                    if let (Some(first), Some(last)) = (data.first, data.last) {
                        let (first, last) = (minute(first.1), minute(last.1));
                        line.push_str(&format!(" from {first} to {last} UTC"));
                    }
                    line
                }
                None => format!("{}: no data", chain.name),
            };
            text.push_str(&wrapped("", "  ", &line, width));
        }
        if !self.closes() {
            text.push_str(
                "\n*** THE BOOKS DO NOT CLOSE. Do not rely on these figures; see the end. ***\n",
            );
        }
        text.push('\n');
        let totals = self.headline().map(|policy| policy.totals.as_slice()).unwrap_or_default();
        for total in totals.iter().filter(|total| !total.stolen.is_zero()) {
            let seeds = counted(self.seeds.len(), "seed", "seeds");
            let chain = self.chain_name(&total.chain);
            text.push_str(&format!(
                "Stolen: {} on {chain}   ({seeds})\n",
                total.stolen.full_text()
            ));
        }
        text
    }

    fn crossing_lines(&self, width: usize) -> String {
        let mut text = format!("\nCrossings between chains (policy {})\n", self.headline_policy);
        let Some(policy) = self.headline() else { return text };
        if policy.crossed.is_empty() {
            text.push_str("  None carried traced money.\n");
        }
        for taint in policy.crossed.iter().take(SHOWN) {
            let Some(crossing) = self.crossings.iter().find(|c| c.number == taint.crossing) else {
                continue;
            };
            let from = self.side_text(&crossing.paid_in);
            let line = format!(
                "{}. {} on {from}, {} traced, into {}",
                crossing.number,
                crossing.paid_in.amount.as_ref().map_or_else(|| "?".to_owned(), |m| m.exact_text()),
                taint.tainted.exact_text(),
                printable(&crossing.bridge)
            );
            text.push_str(&wrapped("  ", "     ", &line, width));
            for (part, carried) in crossing.paid_out.iter().zip(&taint.paid_out) {
                let mut line = format!(
                    "-> {} on {}",
                    part.amount.as_ref().map_or_else(|| "?".to_owned(), |m| m.exact_text()),
                    self.side_text(part)
                );
                if part.refund {
                    line.push_str(", sent back");
                }
                if let Some(carried) = carried {
                    line.push_str(&format!(", {} traced", carried.exact_text()));
                }
                if let Some(problem) = &part.problem {
                    line.push_str(&format!("; not followed: {problem}"));
                }
                text.push_str(&wrapped("     ", "        ", &line, width));
            }
            text.push_str(&wrapped("     ", "     ", &why(crossing), width));
        }
        if policy.crossed.len() > SHOWN {
            let more = policy.crossed.len() - SHOWN;
            text.push_str(&format!("  {more} more, in crossings.csv\n"));
        }
        text
    }

    fn side_text(&self, side: &SideRecord) -> String {
        let mut text = self.chain_name(&side.chain).to_owned();
        if let Some(transaction) = &side.transaction {
            text.push_str(&format!(" in {transaction}"));
        }
        if let Some(time) = side.time {
            text.push_str(&format!(" ({})", minute(time)));
        }
        text
    }

    fn place_lines(&self, width: usize) -> String {
        let Some(policy) = self.headline() else { return String::new() };
        let mut text = format!("\nWhere it rests now (policy {})\n", policy.policy);
        let mut rows = vec![["chain", "at", "kind", "amount"].map(str::to_owned).to_vec()];
        for place in policy.places.iter().take(SHOWN) {
            rows.push(vec![
                self.chain_name(&place.chain).to_owned(),
                place.entity.clone(),
                place.kind.clone(),
                place.amount.text(),
            ]);
        }
        if policy.places.len() > SHOWN {
            let more = format!("{} more, in report.json", policy.places.len() - SHOWN);
            rows.push(vec![String::new(), more, String::new(), String::new()]);
        }
        text.push_str(&table(&[Left, Left, Left, Right], 1, &rows, width));
        text
    }

    fn probable_lines(&self, width: usize) -> String {
        let shown = |leg: &&ProbableRecord| leg.from_policy == self.headline_policy;
        let mut text = String::new();
        for leg in self.probable.iter().filter(shown) {
            let chain = self.chain_name(&leg.chain);
            text.push_str(&format!(
                "\nProbable, behind CoinJoins on {chain} (part of no figure above)\n"
            ));
            for mix in &leg.mixes {
                let line = format!(
                    "{} went into {}: {} outputs of {} are equal, so each is it with probability 1/{}, and expects {}; {} is not placed.",
                    mix.tainted.exact_text(),
                    mix.transaction,
                    mix.anonymity_set,
                    mix.denomination.exact_text(),
                    mix.anonymity_set,
                    mix.expected.exact_text(),
                    mix.unplaced.exact_text()
                );
                text.push_str(&wrapped("  ", "    ", &line, width));
            }
            let rests: Vec<String> =
                leg.rests.iter().map(|(kind, m)| format!("{kind} {}", m.exact_text())).collect();
            let verdict = if leg.closes { "closes" } else { "DOES NOT CLOSE" };
            let line = format!(
                "expected, by {}: {} = {} + not placed {}  ({verdict})",
                leg.followed_by,
                leg.tainted.exact_text(),
                rests.join(" + "),
                leg.unplaced.exact_text()
            );
            text.push_str(&wrapped("  ", "    ", &line, width));
        }
        text
    }

    fn closing_text(&self, width: usize) -> String {
        let mut text = String::from("\nClosing, asset by asset over all chains\n");
        for policy in self.policies.iter().filter(|policy| policy.conserves) {
            let headline = policy.policy == self.headline_policy;
            for total in policy.totals.iter().filter(|total| headline || !total.closes) {
                let line = format!("{}: {}", policy.policy, self.closing_line(total));
                text.push_str(&wrapped("  ", "    ", &line, width));
                for entry in &total.conversions {
                    let line = format!(
                        "received by crossing {}: {} for {}",
                        entry.crossing,
                        entry.got.exact_text(),
                        entry.gave.exact_text()
                    );
                    text.push_str(&wrapped("      ", "        ", &line, width));
                }
                for entry in &total.exchanges {
                    text.push_str(&wrapped("      ", "        ", &exchange_text(entry), width));
                }
            }
        }
        let conserving = self.policies.iter().filter(|policy| policy.conserves).count();
        text.push_str(&if self.closes() {
            format!("  All {conserving} policies that conserve value close, per seed and asset.\n")
        } else {
            "  *** DOES NOT CLOSE: this is a fault of the program or of the data. ***\n".to_owned()
        });
        text
    }

    /// The closing line of an asset in one line.
    pub(super) fn closing_line(&self, total: &CrossClosingRecord) -> String {
        let rests: Vec<String> =
            total.rests.iter().map(|(kind, m)| format!("{kind} {}", m.exact_text())).collect();
        let rests = if rests.is_empty() { "0".to_owned() } else { rests.join(" + ") };
        let verdict = if total.closes { "closes" } else { "DOES NOT CLOSE" };
        let exchanged = match total.exchanged.is_zero() {
            true => String::new(),
            false => format!(" + got in exchanges {}", total.exchanged.exact_text()),
        };
        format!(
            "{} on {}: stolen {} + received {}{exchanged} = {rests}  (difference {}, {verdict})",
            printable(&total.stolen.asset.symbol),
            self.chain_name(&total.chain),
            total.stolen.exact_text(),
            total.received.exact_text(),
            total.difference
        )
    }
}

/// What was got for what inside one transaction.
pub(super) fn exchange_text(entry: &ExchangeEntry) -> String {
    let gave: Vec<String> = entry.gave.iter().map(crate::Money::exact_text).collect();
    format!(
        "got in an exchange: {} for {} in {}",
        entry.got.exact_text(),
        gave.join(" and "),
        entry.transaction
    )
}

/// What ties the sides together, or why nothing does.
pub(super) fn why(crossing: &CrossingRecord) -> String {
    let mut text = match &crossing.key {
        Some(key) => format!("{}, key {}", crossing.rule, printable(key)),
        None => format!("{}, no key", crossing.rule),
    };
    if !crossing.unchecked.is_empty() {
        text.push_str(&format!("; not compared: {}", crossing.unchecked.join(", ")));
    }
    if let Some(problem) = &crossing.problem {
        text.push_str(&format!("; not followed: {problem}"));
    }
    for candidate in &crossing.candidates {
        let transaction = candidate.paid_out.transaction.as_deref().unwrap_or("?");
        text.push_str(&format!(
            "; could be {transaction} with probability {:.3} ({}, one of {})",
            candidate.probability, candidate.rule, candidate.ambiguity
        ));
    }
    text
}
