//! The answer first: one sentence, six figures, one bar, the closing line.

use super::page::glyph;
use super::shapes::{LEGEND, family, mark};
use crate::investigation::{count_text, counted, printable, spread};
use crate::{AssetTotals, Investigation, Money, PolicyReport};
use maud::{Markup, html};
use std::collections::BTreeMap;
use tracehound_model::Amount;

/// The section, one pane a policy and asset.
pub(super) fn section(investigation: &Investigation) -> Markup {
    html! {
        section #answer {
            @if investigation.assets.is_empty() {
                p.answer { "Nothing was traced: no transfer in the data matches a seed of the case." }
            }
            @if investigation.assets.len() > 1 { (every_asset(investigation)) }
            @if !investigation.values.is_empty() { (currencies(investigation)) }
            @for (policy, asset) in investigation.panes() {
                div data-policy=(policy.policy.name()) data-asset=(asset)
                    hidden[!investigation.is_first(policy, asset)] {
                    @if policy.conserves {
                        (pane(investigation, policy, asset))
                    } @else {
                        (reach(policy, asset))
                    }
                }
            }
        }
    }
}

fn pane(investigation: &Investigation, policy: &PolicyReport, asset: usize) -> Markup {
    let totals = &policy.totals[asset];
    let backward = investigation.is_backward();
    let class = if totals.closes { "closing" } else { "closing broken" };
    html! {
        (answer(investigation, policy, totals))
        (tiles(investigation, totals, asset))
        (bar(policy, totals))
        div class=(class) { (totals.closing_line(backward)) }
    }
}

fn answer(investigation: &Investigation, policy: &PolicyReport, totals: &AssetTotals) -> Markup {
    let whole = totals.entered();
    let seeds = counted(investigation.seeds.len(), "source", "sources");
    let published = if totals.stolen.asset.is_published_usd() { " (as published)" } else { "" };
    let can: Vec<&(String, Money)> =
        totals.stops.iter().filter(|s| s.actionable).flat_map(|s| &s.whom).take(5).collect();
    html! {
        p.answer {
            @if investigation.is_backward() {
                "Of " b { (totals.stolen.text()) } (published) " asked about, "
                b { (totals.services.text()) } " (" (totals.services.percent_of(whole)) ") came out of "
                (count_text(totals.entities.len())) " services and " b { (totals.held.text()) }
                " from addresses nobody names"
            } @else {
                @if totals.stolen.is_zero() {
                    "Of " b { (totals.received.text()) } " got for other stolen money, "
                } @else {
                    "Of " b { (totals.stolen.text()) } (published) " taken from " (seeds)
                    @if !totals.received.is_zero() { " and " b { (totals.received.text()) } " got for other stolen money" }
                    ", "
                }
                b { (totals.services.text()) } " (" (totals.services.percent_of(whole)) ") has reached "
                (counted(totals.entities.len(), "service", "services"))
                @if totals.stoppable.is_zero() {
                    "; nobody is known who could stop any of it where it rests"
                } @else {
                    "; " b { (totals.stoppable.text()) } " (" (totals.stoppable.percent_of(whole)) ") lies where somebody can be asked to stop it"
                    @if !can.is_empty() {
                        ": " (can.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))
                    }
                }
            }
            ". " span.soft { "Policy " (policy.policy) "." }
        }
    }
}

/// A figure of the totals.
type Figure = fn(&AssetTotals) -> Amount;

/// One figure beside the stolen amount.
struct Tile<'a> {
    class: &'static str,
    name: &'static str,
    amount: &'a Money,
    figure: Figure,
    note: String,
}

fn other_tiles(totals: &AssetTotals, backward: bool) -> [Tile<'_>; 5] {
    let way = |forward, back| if backward { back } else { forward };
    let tile = |name, amount, figure, note| Tile { class: "", name, amount, figure, note };
    let asked: usize = totals.stops.iter().filter(|s| s.actionable).map(|s| s.whom.len()).sum();
    let explained = totals.unexplained.is_zero();
    let gaps = if explained { "every outflow is explained" } else { "not counted as stolen" };
    let entities = counted(totals.entities.len(), "entity", "entities");
    let burnt = format!("burnt {}", totals.burnt.short_text());
    [
        tile(way("At services", "From services"), &totals.services, |t| t.services.units, entities),
        Tile {
            class: "act",
            name: way("Can be stopped, if asked", "From places that can be asked"),
            amount: &totals.stoppable,
            figure: |t| t.stoppable.units,
            note: format!("{} to ask", count_text(asked)),
        },
        tile(
            way("Held by unknown keys", "From unknown keys"),
            &totals.held,
            |t| t.held.units,
            "no service known".to_owned(),
        ),
        tile("Paid out unexplained", &totals.unexplained, |t| t.unexplained.units, gaps.to_owned()),
        tile("Not followed, or burnt", &totals.cut, |t| t.cut.units, burnt),
    ]
}

