//! `report.html` over several chains: self-contained, without script.

use super::picture::picture;
use super::summary::{exchange_text, why};
use super::{
    CrossClosingRecord, CrossInvestigation, CrossPolicyRecord, CrossedRecord, CrossingRecord,
    ProbableRecord, SideRecord,
};
use crate::investigation::{count_text, counted, printable};
use crate::summary::minute;
use crate::{Money, ReportError};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io::Write;

/// Nothing from anywhere, and no script at all.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/// Styles of the picture and of what only this page has.
const STYLE: &str = include_str!("style.css");
/// Rows of the list of crossings and of places; JSON and CSV hold all.
const MOST_ROWS: usize = 500;

impl CrossInvestigation {
    /// Writes `report.html`.
    ///
    /// # Errors
    /// [`ReportError::Io`] if `out` refuses.
    pub fn write_html(&self, mut out: impl Write) -> Result<(), ReportError> {
        out.write_all(page(self).into_string().as_bytes())?;
        out.write_all(b"\n")?;
        Ok(())
    }
}

fn page(report: &CrossInvestigation) -> Markup {
    let title = printable(&report.title);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                meta name="generator" content={ "tracehound " (report.program.version) };
                title { (title) " — Tracehound" }
                style { (PreEscaped(crate::html::STYLE)) (PreEscaped(STYLE)) }
            }
            body {
                (masthead(report, &title))
                main {
                    @if let Some(policy) = report.headline() {
                        (flow(report, policy))
                        (crossings(report, policy))
                        (places(report, policy))
                    }
                    (probable(report))
                    (closings(report))
                    (method(report))
                }
                footer {
                    "Made by tracehound " (report.program.version)
                    ". This file loads nothing from the network and runs no script."
                }
            }
        }
    }
}

fn masthead(report: &CrossInvestigation, title: &str) -> Markup {
    let conserving = report.policies.iter().filter(|policy| policy.conserves).count();
    html! {
        header.top {
            div.brand { "Tracehound report over " (report.chains.len()) " chains" }
            h1 { (title) }
            @if !report.description.is_empty() { p { (printable(&report.description)) } }
            ul.facts {
                @for chain in &report.chains {
                    li {
                        @if let Some(data) = &chain.data {
                            a href={ (chain.folder) "/report.html" } { b { (chain.name) } }
                            " " (count_text(data.transfers)) " " (data.counted)
                            @if let (Some(first), Some(last)) = (data.first, data.last) {
                                ", " (minute(first.1)) " to " (minute(last.1)) " UTC"
                            }
                        } @else { b { (chain.name) } " no data" }
                    }
                }
            }
            @if report.closes() {
                div.verdict.ok { "✓ The books close on every chain: under each of the " (conserving) " policies that conserve value, what was stolen, received by crossings and got in exchanges is what rests, to the last base unit." }
            } @else {
                div.verdict.broken role="alert" { "✗ THE BOOKS DO NOT CLOSE. Do not rely on these figures; see the closing lines." }
            }
            nav.contents aria-label="Contents" {
                @for (place, name) in [("flow", "Picture"), ("crossings", "Crossings"), ("places", "Places"),
                    ("probable", "Probable"), ("closing", "Closing"), ("method", "Method")] {
                    a href={ "#" (place) } { (name) }
                }
            }
        }
    }
}

fn flow(report: &CrossInvestigation, policy: &CrossPolicyRecord) -> Markup {
    html! {
        section #flow {
            h2 { "From chain to chain" }
            p.lead { "Policy " (policy.policy) ". What crosses between chains is a fact of both chains where they show the same key; how much of it is traced follows from the policy." }
            (picture(report, policy))
        }
    }
}

fn money(money: Option<&Money>) -> Markup {
    html! { @if let Some(money) = money { span title=(money.exact_text()) { (money.text()) } } @else { "?" } }
}

fn side(report: &CrossInvestigation, side: &SideRecord) -> Markup {
    html! {
        b { (report.chain_name(&side.chain)) }
        @if let Some(time) = side.time { " " span.soft { (minute(time)) } }
        br; code.hash { (side.transaction.as_deref().unwrap_or("unnamed transaction")) }
        @if let Some(address) = &side.address { br; span.soft { "to " } code.address { (address) } }
        @if side.refund { br; "sent back" }
        @if let Some(problem) = &side.problem { br; em { "not followed: " (printable(problem)) } }
    }
}

