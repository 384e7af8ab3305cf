//! Chains as lanes, crossings as arrows: one plain picture, without script.

use super::{CrossInvestigation, CrossPolicyRecord, CrossedRecord, CrossingRecord};
use crate::investigation::printable;
use maud::{Markup, html};

/// Crossings drawn; the list below the picture holds all.
const MOST_DRAWN: usize = 14;
/// Where the first crossing stands.
const LEFT: usize = 230;
/// Between two crossings.
const STEP: usize = 190;
/// Room for what rests on a chain.
const RIGHT: usize = 270;
/// Between two lanes, and above the first.
const LANE: usize = 150;
const TOP: usize = 80;
/// From where money is paid in to where it is paid out, and between two parts.
const ACROSS: usize = 78;
const PART: usize = 26;
/// Between two lines of text.
const LINE: usize = 15;
/// Kinds of rest named at the end of a lane.
const MOST_RESTS: usize = 5;

/// A crossing with what one policy says of it.
type Drawn<'a> = (&'a CrossingRecord, &'a CrossedRecord);

/// The picture of a policy with a sentence for those who do not see it.
pub(super) fn picture(report: &CrossInvestigation, policy: &CrossPolicyRecord) -> Markup {
    let drawn = chosen(report, policy);
    let width = LEFT + drawn.len().max(2) * STEP + RIGHT;
    let height = TOP + report.chains.len() * LANE;
    let left_out = policy.crossed.len().saturating_sub(drawn.len());
    html! {
        figure.figure-frame {
            div.scroll {
                svg.lanes viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img" aria-label=(told(report, policy)) {
                    defs {
                        marker #arrow viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse" {
                            path.head d="M0 0L8 4L0 8z" {}
                        }
                    }
                    @for number in 0..report.chains.len() { (lane(report, policy, number, width)) }
                    @for (column, one) in drawn.iter().enumerate() { (arrows(report, column, one)) }
                }
            }
            figcaption {
                "Each lane is a chain, left to right in the order of what was paid in; an arrow is a crossing by key with the traced part at both ends. A dashed stub is money given to a bridge for which no counterpart is known."
                @if left_out > 0 { " The " (drawn.len()) " largest of each asset are drawn; " (left_out) " more stand in the list." }
            }
        }
    }
}

/// The largest crossings, in the order of their numbers.
fn chosen<'a>(report: &'a CrossInvestigation, policy: &'a CrossPolicyRecord) -> Vec<Drawn<'a>> {
    let of = |taint: &'a CrossedRecord| {
        let crossing = report.crossings.iter().find(|c| c.number == taint.crossing);
        crossing.map(|crossing| (crossing, taint))
    };
    let mut all: Vec<Drawn<'a>> = policy.crossed.iter().filter_map(of).collect();
    if all.len() > MOST_DRAWN {
        // Amounts of different assets do not compare: rank within each asset, then by rank.
        let mut ranked: Vec<(usize, Drawn<'a>)> = Vec::with_capacity(all.len());
        for one in &all {
            let asset = &one.1.tainted.asset.id;
            let larger = all.iter().filter(|other| {
                other.1.tainted.asset.id == *asset && other.1.tainted.units > one.1.tainted.units
            });
            ranked.push((larger.count(), *one));
        }
        ranked.sort_by_key(|(rank, one)| (*rank, one.0.number));
        all = ranked.into_iter().take(MOST_DRAWN).map(|(_, one)| one).collect();
        all.sort_by_key(|one| one.0.number);
    }
    all
}

fn told(report: &CrossInvestigation, policy: &CrossPolicyRecord) -> String {
    let names: Vec<&str> = report.chains.iter().map(|chain| chain.name.as_str()).collect();
    format!("{} crossings between {}", policy.crossed.len(), names.join(", "))
}

fn y(lane: usize) -> usize {
    TOP + lane * LANE
}

/// A lane with its name, what was stolen on it and what rests on it.
fn lane(
    report: &CrossInvestigation,
    policy: &CrossPolicyRecord,
    number: usize,
    width: usize,
) -> Markup {
    let chain = &report.chains[number];
    let totals: Vec<_> = policy.totals.iter().filter(|t| t.chain == chain.chain).collect();
    let stolen = totals.iter().filter(|total| !total.stolen.is_zero());
    let rests = totals.iter().flat_map(|total| {
        total
            .rests
            .iter()
            .filter(|(kind, _)| !(kind.starts_with("crossed-") || kind == "exchanged"))
    });
    let rests: Vec<_> = rests.collect();
    let (top, end) = (y(number), width - RIGHT + 40);
    html! {
        line.lane x1="20" x2=(end) y1=(top) y2=(top) {}
        text.name x="20" y=(top - 12) { (chain.name) }
        @for (line, total) in stolen.enumerate() {
            text.stolen x="20" y=(top + 20 + line * LINE) { "stolen " (total.stolen.short_text()) }
        }
        @for (line, (kind, money)) in rests.iter().take(MOST_RESTS).enumerate() {
            text.rest x=(end + 8) y=((top + line * LINE).saturating_sub(8)) { (kind.replace('-', " ")) " " (money.short_text()) }
        }
    }
}

fn lane_of(report: &CrossInvestigation, chain: &str) -> usize {
    report.chains.iter().position(|known| known.chain == chain).unwrap_or_default()
}

/// One crossing: where it is paid in, and an arrow to each payment out.
fn arrows(report: &CrossInvestigation, column: usize, (crossing, taint): &Drawn<'_>) -> Markup {
    let x = LEFT + column * STEP;
    let from = y(lane_of(report, &crossing.paid_in.chain));
    let carried = crossing.paid_out.iter().zip(&taint.paid_out);
    let carried: Vec<_> =
        carried.filter_map(|(part, money)| money.as_ref().map(|money| (part, money))).collect();
    html! {
        @for (number, (part, money)) in carried.iter().enumerate() {
            @let to = y(lane_of(report, &part.chain));
            @let at = x + ACROSS + number * PART;
            path.arrow.outside[!part.in_data] d=(path((x, from), (at, to))) marker-end="url(#arrow)" {}
            text.amount x=(x + ACROSS + 8) y=(below(from, to) + number * LINE) {
                (money.short_text()) @if part.refund { " sent back" }
            }
        }
        @if carried.is_empty() {
            path.arrow.stub d={ "M" (x) " " (from) "l44 30" } {}
        }
        circle.node cx=(x) cy=(from) r="5" {}
        text.amount.given x=(x) y=(from - 26) { (taint.tainted.short_text()) }
        text.bridge x=(x) y=(from - 12) { (crossing.number) ". " (printable(&crossing.bridge)) }
    }
}

/// Where the text of what arrives stands: clear of the lane and of the arrow.
fn below(from: usize, to: usize) -> usize {
    if to == from { to + 34 } else { to + 20 }
}

/// From a point of one lane to one of another; back to the same lane in a bow.
fn path((x, from): (usize, usize), (at, to): (usize, usize)) -> String {
    let middle = x + (at - x) / 2;
    if from == to {
        let low = from + 36;
        return format!("M{x} {from}C{x} {low} {at} {low} {at} {}", to + 6);
    }
    let end = if to > from { to - 6 } else { to + 6 };
    format!("M{x} {from}C{middle} {from} {middle} {end} {at} {end}")
}
