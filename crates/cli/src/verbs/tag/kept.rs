//! What kept packs say of a chain's addresses, for traces.

use crate::arguments::Common;
use crate::{output, place};
use tracehound_model::{Address, Chain, Tag};
use tracehound_store::{AddressId, StoreError};
use tracehound_tags::{Field, FoundTag, TagIndex};

/// Tags of the kept packs on the addresses of a store, and a sentence that
/// says which packs.
pub(crate) fn kept(
    common: &Common,
    chain: &Chain,
    id: impl Fn(&Address) -> Result<Option<AddressId>, StoreError>,
) -> anyhow::Result<(Vec<Tag>, String)> {
    let index = TagIndex::open(&place::home(common)?.tags())?;
    let mut tags: Vec<Tag> = Vec::new();
    for said in index.addresses(|address| Ok::<_, StoreError>(id(address)?.is_some())) {
        let (address, found) = said?;
        let of_chain = found.iter().filter(|tag| tag.can_be_of(chain));
        tags.extend(of_chain.map(|tag| spoken(address, tag)));
    }
    // In an order of their own, so that a report does not depend on that of a map.
    tags.sort_by(|a, b| {
        let key = |tag: &Tag| (tag.address, std::cmp::Reverse(tag.confidence));
        (key(a), &a.source, &a.label).cmp(&(key(b), &b.source, &b.label))
    });
    let packs: Vec<String> = index
        .manifests()
        .map(|pack| format!("{} ({})", pack.name, output::short(&pack.digest)))
        .collect();
    let note = format!(
        "{} tags of {} kept packs speak of addresses of this case: {}.",
        tags.len(),
        packs.len(),
        packs.join(", ")
    );
    Ok((tags, note))
}

/// A tag as a trace takes it, with the pack beside its source.
fn spoken(address: Address, tag: &FoundTag) -> Tag {
    Tag {
        address,
        label: tag.field(Field::Label).to_owned(),
        entity: tag.entity.clone(),
        category: tag.category,
        source: format!("{} (pack {})", tag.field(Field::Source), tag.pack),
        confidence: tag.confidence,
    }
}
