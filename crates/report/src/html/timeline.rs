//! When money left the sources and when it arrived at services.

use super::flow::pixels;
use crate::summary::minute;
use crate::{Investigation, Money, PolicyReport, RestGroup};
use maud::{Markup, html};
use std::collections::BTreeSet;
use tracehound_model::{Amount, Timestamp};

/// Bars drawn.
const BARS: usize = 72;
/// Geometry in hundredths of a pixel.
const WIDTH: i64 = 118_000;
const LEFT: i64 = 7_000;
const RIGHT: i64 = 1_500;
const HALF: i64 = 8_000;
const MIDDLE: i64 = 10_000;

/// Money per bar.
struct Bars {
    first: Timestamp,
    step: i64,
    out: Vec<Amount>,
    arrived: Vec<Amount>,
}

/// The section, one pane a policy and asset.
pub(super) fn section(investigation: &Investigation) -> Markup {
    let (above, below) = if investigation.is_backward() {
        ("arrived where it was asked about", "left the services it came from")
    } else {
        ("left its source", "arrived at a service")
    };
    html! {
        section #timeline {
            h2 { "When it moved" }
            p.lead { "Above the line what " (above) ", below the line what " (below) ", over evenly spaced time." }
            @for (policy, asset) in investigation.panes() {
                div data-policy=(policy.policy.name()) data-asset=(asset) hidden[!investigation.is_first(policy, asset)] {
                    @match bars(investigation, policy, asset) {
                        Some(bars) => { (figure(investigation, asset, &bars, above, below)) }
                        None => { p.soft { "No times to show for this policy and asset." } }
                    }
                }
            }
        }
    }
}

fn bars(investigation: &Investigation, policy: &PolicyReport, asset: usize) -> Option<Bars> {
    let id = &investigation.assets[asset].id;
    let mine = || {
        policy.transfers.iter().filter_map(|taint| {
            let fact = &investigation.transfers[taint.transfer];
            (fact.value.asset.id == *id).then_some((fact, taint))
        })
    };
    let first = mine().map(|(fact, _)| fact.time).min()?;
    let last = mine().map(|(fact, _)| fact.time).max()?;
    let count = i64::try_from(BARS).ok()?;
    let step = (last.0 - first.0) / count + 1;
    let services: BTreeSet<&str> = policy
        .terminals
        .iter()
        .filter(|t| t.group == RestGroup::Service && t.tainted.asset.id == *id)
        .map(|t| t.address.address.as_str())
        .collect();
    let mut bars =
        Bars { first, step, out: vec![Amount::ZERO; BARS], arrived: vec![Amount::ZERO; BARS] };
    for (fact, taint) in mine() {
        let place = usize::try_from((fact.time.0 - first.0) / step).ok()?.min(BARS - 1);
        let end = if investigation.is_backward() { &fact.from } else { &fact.to };
        bars.out[place] = bars.out[place].add(taint.seeded.units).ok()?;
        if services.contains(end.address.as_str()) {
            bars.arrived[place] = bars.arrived[place].add(taint.tainted.units).ok()?;
        }
    }
    Some(bars)
}

fn figure(
    investigation: &Investigation,
    asset: usize,
    bars: &Bars,
    above: &str,
    below: &str,
) -> Markup {
    let record = &investigation.assets[asset];
    let highest = bars.out.iter().chain(&bars.arrived).max().copied().unwrap_or(Amount::ZERO);
    let pitch = (WIDTH - LEFT - RIGHT) / i64::try_from(BARS).unwrap_or(1);
    let height = |amount: Amount| {
        let scaled = Amount::from_u64(HALF.unsigned_abs()).multiply_divide(amount, highest);
        // Never above HALF: no bar is higher than the highest.
        scaled.ok().and_then(Amount::to_u64).and_then(|h| i64::try_from(h).ok()).unwrap_or(0)
    };
    let text = |amount: Amount, start: i64, what: &str| {
        let (from, to) = (Timestamp(start), Timestamp(start + bars.step - 1));
        format!(
            "{} {what}, {} to {} UTC",
            Money::of(record, amount).text(),
            minute(from),
            minute(to)
        )
    };
    let scale = Money::of(record, highest).short_text();
    html! {
        figure.figure-frame {
            div.scroll {
                svg.timeline viewBox="0 0 1180 222" role="img" aria-label={ "What " (above) " and what " (below) " over time" } {
                    text.tick-text x="62" y="26" text-anchor="end" { (scale) }
                    text.tick-text x="62" y="104" text-anchor="end" { "0" }
                    text.tick-text x="62" y="184" text-anchor="end" { (scale) }
                    @for y in ["20", "180"] { line.tick x1="70" x2="1165" y1=(y) y2=(y) {} }
                    @for (start, (out, arrived)) in (0_i64..).zip(bars.out.iter().zip(&bars.arrived)) {
                        @let x = pixels(LEFT + start * pitch);
                        @let begins = bars.first.0 + start * bars.step;
                        @if !out.is_zero() {
                            rect.bar-out x=(x) y=(pixels(MIDDLE - height(*out))) width=(pixels(pitch - 200)) height=(pixels(height(*out))) {
                                title { (text(*out, begins, above)) }
                            }
                        }
                        @if !arrived.is_zero() {
                            rect.bar-in x=(x) y=(pixels(MIDDLE)) width=(pixels(pitch - 200)) height=(pixels(height(*arrived))) {
                                title { (text(*arrived, begins, below)) }
                            }
                        }
                    }
                    line.base x1="70" x2="1165" y1="100" y2="100" {}
                    @for sixth in 0_i64..=6 {
                        @let x = LEFT + sixth * 12 * pitch;
                        @let at = Timestamp(bars.first.0 + sixth * 12 * bars.step);
                        line.tick x1=(pixels(x)) x2=(pixels(x)) y1="180" y2="188" {}
                        text.tick-text x=(pixels(x)) y="204" text-anchor=(if sixth == 6 { "end" } else if sixth == 0 { "start" } else { "middle" }) { (minute(at)) }
                    }
                }
            }
            figcaption {
                ul.keys {
                    li { svg.mark.k-source viewBox="-9 -9 18 18" aria-hidden="true" { rect x="-7" y="-7" width="14" height="14" {} } "▲ " (above) }
                    li { svg.mark.k-exchange viewBox="-9 -9 18 18" aria-hidden="true" { rect x="-7" y="-7" width="14" height="14" {} } "▼ " (below) }
                }
            }
        }
    }
}
