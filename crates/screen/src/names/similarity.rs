//! How alike two tokens are.

#![allow(clippy::float_arithmetic)] // scores

use super::normalise::{Token, TokenKind};
use super::phonetic::skeleton;

/// One edit in so many letters is a slip; more is another word.
const LETTERS_AN_EDIT: usize = 4;
/// Two spellings of one sound, by how many consonants they share: few
/// consonants are shared by many names.
const SAME_SOUND: [f64; 5] = [0.0, 0.0, 0.7, 0.82, 0.92];
/// An initial for a name.
const INITIAL: f64 = 0.8;
/// What an edit costs, before the length of the word.
const EDIT_COST: f64 = 0.9;

/// Edits that lead from one word to another: letters put in, left out,
/// changed, or two neighbours swapped (optimal string alignment).
pub(super) fn edits(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    // The row two before, the row before, and the one that is made.
    let mut rows = [vec![0; width], (0..width).collect::<Vec<_>>(), vec![0; width]];
    for (i, letter) in a.iter().enumerate() {
        let [earlier, before, now] = &mut rows;
        now[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let change = before[j] + usize::from(letter != other);
            now[j + 1] = change.min(before[j + 1] + 1).min(now[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                now[j + 1] = now[j + 1].min(earlier[j - 1] + 1);
            }
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

/// 0 to 1; 1 for the same word.
pub(super) fn similarity(a: &Token, b: &Token) -> f64 {
    if a.text == b.text {
        return 1.0;
    }
    let initial = |one: &Token, other: &Token| {
        one.kind == TokenKind::Initial
            && other.kind == TokenKind::Name
            && other.text.starts_with(&one.text)
    };
    if initial(a, b) || initial(b, a) {
        return INITIAL;
    }
    if a.kind != TokenKind::Name && a.kind != TokenKind::Particle || b.kind == TokenKind::Initial {
        return 0.0;
    }
    let (one, other): (Vec<char>, Vec<char>) = (a.text.chars().collect(), b.text.chars().collect());
    let longest = one.len().max(other.len());
    if longest < 3 || a.text.bytes().any(|byte| byte.is_ascii_digit()) {
        // Short words and numbers are the same or are not.
        return 0.0;
    }
    let count = edits(&one, &other);
    // Lengths of words are far below 2^53.
    let near = match count <= longest.div_ceil(LETTERS_AN_EDIT) {
        true => 1.0 - EDIT_COST * count as f64 / longest as f64,
        false => 0.0,
    };
    let sound = skeleton(&a.text);
    let same = sound == skeleton(&b.text);
    if same { near.max(SAME_SOUND[sound.len().min(SAME_SOUND.len() - 1)]) } else { near }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::tokens;
    use proptest::prelude::*;

    fn of(a: &str, b: &str) -> f64 {
        similarity(&tokens(a)[0], &tokens(b)[0])
    }

    #[test]
    fn slips_and_spellings_are_near_other_words_are_not() {
        assert_eq!(of("kim", "kim"), 1.0);
        assert!(of("mohammed", "muhammad") > 0.8);
        assert!(of("aleksandr", "alexander") > 0.7);
        assert!(of("j", "john") > 0.7);
        assert_eq!(of("kim", "lee"), 0.0);
        assert_eq!(of("1234", "1235"), 0.0);
        assert_eq!(of("jones", "smith"), 0.0);
    }

    /// Edits by their definition, letter by letter from the end.
    fn naive(a: &[char], b: &[char]) -> usize {
        match (a.split_last(), b.split_last()) {
            (None, _) => b.len(),
            (_, None) => a.len(),
            (Some((x, left)), Some((y, right))) => {
                let mut best = naive(left, right) + usize::from(x != y);
                best = best.min(naive(left, b) + 1).min(naive(a, right) + 1);
                if let ([.., x2, _], [.., y2, _]) = (a, b)
                    && x == y2
                    && x2 == y
                {
                    best = best.min(naive(&a[..a.len() - 2], &b[..b.len() - 2]) + 1);
                }
                best
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn edits_are_those_of_the_definition(a in "[abc]{0,6}", b in "[abc]{0,6}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(edits(&a, &b), naive(&a, &b));
        }
    }
}
