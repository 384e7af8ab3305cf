//! Names of all lists in memory, and those worth scoring for a query.
//!
//! A name is a candidate if it shares with the query a word, the sound of a
//! word, or two words written as one; words that say little do not count.
//! What is missed is a name of which *every* word is changed in its
//! consonants; `docs/methods/name-screening.md` gives the measured share.

#![allow(clippy::float_arithmetic)] // scores

use super::normalise::{Token, TokenKind, tokens};
use super::ofac::ofac_score;
use super::phonetic::skeleton;
use super::score::{Feature, Rarity, name_score};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use tracehound_model::{NameStrength, PartialDate, Party};

/// A weak alias alone cannot reach more than this.
const WEAK_ALIAS: f64 = 0.69;
/// What a date of birth that agrees, or cannot, adds to a score.
const BORN_AGREES: f64 = 0.03;
const BORN_DIFFERS: f64 = -0.15;
/// What a country that agrees or differs adds.
const COUNTRY_AGREES: f64 = 0.01;
const COUNTRY_DIFFERS: f64 = -0.03;
/// Shortest skeleton that finds candidates.
const LEAST_SOUND: usize = 2;

/// A name of an entry, as indexed.
#[derive(Clone, Debug)]
pub struct Named {
    /// The caller's key of the entry.
    pub entry: u32,
    /// The name as the publisher writes it.
    pub text: String,
    /// How far the publisher stands behind it.
    pub strength: NameStrength,
    tokens: Vec<Token>,
}

/// What is asked.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct NameQuery {
    /// The name.
    pub name: String,
    /// Date of birth or founding: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub born: Option<String>,
    /// Country, ISO 3166-1 alpha-2 or as lists write it.
    pub country: Option<String>,
}

/// A name that was found, with what its score is made of.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct NameHit {
    /// The caller's key of the entry.
    pub entry: u32,
    /// The name that matched best.
    pub name: String,
    /// How far the publisher stands behind it.
    pub strength: NameStrength,
    /// Our score, 0 to 1.
    pub score: f64,
    /// OFAC's score, 0 to 100.
    pub ofac: u8,
    /// What our score is made of; qualifiers add their value to the mean.
    pub features: Vec<Feature>,
}

/// Names of all lists.
#[derive(Clone, Debug, Default)]
pub struct NameIndex {
    names: Vec<Named>,
    parties: Vec<Party>,
    keys: HashMap<String, Vec<u32>>,
    rarity: Rarity,
}

impl NameIndex {
    /// Indexes parties; the key of an entry is its place.
    #[must_use]
    pub fn new(parties: Vec<Party>) -> Self {
        let mut index = Self::default();
        for (entry, party) in (0..).zip(&parties) {
            for name in &party.names {
                let tokens = tokens(&name.text);
                if tokens.is_empty() {
                    continue;
                }
                index.rarity.add(&tokens);
                // Names of all lists together are far fewer than 32 bits.
                let place = u32::try_from(index.names.len()).unwrap_or(u32::MAX);
                for key in keys(&tokens) {
                    let places = index.keys.entry(key).or_default();
                    if places.last() != Some(&place) {
                        places.push(place);
                    }
                }
                let (text, strength) = (name.text.clone(), name.strength);
                index.names.push(Named { entry, text, strength, tokens });
            }
        }
        index.parties = parties;
        index
    }

    /// How many names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The party of an entry, by its key.
    #[must_use]
    pub fn party(&self, entry: u32) -> Option<&Party> {
        self.parties.get(usize::try_from(entry).ok()?)
    }

    /// Entries with a name that reaches a score, the best first; of an entry
    /// its best name.
    #[must_use]
    pub fn search(&self, query: &NameQuery, least: f64) -> Vec<NameHit> {
        let asked = tokens(&query.name);
        let mut places: Vec<u32> =
            keys(&asked).iter().filter_map(|key| self.keys.get(key)).flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let named = places.iter().filter_map(|place| self.names.get(usize::try_from(*place).ok()?));
        self.best(query, &asked, named, least)
    }

    /// As [`NameIndex::search`], over every name: what the index is measured against.
    #[must_use]
    pub fn search_all(&self, query: &NameQuery, least: f64) -> Vec<NameHit> {
        self.best(query, &tokens(&query.name), self.names.iter(), least)
    }

    fn best<'n>(
        &self,
        query: &NameQuery,
        asked: &[Token],
        names: impl Iterator<Item = &'n Named>,
        least: f64,
    ) -> Vec<NameHit> {
        let mut best: HashMap<u32, (f64, Vec<Feature>, &Named)> = HashMap::new();
        for named in names {
            let (score, features) = self.score(query, asked, named);
            if score >= least && best.get(&named.entry).is_none_or(|(known, ..)| score > *known) {
                best.insert(named.entry, (score, features, named));
            }
        }
        let mut hits: Vec<NameHit> = best
            .into_values()
            .map(|(score, features, named)| NameHit {
                entry: named.entry,
                name: named.text.clone(),
                strength: named.strength,
                score,
                ofac: ofac_score(&query.name, &named.text),
                features,
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.entry.cmp(&b.entry)));
        hits
    }

    fn score(&self, query: &NameQuery, asked: &[Token], named: &Named) -> (f64, Vec<Feature>) {
        let made = name_score(asked, &named.tokens, &self.rarity);
        let (mut score, mut features) = (made.score, made.features);
        let mut agreed = false;
        let party = self.party(named.entry);
        for (name, words, value) in party.into_iter().flat_map(|party| qualifiers(query, party)) {
            agreed |= value > 0.0;
            score += value;
            features.push(Feature { name: name.into(), words, value, weight: 0.0 });
        }
        if named.strength == NameStrength::Weak && !agreed {
            score = score.min(WEAK_ALIAS);
            let words = "a weak alias alone".to_owned();
            features.push(Feature { name: "cap".into(), words, value: WEAK_ALIAS, weight: 0.0 });
        }
        // Qualifiers confirm or weaken what the name says; they make no hit.
        (score.clamp(0.0, 1.0), features)
    }
}

