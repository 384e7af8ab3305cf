//! An address with what is said of it.
//!
//! The address is a fact; label, entity and kind are statements by a named
//! source. Where several sources speak, the most confident with a kind is
//! shown first and the others are kept.

use super::printable;
use serde::{Serialize, Serializer};
use std::sync::Arc;
use tracehound_model::{Address, Category, Tag};

/// One address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AddressRecord {
    /// The address in its checksummed form.
    pub address: String,
    /// Whether a seed of the case is this address.
    pub seed: bool,
    /// What it is said to be, the statement shown first.
    pub label: Option<String>,
    /// Who is said to be behind it.
    pub entity: Option<String>,
    /// The kind of place it is said to be.
    pub category: Option<Category>,
    /// Who says so.
    pub source: Option<String>,
    /// How sure that source is, 0 to 100.
    pub confidence: Option<u8>,
    /// What other sources say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Tag>,
}

impl AddressRecord {
    /// Dresses `address` with the statements about it.
    pub(crate) fn describe(address: &Address, tags: &[&Tag], seed: bool) -> Self {
        let mut ranked: Vec<&Tag> = tags.to_vec();
        // Stable: equal tags keep the order they were given in.
        ranked.sort_by_key(|tag| {
            std::cmp::Reverse((tag.category.is_some(), tag.confidence, tag.entity.is_some()))
        });
        let first = ranked.first();
        let named = ranked.iter().find(|tag| !tag.label.trim().is_empty());
        Self {
            address: address.to_string(),
            seed,
            label: named.map(|tag| tag.label.clone()),
            entity: ranked.iter().find_map(|tag| tag.entity.clone()),
            category: first.and_then(|tag| tag.category),
            source: named.or(first).map(|tag| tag.source.clone()),
            confidence: named.or(first).map(|tag| tag.confidence.0),
            also: ranked.iter().skip(1).map(|tag| (*tag).clone()).collect(),
        }
    }

    /// `0x1234…abcd`: enough to recognise, never enough to copy.
    #[must_use]
    pub fn short(&self) -> String {
        // `transaction:` and the like are words, not digits to be shortened.
        let (word, digits) = match self.address.split_once(':') {
            Some((word, digits)) => (format!("{word} "), digits),
            None => (String::new(), self.address.as_str()),
        };
        match (digits.get(..6), digits.get(digits.len().saturating_sub(4)..)) {
            (Some(head), Some(tail)) if digits.len() > 12 => format!("{word}{head}…{tail}"),
            _ => self.address.clone(),
        }
    }

    /// The label, safe to show, if there is one.
    #[must_use]
    pub fn shown_label(&self) -> Option<String> {
        self.label.as_deref().map(printable).filter(|label| !label.trim().is_empty())
    }

    /// The name people know it by: label, or the shortened address.
    #[must_use]
    pub fn name(&self) -> String {
        self.shown_label().unwrap_or_else(|| self.short())
    }

    /// `label — says source`, or nothing where nobody says anything.
    #[must_use]
    pub fn attribution(&self) -> Option<String> {
        let source = printable(self.source.as_deref().unwrap_or("an unnamed source"));
        self.shown_label().map(|label| format!("{label} — says {source}"))
    }
}

/// Writes the address alone; its record stands in the list of addresses.
pub(super) fn text<S: Serializer>(
    record: &Arc<AddressRecord>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&record.address)
}

/// As [`text`], for an address that may be absent.
pub(super) fn optional_text<S: Serializer>(
    record: &Option<Arc<AddressRecord>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    record.as_ref().map(|record| &record.address).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracehound_model::Confidence;

    fn tag(label: &str, category: Option<Category>, confidence: u8) -> Tag {
        Tag {
            address: "0x8b3cb6bf982798fba233bca56749e22eec42dcf3".parse().unwrap(),
            label: label.to_owned(),
            entity: None,
            category,
            source: format!("source of {label}"),
            confidence: Confidence(confidence),
        }
    }

    #[test]
    fn the_most_confident_kind_is_shown_and_the_rest_kept() {
        let tags = [
            tag("a", None, 90),
            tag("b", Some(Category::Mixer), 10),
            tag("c", Some(Category::Bridge), 50),
        ];
        let record =
            AddressRecord::describe(&tags[0].address, &tags.iter().collect::<Vec<_>>(), false);
        assert_eq!(record.category, Some(Category::Bridge));
        assert_eq!(record.attribution().unwrap(), "c — says source of c");
        assert_eq!(record.also.len(), 2);
        assert_eq!(record.short(), "0x8B3C…DcF3");
    }

    #[test]
    fn nothing_said_is_nothing_shown() {
        let record = AddressRecord::describe(&tag("", None, 0).address, &[], true);
        assert_eq!(record.attribution(), None);
        assert_eq!(record.name(), record.short());
    }
}
