//! The picture as SVG, readable without scripts.
//!
//! Colour says the kind; so do a shape and a letter beside each label, and
//! the words. Every node and ribbon carries its number, by which the page's
//! script finds its details; native titles serve readers without scripts.

use super::layout::{Band, Block, Drawing, Label, Length};
use super::{Flow, Group, Node, Ribbon};
use crate::html::shapes::{Mark, mark};
use crate::investigation::count_text;
use crate::summary::minute;
use crate::{AssetRecord, Money};
use maud::{Markup, PreEscaped, html};
use std::sync::Arc;
use tracehound_model::Timestamp;

/// `123.45` from hundredths.
pub(in crate::html) fn pixels(length: Length) -> String {
    let (whole, part) = (length / 100, (length % 100).abs());
    let sign = if length < 0 && whole == 0 { "-" } else { "" };
    match part {
        0 => format!("{sign}{whole}"),
        _ if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        _ => format!("{sign}{whole}.{part:02}"),
    }
}

/// The picture; `titled` adds native titles (the first picture a reader sees).
pub(in crate::html) fn svg(
    flow: &Flow,
    drawing: &Drawing,
    asset: &Arc<AssetRecord>,
    titled: bool,
) -> Markup {
    let money = |units| Money::of(asset, units);
    let view = format!("0 0 {} {}", pixels(drawing.width), pixels(drawing.height));
    let label = format!("Flow of {}, left to right in time", money(flow.total).full_text());
    html! {
        svg.flow viewBox=(view) role="group" aria-label=(label) {
            (axis(flow, drawing))
            g.ribbons {
                @for (number, (ribbon, band)) in flow.ribbons.iter().zip(&drawing.bands).enumerate() {
                    path class=(ribbon_class(flow, ribbon)) data-r=(number) d=(path(band)) {
                        @if titled { title { (ribbon_text(flow, ribbon, asset)) } }
                    }
                }
            }
            g.nodes {
                @for (number, (node, block)) in flow.nodes.iter().zip(&drawing.blocks).enumerate() {
                    @let group = &flow.groups[node.group];
                    @let name = node_text(flow, node, asset);
                    rect class={ "n k-" (group.kind) @if group.is_folded() { " fold" } }
                        data-n=(number) tabindex="0" role="button" aria-label=(name)
                        x=(pixels(block.x)) y=(pixels(block.y))
                        width=(pixels(block.width)) height=(pixels(block.height)) {
                        @if titled { title { (name) } }
                    }
                }
            }
            g.labels {
                @for label in &drawing.labels { (node_label(flow, drawing, *label, asset)) }
                @for (node, block) in arrivals(flow, drawing) {
                    text.inside x=(pixels(block.x + block.width + 400)) y=(pixels(block.y + block.height / 2 + 380)) {
                        (shortened(&flow.groups[node.group].name, 12))
                    }
                }
            }
        }
    }
}

fn axis(flow: &Flow, drawing: &Drawing) -> Markup {
    let bottom = pixels(drawing.height - 400);
    html! {
        g.axis {
            @for (cut, x) in drawing.columns.iter().enumerate() {
                @let (day, time) = cut_time(flow, cut);
                @let middle = pixels(x + 450);
                line x1=(middle) x2=(middle) y1="34" y2=(bottom) {}
                text x=(middle) y="13" { (day) }
                text.time x=(middle) y="26" { (time) }
            }
        }
    }
}

/// Day and minute of a cut; with seconds where two neighbours share a minute.
fn cut_time(flow: &Flow, cut: usize) -> (String, String) {
    let time = |cut: usize| match cut.checked_sub(1) {
        Some(before) => flow.periods.get(before).map(|p| p.to),
        None => flow.periods.first().map(|p| p.from),
    };
    let crowded =
        (0..flow.periods.len()).any(|cut| time(cut).map(minute) == time(cut + 1).map(minute));
    let shown = |at: Timestamp| match at.to_string().get(..19) {
        Some(second) if crowded => second.replace('T', " "),
        _ => minute(at),
    };
    let text = time(cut).map(shown).unwrap_or_default();
    let (day, time) = text.split_once(' ').unwrap_or((&text, ""));
    (day.to_owned(), time.to_owned())
}

fn path(band: &Band) -> PreEscaped<String> {
    let (x0, y0, x1, y1) = (pixels(band.x0), pixels(band.y0), pixels(band.x1), pixels(band.y1));
    if band.y0 == band.y1 {
        return PreEscaped(format!("M{x0} {y0}H{x1}V{}H{x0}Z", pixels(band.y1 + band.width)));
    }
    let middle = pixels(i64::midpoint(band.x0, band.x1));
    let (low0, low1) = (pixels(band.y0 + band.width), pixels(band.y1 + band.width));
    PreEscaped(format!(
        "M{x0} {y0}C{middle} {y0} {middle} {y1} {x1} {y1}V{low1}C{middle} {low1} {middle} {low0} {x0} {low0}Z"
    ))
}

