//! JSON as GraphSense writes it: whole numbers of any size as numbers, fields
//! in order, absent values left out of objects. serde's own tree keeps no
//! integers beyond 64 bits, and amounts of ether need more.

use serde_json::value::RawValue;

/// A value.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) enum Json {
    /// Nothing known: left out of objects, an empty cell in tables.
    #[default]
    Null,
    /// Yes or no.
    Flag(bool),
    /// A number, in the digits it is written with.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// An object of these fields.
    pub(super) fn object<const N: usize>(fields: [(&str, Json); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// An absent value that the interface wants written.
    pub(super) fn told_null() -> Self {
        Self::Number("null".to_owned())
    }

    /// What a field holds.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Sets a field of an object.
    pub(super) fn set(&mut self, name: &str, value: Self) {
        let Self::Object(fields) = self else { return };
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => fields.push((name.to_owned(), value)),
        }
    }

    /// A number with a point, which cannot be read as a whole one.
    pub(super) fn decimal(text: &str) -> Self {
        let point = if text.contains('.') { "" } else { ".0" };
        Self::Number(format!("{text}{point}"))
    }

    /// Writes it.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Number(digits) => out.push_str(digits),
            Self::Text(text) => quoted(text, out),
            Self::List(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                let told = fields.iter().filter(|(_, value)| *value != Self::Null);
                for (place, (name, value)) in told.enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    quoted(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Its text.
    pub(super) fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// What a client sent: numbers keep their digits.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let raw: Box<RawValue> = serde_json::from_slice(bytes)?;
        tree(&raw, DEEPEST)
    }
}

/// Lists and objects within each other: serde_json's own limit, which it does
/// not apply to raw values.
const DEEPEST: usize = 128;

fn tree(raw: &RawValue, deepest: usize) -> Result<Json, serde_json::Error> {
    use std::collections::BTreeMap;
    let text = raw.get();
    let inner =
        || deepest.checked_sub(1).ok_or_else(|| serde::de::Error::custom("nested too deeply"));
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)?;
            let inner = inner()?;
            let read = |(name, value): (String, Box<RawValue>)| Ok((name, tree(&value, inner)?));
            Json::Object(fields.into_iter().map(read).collect::<Result<_, _>>()?)
        }
        Some(b'[') => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text)?;
            let inner = inner()?;
            Json::List(items.iter().map(|item| tree(item, inner)).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Json::Text(serde_json::from_str(text)?),
        Some(b't') => Json::Flag(true),
        Some(b'f') => Json::Flag(false),
        Some(b'n') | None => Json::Null,
        Some(_) => Json::Number(text.to_owned()),
    })
}

fn quoted(text: &str, out: &mut String) {
    // A text can always be written.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Json {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Json {
            fn from(number: $kind) -> Self {
                Self::Number(number.to_string())
            }
        }
    )*};
}
numbers!(u32, u64, i64, u128, i128, usize);

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_fields_are_left_out_and_big_numbers_keep_their_digits() {
        let big = "340282366920938463463374607431768211456000";
        let value = Json::object([
            ("a", Json::Null),
            ("b", Json::Number(big.to_owned())),
            ("c", Json::from(vec![1_u64, 2])),
            ("d", Json::object([("e", Json::Null)])),
            ("f", Json::List(vec![Json::Object(Vec::new()), Json::Null])),
            ("g", Json::from("x\"y")),
        ]);
        let text =
            format!("{{\"b\":{big},\"c\":[1,2],\"d\":{{}},\"f\":[{{}},null],\"g\":\"x\\\"y\"}}");
        assert_eq!(value.to_text(), text);
        assert_eq!(Json::read(text.as_bytes()).unwrap().get("b"), value.get("b"));
        assert_eq!(Json::object([("a", Json::Null)]).to_text(), "{}");
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::read(nested(100).as_bytes()).is_ok());
        for depth in [129, 100_000] {
            assert!(Json::read(nested(depth).as_bytes()).is_err(), "{depth}");
        }
        let objects = format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
        assert!(Json::read(objects.as_bytes()).is_err());
    }

    #[test]
    fn a_price_is_never_a_whole_number() {
        assert_eq!(Json::decimal("3").to_text(), "3.0");
        assert_eq!(Json::decimal("3.75").to_text(), "3.75");
    }
}