fn tiles(investigation: &Investigation, totals: &AssetTotals, asset: usize) -> Markup {
    let backward = investigation.is_backward();
    let victims: Vec<String> = investigation.victims.iter().map(|v| printable(&v.victim)).collect();
    html! {
        dl.tiles {
            div.tile.first {
                @if totals.stolen.is_zero() && !totals.received.is_zero() {
                    dt { "Got for other stolen money" }
                    dd.figure title=(totals.received.full_text()) { (totals.received.text()) }
                } @else {
                    dt { @if backward { "Asked about" } @else { "Stolen" } }
                    dd.figure title=(totals.stolen.full_text()) { (totals.stolen.text()) }
                }
                dd.note {
                    @if totals.stolen.asset.is_published_usd() { "as published; " }
                    (victims.join(", "))
                }
            }
            @for tile in other_tiles(totals, backward) {
                div class={ "tile " (tile.class) } {
                    dt { (tile.name) }
                    dd.figure title=(tile.amount.exact_text()) { (tile.amount.text()) }
                    dd.note { (tile.note) (range(investigation, asset, tile.figure)) }
                }
            }
        }
    }
}

fn range(investigation: &Investigation, asset: usize, figure: Figure) -> String {
    match investigation.range_of(asset, figure) {
        Some((low, high)) if low != high => format!("; {} over all policies", spread(&low, &high)),
        Some(_) => "; same under every policy".to_owned(),
        None => String::new(),
    }
}

/// Amounts by kind family, in the order of the legend.
fn by_kind(policy: &PolicyReport, asset: &str) -> Vec<(&'static str, Money)> {
    let mut kinds: BTreeMap<&str, Money> = BTreeMap::new();
    for terminal in policy.terminals.iter().filter(|t| t.tainted.asset.id == asset) {
        let kind = family(&terminal.kind);
        let sum = kinds.entry(kind).or_insert_with(|| Money::zero(&terminal.tainted.asset));
        // The parts of a total that was summed before cannot leave the range.
        let _ = sum.add(terminal.tainted.units, "money of one kind");
    }
    LEGEND.iter().filter_map(|kind| kinds.remove(kind).map(|money| (*kind, money))).collect()
}

fn bar(policy: &PolicyReport, totals: &AssetTotals) -> Markup {
    let kinds = by_kind(policy, &totals.stolen.asset.id);
    let whole = totals.entered();
    html! {
        div.restbar role="img" aria-label="Share of each kind of place; the list below says the same" {
            @for (kind, money) in &kinds {
                @let millionths = money.millionths_of(whole);
                span class={ "k-" (kind) } style={ "flex:" (millionths) " 0 0" } title={ (mark(kind).words) ": " (money.text()) } {
                    @if millionths > 25_000 { (mark(kind).letter) }
                }
            }
        }
        ul.keys {
            @for (kind, money) in &kinds {
                li { (glyph(kind)) (mark(kind).words) " " span.amount { (money.text()) ", " (money.percent_of(whole)) } }
            }
        }
    }
}

fn reach(policy: &PolicyReport, asset: usize) -> Markup {
    let services = policy.totals[asset].entities.len();
    html! {
        p.answer {
            b { (policy.policy) } " marks every payment after the first tainted one as wholly tainted. It answers only what the money "
            em { "may" } " have reached: " b { (count_text(policy.transfers.len())) } " transfers and "
            b { (count_text(services)) } " services. Its amounts add up to more than was stolen and are never a claim."
        }
    }
}

fn every_asset(investigation: &Investigation) -> Markup {
    html! {
        @for policy in investigation.conserving() {
            div data-policy=(policy.policy.name()) hidden[policy.policy != investigation.headline_policy] {
                h2 { "All assets" }
                div.table-wrap { table {
                    thead { tr { th { "asset" } th.num { "stolen" } th.num { "at services" } th.num { "can be stopped" } th.num { "held" } th.num { "burnt" } th.num { "not followed" } th.num { "unexplained" } } }
                    tbody {
                        @for totals in &policy.totals {
                            tr {
                                td.asset { (printable(&totals.stolen.asset.symbol)) " " code.soft { (totals.stolen.asset.id) } }
                                @for money in [&totals.stolen, &totals.services, &totals.stoppable, &totals.held, &totals.burnt, &totals.cut, &totals.unexplained] {
                                    td.num title=(money.exact_text()) { (money.text()) }
                                }
                            }
                        }
                    }
                } }
            }
        }
    }
}

/// What amounts were worth on their days.
fn currencies(investigation: &Investigation) -> Markup {
    html! {
        @for policy in investigation.conserving() {
            div data-policy=(policy.policy.name()) hidden[policy.policy != investigation.headline_policy] {
                h3 { "In currency" }
                p.small.soft { "A view only: nothing is booked by a price. Stolen money is valued on the day it left its source, resting money on the day of the last arrival at its place." }
                div.table-wrap { table {
                    thead { tr { th { "asset" } th { "currency" } th.num { "stolen" } th.num { "at services" } th.num { "held" } th.num { "can be stopped" } th { "prices" } } }
                    tbody {
                        @for value in investigation.values.iter().filter(|v| v.policy == policy.policy) {
                            tr {
                                td.asset { code.soft { (value.asset) } }
                                td { (printable(&value.currency)) }
                                @for amount in [&value.stolen, &value.services, &value.held, &value.stoppable] { td.num { (amount) } }
                                td { (printable(&value.file)) @if value.without_price > 0 { ", " strong { (counted(value.without_price, "amount", "amounts")) " without a price" } } }
                            }
                        }
                    }
                } }
            }
        }
    }
}
