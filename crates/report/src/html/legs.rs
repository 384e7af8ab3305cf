//! Legs out of the data: bridges, mixers and swappers that took traced money.

use super::page::glyph;
use super::tables::address;
use crate::investigation::{LegRecord, counted, printable};
use crate::summary::minute;
use crate::{Investigation, PolicyReport};
use maud::{Markup, html};

/// Rows of the list; the CSV holds all.
const MOST_ROWS: usize = 300;

/// One pane a policy and asset; nothing where no leg is known.
pub(super) fn section(investigation: &Investigation) -> Markup {
    if investigation.policies.iter().all(|policy| policy.legs.is_empty()) {
        return html! {};
    }
    html! {
        section #legs {
            h2 { "Crossings out of the data" }
            p.lead { "Traced money that ends at a bridge, a mixer or a swapper goes on somewhere else. That the place is one is what its label says; where the money went from there is told only if events of the other side are given with the case." }
            @for (policy, asset) in investigation.panes() {
                div data-policy=(policy.policy.name()) data-asset=(asset) hidden[!investigation.is_first(policy, asset)] {
                    (list(investigation, policy, asset))
                }
            }
        }
    }
}

fn list(investigation: &Investigation, policy: &PolicyReport, asset: usize) -> Markup {
    let id = &investigation.assets[asset].id;
    let legs: Vec<&LegRecord> =
        policy.legs.iter().filter(|leg| leg.tainted.asset.id == *id).collect();
    if legs.is_empty() {
        return html! { p.soft { "None under " (policy.policy) "." } };
    }
    html! {
        p.small.soft { (counted(legs.len(), "transfer", "transfers")) ", rule " code { (legs[0].rule) } ", policy " (policy.policy) "; all in legs.csv" }
        div.table-wrap { table {
            thead { tr { th { "service" } th.num { "traced" } th { "transaction" } th { "time (UTC)" } th { "address" } th { "goes on" } } }
            tbody { @for leg in legs.iter().take(MOST_ROWS) { (row(investigation, leg)) } }
        } }
    }
}

fn row(investigation: &Investigation, leg: &LegRecord) -> Markup {
    let fact = investigation.transfers.get(leg.transfer);
    html! {
        tr {
            td { (glyph(&leg.kind)) (printable(&leg.service)) " " span.soft { (leg.kind) } }
            td.num title=(leg.tainted.exact_text()) { (leg.tainted.text()) }
            td { code.hash { @if let Some(fact) = fact { (fact.tx_hash) } } }
            td { @if let Some(fact) = fact { (minute(fact.time)) } }
            td { (address(&leg.address)) }
            td { (printable(&leg.continued)) }
        }
    }
}
