//! `transfers.csv`, `exchanges.csv` and `terminals.csv`.
//!
//! Columns are fixed (`docs/report.md`). Amounts are exact decimals in whole
//! units, without separators. A label is somebody else's text: one that a
//! spreadsheet would run as a formula gets an apostrophe in front, and
//! control characters are replaced.

use crate::investigation::printable;
use crate::{Investigation, ReportError};
use csv::Writer;
use std::io::Write;

const TRANSFER_COLUMNS: [&str; 8] =
    ["tx_hash", "block", "from", "to", "asset", "amount", "tainted", "policy"];
const EXCHANGE_COLUMNS: [&str; 10] = [
    "tx_hash", "block", "side", "address", "asset", "amount", "tainted", "markets", "followed",
    "policy",
];
const TERMINAL_COLUMNS: [&str; 7] =
    ["address", "label", "kind", "asset", "tainted", "policy", "last_seen"];

impl Investigation {
    /// Writes every tainted transfer, in chain order, then in the order of the policies.
    ///
    /// # Errors
    /// [`ReportError::Csv`] or [`ReportError::Io`] if `out` refuses.
    pub fn write_transfers_csv(&self, out: impl Write) -> Result<(), ReportError> {
        let mut table = Writer::from_writer(out);
        table.write_record(TRANSFER_COLUMNS)?;
        let mut lines: Vec<(usize, usize, usize)> = Vec::new();
        for (policy, report) in self.policies.iter().enumerate() {
            let of_policy = report.transfers.iter().enumerate();
            lines.extend(of_policy.map(|(place, taint)| (taint.transfer, policy, place)));
        }
        lines.sort_unstable();
        for (transfer, policy, place) in lines {
            let (fact, policy) = (&self.transfers[transfer], &self.policies[policy]);
            table.write_record([
                fact.tx_hash.as_str(),
                &fact.block.to_string(),
                &fact.from.address,
                &fact.to.address,
                &fact.value.asset.id,
                &fact.value.decimal(),
                &policy.transfers[place].tainted.decimal(),
                policy.policy.name(),
            ])?;
        }
        table.flush()?;
        Ok(())
    }

    /// Writes every exchange inside one transaction, one line a side and asset,
    /// in chain order, then in the order of the policies.
    ///
    /// # Errors
    /// [`ReportError::Csv`] or [`ReportError::Io`] if `out` refuses.
    pub fn write_exchanges_csv(&self, out: impl Write) -> Result<(), ReportError> {
        let mut table = Writer::from_writer(out);
        table.write_record(EXCHANGE_COLUMNS)?;
        for policy in &self.policies {
            for exchange in &policy.exchanges {
                let fact = &self.transfers[exchange.transfer];
                let markets: Vec<String> = exchange
                    .markets
                    .iter()
                    .map(|market| format!("{} ({})", market.address.address, market.reason))
                    .collect();
                let gave = exchange.gave.iter().map(|side| ("gave", side));
                for (name, side) in gave.chain(exchange.got.iter().map(|side| ("got", side))) {
                    table.write_record([
                        fact.tx_hash.as_str(),
                        &fact.block.to_string(),
                        name,
                        &side.address.address,
                        &side.amount.asset.id,
                        &side.amount.decimal(),
                        &side.tainted.decimal(),
                        &markets.join(" "),
                        if exchange.carried { "yes" } else { "no" },
                        policy.policy.name(),
                    ])?;
                }
            }
        }
        table.flush()?;
        Ok(())
    }

    /// Whether any policy met an exchange inside one transaction.
    #[must_use]
    pub fn has_exchanges(&self) -> bool {
        self.policies.iter().any(|policy| !policy.exchanges.is_empty())
    }