fn crossings(report: &CrossInvestigation, policy: &CrossPolicyRecord) -> Markup {
    let of = |taint: &CrossedRecord| {
        report.crossings.iter().find(|crossing| crossing.number == taint.crossing)
    };
    html! {
        section #crossings {
            h2 { "Crossings that carried traced money" }
            p.lead { (counted(policy.crossed.len(), "crossing", "crossings")) " under policy " (policy.policy) "; every policy stands in crossings.csv. Candidates without a key are named with a probability and never followed." }
            @if report.untouched > 0 { p.small.soft { (counted(report.untouched, "other crossing was", "other crossings were")) " given that no traced money reached." } }
            div.table-wrap { table {
                thead { tr { th { "bridge and key" } th { "paid in" } th.num { "given" } th { "paid out" } th.num { "got" } } }
                tbody { @for taint in policy.crossed.iter().take(MOST_ROWS) {
                    @if let Some(crossing) = of(taint) { (crossing_rows(report, crossing, taint)) }
                } }
            } }
        }
    }
}

fn crossing_rows(
    report: &CrossInvestigation,
    crossing: &CrossingRecord,
    taint: &CrossedRecord,
) -> Markup {
    let rows = crossing.paid_out.len().max(1);
    html! {
        @for row in 0..rows { tr {
            @if row == 0 {
                td rowspan=(rows) {
                    b { (crossing.number) ". " (printable(&crossing.bridge)) } br;
                    (tied(report, crossing))
                }
                td rowspan=(rows) { (side(report, &crossing.paid_in)) }
                td.num rowspan=(rows) { (traced(crossing.paid_in.amount.as_ref(), Some(&taint.tainted))) }
            }
            @if let Some(part) = crossing.paid_out.get(row) {
                @let carried = taint.paid_out.get(row).and_then(Option::as_ref);
                td { (side(report, part)) }
                td.num { (traced(part.amount.as_ref(), carried)) }
            } @else {
                td colspan="2" { em { (crossing.problem.as_deref().unwrap_or("no counterpart known")) } }
            }
        } }
    }
}

/// An amount with the part of it that is traced.
fn traced(all: Option<&Money>, part: Option<&Money>) -> Markup {
    html! {
        (money(all)) br;
        span.small { @if let Some(part) = part { (money(Some(part))) " traced" } @else { "none traced" } }
    }
}

/// The key, and what else it could have been.
fn tied(report: &CrossInvestigation, crossing: &CrossingRecord) -> Markup {
    if crossing.candidates.is_empty() {
        return html! { span.small { (why(crossing)) } };
    }
    html! {
        span.small { (crossing.rule) ": no counterpart by key. It could be" }
        ul.plain.small { @for candidate in &crossing.candidates { li {
            (format!("{:.3}", candidate.probability)) " (" (candidate.rule) ", one of " (candidate.ambiguity) "): "
            (side(report, &candidate.paid_out))
        } } }
        @if let Some(none) = crossing.none_of_them { span.small { "none of these: " (format!("{none:.3}")) } }
    }
}

fn places(report: &CrossInvestigation, policy: &CrossPolicyRecord) -> Markup {
    html! {
        section #places {
            h2 { "Where it rests, by entity" }
            p.lead { "Policy " (policy.policy) ", without what crossed. Who is behind an address is what its label says; addresses stand in the report of each chain." }
            div.table-wrap { table {
                thead { tr { th { "chain" } th { "entity" } th { "kind" } th.num { "amount" } th.num { "addresses" } } }
                tbody { @for place in policy.places.iter().take(MOST_ROWS) { tr {
                    td { (report.chain_name(&place.chain)) }
                    td { (printable(&place.entity)) @if !place.named { span.soft { " (nobody names it)" } } }
                    td { (place.kind) }
                    td.num { (money(Some(&place.amount))) }
                    td.num { (count_text(place.addresses)) }
                } } }
            } }
        }
    }
}

fn probable(report: &CrossInvestigation) -> Markup {
    html! {
        section #probable {
            h2 { "Probable, behind CoinJoins" }
            p.lead { "Certain tracing ends at a CoinJoin. What follows is an expectation: each of its equal outputs may be the traced coin, as likely as the others. It is followed by itself and closes by itself, and none of it is part of any figure above." }
            @let legs: Vec<&ProbableRecord> = report.probable.iter().filter(|leg| leg.from_policy == report.headline_policy).collect();
            @if legs.is_empty() { p.soft { "No traced money entered a CoinJoin whose outputs are equal." } }
            @for leg in legs { (probable_leg(report, leg)) }
        }
    }
}