fn ribbon_class(flow: &Flow, ribbon: &Ribbon) -> String {
    let (source, target) = (&flow.nodes[ribbon.source], &flow.nodes[ribbon.target]);
    let kind = &flow.groups[target.group].kind;
    let still = source.group == target.group && ribbon.stayed == ribbon.amount;
    format!("r k-{kind}{}", if still { " still" } else { "" })
}

/// What a ribbon says.
pub(in crate::html) fn ribbon_text(
    flow: &Flow,
    ribbon: &Ribbon,
    asset: &Arc<AssetRecord>,
) -> String {
    let name = |node: usize| flow.groups[flow.nodes[node].group].name.as_str();
    let amount = Money::of(asset, ribbon.amount).text();
    if ribbon.stayed == ribbon.amount {
        return format!("{amount} stayed at {}", name(ribbon.target));
    }
    let (fewest, most) = ribbon.legs;
    let legs = match (fewest, most) {
        (1, 1) => "one transfer".to_owned(),
        _ if fewest == most => format!("{most} transfers in a row"),
        _ => format!("{fewest} to {most} transfers in a row"),
    };
    format!(
        "{amount} from {} to {}, through {legs}, delivered by {}",
        name(ribbon.source),
        name(ribbon.target),
        count_text(ribbon.deliveries.len())
    )
}

/// What a node says.
pub(in crate::html) fn node_text(flow: &Flow, node: &Node, asset: &Arc<AssetRecord>) -> String {
    let group = &flow.groups[node.group];
    let (day, time) = cut_time(flow, node.column);
    let amount = Money::of(asset, node.amount);
    let share = amount.percent_of(flow.total);
    let amount = amount.text();
    let waiting = group.kind == "source";
    let state = match (waiting, flow.backward, node.members.len()) {
        (true, false, _) => "not yet taken".to_owned(),
        (true, true, _) => "arrives later".to_owned(),
        (false, _, 1) => "at one address".to_owned(),
        (false, _, count) => format!("at {} addresses", count_text(count)),
    };
    format!("{}: {amount} ({share}) {state}, {day} {time} UTC", group.name)
}

fn node_label(flow: &Flow, drawing: &Drawing, label: Label, asset: &Arc<AssetRecord>) -> Markup {
    let node = &flow.nodes[label.node];
    let block = drawing.blocks[label.node];
    let group = &flow.groups[node.group];
    let middle = block.y + block.height / 2;
    let (edge, elbow, glyph, text) = if label.at_right {
        let edge = block.x + block.width;
        (edge, edge + 1_100, edge + 2_000, edge + 3_000)
    } else {
        (block.x, block.x - 700, block.x - 1_500, block.x - 2_500)
    };
    let amount = Money::of(asset, node.amount).short_text();
    let leader =
        format!("M{} {}L{} {}", pixels(edge), pixels(middle), pixels(elbow), pixels(label.y));
    html! {
        path.leader d=(leader) {}
        g class={ "glyph k-" (group.kind) } transform={ "translate(" (pixels(glyph)) " " (pixels(label.y)) ")" } {
            (glyph_of(group))
        }
        text.name.end[!label.at_right] data-n=(label.node) x=(pixels(text)) y=(pixels(label.y + 380)) {
            (shown_name(group, node, if label.at_right { 25 } else { 21 })) tspan.amount { " " (amount) }
        }
    }
}

/// Nodes between the outer columns where a group first stands tall enough to name.
fn arrivals<'a>(flow: &'a Flow, drawing: &'a Drawing) -> Vec<(&'a Node, Block)> {
    let last = flow.periods.len();
    let mut named: Vec<usize> = Vec::new();
    let mut list = Vec::new();
    for (node, block) in flow.nodes.iter().zip(&drawing.blocks) {
        let between = node.column > 0 && node.column < last;
        let new = !named.contains(&node.group) && flow.groups[node.group].kind != "source";
        if between && new && block.height >= 1_400 {
            named.push(node.group);
            list.push((node, *block));
        }
    }
    list
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    // Numbered labels differ at the end, service names at the beginning: keep both.
    let tail = most / 2 - 1;
    let head: String = text.chars().take(most - tail - 1).collect();
    let skipped = text.chars().count() - tail;
    let tail: String = text.chars().skip(skipped).collect();
    format!("{}…{}", head.trim_end(), tail.trim_start())
}

fn shown_name(group: &Group, node: &Node, most: usize) -> String {
    let name: String = if group.is_folded() {
        format!("{} {}", count_text(node.members.len()), group.name)
    } else {
        group.name.clone()
    };
    shortened(&name, most)
}

/// Shape and letter of a kind, drawn around the origin.
fn glyph_of(group: &Group) -> Markup {
    let Mark { letter, shape, .. } = mark(&group.kind);
    html! {
        (PreEscaped(shape))
        text y="3.4" { (letter) }
    }
}
