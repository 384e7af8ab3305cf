//! Exchanges inside one transaction: gave this, got that, at these markets.

use super::tables::address;
use crate::investigation::counted;
use crate::summary::minute;
use crate::{ExchangeRecord, ExchangedRecord, Investigation, PolicyReport};
use maud::{Markup, html};

/// Rows shown; exchanges.csv holds all.
const MOST_ROWS: usize = 200;

/// The section; empty where no policy met an exchange.
pub(super) fn section(investigation: &Investigation) -> Markup {
    let any = investigation.policies.iter().any(|policy| !policy.exchanges.is_empty());
    html! {
        @if any {
            section #exchanges {
                h2 { "Exchanged inside one transaction" }
                p.lead { "What an address gave to markets and got from them, all movements of the transaction netted. What was got carries the stolen share of what was given. A market taken for one by a tag rests on what a source says; the other reasons are facts of the chain." }
                @for policy in investigation.conserving() {
                    div data-policy=(policy.policy.name()) hidden[policy.policy != investigation.headline_policy] {
                        (table(investigation, policy))
                    }
                }
            }
        }
    }
}

fn table(investigation: &Investigation, policy: &PolicyReport) -> Markup {
    html! {
        p.small.soft { (counted(policy.exchanges.len(), "exchange", "exchanges")) ", policy " (policy.policy) "." @if policy.exchanges.len() > MOST_ROWS { " The first " (MOST_ROWS) " are shown; exchanges.csv holds all." } }
        div.table-wrap { table {
            thead { tr { th { "time, UTC" } th { "gave" } th { "got" } th { "markets" } th { "transaction" } } }
            tbody {
                @for exchange in policy.exchanges.iter().take(MOST_ROWS) { (row(investigation, exchange)) }
            }
        } }
    }
}

fn row(investigation: &Investigation, exchange: &ExchangeRecord) -> Markup {
    let fact = &investigation.transfers[exchange.transfer];
    html! {
        tr {
            td { (minute(fact.time)) }
            td { (side(&exchange.gave)) }
            td { (side(&exchange.got)) @if !exchange.carried { div { strong { "not followed: " } "several assets were given together" } } }
            td { @for market in &exchange.markets { div { (address(&market.address)) " " span.small.soft { "by " (market.reason) } } } }
            td { code.address.hash { (fact.tx_hash) } }
        }
    }
}

fn side(side: &[ExchangedRecord]) -> Markup {
    html! {
        @for exchanged in side {
            div {
                b title=(exchanged.amount.exact_text()) { (exchanged.amount.text()) }
                @if exchanged.tainted.units != exchanged.amount.units { " (" (exchanged.tainted.text()) " stolen)" }
                div.small { (address(&exchanged.address)) }
            }
        }
    }
}
