//! A pack: tags that one creator publishes together, and what its header
//! states for all of them.

use crate::{Field, Fields, confidence, taxonomy};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tracehound_lists::{AddressForm, form_of};
use tracehound_model::{Category, Confidence};

/// What a pack says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Header {
    /// Its title.
    pub title: String,
    /// Who made it.
    pub creator: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Whether it may be shown to everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_public: Option<bool>,
    /// What holds for every tag that does not say otherwise.
    #[serde(default)]
    pub shared: Fields,
}

/// An entity that tags name by its identifier.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Actor {
    /// Its identifier.
    pub id: String,
    /// Everything else stated of it: label, uri, categories, jurisdictions, aliases, context.
    #[serde(flatten)]
    pub stated: Map<String, Value>,
}

impl Actor {
    /// The name to show.
    #[must_use]
    pub fn label(&self) -> &str {
        self.stated.get("label").and_then(Value::as_str).unwrap_or(&self.id)
    }

    /// A list of texts it states, such as `categories`.
    pub fn list<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let list = self.stated.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    }
}

/// What a pack holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Contents {
    /// Tags.
    Tags(Vec<Fields>),
    /// Entities, with what the header states for all of them.
    Actors(Vec<Actor>, Map<String, Value>),
}

/// A pack as it was read.
#[derive(Clone, PartialEq, Debug)]
pub struct Pack {
    /// What it says of itself.
    pub header: Header,
    /// What it holds.
    pub contents: Contents,
    /// How its file was written: `tagpack`, `actorpack`, `etherscan-labels`, `eth-labels`, `table`.
    pub format: &'static str,
    /// What a person should look at; nothing was dropped for it.
    pub warnings: Vec<String>,
}

impl Pack {
    fn own(&self) -> &[Fields] {
        match &self.contents {
            Contents::Tags(tags) => tags,
            Contents::Actors(..) => &[],
        }
    }

    /// Its tags, each with what the header adds.
    pub fn tags(&self) -> impl Iterator<Item = Statement<'_>> {
        self.own().iter().map(|own| Statement { own, shared: &self.header.shared })
    }

    /// The tag at a place, counted from 0.
    #[must_use]
    pub fn tag(&self, at: usize) -> Option<Statement<'_>> {
        Some(Statement { own: self.own().get(at)?, shared: &self.header.shared })
    }

    /// Its actors.
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        match &self.contents {
            Contents::Tags(_) => &[],
            Contents::Actors(actors, _) => actors,
        }
    }
}

/// One tag: what it states itself, and what the header of its pack adds.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'p> {
    /// Its own fields.
    pub own: &'p Fields,
    /// The header's.
    pub shared: &'p Fields,
}

impl<'p> Statement<'p> {
    /// What a field says; the tag's own word wins over the header's.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&'p str> {
        self.own.get(field).or_else(|| self.shared.get(field))
    }

    /// Every field that is stated.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &'p str)> {
        let (own, shared) = (self.own, self.shared);
        own.iter().chain(shared.iter().filter(move |(field, _)| own.get(*field).is_none()))
    }

    /// What it speaks of: the field and its text.
    #[must_use]
    pub fn subject(&self) -> Option<(Field, &'p str)> {
        self.own.iter().find(|(field, _)| field.is_subject())
    }

    /// What the form of its address says, if it speaks of one.
    #[must_use]
    pub fn form(&self) -> Option<AddressForm> {
        self.own.get(Field::Address).map(form_of)
    }

    /// How sure the source is; where it does not say, as sure as `unknown`.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        let stated = self.get(Field::Confidence).unwrap_or(confidence::NOT_STATED);
        confidence::parse(stated).unwrap_or(Confidence(0))
    }

    /// Concepts it names: category, abuse and the further ones.
    pub fn concepts(&self) -> impl Iterator<Item = &'p str> {
        let further = self.get(Field::Concepts).unwrap_or_default().split(',');
        let named = [Field::Category, Field::Abuse].map(|field| self.get(field));
        let all = named.into_iter().flatten().chain(further.map(str::trim));
        all.filter(|text| !text.is_empty())
    }

    /// The kind that tracing makes of its concepts: harm before service.
    #[must_use]
    pub fn category(&self) -> Option<Category> {
        let known = |id| taxonomy::concept(id).and_then(|concept| concept.category);
        let abuse = self.concepts().find(|id| taxonomy::is_a(id, "abuse")).and_then(known);
        abuse.or_else(|| self.concepts().find_map(known))
    }
}
