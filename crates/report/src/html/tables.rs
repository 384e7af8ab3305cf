//! Who can stop it, the places of rest, and the transfers.

use super::data::terminal_key;
use super::page::glyph;
use super::shapes::{LEGEND, family, mark};
use crate::investigation::{count_text, counted, entity_of, explain_kind, printable};
use crate::summary::minute;
use crate::{AddressRecord, AssetTotals, Investigation, Money, Terminal};
use maud::{Markup, html};
use std::collections::BTreeMap;
use tracehound_model::Amount;
use tracehound_model::tag::StoppedBy;

/// Transfers shown to readers without scripts.
const STATIC_TRANSFERS: usize = 40;
/// Rows of the table of places; the CSV holds all.
const MOST_PLACES: usize = 3_000;

/// An address as a fact with what is said of it as a quotation.
pub(super) fn address(record: &AddressRecord) -> Markup {
    html! {
        code.address { (record.address) }
        @if let Some(label) = record.shown_label() {
            span.said { (label) span.who { (printable(record.source.as_deref().unwrap_or("an unnamed source"))) } }
        }
    }
}

/// Who can stop how much.
pub(super) fn stops_section(investigation: &Investigation) -> Markup {
    let (title, lead) = if investigation.is_backward() {
        ("Who knows more", "Services the money came out of keep records of whom they paid.")
    } else {
        (
            "Who can stop it",
            "Power over money where it rests, by the kind of place its label names. A request reaches an exchange only if the label is right: check it before you send.",
        )
    };
    html! {
        section #stops {
            h2 { (title) }
            p.lead { (lead) }
            @for (policy, asset) in investigation.panes() {
                div data-policy=(policy.policy.name()) data-asset=(asset) hidden[!investigation.is_first(policy, asset)] {
                    @if policy.conserves { (stops(&policy.totals[asset])) }
                    @else { p.soft { (policy.policy) " gives reach, not amounts; choose another policy." } }
                }
            }
        }
    }
}

fn stops(totals: &AssetTotals) -> Markup {
    html! {
        div.cards {
            @for stop in &totals.stops {
                div class={ "card" @if stop.actionable { " can" } } {
                    @if stop.actionable { span.badge.can { "✓ can be asked" } }
                    @else { span.badge.cannot { (badge(stop.stopped_by)) } }
                    div.figure title=(stop.amount.exact_text()) { (stop.amount.text()) }
                    div.small { (stop.stopped_by.explain()) }
                    div.small.soft { (stop.amount.percent_of(totals.entered())) " of all, at " (counted(stop.addresses, "address", "addresses")) }
                    @let whom = totals.whom(stop);
                    @if !whom.is_empty() {
                        ul { @for (name, money) in whom.iter().take(12) { li { span { (name) } span.num title=(money.exact_text()) { (money.text()) } } }
                            @if whom.len() > 12 { li { span.soft { (whom.len() - 12) " more in the table below" } } } }
                    }
                }
            }
        }
        @if totals.stolen.asset.is_published_usd() {
            p.small.soft { "The data give dollars, not tokens: where the money is a token whose issuer can freeze balances (USDT, USDC), its issuer may be able to act as well; this data set cannot tell." }
        }
    }
}

fn badge(power: StoppedBy) -> &'static str {
    match power {
        StoppedBy::NobodyHere => "– nobody here",
        StoppedBy::HolderOnly => "– the key holder only",
        _ => "? find out who runs it",
    }
}

/// One place of rest over all policies.
pub(super) struct Place<'a> {
    pub(super) terminal: &'a Terminal,
    asset: usize,
    low: Amount,
    high: Amount,
    headline: Amount,
}

/// Every place of rest.
pub(super) fn terminals_section(
    investigation: &Investigation,
    places: &[Place<'_>],
    all: usize,
) -> Markup {
    let kinds: Vec<&str> = LEGEND
        .into_iter()
        .filter(|kind| places.iter().any(|p| family(&p.terminal.kind) == *kind))
        .collect();
    html! {
        section #terminals {
            h2 { @if investigation.is_backward() { "Where it came from, address by address" } @else { "Where it rests, address by address" } }
            p.lead { "Address, amount, time and transaction are facts of the data under the chosen policy; what is in quotation marks is what a named source says." }
            div.tools {
                input #terminals-search type="search" placeholder="Filter by address, label, entity…" aria-label="Filter places";
                select #terminals-kind aria-label="Kind of place" {
                    option value="" { "all kinds" }
                    @for kind in kinds { option value=(kind) { (mark(kind).words) } }
                }
                span #terminals-count.soft.small aria-live="polite" {}
            }
            div.table-wrap { table #terminals-table {
                thead { tr {
                    th { button type="button" { "address" } }
                    th { button type="button" { "place, and who can stop it" } }
                    th.num { button type="button" { "amount" } }
                    th.num { "over all policies" }
                    th { button type="button" { "last arrival, UTC, and its transaction" } }
                } }
                tbody { @for (row, place) in places.iter().enumerate() { (place_row(investigation, row, place)) } }
            } }
            @if places.len() < all { p.small.soft { "The " (count_text(places.len())) " largest of " (count_text(all)) " places; terminals.csv holds all." } }
        }
    }
}

