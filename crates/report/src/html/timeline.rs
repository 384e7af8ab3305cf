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

/// Height of a bar.
fn height(amount: Amount, highest: Amount) -> i64 {
    let scaled = Amount::from_u64(HALF.unsigned_abs()).multiply_divide(amount, highest);
    // Never above HALF: no bar is higher than the highest.
    scaled.ok().and_then(Amount::to_u64).and_then(|h| i64::try_from(h).ok()).unwrap_or(0)
}

/// Left edge of bar `place`, and the width of all.
fn edge(place: i64) -> (i64, i64) {
    let pitch = (WIDTH - LEFT - RIGHT) / i64::try_from(BARS).unwrap_or(1);
    (LEFT + place * pitch, pitch - 200)
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
    let scale = Money::of(record, highest).short_text();
    let bar = |place: i64, amount: Amount, up: bool| {
        let (x, width) = edge(place);
        let height = height(amount, highest);
        let begins = bars.first.0 + place * bars.step;
        let (from, to) = (Timestamp(begins), Timestamp(begins + bars.step - 1));
        let (class, y, what) =
            if up { ("bar-out", MIDDLE - height, above) } else { ("bar-in", MIDDLE, below) };
        html! {
            rect class=(class) x=(pixels(x)) y=(pixels(y)) width=(pixels(width)) height=(pixels(height)) {
                title { (Money::of(record, amount).text()) " " (what) ", " (minute(from)) " to " (minute(to)) " UTC" }
            }
        }
    };
    html! {
        figure.figure-frame {
            div.scroll {
                svg.timeline viewBox="0 0 1180 222" role="img" aria-label={ "What " (above) " and what " (below) " over time" } {
                    @for (y, text) in [("26", scale.as_str()), ("104", "0"), ("184", scale.as_str())] {
                        text.tick-text x="62" y=(y) text-anchor="end" { (text) }
                    }
                    @for y in ["20", "180"] { line.tick x1="70" x2="1165" y1=(y) y2=(y) {} }
                    @for (place, (out, arrived)) in (0_i64..).zip(bars.out.iter().zip(&bars.arrived)) {
                        @if !out.is_zero() { (bar(place, *out, true)) }
                        @if !arrived.is_zero() { (bar(place, *arrived, false)) }
                    }
                    line.base x1="70" x2="1165" y1="100" y2="100" {}
                    @for sixth in 0_i64..=6 { (tick(bars, sixth)) }
                }
            }
            figcaption {
                ul.keys {
                    li { (swatch("k-source")) "▲ " (above) }
                    li { (swatch("k-exchange")) "▼ " (below) }
                }
            }
        }
    }
}

/// A time under the axis, after `sixth` sixths of it.
fn tick(bars: &Bars, sixth: i64) -> Markup {
    let place = sixth * i64::try_from(BARS / 6).unwrap_or(1);
    let x = pixels(edge(place).0);
    let at = Timestamp(bars.first.0 + place * bars.step);
    let anchor = match sixth {
        0 => "start",
        6 => "end",
        _ => "middle",
    };
    html! {
        line.tick x1=(x) x2=(x) y1="180" y2="188" {}
        text.tick-text x=(x) y="204" text-anchor=(anchor) { (minute(at)) }
    }
}

fn swatch(class: &str) -> Markup {
    html! {
        svg class={ "mark " (class) } viewBox="-9 -9 18 18" aria-hidden="true" {
            rect x="-7" y="-7" width="14" height="14" {}
        }
    }
}
