//! The short report for a terminal: plain text, no colour, 80 columns or more.
//!
//! It answers, in this order: how much, where it is, who can stop it, what is
//! not accounted for, what else was found, and whether the books close. One
//! policy's figures lead; every other policy stands beside them at the end,
//! because courts differ.

pub(crate) mod columns;
mod exchanges;
mod legs;
mod questions;
mod values;

use crate::investigation::{count_text, counted, explain_kind, printable, spread};
use crate::{AssetTotals, Investigation, PolicyReport, ReportError, RestGroup, Terminal};
use columns::Side::{Left, Right};
use columns::{table, wrapped};
use std::io::Write;

/// Rows shown of a long list.
const SHOWN_ROWS: usize = 14;
/// Holders shown.
const SHOWN_HOLDERS: usize = 6;

impl Investigation {
    /// Writes the summary in lines of about `width` characters (at least 60).
    ///
    /// # Errors
    /// [`ReportError::Io`] if `out` refuses.
    pub fn write_summary(&self, out: &mut impl Write, width: usize) -> Result<(), ReportError> {
        let width = width.max(60);
        out.write_all(self.summary_head(width).as_bytes())?;
        if let Some(policy) = self.headline() {
            for place in 0..self.assets.len() {
                out.write_all(self.where_it_rests(policy, place, width).as_bytes())?;
            }
            if !self.assets.is_empty() {
                out.write_all(b"\nWho can stop it\n")?;
            }
            for totals in &policy.totals {
                out.write_all(who_can_stop(totals, width).as_bytes())?;
            }
            out.write_all(self.largest_holders(policy, width).as_bytes())?;
            out.write_all(self.exchanges(policy, width).as_bytes())?;
            out.write_all(self.in_currencies(policy, width).as_bytes())?;
            out.write_all(legs::lines(self, policy, width).as_bytes())?;
            out.write_all(self.unaccounted(policy, width).as_bytes())?;
        }
        out.write_all(self.found(width).as_bytes())?;
        for place in 0..self.assets.len() {
            out.write_all(self.side_by_side(place, width).as_bytes())?;
        }
        out.write_all(self.closing_lines(width).as_bytes())?;
        Ok(())
    }

    fn summary_head(&self, width: usize) -> String {
        let mut text = format!("{}\n", printable(&self.case.title));
        text.push_str(&"=".repeat(self.case.title.chars().count().min(width)));
        text.push('\n');
        let way = if self.is_backward() { "traced back to its origins" } else { "traced forward" };
        let mut line = format!("{}, {way}", self.case.chain_name);
        if let (Some(first), Some(last)) = (self.data.first, self.data.last) {
            line.push_str(&format!(
                "; {} {} from {} to {} UTC",
                count_text(self.data.transfers),
                self.data.counted,
                minute(first.1),
                minute(last.1)
            ));
        }
        if let Some(as_of) = self.case.options.as_of {
            line.push_str(&format!("; as known on {} UTC", minute(as_of)));
        }
        text.push_str(&wrapped("", "", &line, width));
        if !self.closes() {
            text.push_str(
                "\n*** THE BOOKS DO NOT CLOSE. Do not rely on these figures; see the end. ***\n",
            );
        }
        text.push('\n');
        let what = if self.is_backward() { "Amount asked about" } else { "Stolen" };
        for totals in self.headline().map(|p| p.totals.as_slice()).unwrap_or_default() {
            if totals.stolen.is_zero() {
                continue;
            }
            text.push_str(&format!("{what}: {}", totals.stolen.full_text()));
            let seeds = counted(self.seeds.len(), "seed", "seeds");
            text.push_str(&format!("   ({seeds})\n"));
        }
        if self.assets.is_empty() {
            text.push_str("Nothing was traced: no transfer in the data matches a seed.\n");
        }
        if self.victims.len() > 1 {
            let mut rows = Vec::new();
            for victim in &self.victims {
                for stolen in &victim.stolen {
                    rows.push(vec![printable(&victim.victim), stolen.exact_text()]);
                }
            }
            text.push_str(&table(&[Left, Right], 0, &rows, width));
        }
        text
    }

