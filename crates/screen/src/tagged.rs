//! What tags say, as far as a policy asks.

use crate::policy::PolicyRule;
use crate::verdict::{Reason, TagEvidence, TagInput};
use tracehound_lists::AddressKey;
use tracehound_tags::{Field, FoundTag, PackName, TagError, TagIndex, TagStore, taxonomy};

/// Packs of tags, ready to be asked.
pub struct Tags {
    index: TagIndex,
    input: TagInput,
}

impl Tags {
    /// The packs in force, noted so that verdicts on them can be made again.
    ///
    /// # Errors
    /// If a pack is damaged: no answer is given without it.
    pub fn open(store: &TagStore) -> Result<Self, TagError> {
        let index = TagIndex::open(store)?;
        let named = index.manifests();
        let mut names: Vec<PackName> = named
            .map(|pack| PackName { name: pack.name.clone(), digest: pack.digest.clone() })
            .collect();
        names.sort();
        let digest = store.keep_set(&names)?;
        Ok(Self::new(index, digest))
    }

    /// The packs a verdict rested on, withdrawn ones included.
    ///
    /// # Errors
    /// If one of them is not there any more.
    pub fn of_verdict(store: &TagStore, input: &TagInput) -> Result<Self, TagError> {
        let packs = store.packs_of_set(&input.digest)?;
        Ok(Self::new(TagIndex::new(packs), input.digest.clone()))
    }

    fn new(index: TagIndex, digest: String) -> Self {
        let packs = index.manifests().count();
        let tags = index.manifests().map(|pack| pack.tags).sum();
        Self { index, input: TagInput { digest, packs, tags } }
    }

    /// What they say of anything.
    #[must_use]
    pub fn index(&self) -> &TagIndex {
        &self.index
    }

    pub(crate) fn input(&self) -> &TagInput {
        &self.input
    }

    /// Everything they say of an address.
    pub(crate) fn said_of(&self, key: &AddressKey) -> Vec<FoundTag> {
        self.index.find_key(key)
    }
}

/// A reason for each tag that says what the rule asks for.
pub(crate) fn reasons<'a>(
    rule: &'a PolicyRule,
    said: &'a [FoundTag],
) -> impl Iterator<Item = Reason> + 'a {
    said.iter().filter_map(|tag| reason(rule, tag))
}

fn reason(rule: &PolicyRule, tag: &FoundTag) -> Option<Reason> {
    if tag.confidence.0 < rule.least_confidence {
        return None;
    }
    let asked = |id: &&str| rule.concepts.iter().any(|wanted| taxonomy::is_a(id, wanted));
    let concept = tag.concepts().find(asked)?;
    let (label, source) = (tag.field(Field::Label), tag.field(Field::Source));
    let sure = tag.confidence.0;
    let text = format!(
        "{}: {concept}, \"{label}\", says {} (confidence {sure}, {source})",
        rule.reason, tag.pack
    );
    let evidence = TagEvidence {
        pack: tag.pack.clone(),
        digest: tag.digest.clone(),
        label: label.to_owned(),
        entity: tag.entity.clone(),
        concept: concept.to_owned(),
        source: source.to_owned(),
        confidence: sure,
    };
    let (name, decision) = (rule.name.clone(), rule.decision);
    Some(Reason { rule: name, decision, text, listing: None, tag: Some(evidence), exposure: None })
}
