//! The gist of all tags of an address, by the rules of GraphSense's digest:
//! a tag weighs the square of its confidence; concepts and labels share the
//! whole weight; the heaviest actor and label are the best.
//!
//! Everything is reckoned in whole numbers, and divided once at the end.

use super::json::Json;
use super::tags::{concepts, last_changed};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_tags::{Field, FoundTag};

/// Words of a label that say nothing.
const EMPTY_WORDS: [&str; 7] = ["to", "in", "the", "by", "of", "at", "vault"];
/// Digits after the point of shares.
const SHARE_DIGITS: usize = 9;
/// Levels of confidence that an actor may be taken from, the highest first,
/// and how far the second may lie below the first.
const ACTOR_LEVELS: usize = 2;
const ACTOR_DROP: u8 = 20;

#[derive(Default)]
struct Label<'t> {
    shown: &'t str,
    count: u128,
    confidence: u128,
    weight: u128,
    creators: BTreeSet<&'t str>,
    sources: BTreeSet<&'t str>,
    concepts: BTreeSet<&'t str>,
    changed: i64,
    direct: bool,
}

/// A tenth of a point of confidence is one; nothing stated counts as one.
fn tenths(tag: &FoundTag) -> u128 {
    match tag.confidence.0 {
        0 => 1,
        level => u128::from(level) * 10,
    }
}

/// Small letters, digits and single spaces.
fn normal(label: &str) -> String {
    let kept =
        |letter: char| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { ' ' };
    let words: String = label.trim().to_lowercase().chars().map(kept).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How much a concept counts, in tenths.
fn concept_weight(id: &str) -> u128 {
    match id {
        "defi" => 5,
        "exchange" => 11,
        "dark_web" | "unknown" => 1,
        _ => 10,
    }
}

/// `part` of `whole` with a fixed number of digits.
fn share(part: u128, whole: u128) -> Json {
    let scale = 10_u128.pow(9);
    let value = part.saturating_mul(scale).checked_div(whole).unwrap_or(0);
    Json::decimal(&format!("{}.{:0SHARE_DIGITS$}", value / scale, value % scale))
}

/// The lowest confidence from which an actor is believed.
fn actor_threshold(tags: &[FoundTag]) -> u8 {
    let levels = tags.iter().filter(|tag| is_actor(tag)).map(|tag| tag.confidence.0);
    let levels: BTreeSet<u8> = levels.collect();
    let mut least = None;
    for level in levels.into_iter().rev().take(ACTOR_LEVELS) {
        if least.is_some_and(|above: u8| above - level > ACTOR_DROP) {
            break;
        }
        least = Some(level);
    }
    least.unwrap_or(0)
}

fn is_actor(tag: &FoundTag) -> bool {
    matches!(tag.field(Field::TagType), "" | "actor")
}

/// The heaviest of all; of equals the first by name.
fn heaviest<'k, K: Ord>(weights: impl Iterator<Item = (&'k K, u128)>) -> Option<&'k K> {
    let mut best: Option<(&K, u128)> = None;
    for (key, weight) in weights {
        if best.is_none_or(|(_, known)| weight > known) {
            best = Some((key, weight));
        }
    }
    best.map(|(key, _)| key)
}

/// The gist.
pub(super) fn summary<'t>(tags: &'t [FoundTag], creator: impl Fn(&'t FoundTag) -> &'t str) -> Json {
    let mut labels: BTreeMap<String, Label<'_>> = BTreeMap::new();
    let mut cloud: BTreeMap<&str, (u128, u128)> = BTreeMap::new();
    let mut actors: BTreeMap<&str, (u128, BTreeMap<String, u128>)> = BTreeMap::new();
    let threshold = actor_threshold(tags);
    for tag in tags {
        let (key, weight) = (normal(tag.field(Field::Label)), tenths(tag).pow(2));
        let named = match concepts(tag) {
            named if named.is_empty() => vec!["unknown"],
            named => named,
        };
        for id in &named {
            let entry = cloud.entry(id).or_default();
            *entry = (entry.0 + 1, entry.1 + weight * concept_weight(id));
        }
        let actor = tag.field(Field::Actor);
        if !actor.trim().is_empty() && is_actor(tag) && tag.confidence.0 >= threshold {
            let entry = actors.entry(actor).or_default();
            entry.0 += weight;
            *entry.1.entry(key.clone()).or_default() += weight;
        }
        let label = labels.entry(key).or_default();
        label.creators.insert(creator(tag));
        add(label, tag, weight, named);
    }
    let best_actor = heaviest(actors.iter().map(|(id, (weight, _))| (id, *weight))).copied();
    let best = match best_actor.and_then(|id| actors.get(id)) {
        Some((_, own)) => heaviest(own.iter().map(|(key, weight)| (key, *weight))),
        None => heaviest(labels.iter().map(|(key, label)| (key, label.weight))),
    };
    let best_label = best.and_then(|key| labels.get(key)).map(|label| label.shown);
    let broad = heaviest(cloud.iter().map(|(id, (_, weight))| (id, *weight)));
    let indirect = tags.iter().filter(|tag| tag.by == "cluster").count();
    Json::object([
        ("broad_category", if broad == Some(&"exchange") { "exchange" } else { "entity" }.into()),
        ("tag_count", tags.len().into()),
        ("tag_count_indirect", indirect.into()),
        ("best_actor", best_actor.into()),
        ("best_label", best_label.into()),
        ("label_summary", told_labels(&labels)),
        ("concept_tag_cloud", told_cloud(&cloud)),
    ])
}