/// Places under any policy, largest first by the headline policy within an
/// asset; cut where nobody reads on, with the number of all.
pub(super) fn places(investigation: &Investigation) -> (Vec<Place<'_>>, usize) {
    let mut places: BTreeMap<String, (Place<'_>, usize)> = BTreeMap::new();
    for policy in &investigation.policies {
        let headline = policy.policy == investigation.headline_policy;
        for terminal in &policy.terminals {
            let id = &terminal.tainted.asset.id;
            let asset = investigation.assets.iter().position(|a| a.id == *id).unwrap_or(0);
            let units = terminal.tainted.units;
            let new = Place {
                terminal,
                asset,
                low: Amount::MAX,
                high: Amount::ZERO,
                headline: Amount::ZERO,
            };
            let (place, seen) = places.entry(terminal_key(terminal)).or_insert((new, 0));
            if policy.conserves {
                *seen += 1;
                place.low = place.low.min(units);
                place.high = place.high.max(units);
            }
            if headline {
                (place.headline, place.terminal) = (units, terminal);
            }
        }
    }
    let conserving = investigation.conserving().count();
    let mut list: Vec<Place<'_>> = places
        .into_values()
        .map(|(place, seen)| {
            // Absent under a policy means nothing rests there under it.
            if seen < conserving { Place { low: Amount::ZERO, ..place } } else { place }
        })
        .collect();
    // Stable over the map's order by address.
    list.sort_by(|a, b| (a.asset, b.headline, b.high).cmp(&(b.asset, a.headline, a.high)));
    let all = list.len();
    list.truncate(MOST_PLACES);
    (list, all)
}

fn place_row(investigation: &Investigation, row: usize, place: &Place<'_>) -> Markup {
    let terminal = place.terminal;
    let money = |units| Money::of(&terminal.tainted.asset, units);
    let kind = family(&terminal.kind);
    let (entity, named) = entity_of(terminal);
    let fact = &investigation.transfers[terminal.last_transfer];
    let range = if place.low == place.high {
        "same".to_owned()
    } else {
        crate::investigation::spread(&money(place.low), &money(place.high))
    };
    html! {
        tr data-row=(row) data-kind=(kind) data-in=(place.asset) {
            td { (address(&terminal.address)) }
            td { div.place { (glyph(kind)) div {
                @if named && kind != "held" { b { (entity) } ", " }
                (explain_kind(&terminal.kind))
                div.small.soft { (terminal.stopped_by.explain()) @if let Some(ask) = terminal.ask.as_ref().filter(|ask| **ask != entity) { ": " (ask) } }
            } } }
            td.num data-cell data-sort=(place.headline) title=(terminal.tainted.exact_text()) {
                @if place.headline.is_zero() { "–" } @else { (money(place.headline).text()) }
            }
            td.num.soft data-name="over all policies:" { (range) }
            td data-sort=(terminal.last_seen) data-name="last arrival:" { (minute(terminal.last_seen)) " " code.address.hash { (fact.tx_hash) } }
        }
    }
}

/// Every tainted transfer, a page at a time.
pub(super) fn transfers_section(investigation: &Investigation) -> Markup {
    let headline = investigation.headline();
    let mut largest: Vec<_> = headline.iter().flat_map(|p| &p.transfers).collect();
    largest.sort_by_key(|taint| std::cmp::Reverse(taint.tainted.units));
    let all = largest.len();
    largest.truncate(STATIC_TRANSFERS);
    largest.sort_by_key(|taint| taint.transfer);
    html! {
        section #transfers {
            h2 { "Tainted transfers" }
            p.lead { "Every transfer that carries part of the stolen money under the chosen policy, in chain order. The whole list, for every policy, is transfers.csv." }
            details {
                summary { "Show the transfers" }
                div.tools {
                    input #transfers-search type="search" placeholder="Filter by address, label, transaction, block, day…" aria-label="Filter transfers";
                    button #transfers-back type="button" { "◂ earlier" }
                    button #transfers-on type="button" { "later ▸" }
                    span #transfers-count.soft.small aria-live="polite" {}
                }
                noscript { p.small.soft { "The " (largest.len()) " largest of " (count_text(all)) "; see transfers.csv for all." } }
                div.table-wrap { table {
                    thead { tr { th.num { "time, UTC" } th.num { "block" } th { "from" } th { "to" } th.num { "amount" } th.num { "tainted" } th { "transaction" } } }
                    tbody #transfers-body {
                        @for taint in largest {
                            @let fact = &investigation.transfers[taint.transfer];
                            tr {
                                td.num { (minute(fact.time)) } td.num { (fact.block) }
                                td { (address(&fact.from)) } td { (address(&fact.to)) }
                                td.num { (fact.value.text()) } td.num { (taint.tainted.text()) }
                                td { code { (fact.tx_hash) } }
                            }
                        }
                    }
                } }
            }
        }
    }
}
