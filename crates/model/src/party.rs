//! Parties: the people, companies, vessels and aircraft that lists name.
//!
//! A party is what a publisher wrote, kept as written. Nothing here is
//! normalised or compared; that is the business of the screening rules.

use serde::{Deserialize, Serialize};

/// What a party is, says its publisher.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum PartyKind {
    /// A natural person.
    Person,
    /// A company, bank, agency, group or any other body.
    Organisation,
    /// A ship.
    Vessel,
    /// An aeroplane.
    Aircraft,
    /// The publisher does not say.
    #[default]
    Unknown,
}

/// How far a publisher stands behind a name.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum NameStrength {
    /// The name the entry is published under.
    Primary,
    /// An alias the publisher calls strong, good, or does not grade.
    #[default]
    Strong,
    /// An alias the publisher calls weak or low in quality: a nickname, a
    /// common name. It should not raise a hit without a qualifier.
    Weak,
}

/// One name of a party.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct PartyName {
    /// The whole name in the publisher's order, e.g. `KIM, Ung Sun`.
    pub text: String,
    /// Family name, where the publisher tells the parts apart; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub family: String,
    /// Given names, where the publisher tells the parts apart; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub given: String,
    /// How far the publisher stands behind it.
    pub strength: NameStrength,
}

/// A date of which a publisher may know only the year, or a span of years.
///
/// Both ends are `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; a single date has equal
/// ends. An approximate date ("circa") says so.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct PartialDate {
    /// The earliest it can be.
    pub from: String,
    /// The latest it can be.
    pub to: String,
    /// "circa".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approximate: bool,
}

/// A person, company, vessel or aircraft as a list describes it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct Party {
    /// What it is.
    pub kind: PartyKind,
    /// Its names; the primary one first.
    pub names: Vec<PartyName>,
    /// Dates of birth (persons) or of founding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub birth_dates: Vec<PartialDate>,
    /// Nationalities, citizenships, flags and countries of address, each as
    /// an ISO 3166-1 alpha-2 code where the publisher's name is known, else
    /// as written. A qualifier only: it never raises a hit by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
}

impl Party {
    /// The name the entry is published under, or the first there is.
    #[must_use]
    pub fn primary_name(&self) -> Option<&PartyName> {
        let primary = |name: &&PartyName| name.strength == NameStrength::Primary;
        self.names.iter().find(primary).or_else(|| self.names.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_name_wins_over_the_first() {
        let named = |text: &str, strength| PartyName {
            text: text.to_owned(),
            strength,
            ..PartyName::default()
        };
        let mut party = Party::default();
        assert_eq!(party.primary_name(), None);
        party.names.push(named("Nick", NameStrength::Weak));
        assert_eq!(party.primary_name().map(|name| name.text.as_str()), Some("Nick"));
        party.names.push(named("KIM, Ung Sun", NameStrength::Primary));
        assert_eq!(party.primary_name().map(|name| name.text.as_str()), Some("KIM, Ung Sun"));
    }
}
