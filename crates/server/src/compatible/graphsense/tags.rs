//! Tags as GraphSense tells them.

use super::asked::Asked;
use super::desk::{Desk, Holder, Network};
use super::json::Json;
use super::page;
use super::refusal::Refusal;
use super::summary::summary;
use super::taxonomies::concept_label;
use std::collections::BTreeSet;
use tracehound_model::Timestamp;
use tracehound_store::AddressId;
use tracehound_tags::{Field, FoundTag, TagIndex, confidence, taxonomy};

/// Tagged addresses of one cluster that are read.
const MOST_TAGGED: usize = 1_000;
/// Tags on a page where none is asked for.
pub(super) const PAGE: usize = 1_000;

/// What is said of the members of a cluster.
pub(super) struct ClusterTags {
    /// The surest first.
    pub(super) tags: Vec<FoundTag>,
    /// Whether the cluster has but one address.
    single: bool,
}

impl ClusterTags {
    /// How many.
    pub(super) fn count(&self) -> usize {
        self.tags.len()
    }

    /// The one that speaks for the whole cluster: the surest that says so, or
    /// of a single address simply the surest.
    pub(super) fn best(&self) -> Option<&FoundTag> {
        self.tags.iter().find(|tag| self.single || defines_cluster(tag))
    }

    /// Everybody named.
    pub(super) fn actors(&self, desk: &Desk<'_>) -> Json {
        desk.actors(&self.tags)
    }
}

fn defines_cluster(tag: &FoundTag) -> bool {
    tag.field(Field::IsClusterDefiner).eq_ignore_ascii_case("true")
}

impl<'w> Desk<'w> {
    /// What tags there are.
    pub(super) fn index(&self) -> &'w TagIndex {
        self.world.tags.index()
    }

    /// What is said of an address on a network.
    pub(super) fn tags_of(&self, network: Option<&Network<'_>>, text: &str) -> Vec<FoundTag> {
        let mut found = self.index().find(text);
        found.retain(|tag| {
            !tag.field(Field::Address).is_empty()
                && network.is_none_or(|network| tag.can_be_of(&network.kept.chain))
        });
        found
    }

    /// Who is said to be behind an address; nothing where nobody is.
    pub(super) fn actors_of(&self, network: &Network<'_>, text: &str) -> Json {
        self.actors(&self.tags_of(Some(network), text))
    }

    fn actors(&self, tags: &[FoundTag]) -> Json {
        let named = tags.iter().map(|tag| tag.field(Field::Actor)).filter(|id| !id.is_empty());
        let ids: BTreeSet<&str> = named.collect();
        let told: Vec<Json> = ids.into_iter().map(|id| self.actor_reference(id)).collect();
        if told.is_empty() { Json::Null } else { Json::List(told) }
    }

    /// An actor by name.
    pub(super) fn actor_reference(&self, id: &str) -> Json {
        let label = self.index().actor(id).map_or(id, tracehound_tags::Actor::label);
        reference(id, label)
    }

    /// What is said of the members of a cluster, the surest first.
    pub(super) fn tags_of_cluster(
        &self,
        network: &Network<'_>,
        holder: Holder,
    ) -> Result<ClusterTags, Refusal> {
        let mut tags = Vec::new();
        let mut single = true;
        if let Some(id) = holder.id() {
            let cluster = network.cluster_of(id);
            single = network.members(cluster).len() == 1;
            for member in self.tagged(network, cluster)?.iter().take(MOST_TAGGED) {
                let text = network.text_of(&network.address(*member)?);
                tags.extend(self.tags_of(Some(network), &text));
            }
            tags.sort_by(|a, b| (b.confidence, &a.pack).cmp(&(a.confidence, &b.pack)));
        }
        Ok(ClusterTags { tags, single })
    }

    /// Tagged members of a cluster.
    fn tagged(&self, network: &Network<'w>, cluster: AddressId) -> Result<Vec<AddressId>, Refusal> {
        let all =
            network.kept.memory.tagged(network.kept, self.index(), |id| network.cluster_of(id))?;
        Ok(all.get(&cluster).cloned().unwrap_or_default())
    }

    /// Labels of an address.
    pub(super) fn labels_of(&self, network: &Network<'_>, text: &str) -> Json {
        labels(&self.tags_of(Some(network), text))
    }

    /// A tag, with the cluster its address is in.
    pub(super) fn told(
        &self,
        tag: &FoundTag,
        network: Option<&Network<'_>>,
    ) -> Result<Json, Refusal> {
        let currency = currency_of(tag, network);
        let own = self.network(&currency).ok();
        let address = tag.field(Field::Address);
        let place = own.as_ref().or(network);
        let holder = place.map(|place| (place, place.holder(address)));
        let cluster = match holder {
            Some((place, Ok(holder))) => Some(place.number(holder)?),
            _ => None,
        };
        let header = self.index().header(&tag.pack);
        let manifest = self.index().manifests().find(|manifest| manifest.name == tag.pack);
        let word = |field: Field| Some(tag.field(field)).filter(|text| !text.is_empty());
        let level = confidence_name(tag);
        Ok(Json::object([
            ("label", tag.field(Field::Label).into()),
            ("tag_type", word(Field::TagType).unwrap_or("actor").into()),
            ("tagpack_title", header.map(|header| header.title.as_str()).into()),
            ("tagpack_is_public", header.is_none_or(|h| h.is_public.unwrap_or(false)).into()),
            ("tagpack_creator", header.map(|header| header.creator.as_str()).into()),
            ("is_cluster_definer", defines_cluster(tag).into()),
            ("currency", currency.to_uppercase().into()),
            ("category", word(Field::Category).or(concepts(tag).first().copied()).into()),
            ("concepts", further_concepts(tag).into()),
            ("actor", word(Field::Actor).into()),
            ("abuse", abuse(tag).into()),
            ("tagpack_uri", manifest.map_or("", |manifest| manifest.source.as_str()).into()),
            ("source", tag.field(Field::Source).into()),
            ("lastmod", last_changed(tag).into()),
            ("confidence", level.into()),
            ("confidence_level", u32::from(tag.confidence.0).into()),
            ("inherited_from", (tag.by == "cluster").then_some("cluster").into()),
            ("address", address.into()),
            ("entity", cluster.into()),
            ("cluster", cluster.map_or_else(Json::told_null, Json::from)),
        ]))
    }

    /// A page of tags.
    pub(super) fn page_of_tags(
        &self,
        asked: &Asked,
        found: Vec<FoundTag>,
        size: usize,
        network: Option<&Network<'_>>,
    ) -> Result<Json, Refusal> {
        let (page, next) = page::cut(found, page::place(asked, size)?, size);
        let told: Result<Vec<Json>, Refusal> =
            page.iter().map(|tag| self.told(tag, network)).collect();
        Ok(Json::object([("address_tags", Json::List(told?)), ("next_page", next.into())]))
    }
}

