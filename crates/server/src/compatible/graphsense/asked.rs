//! What a client asks: parameters of the path, the query or a bulk body, read
//! by name. What cannot be read is collected, so that one answer names it all.

use super::json::Json;
use super::refusal::{Issue, Refusal};
use std::collections::BTreeMap;

/// Most rows of one page.
pub(super) const MOST: usize = 5_000;

/// Parameters by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    path: BTreeMap<String, String>,
    query: BTreeMap<String, Vec<String>>,
    issues: Vec<Issue>,
    /// The body, for those that have one.
    pub(super) body: Json,
}

impl Asked {
    pub(super) fn new(path: BTreeMap<String, String>, query: Vec<(String, String)>) -> Self {
        let mut asked = Self { path, ..Self::default() };
        // A parameter left empty is one not given.
        for (name, value) in query.into_iter().filter(|(_, value)| !value.is_empty()) {
            asked.query.entry(name).or_default().push(value);
        }
        asked
    }

    /// What a body alone asks.
    pub(super) fn of_body(body: Json) -> Self {
        Self { body, ..Self::default() }
    }

    /// Sets a parameter, as bulk bodies and further pages do.
    pub(super) fn set(&mut self, name: &str, value: String) {
        self.query.insert(name.to_owned(), vec![value]);
    }

    fn found(&self, name: &str) -> Option<(&'static str, &str)> {
        let path = self.path.get(name).map(|text| ("path", text.as_str()));
        let query = || Some(("query", self.query.get(name)?.last()?.as_str()));
        path.or_else(query)
    }

    /// A parameter that may be absent.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.found(name).map(|(_, text)| text.to_owned())
    }

    /// Every value of a parameter.
    pub(super) fn texts(&self, name: &str) -> &[String] {
        self.query.get(name).map_or(&[], Vec::as_slice)
    }

    /// A parameter that must be there; empty where it is not.
    pub(super) fn needed(&mut self, name: &str) -> String {
        let found = self.text(name);
        found.unwrap_or_else(|| {
            self.wrong("query", name, "missing", "Field required", None, Json::Null);
            String::new()
        })
    }

    /// A whole number within limits.
    pub(super) fn number(&mut self, name: &str, limits: (i128, i128)) -> Option<i128> {
        let (place, text) = self.found(name)?;
        let text = text.to_owned();
        let Some(number) = whole(&text) else {
            let words = "Input should be a valid integer, unable to parse string as an integer";
            self.wrong(place, name, "int_parsing", words, Some(&text), Json::Null);
            return None;
        };
        let held = |bound: i128| Json::from(bound);
        if number < limits.0 {
            let words = format!("Input should be greater than or equal to {}", limits.0);
            let context = Json::object([("ge", held(limits.0))]);
            self.wrong(place, name, "greater_than_equal", &words, Some(&text), context);
        } else if number > limits.1 {
            let words = format!("Input should be less than or equal to {}", limits.1);
            let context = Json::object([("le", held(limits.1))]);
            self.wrong(place, name, "less_than_equal", &words, Some(&text), context);
        }
        Some(number)
    }

    /// A whole number that must be there.
    pub(super) fn needed_number(&mut self, name: &str, limits: (i128, i128)) -> i128 {
        if self.found(name).is_none() {
            self.needed(name);
            return 0;
        }
        self.number(name, limits).unwrap_or(0)
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        let Some((place, text)) = self.found(name) else { return default };
        let text = text.to_owned();
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => true,
            "false" | "0" | "no" | "off" | "f" | "n" => false,
            _ => {
                let words = "Input should be a valid boolean, unable to interpret input";
                self.wrong(place, name, "bool_parsing", words, Some(&text), Json::Null);
                default
            }
        }
    }

    /// One of these words.
    pub(super) fn one_of(&mut self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        let (place, text) = self.found(name)?;
        let text = text.to_owned();
        let known = words.iter().copied().find(|word| *word == text);
        if known.is_none() {
            self.not_one_of(place, name, words, &text);
        }
        known
    }

    /// Says that a value is none of these words.
    pub(super) fn not_one_of(
        &mut self,
        place: &'static str,
        name: &str,
        words: &[&str],
        text: &str,
    ) {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let expected = match quoted.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => quoted.concat(),
        };
        let message = format!("Input should be {expected}");
        let context = Json::object([("expected", expected.into())]);
        self.wrong(place, name, "literal_error", &message, Some(text), context);
    }

    /// `in` or `out`, which must be there.
    pub(super) fn outward(&mut self) -> bool {
        if self.found("direction").is_none() {
            self.needed("direction");
        }
        self.one_of("direction", &["in", "out"]) == Some("out")
    }

    /// How many rows a page may have.
    pub(super) fn page_size(&mut self, default: usize) -> usize {
        // The limits are those of the interface, far below a usize.
        let size = self.number("pagesize", (1, 5_000));
        size.and_then(|size| usize::try_from(size).ok()).unwrap_or(default).clamp(1, MOST)
    }

    /// Notes what is wrong with a parameter.
    pub(super) fn wrong(
        &mut self,
        place: &'static str,
        name: &str,
        kind: &'static str,
        message: &str,
        input: Option<&str>,
        context: Json,
    ) {
        let (path, message) = (vec![Json::from(name)], message.to_owned());
        let input = input.into();
        self.issues.push(Issue { place, path, message, kind, input, context });
    }

    /// Notes what is wrong with a body.
    pub(super) fn wrong_body(&mut self, path: Vec<Json>, kind: &'static str, message: &str) {
        let (input, context) = (Json::Null, Json::Null);
        let message = message.to_owned();
        self.issues.push(Issue { place: "body", path, message, kind, input, context });
    }

    /// Goes on only if everything could be read.
    pub(super) fn check(&mut self) -> Result<(), Refusal> {
        match std::mem::take(&mut self.issues) {
            issues if issues.is_empty() => Ok(()),
            issues => Err(Refusal::Invalid(issues)),
        }
    }
}

/// A whole number however long; beyond 128 bits it is as far as they reach.
fn whole(text: &str) -> Option<i128> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse::<i128>().unwrap_or(i128::MAX) * sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &[(&str, &str)]) -> Asked {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Asked::new(BTreeMap::new(), query.collect())
    }

    #[test]
    fn numbers_of_any_length_are_read() {
        let far = "9".repeat(60);
        let mut one = asked(&[("a", "-5"), ("b", &far), ("c", "1x"), ("d", "7")]);
        let all = (i128::MIN, i128::MAX);
        assert_eq!(one.number("a", all), Some(-5));
        assert_eq!(one.number("b", all), Some(i128::MAX));
        assert_eq!(one.number("c", all), None);
        assert_eq!(one.number("d", (1, 5)), Some(7));
        let Err(Refusal::Invalid(issues)) = one.check() else { panic!("two are wrong") };
        assert_eq!(issues.len(), 2);
        assert_eq!(issues[1].kind, "less_than_equal");
    }

    #[test]
    fn what_is_left_empty_was_not_given() {
        let mut one = asked(&[("direction", ""), ("include_labels", ""), ("pagesize", "5001")]);
        assert!(one.flag("include_labels", true));
        assert!(one.text("direction").is_none());
        one.outward();
        one.page_size(10);
        let Err(Refusal::Invalid(issues)) = one.check() else { panic!("two are wrong") };
        assert_eq!((issues[0].kind, issues[1].kind), ("missing", "less_than_equal"));
    }
}
