//! What a tag can say an address is: one tree of concepts.
//!
//! The identifiers are those of GraphSense's concepts taxonomy 0.1.0
//! (2023-01-27), with a few of our own, each mapped to the GraphSense concept
//! that says the most that is still true. Where INTERPOL's Dark Web and
//! Virtual Assets taxonomy 0.3 has the same concept, its identifier stands
//! beside it; where none is known to us, none is given.

use std::sync::LazyLock;
use tracehound_model::Category;

/// Version of the table.
pub const TAXONOMY: &str = "taxonomy/1";
const TABLE: &str = include_str!("taxonomy.csv");

/// One concept.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Concept {
    /// Its identifier, as packs write it.
    pub id: &'static str,
    /// The concept it is a kind of; empty at the root.
    pub broader: &'static str,
    /// The GraphSense concept it is exported as.
    pub graphsense: &'static str,
    /// INTERPOL's, or empty.
    pub interpol: &'static str,
    /// What tracing makes of it, if anything.
    pub category: Option<Category>,
    /// In words.
    pub meaning: &'static str,
}

static CONCEPTS: LazyLock<Vec<Concept>> =
    LazyLock::new(|| TABLE.lines().skip(1).filter_map(concept_of).collect());

fn concept_of(line: &'static str) -> Option<Concept> {
    let mut cells = line.splitn(6, ',');
    let mut next = || cells.next();
    Some(Concept {
        id: next()?,
        broader: next()?,
        graphsense: next()?,
        interpol: next()?,
        category: next()?.parse().ok(),
        meaning: next()?,
    })
}

/// Every concept.
#[must_use]
pub fn concepts() -> &'static [Concept] {
    &CONCEPTS
}

/// The concept of an identifier.
#[must_use]
pub fn concept(id: &str) -> Option<&'static Concept> {
    CONCEPTS.iter().find(|concept| concept.id == id)
}

/// Whether a concept is a kind of another, or the same.
#[must_use]
pub fn is_a(id: &str, broader: &str) -> bool {
    let mut at = concept(id);
    while let Some(concept) = at {
        if concept.id == broader {
            return true;
        }
        at = self::concept(concept.broader);
    }
    false
}

/// The concept that says what a category of tracing says.
#[must_use]
pub fn concept_of_category(category: Category) -> &'static str {
    match category {
        Category::Exchange => "exchange",
        Category::InstantSwapper => "instant_swapper",
        Category::DecentralisedExchange => "defi_dex",
        Category::Bridge => "defi_bridge",
        Category::Mixer => "mixing_service",
        Category::Gambling => "gambling",
        Category::Custodian => "custodian",
        Category::Issuer => "defi_token",
        Category::Burn => "burn",
        Category::CaseTerminal => "case_terminal",
        Category::Theft => "perpetrator",
        Category::Scam => "scam",
        Category::Victim => "victim",
        _ => "service",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_stands_under_the_root() {
        assert_eq!(concepts().len(), TABLE.lines().count() - 1);
        for one in concepts() {
            assert!(is_a(one.id, "concept"), "{} has no way to the root", one.id);
            assert!(concept(one.graphsense).is_some(), "{}", one.id);
            assert!(!one.meaning.is_empty(), "{}", one.id);
        }
        let mut ids: Vec<&str> = concepts().iter().map(|one| one.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), concepts().len(), "an identifier stands twice");
    }

    #[test]
    fn every_category_cell_is_a_category() {
        for line in TABLE.lines().skip(1) {
            let cell = line.split(',').nth(4).unwrap_or_default();
            assert!(cell.is_empty() || cell.parse::<Category>().is_ok(), "{line}");
        }
    }

    #[test]
    fn categories_and_concepts_agree() {
        for category in Category::ALL {
            assert_eq!(concept(concept_of_category(category)).unwrap().category, Some(category));
        }
        assert!(is_a("ransomware", "abuse") && !is_a("exchange", "abuse"));
        assert!(!is_a("no such concept", "concept"));
    }
}
