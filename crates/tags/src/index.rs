//! What is said of a subject, by whom, found however the subject is written.

use crate::network::can_be;
use crate::{Actor, Field, Header, Pack, PackManifest, Statement, TagError, TagStore, taxonomy};
use hashbrown::HashMap;
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_lists::{AddressKey, form_of};
use tracehound_model::{Address, Category, Chain, Confidence};

/// What equal subjects have in common.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum SubjectKey {
    Address(AddressKey),
    Transaction(String),
    Entity(String),
}

impl SubjectKey {
    fn of(field: Field, text: &str) -> Self {
        match field {
            Field::TxHash => Self::Transaction(text.trim().to_ascii_lowercase()),
            Field::Entity => Self::Entity(text.trim().to_lowercase()),
            // A cluster is named by its smallest address.
            _ => Self::Address(form_of(text).key),
        }
    }
}

/// A tag as an answer gives it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FoundTag {
    /// The pack it is of.
    pub pack: String,
    /// SHA-256 of that pack's source.
    pub digest: String,
    /// Every field stated, the header's included, by name.
    pub fields: BTreeMap<&'static str, String>,
    /// The entity behind it: the actor's name where a pack of actors has it.
    pub entity: Option<String>,
    /// What tracing makes of it.
    pub category: Option<Category>,
    /// How sure the source is, 0 to 100.
    pub confidence: Confidence,
    /// How it comes to speak of the subject: `stated`, or `cluster` where it
    /// was stated of another address of one cluster.
    pub by: &'static str,
}

impl FoundTag {
    /// What a field says.
    #[must_use]
    pub fn field(&self, field: Field) -> &str {
        self.fields.get(field.name()).map_or("", String::as_str)
    }

    /// Who is behind it: the entity, or where none is named the label.
    #[must_use]
    pub fn who(&self) -> String {
        self.entity.clone().unwrap_or_else(|| self.field(Field::Label).to_owned())
    }

    /// Whether it can speak of a chain, as far as it says. A contract may be
    /// somebody else's on another chain.
    #[must_use]
    pub fn can_be_of(&self, chain: &Chain) -> bool {
        let named = [Field::Network, Field::Currency].map(|field| self.field(field));
        named.into_iter().find(|name| !name.is_empty()).is_none_or(|name| can_be(name, chain))
    }

    /// Whether it names a concept or a narrower one; one that is not in the
    /// taxonomy is only itself.
    #[must_use]
    pub fn names(&self, wanted: &str) -> bool {
        self.concepts().any(|id| is_kind_of(id, wanted))
    }

    /// Concepts it names: abuse, category and the further ones.
    pub fn concepts(&self) -> impl Iterator<Item = &str> {
        let fields = [Field::Abuse, Field::Category, Field::Concepts];
        let named = fields.into_iter().flat_map(|field| self.field(field).split(','));
        named.map(str::trim).filter(|id| !id.is_empty())
    }
}

/// Whether one concept is another or a kind of it, known to the taxonomy or not.
fn is_kind_of(id: &str, wanted: &str) -> bool {
    id == wanted || taxonomy::is_a(id, wanted)
}

/// Tags by subject.
pub struct TagIndex {
    packs: Vec<(PackManifest, Pack)>,
    /// Pack and tag of every statement.
    by_subject: HashMap<SubjectKey, Vec<(u32, u32)>>,
    /// Pack and place of actors, by identifier and alias.
    actors: HashMap<String, (u32, u32)>,
}

impl TagIndex {
    /// Of every pack in force.
    ///
    /// # Errors
    /// If one is damaged.
    pub fn open(store: &TagStore) -> Result<Self, TagError> {
        Ok(Self::new(store.packs()?))
    }

    /// Of packs.
    #[must_use]
    pub fn new(packs: Vec<(PackManifest, Pack)>) -> Self {
        let tags = packs.iter().map(|(manifest, _)| manifest.tags).sum();
        let mut by_subject: HashMap<SubjectKey, Vec<(u32, u32)>> = HashMap::with_capacity(tags);
        let mut actors = HashMap::new();
        for (place, (_, pack)) in (0u32..).zip(&packs) {
            for (at, tag) in (0u32..).zip(pack.tags()) {
                if let Some((field, text)) = tag.subject() {
                    by_subject.entry(SubjectKey::of(field, text)).or_default().push((place, at));
                }
            }
            for (at, actor) in (0u32..).zip(pack.actors()) {
                for name in std::iter::once(actor.id.as_str()).chain(actor.list("aliases")) {
                    actors.entry(name.to_owned()).or_insert((place, at));
                }
            }
        }
        Self { packs, by_subject, actors }
    }