fn probable_leg(report: &CrossInvestigation, leg: &ProbableRecord) -> Markup {
    html! {
        h3 { (report.chain_name(&leg.chain)) ", by " (leg.followed_by) }
        div.table-wrap { table {
            thead { tr { th { "CoinJoin" } th.num { "went in" } th.num { "equal outputs" } th.num { "of" } th.num { "probability of each" } th.num { "expected in each" } th.num { "not placed" } } }
            tbody { @for mix in &leg.mixes { tr {
                td { code.hash { (mix.transaction) } }
                td.num { (money(Some(&mix.tainted))) }
                td.num { (mix.anonymity_set) }
                td.num { (money(Some(&mix.denomination))) }
                td.num { "1/" (mix.anonymity_set) }
                td.num { (money(Some(&mix.expected))) }
                td.num { (money(Some(&mix.unplaced))) }
            } } }
        } }
        div.table-wrap { table {
            thead { tr { th { "address" } th { "entity" } th { "kind" } th.num { "expected" } } }
            tbody { @for place in leg.places.iter().take(MOST_ROWS) { tr {
                td { code.address { (place.address) } }
                td { (printable(place.entity.as_deref().unwrap_or_default())) }
                td { (place.kind) }
                td.num { (money(Some(&place.expected))) }
            } } }
        } }
        p.closing.broken[!leg.closes] {
            "went in " (leg.tainted.exact_text()) " = "
            @for (kind, rest) in &leg.rests { (kind) " " (rest.exact_text()) " + " }
            "not placed " (leg.unplaced.exact_text())
            @if leg.closes { " (closes)" } @else { " (DOES NOT CLOSE)" }
        }
    }
}

fn closings(report: &CrossInvestigation) -> Markup {
    html! {
        section #closing {
            h2 { "Closing, asset by asset" }
            p.lead { "What was stolen, received by crossings and got in exchanges is what rests. Assets of different chains are different assets; what was given of one for another stands as an entry of its own and is never converted. Per seed: closing.csv." }
            @for policy in report.policies.iter().filter(|policy| policy.conserves) {
                details open[policy.policy == report.headline_policy] {
                    summary { (policy.policy) @if policy.totals.iter().all(|total| total.closes) { " closes" } @else { " DOES NOT CLOSE" } }
                    @for total in &policy.totals { (closing(report, total)) }
                }
            }
        }
    }
}

fn closing(report: &CrossInvestigation, total: &CrossClosingRecord) -> Markup {
    let chain_of = |asset: &str| asset.split('/').next().unwrap_or_default().to_owned();
    html! {
        p.closing.broken[!total.closes] { (report.closing_line(total)) }
        @if !(total.conversions.is_empty() && total.exchanges.is_empty()) {
            ul.plain.small { @for entry in &total.exchanges { li { (exchange_text(entry)) } }  @for entry in &total.conversions { li {
                "crossing " (entry.crossing) ": gave " (entry.gave.exact_text()) " on "
                (report.chain_name(&chain_of(&entry.gave.asset.id))) ", got " (entry.got.exact_text())
                " on " (report.chain_name(&chain_of(&entry.got.asset.id)))
            } } }
        }
    }
}

fn method(report: &CrossInvestigation) -> Markup {
    html! {
        section #method {
            h2 { "Method" }
            ul.plain {
                @for rule in &report.rules { li { code { (rule.name) "/" (rule.version) } " " (rule.decides) } }
                @for note in &report.notes { li { (printable(note)) } }
            }
            @if !report.events.is_empty() {
                h3 { "Bridge events read" }
                div.table-wrap { table {
                    thead { tr { th { "file" } th.num { "rows" } th { "SHA-256" } th { "origin" } } }
                    tbody { @for file in &report.events { tr {
                        td { code { (printable(&file.file)) } }
                        td.num { (count_text(file.rows)) }
                        td { code.hash { (file.sha256) } }
                        td { (printable(&file.origin)) }
                    } } }
                } }
            }
            p { "Made by " code { (printable(&report.program.command)) } }
        }
    }
}
