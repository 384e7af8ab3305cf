//! The score of OFAC's own search, as far as it is published.
//!
//! Sources: OFAC FAQ 249 (Jaro-Winkler over the whole name, and Jaro-Winkler
//! and Soundex over its parts; the higher of the two is shown), and the
//! behaviour of the string library that the search was found to use. That
//! library's Jaro differs from the textbook: its window is half the *shorter*
//! string plus one and excludes its end, different counts of common letters
//! give 0, transpositions are halved with the remainder dropped, and the
//! prefix counts always. Its prefix scale is the single-precision 0.1.
//!
//! What FAQ 249 leaves open is how parts make a composite. Here: each part of
//! the query takes its best part of the entry, a part with another Soundex
//! code counting half, and the composite is the mean over the query's parts.

#![allow(clippy::float_arithmetic)] // scores

use super::phonetic::soundex;
use tracehound_model::Rule;

/// Name and version.
pub const OFAC_NAME: Rule = Rule { name: "ofac-name", version: 1 };

/// The prefix scale: 0.1 in single precision.
const SCALE: f64 = 0.100_000_001_490_116_12;
/// Letters of the common prefix that count.
const PREFIX: usize = 4;
/// What marks a letter that was taken.
const TAKEN: char = '#';
/// A part with another Soundex code counts so much.
const OTHER_SOUND: f64 = 0.5;
/// Entries further than this from the query are no candidates.
const LEAST_LIKE: f64 = 0.5;

/// Jaro as the library computes it; case and blanks count.
#[must_use]
pub fn jaro(first: &str, second: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (first.chars().collect(), second.chars().collect());
    jaro_of(&a, &b)
}

fn jaro_of(a: &[char], b: &[char]) -> f64 {
    let window = a.len().min(b.len()) / 2 + 1;
    let (mine, theirs) = (common(a, b, window), common(b, a, window));
    if mine.is_empty() || mine.len() != theirs.len() {
        return 0.0;
    }
    let misplaced = mine.iter().zip(&theirs).filter(|(one, other)| one != other).count();
    // Lengths of names are far below 2^53.
    let (m, t) = (mine.len() as f64, (misplaced / 2) as f64);
    m / (3.0 * a.len() as f64) + m / (3.0 * b.len() as f64) + (m - t) / (3.0 * m)
}

/// Letters of `a` found in `b` near their place, each taken once.
fn common(a: &[char], b: &[char], window: usize) -> Vec<char> {
    let mut left = b.to_vec();
    let mut found = Vec::new();
    for (place, letter) in a.iter().enumerate() {
        let end = (place + window).min(left.len());
        let near = left.get_mut(place.saturating_sub(window)..end).unwrap_or_default();
        if let Some(free) = near.iter_mut().find(|other| **other == *letter) {
            found.push(*letter);
            *free = TAKEN;
        }
    }
    found
}

/// Jaro-Winkler as the library computes it: the prefix counts at any score.
#[must_use]
pub fn jaro_winkler(first: &str, second: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (first.chars().collect(), second.chars().collect());
    let score = jaro_of(&a, &b);
    let prefix = a.iter().zip(&b).take(PREFIX).take_while(|(one, other)| one == other).count();
    score + prefix as f64 * SCALE * (1.0 - score)
}

/// The score of a name against a query, 0 to 100 like the slider of OFAC's search.
#[must_use]
pub fn ofac_score(query: &str, name: &str) -> u8 {
    let (query, name) = (folded(query), folded(name));
    if query.is_empty() || name.is_empty() {
        return 0;
    }
    let whole = jaro_winkler(&query, &name);
    let score = (whole.max(composite(&query, &name)) * 100.0).round().clamp(0.0, 100.0);
    // Between 0 and 100.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    {
        score as u8
    }
}

/// Whether OFAC's search would score a name at all: the same first letter, and
/// half of the letters in place (by edit distance).
#[must_use]
pub fn is_ofac_candidate(query: &str, name: &str) -> bool {
    let (query, name) = (folded(query), folded(name));
    let (a, b): (Vec<char>, Vec<char>) = (query.chars().collect(), name.chars().collect());
    let longest = a.len().max(b.len());
    if a.first() != b.first() || longest == 0 {
        return false;
    }
    let distance = super::similarity::edits(&a, &b);
    1.0 - distance as f64 / longest as f64 >= LEAST_LIKE
}

fn composite(query: &str, name: &str) -> f64 {
    let (asked, listed): (Vec<&str>, Vec<&str>) =
        (query.split(' ').collect(), name.split(' ').collect());
    let best = |part: &&str| {
        let score = |other: &&str| {
            let alike = jaro_winkler(part, other);
            if soundex(part) == soundex(other) { alike } else { alike * OTHER_SOUND }
        };
        listed.iter().map(score).fold(0.0, f64::max)
    };
    asked.iter().map(best).sum::<f64>() / asked.len() as f64
}

/// Upper case, one blank between parts, without punctuation.
fn folded(text: &str) -> String {
    let parts = text.split(|letter: char| !letter.is_alphanumeric());
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_uppercase).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Made by `golden/jaro_winkler.py`, an implementation of its own.
    #[test]
    fn golden_vectors_are_met() {
        let rows = include_str!("golden/jaro_winkler.csv").lines().skip(1);
        let mut count = 0;
        for row in rows {
            let cells: Vec<&str> = row.split(',').collect();
            let expected: f64 = cells[2].parse().unwrap();
            let found = jaro_winkler(cells[0], cells[1]);
            assert!((found - expected).abs() < 1e-12, "{row}: {found}");
            count += 1;
        }
        assert!(count > 200);
    }

    #[test]
    fn the_library_is_not_the_textbook() {
        // The textbook gives 0.9611 and 0.84.
        assert!((jaro_winkler("MARTHA", "MARHTA") - 0.961_111_111_278).abs() < 1e-9);
        assert_eq!(jaro_winkler("", "X"), 0.0);
        assert_eq!(ofac_score("KIM Ung Sun", "kim, ung-sun"), 100);
        assert_eq!(ofac_score("Ung Sun Kim", "KIM UNG SUN"), 100, "by its parts");
        assert!(is_ofac_candidate("KIM UNG SUN", "KIM EUNG SUN"));
        assert!(!is_ofac_candidate("UNG SUN KIM", "KIM UNG SUN"), "another first letter");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn scores_stay_in_range_and_oneself_is_one(a in "[A-D ]{1,12}", b in "[A-D ]{0,12}") {
            let score = jaro_winkler(&a, &b);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&score));
            prop_assert!((jaro_winkler(&a, &a) - 1.0).abs() < 1e-12);
            prop_assert!(ofac_score(&a, &b) <= 100);
        }
    }
}
