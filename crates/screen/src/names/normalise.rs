//! From a name as written to tokens that can be compared.
//!
//! Any script is written in Latin letters (`any_ascii`, a table of its
//! authors), in lower case; apostrophes vanish, other punctuation parts
//! words. Company forms come to one form, so that "Limited" is "Ltd".

use any_ascii::any_ascii;

/// Longest name that is read, in letters; what follows is left out.
const MOST_LETTERS: usize = 400;
/// Most tokens of a name.
const MOST_TOKENS: usize = 24;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum TokenKind {
    /// A name.
    Name,
    /// One letter.
    Initial,
    /// al, bin, von: often left out, or written as one with what follows.
    Particle,
    /// Ltd, GmbH, OOO.
    CompanyForm,
    /// Mr, Dr, General.
    Title,
}

/// A word of a name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Token {
    /// In lower-case Latin letters and digits.
    pub text: String,
    /// What it is.
    pub kind: TokenKind,
}

/// Particles of Arabic, Persian, Hebrew, Spanish, Portuguese, Italian, French,
/// Dutch, German and Malay names.
const PARTICLES: [&str; 34] = [
    "al", "el", "ul", "ur", "ud", "ad", "as", "ash", "at", "an", "bin", "ibn", "ben", "bint",
    "abu", "abd", "de", "del", "della", "di", "da", "do", "dos", "das", "du", "la", "le", "van",
    "von", "der", "den", "zu", "y", "e",
];
/// Titles that lists and forms put before names.
const TITLES: [&str; 14] = [
    "mr", "mrs", "ms", "miss", "dr", "prof", "sir", "haji", "hajji", "mullah", "mawlawi",
    "maulavi", "sheikh", "general",
];
/// Company forms by what they come to. Sources: the forms' own names in the
/// law of their countries.
const FORMS: [(&str, &[&str]); 16] = [
    ("ltd", &["limited", "ltd", "ltda", "limitada", "pte", "pvt", "private"]),
    ("co", &["co", "company", "cie", "kompaniya", "gongsi"]),
    ("inc", &["inc", "incorporated", "corp", "corporation", "korporatsiya"]),
    ("llc", &["llc", "ooo", "tov", "too", "mmc", "doo", "jv"]),
    ("plc", &["plc"]),
    ("gmbh", &["gmbh"]),
    ("ag", &["ag"]),
    ("sa", &["sa", "sas", "sarl", "srl", "spa", "sl"]),
    ("bv", &["bv", "nv"]),
    ("jsc", &["jsc", "ojsc", "cjsc", "pjsc", "oao", "zao", "pao", "ao"]),
    ("kk", &["kk"]),
    ("fze", &["fze", "fzco", "fzc"]),
    ("sdn", &["sdn", "bhd"]),
    ("ab", &["ab", "oy", "aps"]),
    ("group", &["group", "holding", "holdings"]),
    ("est", &["est", "establishment"]),
];

/// The tokens of a name, in its order.
#[must_use]
pub fn tokens(name: &str) -> Vec<Token> {
    let start: String = name.chars().take(MOST_LETTERS).collect();
    let latin = any_ascii(&start).to_lowercase();
    let joined: String =
        latin.chars().filter(|letter| !matches!(letter, '\'' | '`' | '.')).collect();
    let words = joined.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).take(MOST_TOKENS).map(token).collect()
}

fn token(word: &str) -> Token {
    let form = FORMS.iter().find(|(_, forms)| forms.contains(&word));
    let kind = match form {
        Some(_) => TokenKind::CompanyForm,
        None if word.len() == 1 => TokenKind::Initial,
        None if PARTICLES.contains(&word) => TokenKind::Particle,
        None if TITLES.contains(&word) => TokenKind::Title,
        None => TokenKind::Name,
    };
    let text = form.map_or(word, |(form, _)| form);
    Token { text: text.to_owned(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str) -> Vec<String> {
        tokens(name).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn names_of_all_scripts_become_tokens() {
        assert_eq!(texts("KIM, Ung-Sun"), ["kim", "ung", "sun"]);
        assert_eq!(texts("Владимир Путин"), ["vladimir", "putin"]);
        assert_eq!(texts("José Müller"), ["jose", "muller"]);
        assert_eq!(texts("O'Brien D'Angelo"), ["obrien", "dangelo"]);
        assert_eq!(texts("Acme Trading Company Limited"), ["acme", "trading", "co", "ltd"]);
        assert_eq!(texts("ООО Ромашка")[0], "llc");
        assert!(!texts("김정은").is_empty());
        assert_eq!(tokens("J. bin Laden")[0].kind, TokenKind::Initial);
        assert_eq!(tokens("J. bin Laden")[1].kind, TokenKind::Particle);
    }

    #[test]
    fn absurd_names_are_cut_not_refused() {
        assert!(tokens("").is_empty());
        assert!(tokens("\u{0}\u{7}\u{200b} ... !!").is_empty());
        assert!(tokens(&"x ".repeat(1_000_000)).len() <= 24);
        assert!(tokens(&"x".repeat(1_000_000))[0].text.len() <= 400);
        assert!(tokens("\u{1f600}\u{202e}evil").len() <= 24);
    }
}
