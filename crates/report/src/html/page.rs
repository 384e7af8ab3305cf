//! The page from top to bottom.

use super::flow::{DETAIL, Flow, OVERVIEW, Picture, draw, pictures, svg};
use super::shapes::{LEGEND, mark};
use super::{
    SCRIPT, STYLE, data, differences, exchanges, headline, legs, method, questions, security,
    tables, timeline,
};
use crate::investigation::{count_text, printable};
use crate::summary::minute;
use crate::{Investigation, PolicyReport, ReportError};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The whole page.
pub(super) fn page(investigation: &Investigation) -> Result<Markup, ReportError> {
    let pictures = pictures(investigation);
    let (places, all_places) = tables::places(investigation);
    let data = data::data(investigation, &pictures, &places)?;
    let title = printable(&investigation.case.title);
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(security::content_policy(SCRIPT));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                meta name="generator" content={ "tracehound " (investigation.program.version) };
                title { (title) " — Tracehound" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (masthead(investigation, &title))
                main {
                    (controls(investigation))
                    (headline::section(investigation))
                    (flow_section(investigation, &pictures))
                    (timeline::section(investigation))
                    (tables::stops_section(investigation))
                    (tables::terminals_section(investigation, &places, all_places))
                    (exchanges::section(investigation))
                    (legs::section(investigation))
                    (differences::section(investigation))
                    (questions::gaps_section(investigation))
                    (questions::findings_section(investigation))
                    (tables::transfers_section(investigation))
                    (method::section(investigation))
                }
                footer {
                    "Made by tracehound " (investigation.program.version)
                    ". This file loads nothing from the network. Labels are statements of the sources named beside them; amounts and transfers are read from the data listed under Method."
                }
                div #tip role="status" hidden {}
                script type="application/json" id="data" { (PreEscaped(data)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    })
}

fn masthead(investigation: &Investigation, title: &str) -> Markup {
    let case = &investigation.case;
    let data = &investigation.data;
    let way = if investigation.is_backward() { "backward, to the origins" } else { "forward" };
    let conserving = investigation.conserving().count();
    html! {
        header.top {
            div.brand { "Tracehound report" }
            h1 { (title) }
            @if !case.description.is_empty() { p { (printable(&case.description)) } }
            ul.facts {
                li { "Chain " b { (case.chain_name) } }
                li { "Traced " b { (way) } }
                @if let (Some(first), Some(last)) = (data.first, data.last) {
                    li { "Data " b { (minute(first.1)) " to " (minute(last.1)) " UTC" } }
                }
                li { b { (count_text(data.transfers)) } " " (data.counted) " read" }
                @if let Some(as_of) = case.options.as_of { li { "As known on " b { (minute(as_of)) " UTC" } } }
            }
            @if investigation.closes() {
                div.verdict.ok { "✓ The books close: under each of the " (conserving) " policies that conserve value, everything that went in is booked, to the last base unit." }
            } @else {
                div.verdict.broken role="alert" { "✗ THE BOOKS DO NOT CLOSE. Do not rely on these figures; see the closing lines." }
            }
            nav.contents aria-label="Contents" {
                @for (place, name) in [("flow", "Flow"), ("timeline", "Timeline"), ("stops", "Who can stop it"),
                    ("terminals", "Places"), ("policies", "Policies"), ("gaps", "Unaccounted"),
                    ("findings", "Findings"), ("transfers", "Transfers"), ("method", "Method")] {
                    a href={ "#" (place) } { (name) }
                }
            }
        }
    }
}

fn controls(investigation: &Investigation) -> Markup {
    let choice = |name: &str, value: &str, text: &str, checked: bool| {
        html! { label { input type="radio" name=(name) value=(value) checked[checked] autocomplete="off"; span { (text) } } }
    };
    html! {
        div.controls aria-label="What the page shows" {
            fieldset.choice {
                legend { "Policy" }
                @for policy in &investigation.policies {
                    (choice("policy", policy.policy.name(), policy.policy.name(), policy.policy == investigation.headline_policy))
                }
            }
            @if investigation.assets.len() > 1 {
                fieldset.choice {
                    legend { "Asset" }
                    @for (number, asset) in investigation.assets.iter().enumerate() {
                        (choice("asset", &number.to_string(), &printable(&asset.symbol), number == 0))
                    }
                }
            }
            fieldset.choice {
                legend { "Picture" }
                (choice("level", OVERVIEW.name, "main flows", true))
                (choice("level", DETAIL.name, "more detail", false))
            }
        }
    }
}

fn flow_section(investigation: &Investigation, pictures: &[Picture]) -> Markup {
    let (title, lead) = if investigation.is_backward() {
        (
            "Where it came from, moment by moment",
            "Read left to right in time. At the left stand the origins the money was traced back to, at the right the deposits asked about. Each column is one moment and adds up to the whole amount; a ribbon is money that was at one place at one moment and at another at the next.",
        )
    } else {
        (
            "Where the money was, moment by moment",
            "Read left to right in time. Each column is one moment and adds up to everything stolen: not yet taken, held by somebody, or at rest at a service. A ribbon is money that was at one place at one moment and at another at the next, as wide as the amount.",
        )
    };
    html! {
        section #flow {
            h2 { (title) }
            p.lead { (lead) }
            @for (number, picture) in pictures.iter().enumerate() {
                @let first = picture.policies.contains(&investigation.headline_policy)
                    && picture.asset == 0 && picture.level == OVERVIEW;
                div data-policy=(picture.names()) data-asset=(picture.asset) data-level=(picture.level.name) hidden[!first] {
                    @match &picture.flow {
                        Some(flow) => { (figure(investigation, flow, (number, picture.asset), first)) }
                        None => {
                            @for policy in investigation.policies.iter().filter(|p| picture.policies.contains(&p.policy)) {
                                (no_picture(policy))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn figure(
    investigation: &Investigation,
    flow: &Flow,
    (number, asset): (usize, usize),
    first: bool,
) -> Markup {
    let drawing = draw(flow);
    let present = |kind: &str| flow.groups.iter().any(|g| g.kind == kind);
    html! {
        figure.figure-frame data-picture=(number) {
            p.hint { "The picture is wider than the screen: scroll sideways." }
            div.scroll tabindex="-1" { (svg(flow, &drawing, &investigation.assets[asset], first)) }
            div.panel role="region" aria-label="Details" aria-live="polite" hidden {}
            figcaption {
                ul.keys aria-label="Legend" {
                    @for kind in LEGEND.into_iter().filter(|kind| present(kind)) {
                        li { (glyph(kind)) (mark(kind).words) }
                    }
                    li { span.soft { "pale ribbon: did not move" } }
                    li { span.soft { "dashed block: several folded into one" } }
                }
                p {
                    "Times stand at the top; the steps hold about equal activity, so a busy hour may be as wide as a quiet week. "
                    "Choose a block or ribbon to list its addresses and the transfers that prove it. "
                    "Among tainted money at one address, what came first is drawn as leaving first; the amounts at each place follow from the policy alone."
                }
                @if !flow.shortfall.is_zero() {
                    p { strong { "The picture is short of lots for part of what moved; this is a fault of the trace." } }
                }
            }
        }
    }
}

fn no_picture(policy: &PolicyReport) -> Markup {
    html! {
        div.figure-frame {
            p.empty {
                @if policy.conserves {
                    "Nothing of this asset moved under " (policy.policy) "."
                } @else {
                    (policy.policy) " says only what the money may have reached ("
                    (count_text(policy.transfers.len())) " transfers, "
                    (count_text(policy.terminals.len()))
                    " places of rest). It multiplies amounts at every mixing, so it has no widths and no picture; see the tables."
                }
            }
        }
    }
}

/// The mark of a kind, for lists and tables.
pub(super) fn glyph(kind: &str) -> Markup {
    let mark = mark(kind);
    html! {
        svg class={ "mark k-" (kind) } viewBox="-9 -9 18 18" aria-hidden="true" {
            (PreEscaped(mark.shape))
            text y="3.4" { (mark.letter) }
        }
    }
}
