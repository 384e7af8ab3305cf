//! What the figures leave open: gaps, mixing, tokens not followed; and findings.

use super::tables::address;
use crate::investigation::{count_text, counted, printable};
use crate::summary::minute;
use crate::{FindingRecord, Investigation, PolicyReport};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Rows of a list; report.json holds all.
const MOST_ROWS: usize = 200;
/// Transfers named for one gap.
const MOST_TRANSFERS: usize = 3;
/// Evidence listed for one finding.
const MOST_EVIDENCE: usize = 60;

/// Findings of one rule shown without a click.
const OPEN_FINDINGS: usize = 4;

/// Gaps and mixing, one pane a policy and asset; then what is the same for all.
pub(super) fn gaps_section(investigation: &Investigation) -> Markup {
    html! {
        section #gaps {
            h2 { "What is not accounted for, and why" }
            @if let Some(policy) = investigation.headline() {
                ul.plain {
                    @for line in investigation.caveats(policy) { li { (sentence(&line)) } }
                    @for note in &investigation.notes { li { (printable(note)) } }
                }
            }
            @for (policy, asset) in investigation.panes() {
                div data-policy=(policy.policy.name()) data-asset=(asset) hidden[!investigation.is_first(policy, asset)] {
                    (gaps(investigation, policy, asset))
                    (clean(investigation, policy, asset))
                }
            }
            (not_followed(investigation))
        }
    }
}

/// `line` with a capital and a full stop.
fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn gaps(investigation: &Investigation, policy: &PolicyReport, asset: usize) -> Markup {
    let id = &investigation.assets[asset].id;
    let gaps: Vec<_> = policy.gaps.iter().filter(|gap| gap.unexplained.asset.id == *id).collect();
    html! {
        h3 { "Paid out, but never seen coming in (" (counted(gaps.len(), "address", "addresses")) ", policy " (policy.policy) ")" }
        @if gaps.is_empty() { p.soft { "None: every outflow of a traced address is explained by a known inflow." } }
        @else {
            div.table-wrap { table {
                thead { tr { th { "address" } th.num { "came in" } th.num { "went out" } th.num { "unexplained" } th { "transfers concerned" } } }
                tbody { @for gap in gaps.iter().take(MOST_ROWS) { tr {
                    td { (address(&gap.address)) }
                    td.num title=(gap.inflow.exact_text()) { (gap.inflow.text()) }
                    td.num title=(gap.outflow.exact_text()) { (gap.outflow.text()) }
                    td.num title=(gap.unexplained.exact_text()) { b { (gap.unexplained.text()) } }
                    td {
                        @for index in gap.transfers.iter().take(MOST_TRANSFERS) { code.address.hash { (investigation.transfers[*index].tx_hash) } }
                        @if gap.transfers.len() > MOST_TRANSFERS { span.small.soft { "and " (gap.transfers.len() - MOST_TRANSFERS) " more in report.json" } }
                    }
                } } }
            } }
        }
    }
}

fn clean(investigation: &Investigation, policy: &PolicyReport, asset: usize) -> Markup {
    let id = &investigation.assets[asset].id;
    let inflows: Vec<_> =
        policy.clean_inflows.iter().filter(|c| c.amount.asset.id == *id).collect();
    html! {
        @if !inflows.is_empty() {
            details {
                summary { "Other money that mixed in (" (counted(inflows.len(), "address", "addresses")) ")" }
                div.table-wrap { table {
                    thead { tr { th { "address" } th.num { "other money" } th.num { "of which held before" } th.num { "credits" } } }
                    tbody { @for inflow in inflows.iter().take(MOST_ROWS) { tr {
                        td { (address(&inflow.address)) }
                        td.num title=(inflow.amount.exact_text()) { (inflow.amount.text()) }
                        td.num title=(inflow.opening.exact_text()) { (inflow.opening.text()) }
                        td.num { (count_text(inflow.credits)) }
                    } } }
                } }
            }
        }
    }
}

fn not_followed(investigation: &Investigation) -> Markup {
    html! {
        @if !investigation.not_followed.is_empty() {
            h3 { "Tokens that were seen and not followed" }
            p.small.soft { "A token is its contract, never its symbol. None of these carries taint or lends an address its name." }
            div.table-wrap { table {
                thead { tr { th { "shown as" } th { "contract" } th { "why not" } th.num { "transfers" } th { "an example" } } }
                tbody { @for token in investigation.not_followed.iter().take(MOST_ROWS) { tr {
                    td { bdi { (printable(&token.asset.symbol)) } " " @if token.asset.standing == "counterfeit" { span.badge.fake { "✗ counterfeit" } } }
                    td { code { (token.asset.id.rsplit(':').next().unwrap_or_default()) } }
                    td { (printable(&token.reason)) }
                    td.num { (count_text(token.transfers)) }
                    td { code { (investigation.transfers[token.example].tx_hash) } }
                } } }
            } }
        }
    }
}

/// Findings with their evidence; look-alike addresses stand apart.
pub(super) fn findings_section(investigation: &Investigation) -> Markup {
    let look_alike = |record: &&FindingRecord| record.rule.name.starts_with("look-alike");
    let (look_alikes, others): (Vec<_>, Vec<_>) =
        investigation.findings.iter().partition(look_alike);
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    let (open, folded): (Vec<_>, Vec<_>) = others.into_iter().partition(|record| {
        let count = told.entry(record.rule.name).or_default();
        *count += 1;
        *count <= OPEN_FINDINGS
    });
    html! {
        section #findings {
            h2 { "Findings" }
            p.lead { "Claims of named, versioned rules about the same transfers, each with the transfers that prove it. They change no amount above." }
            @if investigation.findings.is_empty() { p.soft { "No rule had anything to say." } }
            @for record in &open { (finding(record)) }
            @if !folded.is_empty() {
                details {
                    summary { (count_text(folded.len())) " more of the same rules" }
                    @for record in &folded { (finding(record)) }
                }
            }
            @if !look_alikes.is_empty() {
                h3 { "Look-alike addresses (" (count_text(look_alikes.len())) ")" }
                p.small.soft { "Addresses made to resemble another at both ends, so that somebody copies the wrong one. They carry no taint and no label." }
                details {
                    summary { "Show them" }
                    @for record in look_alikes { (finding(record)) }
                }
            }
        }
    }
}

fn finding(finding: &FindingRecord) -> Markup {
    html! {
        div.card style="margin:0.7rem 0" {
            div { b { (printable(&finding.claim)) } }
            div.small.soft {
                "rule " (finding.rule.name) "/" (finding.rule.version)
                @for (name, value) in &finding.parameters { "; " (name) " " (printable(value)) }
            }
            @if !finding.evidence.is_empty() {
                details {
                    summary { (counted(finding.evidence.len(), "transfer", "transfers")) " as proof" }
                    div.table-wrap { table {
                        thead { tr { th.num { "time, UTC" } th.num { "block" } th { "from" } th { "to" } th.num { "amount" } th { "transaction" } } }
                        tbody { @for evidence in finding.evidence.iter().take(MOST_EVIDENCE) { tr {
                            td.num { (minute(evidence.timestamp)) } td.num { (evidence.height) }
                            td { code { (evidence.from) } } td { code { (evidence.to) } }
                            td.num { (evidence.amount_text) } td { code { (evidence.transaction) } }
                        } } }
                    } }
                    @if finding.evidence.len() > MOST_EVIDENCE { p.small.soft { (finding.evidence.len() - MOST_EVIDENCE) " more in report.json" } }
                }
            }
        }
    }
}