    fn where_it_rests(&self, policy: &PolicyReport, place: usize, width: usize) -> String {
        let Some(totals) = policy.totals.get(place) else { return String::new() };
        let title = if self.is_backward() { "Where it came from" } else { "Where it rests now" };
        let mut text =
            format!("\n{title} ({}; policy {})\n", totals.stolen.asset.symbol, policy.policy);
        let whole = totals.entered();
        let head = ["at", "kind", "amount", "share", "over all policies"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for entity in totals.entities.iter().take(SHOWN_ROWS) {
            let range = self.range_of(place, |t| {
                let found = t
                    .entities
                    .iter()
                    .find(|e| (&e.entity, &e.kind) == (&entity.entity, &entity.kind));
                found.map(|e| e.amount.units).unwrap_or_default()
            });
            rows.push(vec![
                entity.entity.clone(),
                entity.kind.clone(),
                entity.amount.text(),
                entity.amount.percent_of(whole),
                range.map(interval).unwrap_or_default(),
            ]);
        }
        if totals.entities.len() > SHOWN_ROWS {
            let more = totals.entities.len() - SHOWN_ROWS;
            rows.push(vec![
                format!("{more} more, in terminals.csv"),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ]);
        }
        let all = [
            ("all services", &totals.services, self.range_of(place, |t| t.services.units)),
            ("held by unknown keys", &totals.held, self.range_of(place, |t| t.held.units)),
            ("burnt", &totals.burnt, self.range_of(place, |t| t.burnt.units)),
            ("cut off by rule", &totals.cut, self.range_of(place, |t| t.cut.units)),
            (
                "exchanged for other assets",
                &totals.exchanged,
                self.range_of(place, |t| t.exchanged.units),
            ),
        ];
        for (name, amount, range) in all {
            // A line that is nothing under every policy says nothing.
            if range.as_ref().is_some_and(|(_, high)| high.is_zero()) {
                continue;
            }
            rows.push(vec![
                name.to_owned(),
                String::new(),
                amount.text(),
                amount.percent_of(whole),
                range.map(interval).unwrap_or_default(),
            ]);
        }
        text.push_str(&table(&[Left, Left, Right, Right, Right], 0, &rows, width));
        text
    }

    fn largest_holders(&self, policy: &PolicyReport, width: usize) -> String {
        let held = |t: &&Terminal| matches!(t.group, RestGroup::Held | RestGroup::Cut);
        let holders: Vec<&Terminal> = policy.terminals.iter().filter(held).collect();
        if holders.is_empty() {
            return String::new();
        }
        let count = count_text(holders.len());
        let mut text = format!("\nLargest holders that are no known service ({count} in all)\n");
        let rows: Vec<Vec<String>> = holders
            .iter()
            .take(SHOWN_HOLDERS)
            .map(|t| {
                let said = t.address.attribution().unwrap_or_default();
                let kind = explain_kind(&t.kind).split(',').next().unwrap_or_default().to_owned();
                vec![t.address.address.clone(), t.tainted.text(), t.last_seen.date(), kind, said]
            })
            .collect();
        text.push_str(&table(&[Left, Right, Left, Left, Left], 4, &rows, width.max(96)));
        text
    }

    fn side_by_side(&self, place: usize, width: usize) -> String {
        let Some(asset) = self.assets.get(place) else { return String::new() };
        if self.assets.len() > 1 && self.agrees(place) {
            let conserving = self.conserving().count();
            return format!("\nPolicies side by side ({}): all {conserving} agree\n", asset.symbol);
        }
        let mut text = format!("\nPolicies side by side ({})\n", asset.symbol);
        let head = ["policy", "services", "held", "burnt", "cut", "stoppable", "reached"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for policy in &self.policies {
            let Some(t) = policy.totals.get(place) else { continue };
            let reached = count_text(t.transfers);
            if policy.conserves {
                let figures = [&t.services, &t.held, &t.burnt, &t.cut, &t.stoppable];
                let mut row = vec![policy.policy.name().to_owned()];
                row.extend(figures.map(|money| money.short_text()));
                row.push(reached);
                rows.push(row);
            } else {
                let blank = || "-".to_owned();
                let name = format!("{} (reach only)", policy.policy);
                rows.push(vec![name, blank(), blank(), blank(), blank(), blank(), reached]);
            }
        }
        text.push_str(&table(&[Left, Right, Right, Right, Right, Right, Right], 0, &rows, width));
        text
    }

    /// Whether every policy that conserves value gives the same totals.
    fn agrees(&self, place: usize) -> bool {
        let mut totals = self.conserving().filter_map(|policy| policy.totals.get(place));
        let first = totals.next();
        totals.all(|t| {
            first.is_some_and(|first| {
                (&t.services, &t.held, &t.burnt, &t.cut, &t.stoppable)
                    == (&first.services, &first.held, &first.burnt, &first.cut, &first.stoppable)
            })
        })
    }

    fn closing_lines(&self, width: usize) -> String {
        let mut text = String::from("\nClosing\n");
        for policy in self.conserving() {
            if policy.policy != self.headline_policy && policy.totals.iter().all(|t| t.closes) {
                continue;
            }
            for totals in &policy.totals {
                let line = totals.closing_line(self.is_backward());
                text.push_str(&wrapped("  ", "    ", &line, width));
            }
        }
        let conserving = self.conserving().count();
        if self.closes() {
            text.push_str(&format!(
                "  All {conserving} policies that conserve value close, per seed and asset.\n"
            ));
        } else {
            text.push_str(
                "  *** DOES NOT CLOSE: this is a fault of the program or of the data. ***\n",
            );
            for policy in self.conserving() {
                for closing in policy.closings.iter().filter(|c| !c.closes) {
                    let line = format!(
                        "{}: seed {} ({}) is short by {} of {}",
                        policy.policy,
                        closing.seed,
                        printable(&closing.victim),
                        closing.difference,
                        closing.stolen.exact_text()
                    );
                    text.push_str(&wrapped("  ", "    ", &line, width));
                }
            }
        }
        text
    }
}

/// Who can stop how much of one asset.
fn who_can_stop(totals: &AssetTotals, width: usize) -> String {
    let mut text = String::new();
    for stop in &totals.stops {
        let mut line = format!("{}: {}", stop.amount.text(), stop.stopped_by.explain());
        let there = totals.whom(stop);
        let shown = there.iter().take(8);
        let whom: Vec<String> =
            shown.map(|(name, money)| format!("{name} {}", money.short_text())).collect();
        if !whom.is_empty() {
            line.push_str(&format!(" ({})", whom.join(", ")));
        }
        let mark = if stop.actionable { "  > " } else { "    " };
        text.push_str(&wrapped(mark, "      ", &line, width));
    }
    text
}

fn interval((low, high): (crate::Money, crate::Money)) -> String {
    if low == high { "same".to_owned() } else { spread(&low, &high) }
}

/// `2023-06-02 21:49`.
pub(crate) fn minute(time: tracehound_model::Timestamp) -> String {
    time.to_string().get(..16).unwrap_or_default().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use crate::investigation::fixture;
    use tracehound_model::Direction;

    fn summary(investigation: &crate::Investigation) -> String {
        let mut out = Vec::new();
        investigation.write_summary(&mut out, 88).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_closing_line_is_shown() {
        let text = summary(&fixture::small());
        let line = "stolen $15,000.00 = services $9,500.00 + held $4,500.00 + burnt $1,000.00 + cut $0.00\n    (difference 0, closes)";
        assert!(text.contains(line), "{text}");
    }

    /// The whole text of a small case; `small.txt` is to be read and edited by hand.
    #[test]
    fn the_small_case_reads_as_written_down() {
        assert_eq!(summary(&fixture::small()), include_str!("small.txt"));
    }

    #[test]
    fn each_victim_stands_alone() {
        let text = summary(&fixture::small());
        assert!(text.contains("Alice  $10,000.00") && text.contains("Bob     $5,000.00"), "{text}");
    }

    #[test]
    fn a_real_case_fits_the_width() {
        let (scene, case) = fixture::shipped("atomic-wallet");
        let text = summary(&scene.investigation(&case, Direction::Forward));
        assert!(!text.contains("DOES NOT CLOSE"));
        let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(long.is_empty(), "{long:?}");
        assert_eq!(text, summary(&scene.investigation(&case, Direction::Forward)));
    }
}