fn add<'t>(label: &mut Label<'t>, tag: &'t FoundTag, weight: u128, named: Vec<&'t str>) {
    label.shown = tag.field(Field::Label);
    label.count += 1;
    label.confidence += tenths(tag);
    label.weight += weight;
    label.sources.insert(tag.field(Field::Source));
    label.concepts.extend(named);
    label.changed = label.changed.max(last_changed(tag));
    label.direct |= tag.by != "cluster";
}

fn told_cloud(cloud: &BTreeMap<&str, (u128, u128)>) -> Json {
    let whole = cloud.values().map(|(_, weight)| weight).sum();
    let entry = |(id, (count, weight)): (&&str, &(u128, u128))| {
        let told = Json::object([("cnt", (*count).into()), ("weighted", share(*weight, whole))]);
        ((*id).to_owned(), told)
    };
    Json::Object(cloud.iter().map(entry).collect())
}

/// A label weighs more the more of its words stand in other labels as well.
fn relevance(labels: &BTreeMap<String, Label<'_>>) -> BTreeMap<String, u128> {
    let mut words: BTreeMap<&str, u128> = BTreeMap::new();
    let mut all = 0;
    for (key, label) in labels {
        for word in key.split(' ').filter(|word| !word.is_empty() && !EMPTY_WORDS.contains(word)) {
            *words.entry(word).or_default() += label.count;
            all += label.count;
        }
    }
    let often = |key: &str| -> u128 {
        let frequent = words.iter().filter(|(word, count)| **count > 1 && key.contains(**word));
        frequent.map(|(_, count)| count).sum()
    };
    let weight = |(key, label): (&String, &Label<'_>)| {
        (key.clone(), label.weight * (all.max(1) + often(key)))
    };
    labels.iter().map(weight).collect()
}

fn told_labels(labels: &BTreeMap<String, Label<'_>>) -> Json {
    let relevance = relevance(labels);
    let whole = relevance.values().sum();
    let list = |set: &BTreeSet<&str>| Json::List(set.iter().map(|text| (*text).into()).collect());
    let entry = |(key, label): (&String, &Label<'_>)| {
        let told = Json::object([
            ("label", label.shown.into()),
            ("count", label.count.into()),
            // Tenths of points of a hundred.
            ("confidence", share(label.confidence, label.count * 1_000)),
            ("relevance", share(relevance.get(key).copied().unwrap_or(0), whole)),
            ("creators", list(&label.creators)),
            ("sources", list(&label.sources)),
            ("concepts", list(&label.concepts)),
            ("lastmod", label.changed.into()),
            ("inherited_from", (!label.direct).then_some("cluster").into()),
        ]);
        (key.clone(), told)
    };
    Json::Object(labels.iter().map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracehound_model::Confidence;

    fn tag(label: &str, category: &str, actor: &str, confidence: u8) -> FoundTag {
        let fields = [("label", label), ("category", category), ("actor", actor)];
        FoundTag {
            pack: "p".to_owned(),
            digest: String::new(),
            fields: fields.map(|(name, text)| (name, text.to_owned())).into_iter().collect(),
            entity: None,
            category: None,
            confidence: Confidence(confidence),
            by: "stated",
        }
    }

    #[test]
    fn the_surest_actor_gives_the_best_label() {
        let tags = [
            tag("Internet, Archive", "exchange", "archive", 100),
            tag("internet archive", "exchange", "archive", 100),
            tag("Other", "", "other", 50),
        ];
        let told = summary(&tags, |tag| &tag.pack);
        assert_eq!(told.get("best_actor"), Some(&"archive".into()));
        assert_eq!(told.get("best_label"), Some(&"internet archive".into()));
        assert_eq!(told.get("broad_category"), Some(&"exchange".into()));
        let labels = told.get("label_summary").unwrap();
        let label = labels.get("internet archive").unwrap();
        assert_eq!(label.get("count"), Some(&2_u64.into()));
        assert_eq!(label.get("confidence").unwrap().to_text(), "1.000000000");
        assert_eq!(
            labels.get("other").unwrap().get("confidence").unwrap().to_text(),
            "0.500000000"
        );
    }

    #[test]
    fn nothing_said_is_an_entity_without_labels() {
        let told = summary(&[], |tag| &tag.pack);
        assert_eq!(told.get("broad_category"), Some(&"entity".into()));
        assert_eq!(told.get("tag_count"), Some(&0_usize.into()));
        assert_eq!(told.get("best_label"), Some(&Json::Null));
    }
}