fn reference(id: &str, label: &str) -> Json {
    Json::object([("id", id.into()), ("label", label.into())])
}

/// Labels, each once.
pub(super) fn labels(tags: &[FoundTag]) -> Json {
    let all: BTreeSet<&str> = tags.iter().map(|tag| tag.field(Field::Label)).collect();
    Json::List(all.into_iter().map(Json::from).collect())
}

fn currency_of(tag: &FoundTag, network: Option<&Network<'_>>) -> String {
    let named = [Field::Network, Field::Currency].map(|field| tag.field(field));
    let named = named.into_iter().find(|text| !text.is_empty());
    let evm = || if tag.field(Field::Address).starts_with("0x") { "eth" } else { "btc" };
    let else_ = network.map_or_else(evm, |network| network.code.as_str());
    named.unwrap_or(else_).to_lowercase()
}

/// The name of a tag's confidence among GraphSense's levels.
fn confidence_name(tag: &FoundTag) -> String {
    let stated = tag.field(Field::Confidence);
    let known = confidence::LEVELS.iter().any(|(name, _)| *name == stated);
    let level = || confidence::level_of(tag.confidence.0).to_owned();
    if known { stated.to_owned() } else { level() }
}

/// Concepts, as GraphSense names them; those that are our own by the
/// concept of theirs that says the most that is still true.
pub(super) fn concepts(tag: &FoundTag) -> Vec<&str> {
    let theirs = |id| taxonomy::concept(id).map_or(id, |concept| concept.graphsense);
    let mut all = Vec::new();
    for id in [Field::Category, Field::Abuse, Field::Concepts]
        .into_iter()
        .flat_map(|field| tag.field(field).split(',').map(str::trim))
        .filter(|id| !id.is_empty())
        .map(theirs)
    {
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

/// Those besides the category.
fn further_concepts(tag: &FoundTag) -> Vec<&str> {
    let category = tag.field(Field::Category);
    let mut all = concepts(tag);
    if category.is_empty() {
        all = all.into_iter().skip(1).collect();
    } else {
        all.retain(|id| *id != category);
    }
    all
}

fn abuse(tag: &FoundTag) -> Option<&str> {
    concepts(tag).into_iter().find(|id| *id != "abuse" && taxonomy::is_a(id, "abuse"))
}

/// When a tag was last changed, in seconds; 0 where it does not say.
pub(super) fn last_changed(tag: &FoundTag) -> i64 {
    tag.field(Field::Lastmod).parse::<Timestamp>().map_or(0, |time| time.0)
}

/// `GET /tags`.
pub(super) fn by_label(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (label, size) = (asked.needed("label"), asked.page_size(PAGE));
    asked.check()?;
    let wanted = label.trim().to_lowercase();
    let mut found = desk.index().select(|tag| {
        tag.get(Field::Label).is_some_and(|label| label.trim().to_lowercase() == wanted)
    });
    found.retain(|tag| !tag.field(Field::Address).is_empty());
    found.sort_by_key(|tag| std::cmp::Reverse(tag.confidence));
    desk.page_of_tags(asked, found, size, None)
}

/// `GET /tags/actors/{actor}`.
pub(super) fn actor(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let id = asked.needed("actor");
    asked.check()?;
    let missing = || Refusal::NotFound(format!("Actor {id} not found"));
    let actor = desk.index().actor(&id).ok_or_else(missing)?;
    let own = actor.id.as_str();
    let tags = desk.index().statements().filter(|tag| tag.get(Field::Actor) == Some(own)).count();
    let stated = |name: &str| actor.stated.get(name).and_then(serde_json::Value::as_str);
    let kinds = actor.list("categories").map(|id| reference(id, &concept_label(id)));
    let places = actor.list("jurisdictions").map(|code| reference(code, code));
    Ok(Json::object([
        ("id", own.into()),
        ("label", actor.label().into()),
        ("uri", stated("uri").unwrap_or_default().into()),
        ("categories", Json::List(kinds.collect())),
        ("jurisdictions", Json::List(places.collect())),
        ("nr_tags", tags.into()),
        ("context", context_of(actor)),
    ]))
}

/// What an actor pack states beyond the rest.
fn context_of(actor: &tracehound_tags::Actor) -> Json {
    let stated = actor.stated.get("context");
    // Packs write it as an object, or as a text that is one.
    let parsed = stated.and_then(|value| match value {
        serde_json::Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    });
    let Some(serde_json::Value::Object(fields)) = parsed else { return Json::Null };
    let list = |name: &str| {
        let items = fields.get(name).and_then(serde_json::Value::as_array);
        let texts = items.into_iter().flatten().filter_map(serde_json::Value::as_str);
        Json::List(texts.map(Json::from).collect())
    };
    let text = |name: &str| Json::from(fields.get(name).and_then(serde_json::Value::as_str));
    Json::object([
        ("uris", list("uris")),
        ("images", list("images")),
        ("refs", list("refs")),
        ("coingecko_ids", list("coingecko_ids")),
        ("defilama_ids", list("defilama_ids")),
        ("twitter_handle", text("twitter_handle")),
        ("github_organisation", text("github_organisation")),
        ("legal_name", text("legal_name")),
    ])
}

/// `GET /tags/actors/{actor}/tags`.
pub(super) fn by_actor(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (id, size) = (asked.needed("actor"), asked.page_size(PAGE));
    asked.check()?;
    let own = desk.index().actor(&id).map_or(id.as_str(), |actor| actor.id.as_str());
    let mut found = desk.index().select(|tag| tag.get(Field::Actor) == Some(own));
    found.retain(|tag| !tag.field(Field::Address).is_empty());
    desk.page_of_tags(asked, found, size, None)
}

/// `GET /{currency}/addresses/{address}/tags`. Tags are told of networks that
/// no store holds as well.
pub(super) fn by_address(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("address"));
    let (size, inherit) = (asked.page_size(PAGE), asked.flag("include_best_cluster_tag", false));
    asked.check()?;
    let network = desk.network(&code).ok();
    let found = said(desk, network.as_ref(), text.trim(), inherit)?;
    desk.page_of_tags(asked, found, size, network.as_ref())
}

/// `GET /{currency}/addresses/{address}/tag_summary`.
pub(super) fn summary_of(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("address"));
    let inherit = asked.flag("include_best_cluster_tag", false);
    asked.check()?;
    let network = desk.network(&code)?;
    let tags = said(desk, Some(&network), text.trim(), inherit)?;
    let creator = |tag| {
        let tag: &FoundTag = tag;
        desk.index().header(&tag.pack).map_or(tag.pack.as_str(), |header| header.creator.as_str())
    };
    Ok(summary(&tags, creator))
}

/// Tags of an address, and where that is asked for the one that speaks for
/// its cluster.
fn said(
    desk: &Desk<'_>,
    network: Option<&Network<'_>>,
    text: &str,
    inherit: bool,
) -> Result<Vec<FoundTag>, Refusal> {
    let mut found = desk.tags_of(network, text);
    let Some(network) = network.filter(|network| inherit && network.outputs().is_some()) else {
        return Ok(found);
    };
    let Ok(holder) = network.holder(text) else { return Ok(found) };
    let tags = desk.tags_of_cluster(network, holder)?;
    if let Some(best) = tags.best().filter(|best| !found.contains(best)) {
        let mut best = best.clone();
        best.by = "cluster";
        let place = found.partition_point(|tag| tag.confidence >= best.confidence);
        found.insert(place, best);
    }
    Ok(found)
}
