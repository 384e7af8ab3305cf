//! One name against another, with what the score is made of.

#![allow(clippy::float_arithmetic)] // scores

use super::normalise::{Token, TokenKind};
use super::similarity::similarity;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use tracehound_model::Rule;

/// Name and version.
pub const NAME: Rule = Rule { name: "name", version: 1 };

/// Tokens less alike than this are not paired.
const LEAST_ALIKE: f64 = 0.6;
/// What a token of the list that the query lacks costs, of its weight: people
/// leave out middle names.
const LEFT_OUT: f64 = 0.4;
/// What a token of the query that the list lacks costs, of its weight.
const TOO_MANY: f64 = 0.7;
/// Weight of words that say little, of a name's.
const LITTLE: f64 = 0.15;
/// Weight of an initial, of a name's.
const INITIAL: f64 = 0.4;
/// Pairs of tokens that are aligned at best; longer names pair greedily.
const MOST_EXACT: usize = 8;

/// How often each word stands in the names that are searched: a rare word
/// weighs more.
#[derive(Clone, Debug, Default)]
pub struct Rarity {
    names: u32,
    counts: HashMap<String, u32>,
}

impl Rarity {
    /// Counts the words of a name, each once.
    pub fn add(&mut self, tokens: &[Token]) {
        self.names = self.names.saturating_add(1);
        let mut texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        for text in texts {
            *self.counts.entry(text.to_owned()).or_insert(0) += 1;
        }
    }

    /// The weight of a token: the logarithm of its rarity, between 0.3 and 1
    /// of a word that stands once, less for words that say little.
    #[must_use]
    pub fn weight(&self, token: &Token) -> f64 {
        let kind = match token.kind {
            TokenKind::Name => 1.0,
            TokenKind::Initial => INITIAL,
            TokenKind::Particle | TokenKind::CompanyForm | TokenKind::Title => LITTLE,
        };
        let names = f64::from(self.names.max(1)) + 1.0;
        let count = f64::from(self.counts.get(&token.text).copied().unwrap_or(0).max(1));
        let rarity = ((names / count).ln() / names.ln()).clamp(0.3, 1.0);
        kind * rarity
    }
}

/// A part of a score.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Feature {
    /// `pair`, `left-out`, `too-many`.
    pub name: Cow<'static, str>,
    /// The words, as compared.
    pub words: String,
    /// How alike, 0 to 1.
    pub value: f64,
    /// How much it weighs.
    pub weight: f64,
}

/// A score with its parts: the sum of value times weight over the sum of weights.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct NameScore {
    /// 0 to 1.
    pub score: f64,
    /// What it is made of.
    pub features: Vec<Feature>,
}

/// Scores a name of a list against a query. Order does not matter.
#[must_use]
pub fn name_score(query: &[Token], listed: &[Token], rarity: &Rarity) -> NameScore {
    let (query, listed) = (merged(query, listed), merged(listed, query));
    let pairs = align(&query, &listed);
    let mut features = Vec::new();
    let weight = |token: &Token| rarity.weight(token);
    let (mut seen, mut met) = (vec![false; query.len()], vec![false; listed.len()]);
    for (one, other, value) in pairs {
        (seen[one], met[other]) = (true, true);
        let (a, b) = (&query[one], &listed[other]);
        let words =
            if a.text == b.text { a.text.clone() } else { format!("{} ~ {}", a.text, b.text) };
        features.push(Feature { name: "pair".into(), words, value, weight: weight(a) + weight(b) });
    }
    let mut alone = |name: &'static str, tokens: &[Token], paired: &[bool], share: f64| {
        for (token, _) in tokens.iter().zip(paired).filter(|(_, paired)| !**paired) {
            let (words, weight) = (token.text.clone(), weight(token) * share);
            features.push(Feature { name: Cow::Borrowed(name), words, value: 0.0, weight });
        }
    };
    alone("too-many", &query, &seen, 2.0 * TOO_MANY);
    alone("left-out", &listed, &met, 2.0 * LEFT_OUT);
    let all: f64 = features.iter().map(|feature| feature.weight).sum();
    let sum: f64 = features.iter().map(|feature| feature.value * feature.weight).sum();
    NameScore { score: if all > 0.0 { sum / all } else { 0.0 }, features }
}

/// Words that one side writes as two and the other as one are brought together.
fn merged(these: &[Token], others: &[Token]) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(these.len());
    let mut place = 0;
    while let Some(token) = these.get(place) {
        let joined = these.get(place + 1).map(|next| format!("{}{}", token.text, next.text));
        match joined {
            Some(text) if others.iter().any(|other| other.text == text) => {
                out.push(Token { text, kind: TokenKind::Name });
                place += 2;
            }
            _ => {
                out.push(token.clone());
                place += 1;
            }
        }
    }
    out
}

