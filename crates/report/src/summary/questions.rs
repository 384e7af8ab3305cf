//! What a reader must know before relying on the figures: gaps, mixing,
//! refused rows, derived order, unnamed services; and what else was found.

use super::columns::wrapped;
use crate::investigation::{count_text, counted, printable};
use crate::{AssetTotals, Investigation, Money, PolicyReport};
use std::collections::BTreeMap;
use tracehound_model::Amount;

/// Findings of one rule shown one by one.
const SHOWN_OF_A_RULE: usize = 3;

impl Investigation {
    /// What is unaccounted for, and why.
    pub(super) fn unaccounted(&self, policy: &PolicyReport, width: usize) -> String {
        let mut lines: Vec<String> = self.caveats(policy);
        lines.extend(self.notes.iter().map(|note| printable(note)));
        let mut text = String::from("\nUnaccounted for, and why\n");
        for line in lines {
            text.push_str(&wrapped("  - ", "    ", &line, width));
        }
        text
    }

    /// One sentence a caveat; the HTML report shows the same ones.
    pub(crate) fn caveats(&self, policy: &PolicyReport) -> Vec<String> {
        let mut lines = Vec::new();
        for totals in &policy.totals {
            lines.extend(gap_caveat(policy, totals));
            lines.extend(mixing_caveat(policy, totals));
            lines.extend(rest_caveats(totals));
        }
        let broken: u64 = self.data.sources.iter().map(|s| s.broken).sum();
        if broken > 0 {
            let read: u64 = self.data.sources.iter().map(|s| s.rows).sum();
            lines.push(format!(
                "{} of {} rows read were broken and set aside",
                count_text(broken),
                count_text(read)
            ));
        }
        if self.assets.iter().any(|asset| asset.is_published_usd()) {
            lines.push("amounts are dollars as published at the time of each transfer, so they drift along a path as prices move".to_owned());
        }
        lines
    }

    /// Findings, counterfeits and look-alikes.
    pub(super) fn found(&self, width: usize) -> String {
        let mut text = String::new();
        if !self.not_followed.is_empty() {
            text.push_str("\nTokens seen and not followed\n");
            for token in self.not_followed.iter().take(8) {
                let line = format!(
                    "{} {}: {}; {}",
                    printable(&token.asset.symbol),
                    token.asset.id.rsplit(':').next().unwrap_or_default(),
                    counted(token.transfers, "transfer", "transfers"),
                    printable(&token.reason)
                );
                text.push_str(&wrapped("  - ", "    ", &line, width));
            }
            if self.not_followed.len() > 8 {
                text.push_str(&format!(
                    "  - {} more in report.json\n",
                    self.not_followed.len() - 8
                ));
            }
        }
        if !self.findings.is_empty() {
            text.push_str("\nFindings\n");
            let mut told: BTreeMap<&str, usize> = BTreeMap::new();
            for record in &self.findings {
                let rule = record.rule;
                let count = told.entry(rule.name).or_default();
                *count += 1;
                if *count > SHOWN_OF_A_RULE {
                    continue;
                }
                let proof = counted(record.evidence.len(), "transfer", "transfers");
                let claim = printable(&record.claim);
                let line = format!("{claim} [{}/{}, {proof} as proof]", rule.name, rule.version);
                text.push_str(&wrapped("  - ", "    ", &line, width));
            }
            for (rule, count) in told.into_iter().filter(|(_, count)| *count > SHOWN_OF_A_RULE) {
                let more = count_text(count - SHOWN_OF_A_RULE);
                text.push_str(&format!("  - {more} more of {rule}, in report.html\n"));
            }
        }
        text
    }
}

/// Outflows that no known inflow explains.
fn gap_caveat(policy: &PolicyReport, totals: &AssetTotals) -> Option<String> {
    let asset = &totals.stolen.asset.id;
    let gaps = || policy.gaps.iter().filter(|gap| gap.unexplained.asset.id == *asset);
    let largest = gaps().next()?;
    Some(format!(
        "{} paid out {} more than is known to have come in, the most {} ({}); the surplus is not counted as stolen",
        counted(gaps().count(), "traced address", "traced addresses"),
        totals.unexplained.text(),
        largest.address.short(),
        largest.unexplained.text(),
    ))
}

/// Other money that mixed in.
fn mixing_caveat(policy: &PolicyReport, totals: &AssetTotals) -> Option<String> {
    let asset = &totals.stolen.asset;
    let inflows = policy.clean_inflows.iter().filter(|c| c.amount.asset.id == asset.id);
    let amounts: Vec<Amount> = inflows.map(|inflow| inflow.amount.units).collect();
    let places = counted(amounts.len(), "address", "addresses");
    // A sum past 256 bits cannot be shown; the list of the report still is.
    let clean = Money::of(asset, Amount::sum(amounts).ok().filter(|sum| !sum.is_zero())?);
    Some(format!(
        "{} of other or unknown origin mixed in at {places}; policies differ in how they treat it",
        clean.text()
    ))
}

/// What was cut off, and services without a name.
fn rest_caveats(totals: &AssetTotals) -> Vec<String> {
    let mut lines = Vec::new();
    if !totals.cut.is_zero() {
        let cut = totals.cut.text();
        lines.push(format!(
            "{cut} was not followed further by rules of the case (hub, dust, hops, age or a CoinJoin)"
        ));
    }
    let unnamed: usize = totals.entities.iter().filter(|e| !e.named).map(|e| e.addresses).sum();
    if unnamed > 0 {
        let places = counted(unnamed, "place of rest is a service", "places of rest are services");
        lines.push(format!("{places} nobody in the data names"));
    }
    lines
}
