//! Letter, shape and words of each kind of place, so that no meaning hangs
//! on colour alone.

use crate::investigation::explain_kind;

/// How a kind is marked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    pub(super) letter: &'static str,
    /// SVG drawn around the origin, about 14 pixels across.
    pub(super) shape: &'static str,
    pub(super) words: &'static str,
}

const SQUARE: &str = r#"<rect x="-7" y="-7" width="14" height="14" rx="2"/>"#;
const DIAMOND: &str = r#"<path d="M0-8.5 8.5 0 0 8.5-8.5 0Z"/>"#;
const CIRCLE: &str = r#"<circle r="7.5"/>"#;
const TRIANGLE: &str = r#"<path d="M0-9 8.5 6.5H-8.5Z"/>"#;
const HEXAGON: &str = r#"<path d="M-4.2-7.4H4.2L8.4 0 4.2 7.4H-4.2L-8.4 0Z"/>"#;
const RING: &str = r#"<circle class="hollow" r="7"/>"#;
const FLAG: &str = r#"<path d="M-7-7H4L8 0 4 7H-7Z"/>"#;
const DASHED: &str = r#"<rect class="hollow dash" x="-7" y="-7" width="14" height="14"/>"#;

/// Kinds in the order a legend lists them.
pub(super) const LEGEND: [&str; 17] = [
    "source",
    "held",
    "exchange",
    "custodian",
    "gambling",
    "instant-swapper",
    "issuer",
    "decentralised-exchange",
    "bridge",
    "mixer",
    "coinjoin",
    "service",
    "case-terminal",
    "several",
    "exchanged",
    "cut",
    "burnt",
];

/// The mark of a kind.
pub(super) fn mark(kind: &str) -> Mark {
    let (letter, shape) = match kind {
        "source" => ("", FLAG),
        "held" => ("H", RING),
        "exchange" => ("E", SQUARE),
        "custodian" => ("C", SQUARE),
        "gambling" => ("G", SQUARE),
        "instant-swapper" => ("S", TRIANGLE),
        "issuer" => ("I", HEXAGON),
        "decentralised-exchange" => ("D", HEXAGON),
        "bridge" => ("B", DIAMOND),
        "mixer" => ("M", CIRCLE),
        "coinjoin" => ("J", CIRCLE),
        "service" | "case-terminal" => ("?", CIRCLE),
        "several" => ("+", SQUARE),
        "exchanged" => ("⇄", HEXAGON),
        "burnt" => ("×", RING),
        _ => ("–", DASHED),
    };
    let words = match kind {
        "source" => "where it was taken",
        "cut" => "not followed, by rule",
        "several" => "several services folded into one",
        _ => explain_kind(kind),
    };
    Mark { letter, shape, words }
}

/// The kind whose mark and colour a rest kind takes.
pub(super) fn family(kind: &str) -> &str {
    match kind {
        "theft" | "scam" | "victim" => "held",
        "mined" => "cut",
        kind if kind.starts_with("cut-") => "cut",
        kind => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tracehound_model::Category;

    #[test]
    fn every_stopping_kind_has_a_mark_of_its_own_words() {
        for category in Category::ALL.into_iter().filter(|c| c.stops_by_default()) {
            let kind = if category == Category::Burn { "burnt" } else { category.name() };
            assert!(LEGEND.contains(&kind), "{kind}");
            assert_ne!(mark(kind).letter, "–", "{kind}");
        }
        let words: BTreeSet<_> = LEGEND.iter().map(|kind| mark(kind).words).collect();
        assert_eq!(words.len(), LEGEND.len());
    }
}