/// Which words belong together: the pairing with the largest sum.
fn align(query: &[Token], listed: &[Token]) -> Vec<(usize, usize, f64)> {
    let mut pairs = Vec::new();
    for (one, a) in query.iter().enumerate() {
        for (other, b) in listed.iter().enumerate() {
            let value = similarity(a, b);
            if value >= LEAST_ALIKE {
                pairs.push((one, other, value));
            }
        }
    }
    if query.len() <= MOST_EXACT && listed.len() <= MOST_EXACT {
        return exact(query.len(), &pairs);
    }
    pairs.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
    let (mut seen, mut met) = (vec![false; query.len()], vec![false; listed.len()]);
    pairs.retain(|(one, other, _)| {
        let free = !seen[*one] && !met[*other];
        if free {
            (seen[*one], met[*other]) = (true, true);
        }
        free
    });
    pairs
}

/// The best pairing by all sets of words of the list that are taken.
fn exact(words: usize, pairs: &[(usize, usize, f64)]) -> Vec<(usize, usize, f64)> {
    // Sum and pairs by the set of taken words of the list.
    let mut best: HashMap<u16, (f64, Vec<usize>)> = HashMap::from([(0, (0.0, Vec::new()))]);
    for word in 0..words {
        let mine = || pairs.iter().enumerate().filter(|(_, pair)| pair.0 == word);
        let mut states: Vec<_> =
            best.iter().map(|(taken, state)| (*taken, state.clone())).collect();
        states.sort_by_key(|(taken, _)| *taken);
        for (taken, (sum, used)) in states {
            for (number, (_, other, value)) in mine() {
                let bit = 1 << other;
                if taken & bit != 0 {
                    continue;
                }
                let better = best.get(&(taken | bit)).is_none_or(|(known, _)| sum + value > *known);
                if better {
                    let used = used.iter().copied().chain([number]).collect();
                    best.insert(taken | bit, (sum + value, used));
                }
            }
        }
    }
    let mut all: Vec<_> = best.into_iter().collect();
    all.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then(a.0.cmp(&b.0)));
    let used = all.into_iter().next().map(|(_, (_, used))| used).unwrap_or_default();
    used.into_iter().map(|number| pairs[number]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::tokens;
    use proptest::prelude::*;

    fn of(query: &str, listed: &str) -> f64 {
        name_score(&tokens(query), &tokens(listed), &Rarity::default()).score
    }

    #[test]
    fn the_same_name_in_many_ways_is_near_one() {
        assert!((of("Kim Ung Sun", "KIM, Ung Sun") - 1.0).abs() < 1e-12);
        assert!(of("Владимир Путин", "PUTIN, Vladimir") > 0.99);
        assert!(of("Abdulhai Salek", "ABDUL HAI SALEK") > 0.99, "parted otherwise");
        assert!(of("Mohammed Hussein", "MUHAMMAD HUSAYN") > 0.8);
        assert!(of("Acme Trading Limited", "ACME TRADING CO LTD") > 0.85);
        assert!(of("John Smith", "John Michael Smith") > 0.75);
    }

    #[test]
    fn other_names_are_far() {
        assert!(of("Kim Ung Sun", "LEE Chol Su") < 0.3);
        assert!(of("John Smith", "John Miller") < 0.7);
        assert!(of("Limited Company", "Acme Company Limited") < 0.7);
        assert_eq!(of("", "KIM"), 0.0);
        assert_eq!(of("", ""), 0.0);
    }

    #[test]
    fn a_score_is_the_mean_of_its_features() {
        let mut rarity = Rarity::default();
        for name in ["kim ung sun", "kim chol", "kim il"] {
            rarity.add(&tokens(name));
        }
        let made = name_score(&tokens("Kim Ung Son"), &tokens("KIM, Ung Sun"), &rarity);
        let all: f64 = made.features.iter().map(|feature| feature.weight).sum();
        let sum: f64 = made.features.iter().map(|f| f.value * f.weight).sum();
        assert!((made.score - sum / all).abs() < 1e-12);
        assert!(rarity.weight(&tokens("kim")[0]) < rarity.weight(&tokens("ung")[0]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The exact pairing is never worse than any other.
        #[test]
        fn pairing_is_best(values in prop::collection::vec((0_usize..4, 0_usize..4, 0.6_f64..1.0), 0..10)) {
            let mut pairs = values;
            pairs.sort_by_key(|pair| (pair.0, pair.1));
            pairs.dedup_by_key(|pair| (pair.0, pair.1));
            let found: f64 = exact(4, &pairs).iter().map(|pair| pair.2).sum();
            let mut best = 0.0_f64;
            for set in 0_u32..1 << pairs.len() {
                let chosen: Vec<_> = pairs.iter().enumerate().filter(|(n, _)| set >> n & 1 == 1).map(|(_, p)| *p).collect();
                let apart = |key: fn(&(usize, usize, f64)) -> usize| {
                    let mut keys: Vec<usize> = chosen.iter().map(key).collect();
                    keys.sort_unstable();
                    keys.windows(2).all(|pair| pair[0] != pair[1])
                };
                if apart(|pair| pair.0) && apart(|pair| pair.1) {
                    best = best.max(chosen.iter().map(|pair| pair.2).sum());
                }
            }
            prop_assert!((found - best).abs() < 1e-9, "{} {}", found, best);
        }
    }
}