    /// Writes every place of rest, policy by policy, largest first within an asset.
    ///
    /// # Errors
    /// [`ReportError::Csv`] or [`ReportError::Io`] if `out` refuses.
    pub fn write_terminals_csv(&self, out: impl Write) -> Result<(), ReportError> {
        let mut table = Writer::from_writer(out);
        table.write_record(TERMINAL_COLUMNS)?;
        for policy in &self.policies {
            for terminal in &policy.terminals {
                table.write_record([
                    terminal.address.address.as_str(),
                    &cell(terminal.address.label.as_deref().unwrap_or_default()),
                    &terminal.kind,
                    &terminal.tainted.asset.id,
                    &terminal.tainted.decimal(),
                    policy.policy.name(),
                    &terminal.last_seen.to_string(),
                ])?;
            }
        }
        table.flush()?;
        Ok(())
    }
}

const LEG_COLUMNS: [&str; 14] = [
    "tx_hash",
    "block",
    "time",
    "from",
    "to",
    "kind",
    "service",
    "label_source",
    "rule",
    "asset",
    "amount",
    "tainted",
    "policy",
    "continued",
];

impl Investigation {
    /// Writes every leg out of the data, policy by policy, in chain order.
    ///
    /// # Errors
    /// [`ReportError::Csv`] or [`ReportError::Io`] if `out` refuses.
    pub fn write_legs_csv(&self, out: impl Write) -> Result<(), ReportError> {
        let mut table = Writer::from_writer(out);
        table.write_record(LEG_COLUMNS)?;
        for policy in &self.policies {
            for leg in &policy.legs {
                let fact = &self.transfers[leg.transfer];
                table.write_record([
                    fact.tx_hash.as_str(),
                    &fact.block.to_string(),
                    &fact.time.to_string(),
                    &fact.from.address,
                    &fact.to.address,
                    &leg.kind,
                    &cell(&leg.service),
                    &cell(leg.address.source.as_deref().unwrap_or_default()),
                    leg.rule,
                    &leg.tainted.asset.id,
                    &fact.value.decimal(),
                    &leg.tainted.decimal(),
                    policy.policy.name(),
                    &cell(&leg.continued),
                ])?;
            }
        }
        table.flush()?;
        Ok(())
    }
}

/// Text of others as a spreadsheet may hold it: never a formula.
pub(crate) fn cell(text: &str) -> String {
    let text = printable(text);
    let formula = |first: char| {
        matches!(first, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
    };
    if text.trim_start().chars().next().is_some_and(formula) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::investigation::fixture;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn transfers_have_exactly_the_documented_columns() {
        let small = fixture::small();
        let csv = text(|out| small.write_transfers_csv(out).unwrap());
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "tx_hash,block,from,to,asset,amount,tainted,policy");
        assert_eq!(
            lines[1],
            "0x0101010101010101010101010101010101010101010101010101010101010101,17395810,0x0101010101010101010101010101010101010101,0x0303030303030303030303030303030303030303,eip155:1/iso4217:USD,10000,10000,fifo"
        );
        assert!(lines[2].ends_with(",dirty-first") && lines[3].ends_with(",poison"));
        let tainted: usize = small.policies.iter().map(|p| p.transfers.len()).sum();
        assert_eq!(lines.len(), 1 + tainted);
    }

    #[test]
    fn terminals_have_exactly_the_documented_columns() {
        let small = fixture::small();
        let csv = text(|out| small.write_terminals_csv(out).unwrap());
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "address,label,kind,asset,tainted,policy,last_seen");
        assert!(
            lines.contains(&"0x1515151515151515151515151515151515151515,Tornado.Cash: Router,mixer,eip155:1/iso4217:USD,6000,fifo,2023-06-03T02:49:23Z"),
            "{csv}"
        );
    }

    #[test]
    fn a_label_is_never_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\u{ff1d}1"] {
            assert!(cell(text).starts_with('\''), "{text}");
        }
        assert_eq!(cell("Binance 14"), "Binance 14");
        assert_eq!(cell("a\nb\u{7}"), "a b\u{fffd}");
    }
}
