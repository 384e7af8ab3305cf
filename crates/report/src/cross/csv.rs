//! `crossings.csv` and `closing.csv`.

use super::{CrossInvestigation, CrossedRecord, CrossingRecord, SideRecord};
use crate::csv::cell;
use crate::{Money, ReportError};
use csv::Writer;
use std::io::Write;

const CROSSING_COLUMNS: [&str; 22] = [
    "crossing",
    "policy",
    "bridge",
    "rule",
    "key",
    "probability",
    "candidates",
    "from_chain",
    "from_transaction",
    "from_time",
    "from_address",
    "given_asset",
    "given",
    "given_tainted",
    "to_chain",
    "to_transaction",
    "to_time",
    "to_address",
    "paid_out_asset",
    "paid_out",
    "paid_out_tainted",
    "remark",
];
const CLOSING_COLUMNS: [&str; 8] =
    ["policy", "seed", "asset", "entry", "amount", "crossing", "gave_asset", "gave"];

fn decimal(money: Option<&Money>) -> String {
    money.map(Money::decimal).unwrap_or_default()
}

fn id(money: Option<&Money>) -> String {
    money.map(|money| money.asset.id.clone()).unwrap_or_default()
}

/// Chain, transaction, time, address, asset and amount of a side.
fn side(side: Option<&SideRecord>) -> [String; 6] {
    let Some(side) = side else { return Default::default() };
    [
        side.chain.clone(),
        side.transaction.clone().unwrap_or_default(),
        side.time.map(|time| time.to_string()).unwrap_or_default(),
        side.address.clone().unwrap_or_default(),
        id(side.amount.as_ref()),
        decimal(side.amount.as_ref()),
    ]
}

/// The rows of one crossing under one policy.
fn rows(policy: &str, crossing: &CrossingRecord, taint: &CrossedRecord) -> Vec<Vec<String>> {
    let row = |to: Option<&SideRecord>, tainted: String, guess: [String; 2], remark: &str| {
        let key = crossing.key.clone().unwrap_or_default();
        let mut row = vec![crossing.number.to_string(), policy.to_owned()];
        row.extend([cell(&crossing.bridge), crossing.rule.clone(), cell(&key)]);
        row.extend(guess);
        row.extend(side(Some(&crossing.paid_in)));
        row.push(taint.tainted.decimal());
        row.extend(side(to));
        row.extend([tainted, cell(remark)]);
        row
    };
    let sure = || [String::new(), String::new()];
    let mut rows = Vec::new();
    for (part, carried) in crossing.paid_out.iter().zip(&taint.paid_out) {
        let remark = part.problem.as_deref().or(crossing.problem.as_deref());
        let remark = remark.unwrap_or(if part.refund { "refund" } else { "" });
        rows.push(row(Some(part), decimal(carried.as_ref()), sure(), remark));
    }
    if crossing.paid_out.is_empty() {
        let remark = crossing.problem.as_deref().unwrap_or_default();
        rows.push(row(None, String::new(), sure(), remark));
    }
    for candidate in &crossing.candidates {
        let guess = [format!("{:.6}", candidate.probability), candidate.ambiguity.to_string()];
        let remark = "candidate only, not followed";
        rows.push(row(Some(&candidate.paid_out), String::new(), guess, remark));
    }
    rows
}

impl CrossInvestigation {
    /// Writes every crossing that carried taint: a row a policy and part paid
    /// out; where nothing is followed, a row, and one more a candidate with
    /// its probability.
    ///
    /// # Errors
    /// [`ReportError::Csv`] or [`ReportError::Io`] if `out` refuses.
    pub fn write_crossings_csv(&self, out: impl Write) -> Result<(), ReportError> {
        let mut table = Writer::from_writer(out);
        table.write_record(CROSSING_COLUMNS)?;
        for policy in &self.policies {
            for taint in &policy.crossed {
                let crossing = self.crossings.iter().find(|c| c.number == taint.crossing);
                let Some(crossing) = crossing else { continue };
                for row in rows(policy.policy.name(), crossing, taint) {
                    table.write_record(row)?;
                }
            }
        }
        table.flush()?;
        Ok(())
    }

    /// Writes every closing line, entry by entry: `stolen`, `received` and
    /// `exchanged` (got in exchanges inside one transaction) go in, each other entry is where it rests; `conversion` entries say what
    /// was given elsewhere for what was received, and are part of `received`.
    ///
    /// # Errors
    /// As [`CrossInvestigation::write_crossings_csv`].
    pub fn write_closing_csv(&self, out: impl Write) -> Result<(), ReportError> {
        let mut table = Writer::from_writer(out);
        table.write_record(CLOSING_COLUMNS)?;
        for policy in &self.policies {
            for line in &policy.closings {
                let seed = line.seed.map(|seed| seed.to_string()).unwrap_or_default();
                let mut write = |entry: &str, amount: &str, more: [String; 3]| {
                    let [crossing, asset, gave] = more;
                    let asset_id = line.stolen.asset.id.as_str();
                    let name = policy.policy.name();
                    table.write_record([
                        name, &seed, asset_id, entry, amount, &crossing, &asset, &gave,
                    ])
                };
                let none = || [String::new(), String::new(), String::new()];
                write("stolen", &line.stolen.decimal(), none())?;
                write("received", &line.received.decimal(), none())?;
                write("exchanged", &line.exchanged.decimal(), none())?;
                for entry in &line.conversions {
                    let more = [
                        entry.crossing.to_string(),
                        entry.gave.asset.id.clone(),
                        entry.gave.decimal(),
                    ];
                    write("conversion", &entry.got.decimal(), more)?;
                }
                for (name, money) in &line.rests {
                    write(name, &money.decimal(), none())?;
                }
                write("difference", &line.difference, none())?;
            }
        }
        table.flush()?;
        Ok(())
    }
}