/// What dates and countries say, where both sides have them.
fn qualifiers(query: &NameQuery, party: &Party) -> Vec<(&'static str, String, f64)> {
    let mut found = Vec::new();
    if let Some(born) = query.born.as_ref().filter(|_| !party.birth_dates.is_empty()) {
        let agrees = party.birth_dates.iter().any(|date| can_be(born, date));
        let value = if agrees { BORN_AGREES } else { BORN_DIFFERS };
        found.push(("born", born.clone(), value));
    }
    if let Some(country) = query.country.as_ref().filter(|_| !party.countries.is_empty()) {
        let agrees = party.countries.iter().any(|known| known.eq_ignore_ascii_case(country));
        let value = if agrees { COUNTRY_AGREES } else { COUNTRY_DIFFERS };
        found.push(("country", country.clone(), value));
    }
    found
}

/// Whether a date, of which only the year may be known, can be this one; an
/// approximate one leaves a year to both sides.
fn can_be(born: &str, date: &PartialDate) -> bool {
    let year = |text: &str| text.get(..4).and_then(|year| year.parse::<i32>().ok());
    let (Some(asked), Some(from), Some(to)) = (year(born), year(&date.from), year(&date.to)) else {
        return false;
    };
    let slack = i32::from(date.approximate);
    if asked < from - slack || asked > to + slack {
        return false;
    }
    let exact = date.from == date.to && date.from.len() == 10 && born.len() == 10;
    // Day and month are often swapped.
    let swapped = || Some(format!("{}-{}-{}", born.get(..4)?, born.get(8..)?, born.get(5..7)?));
    date.approximate || !exact || born == date.from || swapped().as_deref() == Some(&date.from)
}

/// Under what a name is found.
fn keys(tokens: &[Token]) -> Vec<String> {
    let names = || tokens.iter().filter(|token| token.kind == TokenKind::Name);
    let mut keys: Vec<String> = Vec::new();
    for token in names() {
        keys.push(token.text.clone());
        let sound = skeleton(&token.text);
        if sound.len() >= LEAST_SOUND {
            keys.push(format!("~{sound}"));
        }
    }
    for pair in tokens.windows(2) {
        let joined = format!("{}{}", pair[0].text, pair[1].text);
        let sound = skeleton(&joined);
        keys.push(joined);
        keys.push(format!("~{sound}"));
    }
    if keys.is_empty() {
        // Only particles, forms or initials: found by their own kind alone.
        keys.extend(tokens.iter().map(|token| token.text.clone()));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracehound_model::PartyName;

    fn party(names: &[(&str, NameStrength)], born: &str, country: &str) -> Party {
        let name = |(text, strength): &(&str, NameStrength)| PartyName {
            text: (*text).to_owned(),
            strength: *strength,
            ..PartyName::default()
        };
        let date = PartialDate { from: born.to_owned(), to: born.to_owned(), approximate: false };
        Party {
            names: names.iter().map(name).collect(),
            birth_dates: if born.is_empty() { Vec::new() } else { vec![date] },
            countries: vec![country.to_owned()],
            ..Party::default()
        }
    }

    fn index() -> NameIndex {
        use NameStrength::{Primary, Strong, Weak};
        NameIndex::new(vec![
            party(&[("KIM, Ung Sun", Primary), ("Blackjack", Weak)], "1977-03-05", "KP"),
            party(&[("SALEK, ABDULHAI", Primary), ("Abdul Hai", Strong)], "1965", "AF"),
            party(&[("ACME TRADING CO., LTD.", Primary)], "", "RU"),
        ])
    }

    fn top(query: NameQuery) -> Option<(u32, f64)> {
        index().search(&query, 0.5).first().map(|hit| (hit.entry, hit.score))
    }

    fn name(name: &str) -> NameQuery {
        NameQuery { name: name.to_owned(), ..NameQuery::default() }
    }

    #[test]
    fn names_are_found_whatever_their_order_and_spelling() {
        assert_eq!(top(name("Ung-Sun Kim")).unwrap().0, 0);
        assert_eq!(top(name("Abdul Hai Salik")).unwrap().0, 1);
        assert_eq!(top(name("Acme Trading Limited")).unwrap().0, 2);
        assert_eq!(top(name("John Miller")), None);
        assert_eq!(top(name("Limited")), None);
        assert_eq!(top(name("")), None);
    }

    #[test]
    fn qualifiers_confirm_and_weaken_but_make_no_hit() {
        let with = |born: &str| NameQuery { born: Some(born.to_owned()), ..name("Kim Ung Sun") };
        let plain = top(name("Kim Ung Son")).unwrap().1;
        let agrees = NameQuery { name: "Kim Ung Son".to_owned(), ..with("1977-03-05") };
        assert!(top(agrees).unwrap().1 > plain);
        assert!(top(with("1950-01-01")).unwrap().1 < 0.9);
        assert!(top(with("1977-05-03")).unwrap().1 >= 1.0, "day and month swapped");
        let country = NameQuery { country: Some("KP".to_owned()), ..name("Hong Gildong") };
        assert_eq!(top(country), None, "nationality alone raises nothing");
    }

    #[test]
    fn a_weak_alias_needs_more_than_itself() {
        assert!(top(name("Blackjack")).unwrap().1 < 0.7);
        let born = NameQuery { born: Some("1977-03-05".to_owned()), ..name("Blackjack") };
        assert!(top(born).unwrap().1 > 0.9);
    }
}
