//! How the figures were made, and how to make them again.

use super::tables::address;
use crate::Investigation;
use crate::investigation::{count_text, printable};
use crate::summary::minute;
use maud::{Markup, html};
use tracehound_model::Policy;

/// Each policy in one sentence.
pub(super) fn explain_policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Fifo => "What came in first leaves first.",
        Policy::Lifo => "What came in last leaves first.",
        Policy::Haircut => {
            "Each payment carries the same share of stolen money as the balance it leaves."
        }
        Policy::DirtyFirst => "Stolen money leaves first.",
        Policy::CleanFirst => "Other money leaves first; stolen money stays as long as it can.",
        Policy::Libr => {
            "A claim never exceeds the lowest balance since; victims share a loss by their claims."
        }
        Policy::Poison => {
            "Any payment after stolen money arrived is wholly tainted: reach, not amounts."
        }
        _ => "See the documentation of this policy.",
    }
}

/// The section.
pub(super) fn section(investigation: &Investigation) -> Markup {
    let data = &investigation.data;
    html! {
        section #method {
            h2 { "Method" }
            p.lead { "Everything needed to check a figure of this report or to make the report again." }
            h3 { "Run it again" }
            pre { (printable(&investigation.program.command)) }
            p.small { "The same inputs give the same bytes: nothing here depends on a clock, a network or a machine. Program version " (investigation.program.version) ", report version " (investigation.report_version) ". Digest of the stored transfers: " code { (data.store_digest) } }
            (inputs(investigation))
            (seeds(investigation))
            h3 { "Rules and parameters" }
            dl.method {
                @for policy in &investigation.policies { dt { (policy.policy) } dd { (explain_policy(policy.policy)) } }
                @for (name, value) in parameters(investigation) { dt { (name) } dd { (value) } }
                @for rule in &investigation.rules { dt { code { (rule.name) "/" (rule.version) } } dd { (rule.decides) } }
            }
            h3 { "How it works" }
            ul.plain {
                li { "Transfers are read in chain order: block, place in the block, place in the transaction; never by time alone. Where the data give no place inside a block, a credit is read before the debit it pays for (" (count_text(data.blocks_ordered_by_funding)) " of " (count_text(data.blocks)) " blocks)." }
                li { "Every address keeps what it holds as lots of stolen and other money; a payment takes lots by the policy. Amounts are whole base units; nothing is rounded, and what goes in equals what is booked." }
                li { "The trail stops where other people's money begins: at services, burn addresses, and by the limits above. What stops is booked there by name." }
                li { "Money that an address pays out beyond all it is known to have received is never counted as stolen; it is listed as unexplained." }
            }
            h3 { "What this cannot see" }
            ul.plain {
                li { "Transfers that are not in the data, and balances from before the data begin." }
                li { "What happens inside a service, behind a mixer or on the far side of a bridge." }
                li { "Whether a label is right. Labels and the kinds read from them are statements of their sources; a wrong one changes where the trail stops." }
                @if investigation.assets.iter().any(|a| a.is_published_usd()) {
                    li { "Which token moved: these data give dollars at the time of each transfer, which drift along a path as prices move." }
                }
                li { "Who holds a key. An address is not a person." }
            }
        }
    }
}

fn inputs(investigation: &Investigation) -> Markup {
    html! {
        h3 { "Inputs" }
        @if investigation.data.sources.is_empty() { p.soft { "The transfers were already in the store." } }
        @else {
            div.table-wrap { table {
                thead { tr { th { "file" } th { "read as" } th.num { "rows" } th.num { "set aside" } th { "origin and licence" } th { "SHA-256" } } }
                tbody { @for source in &investigation.data.sources { tr {
                    td { (printable(&source.file)) } td { (source.format) }
                    td.num { (count_text(source.rows)) } td.num { (count_text(source.broken)) }
                    td { (printable(&source.origin)) @if !source.licence.is_empty() { br; span.soft { (printable(&source.licence)) } } }
                    td { code { (source.sha256) } }
                } } }
            } }
        }
    }
}

fn seeds(investigation: &Investigation) -> Markup {
    html! {
        details {
            summary { "What was taken as stolen (" (count_text(investigation.seeds.len())) " seeds)" }
            div.table-wrap { table {
                thead { tr { th.num { "seed" } th { "victim" } th { "what" } th { "address" } th.num { "transfers" } th.num { "amount" } } }
                tbody { @for seed in &investigation.seeds { tr {
                    td.num { (seed.number) } td { (printable(&seed.victim)) } td { (printable(&seed.description)) }
                    td { @if let Some(record) = &seed.address { (address(record)) } }
                    td.num { (count_text(seed.transfers)) }
                    td.num {
                        @if let Some(policy) = investigation.headline() {
                            @for closing in policy.closings.iter().filter(|c| c.seed == seed.number) { (closing.stolen.text()) br; }
                        }
                    }
                } } }
            } }
        }
    }
}

/// Options of the trace in words.
fn parameters(investigation: &Investigation) -> Vec<(&'static str, String)> {
    let options = &investigation.case.options;
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "no limit".to_owned());
    let stops = options.stop_categories.as_ref().map_or_else(
        || "every service, burn address and end named by the case".to_owned(),
        |list| list.iter().map(|c| c.name()).collect::<Vec<_>>().join(", "),
    );
    let hub = match options.hub_degree {
        0 => "no limit".to_owned(),
        degree => {
            format!("addresses with more than {} transfers are not followed", count_text(degree))
        }
    };
    vec![
        ("stops at", stops),
        ("hub limit", hub),
        ("dust, absolute", or_none(options.dust_absolute.clone())),
        ("dust, share of all", or_none(options.dust_relative.clone())),
        ("most hops", or_none(options.max_hops.map(|hops| hops.to_string()))),
        ("most days", or_none(options.max_age_days.map(|days| days.to_string()))),
        ("known until", options.as_of.map_or_else(|| "end of the data".to_owned(), minute)),
    ]
}
