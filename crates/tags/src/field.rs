//! The fields of a tag, each as text, as its source wrote it.

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Field {
    /// The address spoken of.
    Address,
    /// Or the transaction.
    TxHash,
    /// Or the cluster, by its smallest address.
    Cluster,
    /// Or the entity as such.
    Entity,
    /// What is claimed, in words.
    Label,
    /// Who says so: a link or a name.
    Source,
    /// The coin or token it was seen with.
    Currency,
    /// The chain.
    Network,
    /// How sure the source is: a level, or 0 to 100.
    Confidence,
    /// Anything else, as JSON.
    Context,
    /// Whether it speaks for the whole cluster: `true` or `false`.
    IsClusterDefiner,
    /// When it was last changed.
    Lastmod,
    /// What kind of service or user, by the taxonomy.
    Category,
    /// What kind of harm, by the taxonomy.
    Abuse,
    /// The entity behind it, by the identifier of an actor pack.
    Actor,
    /// Further concepts of the taxonomy, parted by commas.
    Concepts,
    /// `actor`, `event` or `mention`.
    TagType,
    /// What the entity does with the address: operator, victim, infrastructure, hijacked.
    Role,
    /// First day for which it is claimed.
    Since,
    /// Last day for which it is claimed.
    Until,
    /// To whom it may be shown: the Traffic Light Protocol 2.0.
    Tlp,
}

use Field as F;

/// Fields with their names in files; those up to `tag_type` are TagPack's own.
const NAMES: [(Field, &str); 21] = [
    (F::Address, "address"),
    (F::TxHash, "tx_hash"),
    (F::Label, "label"),
    (F::Source, "source"),
    (F::Currency, "currency"),
    (F::Network, "network"),
    (F::Confidence, "confidence"),
    (F::Context, "context"),
    (F::IsClusterDefiner, "is_cluster_definer"),
    (F::Lastmod, "lastmod"),
    (F::Category, "category"),
    (F::Abuse, "abuse"),
    (F::Actor, "actor"),
    (F::Concepts, "concepts"),
    (F::TagType, "tag_type"),
    (F::Cluster, "cluster"),
    (F::Entity, "entity"),
    (F::Role, "role"),
    (F::Since, "since"),
    (F::Until, "until"),
    (F::Tlp, "tlp"),
];
/// How many of them a TagPack has.
const OF_TAGPACKS: usize = 15;

impl Field {
    /// Every field, in the order files give them.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(field, _)| field)
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }

    /// The field of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|&(field, _)| field)
    }

    /// Whether TagPacks have it.
    #[must_use]
    pub fn is_of_tagpacks(self) -> bool {
        NAMES.iter().take(OF_TAGPACKS).any(|(field, _)| *field == self)
    }

    /// Whether it says what the tag is about.
    #[must_use]
    pub fn is_subject(self) -> bool {
        matches!(self, F::Address | F::TxHash | F::Cluster | F::Entity)
    }
}

/// The fields one tag, or the header of a pack for all its tags, states.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fields(Vec<(Field, Box<str>)>);

impl Fields {
    /// What a field says.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == field).map(|(_, text)| text.as_ref())
    }

    /// Sets a field; what stood there is gone.
    pub fn set(&mut self, field: Field, text: impl Into<Box<str>>) {
        let text = text.into();
        match self.0.iter_mut().find(|(known, _)| *known == field) {
            Some(place) => place.1 = text,
            None => self.0.push((field, text)),
        }
    }

    /// Takes a field away.
    pub fn remove(&mut self, field: Field) {
        self.0.retain(|(known, _)| *known != field);
    }

    /// What is stated, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, text)| (*field, text.as_ref()))
    }

    /// Gives memory back that growing took.
    pub fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, text) in self.iter() {
            map.serialize_entry(field.name(), text)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the fields of a tag")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some((name, text)) = map.next_entry::<&str, Box<str>>()? {
                    let field = Field::named(name).ok_or_else(|| {
                        serde::de::Error::custom(format!("{name} is no field of a tag"))
                    })?;
                    fields.set(field, text);
                }
                fields.shrink();
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_one_name_of_its_own() {
        for field in Field::all() {
            assert_eq!(Field::named(field.name()), Some(field));
        }
        assert!(F::TagType.is_of_tagpacks() && !F::Cluster.is_of_tagpacks());
    }

    #[test]
    fn fields_are_written_and_read_again() {
        let mut fields = Fields::default();
        fields.set(F::Label, "a \"b\"");
        fields.set(F::Address, "x");
        fields.set(F::Label, "c");
        let text = serde_json::to_string(&fields).unwrap();
        assert_eq!(text, r#"{"label":"c","address":"x"}"#);
        assert_eq!(serde_json::from_str::<Fields>(&text).unwrap(), fields);
        assert!(serde_json::from_str::<Fields>(r#"{"colour":"red"}"#).is_err());
    }
}