    /// The packs it answers from.
    pub fn manifests(&self) -> impl Iterator<Item = &PackManifest> {
        self.packs.iter().map(|(manifest, _)| manifest)
    }

    /// Everything said of an address, by its key.
    #[must_use]
    pub fn find_key(&self, key: &AddressKey) -> Vec<FoundTag> {
        self.found(&SubjectKey::Address(key.clone()))
    }

    /// Everything said of an address, transaction, cluster or entity.
    #[must_use]
    pub fn find(&self, subject: &str) -> Vec<FoundTag> {
        let text = subject.trim();
        let keys = [
            SubjectKey::of(Field::Address, text),
            SubjectKey::of(Field::TxHash, text),
            SubjectKey::of(Field::Entity, text),
        ];
        keys.iter().flat_map(|key| self.found(key)).collect()
    }

    pub(crate) fn found(&self, key: &SubjectKey) -> Vec<FoundTag> {
        let places = self.by_subject.get(key).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<FoundTag> =
            places.iter().filter_map(|&(pack, tag)| self.told(pack, tag)).collect();
        // The surest first; of equals the pack's name decides.
        found.sort_by(|a, b| (b.confidence, &a.pack).cmp(&(a.confidence, &b.pack)));
        found
    }

    pub(crate) fn subjects(&self) -> impl Iterator<Item = (&SubjectKey, usize)> {
        self.by_subject.iter().map(|(key, places)| (key, places.len()))
    }

    /// Every statement, or those that name a concept or a narrower one, in the
    /// order of packs and tags.
    #[must_use]
    pub fn all(&self, concept: Option<&str>) -> Vec<FoundTag> {
        self.select(|tag| {
            concept.is_none_or(|wanted| tag.concepts().any(|id| is_kind_of(id, wanted)))
        })
    }

    /// The statements that fit, in the order of packs and tags.
    pub fn select(&self, fits: impl Fn(&Statement<'_>) -> bool) -> Vec<FoundTag> {
        let mut found = Vec::new();
        for (manifest, pack) in &self.packs {
            let tags = pack.tags().filter(&fits);
            found.extend(tags.map(|tag| self.tell(manifest, tag)));
        }
        found
    }

    /// Every statement as it stands in its pack.
    pub fn statements(&self) -> impl Iterator<Item = Statement<'_>> {
        self.packs.iter().flat_map(|(_, pack)| pack.tags())
    }

    /// What a pack says of itself, by its name.
    #[must_use]
    pub fn header(&self, pack: &str) -> Option<&Header> {
        let named = self.packs.iter().find(|(manifest, _)| manifest.name == pack);
        named.map(|(_, pack)| &pack.header)
    }

    /// Every actor, in the order of packs.
    pub fn actors(&self) -> impl Iterator<Item = &Actor> {
        self.packs.iter().flat_map(|(_, pack)| pack.actors())
    }

    /// What is said of each address that `wanted` lets through. Where it
    /// cannot say, its error stands in the place of the address: a store that
    /// cannot be read must not pass for one without it.
    pub fn addresses<E>(
        &self,
        wanted: impl Fn(&Address) -> Result<bool, E>,
    ) -> impl Iterator<Item = Result<(Address, Vec<FoundTag>), E>> {
        self.by_subject.keys().filter_map(move |key| {
            let SubjectKey::Address(AddressKey::Address(address)) = key else { return None };
            match wanted(address) {
                Ok(wanted) => wanted.then(|| Ok((*address, self.found(key)))),
                Err(error) => Some(Err(error)),
            }
        })
    }

    /// The actor of an identifier or alias; identifiers are in small letters,
    /// and a service's name often is one but for that.
    #[must_use]
    pub fn actor(&self, id: &str) -> Option<&Actor> {
        let small = || self.actors.get(&id.to_lowercase());
        let &(pack, at) = self.actors.get(id).or_else(small)?;
        self.packs.get(pack as usize)?.1.actors().get(at as usize)
    }

    fn told(&self, pack: u32, at: u32) -> Option<FoundTag> {
        let (manifest, pack) = self.packs.get(pack as usize)?;
        Some(self.tell(manifest, pack.tag(at as usize)?))
    }

    fn tell(&self, manifest: &PackManifest, tag: Statement<'_>) -> FoundTag {
        let entity = tag.get(Field::Actor).or(tag.own.get(Field::Entity));
        let named = |id: &str| self.actor(id).map_or(id, Actor::label).to_owned();
        FoundTag {
            pack: manifest.name.clone(),
            digest: manifest.digest.clone(),
            fields: tag.iter().map(|(field, text)| (field.name(), text.to_owned())).collect(),
            entity: entity.map(named),
            category: tag.category(),
            confidence: tag.confidence(),
            by: "stated",
        }
    }
}
