//! The policies side by side.

use super::method::explain_policy;
use crate::investigation::{count_text, printable};
use crate::{AssetTotals, Investigation, Money};
use maud::{Markup, html};
use std::collections::BTreeSet;
use tracehound_model::Amount;

/// Entities compared one by one.
const MOST_ENTITIES: usize = 40;

/// The section, one pane an asset.
pub(super) fn section(investigation: &Investigation) -> Markup {
    html! {
        section #policies {
            h2 { "The policies side by side" }
            p.lead { "Where stolen and other money mix at one address, no fact says whose leaves first: a policy decides. Courts differ, so every figure of this report exists under each policy, and a figure that is the same under all of them rests on no policy at all." }
            @for asset in 0..investigation.assets.len() {
                div data-asset=(asset) hidden[asset != 0] {
                    (totals_table(investigation, asset))
                    (entity_table(investigation, asset))
                }
            }
        }
    }
}

fn totals_table(investigation: &Investigation, asset: usize) -> Markup {
    let differs = |figure: fn(&AssetTotals) -> Amount| {
        investigation.range_of(asset, figure).is_some_and(|(low, high)| low != high)
    };
    let figures: [fn(&AssetTotals) -> Amount; 6] = [
        |t| t.services.units,
        |t| t.stoppable.units,
        |t| t.held.units,
        |t| t.burnt.units,
        |t| t.cut.units,
        |t| t.unexplained.units,
    ];
    html! {
        div.table-wrap { table {
            thead { tr { th { "policy" } th.num { "at services" } th.num { "can be stopped" } th.num { "held" } th.num { "burnt" } th.num { "not followed" } th.num { "unexplained" } th.num { "transfers" } th { "closes" } } }
            tbody {
                @for policy in &investigation.policies {
                    @let totals = &policy.totals[asset];
                    tr.here[policy.policy == investigation.headline_policy] {
                        td.policy { b { (policy.policy) } br; span.small.soft { (explain_policy(policy.policy)) } }
                        @if policy.conserves {
                            @for figure in figures {
                                @let money = Money::of(&totals.stolen.asset, figure(totals));
                                td.num title=(money.exact_text()) { (money.text()) }
                            }
                        } @else {
                            td.soft colspan="6" { "reach only: amounts multiply at every mixing and are no claim" }
                        }
                        td.num { (count_text(totals.transfers)) }
                        td { @if !policy.conserves { "–" } @else if totals.closes { "✓ to the last unit" } @else { strong { "✗ " (totals.difference) " missing" } } }
                    }
                }
                tr.total {
                    td { "spread" }
                    @for figure in figures {
                        td.num {
                            @if differs(figure) {
                                @if let Some((low, high)) = investigation.range_of(asset, figure) {
                                    (Money::of(&low.asset, high.units.saturating_subtract(low.units)).text())
                                }
                            } @else { "none" }
                        }
                    }
                    td {} td {}
                }
            }
        } }
    }
}

fn entity_table(investigation: &Investigation, asset: usize) -> Markup {
    let mut names: Vec<(&str, &str)> = Vec::new();
    let mut seen = BTreeSet::new();
    for policy in investigation.conserving() {
        for entity in &policy.totals[asset].entities {
            let key = (entity.entity.as_str(), entity.kind.as_str());
            if seen.insert(key) {
                names.push(key);
            }
        }
    }
    let amount = |totals: &AssetTotals, key: (&str, &str)| {
        let found = totals.entities.iter().find(|e| (e.entity.as_str(), e.kind.as_str()) == key);
        found.map(|e| e.amount.units).unwrap_or_default()
    };
    let all = names.len();
    names.truncate(MOST_ENTITIES);
    html! {
        @if !names.is_empty() {
            details open[all <= 20] {
                summary { "Each service under each policy" }
                div.table-wrap { table {
                    thead { tr { th { "service" } th { "kind" } @for policy in investigation.conserving() { th.num { (policy.policy) } } } }
                    tbody {
                        @for key in &names {
                            @let same = investigation.range_of(asset, |t| amount(t, *key)).is_some_and(|(low, high)| low == high);
                            tr {
                                td { (printable(key.0)) } td { (key.1) }
                                @for policy in investigation.conserving() {
                                    @let money = Money::of(&investigation.assets[asset], amount(&policy.totals[asset], *key));
                                    td.num.soft[same] title=(money.exact_text()) { @if money.is_zero() { "–" } @else { (money.text()) } }
                                }
                            }
                        }
                    }
                } }
                p.small.soft { "Grey rows are the same under every policy." @if all > names.len() { " The first " (names.len()) " of " (all) " are shown." } }
            }
        }
    }
}
