//! How sure a source is: the levels of GraphSense TagPacks, 5 to 100.

use tracehound_model::Confidence;

/// Levels with their score, as published with tagpack-tool 25.8.1.
pub const LEVELS: [(&str, u8); 14] = [
    ("override", 100),
    ("ownership", 100),
    ("ledger_immanent", 100),
    ("manual_transaction", 90),
    ("service_api", 70),
    ("forensic_investigation", 70),
    ("authority_data", 60),
    ("trusted_provider", 50),
    ("service_data", 50),
    ("forensic", 50),
    ("untrusted_transaction", 40),
    ("web_crawl", 20),
    ("heuristic", 10),
    ("unknown", 5),
];

/// What a tag that states no level is taken for.
pub const NOT_STATED: &str = "unknown";

/// The score of a level.
#[must_use]
pub fn score(level: &str) -> Option<Confidence> {
    LEVELS.iter().find(|(name, _)| *name == level).map(|&(_, score)| Confidence(score))
}

/// What a level's name, or a number from 0 to 100, says.
#[must_use]
pub fn parse(text: &str) -> Option<Confidence> {
    let number = || text.parse().ok().filter(|score| *score <= 100).map(Confidence);
    score(text).or_else(number)
}

/// The highest level that claims no more than a score of 0 to 100.
#[must_use]
pub fn level_of(score: u8) -> &'static str {
    // Of levels with one score the least particular comes last.
    let found = LEVELS.iter().rev().filter(|(_, level)| *level <= score).max_by_key(|(_, l)| *l);
    found.map_or(NOT_STATED, |(name, _)| name)
}

/// The levels, for messages.
#[must_use]
pub fn names() -> String {
    LEVELS.map(|(name, _)| name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_never_gains_confidence() {
        for value in 0..=100 {
            let level = level_of(value);
            assert!(score(level).is_some_and(|s| s.0 <= value) || level == NOT_STATED);
        }
        assert_eq!(
            (level_of(50), level_of(64), level_of(20)),
            ("trusted_provider", "authority_data", "web_crawl")
        );
        assert_eq!(score("certain"), None);
        assert_eq!(parse("forensic"), parse("50"));
        assert!(parse("100").is_some() && parse("101").is_none() && parse("certain").is_none());
    }
}
