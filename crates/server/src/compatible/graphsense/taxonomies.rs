//! The vocabularies of tags.

use super::asked::Asked;
use super::desk::Desk;
use super::json::Json;
use super::refusal::Refusal;
use tracehound_tags::{confidence, taxonomy};

/// `GET /tags/taxonomies`.
pub(super) fn all(_: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    asked.check()?;
    let uri = "https://graphsense.github.io/DW-VA-Taxonomy/";
    let one = |name: &str| Json::object([("taxonomy", name.into()), ("uri", uri.into())]);
    let all = ["concept", "country", "confidence", "tag_type", "tag_subject_type"];
    Ok(Json::List(all.into_iter().map(one).collect()))
}

/// The name of a concept as people read it.
pub(super) fn concept_label(id: &str) -> String {
    let mut words = id.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// `GET /tags/taxonomies/{taxonomy}/concepts`. GraphSense answers the older
/// names `entity` and `abuse` with its one tree of concepts.
pub(super) fn concepts(_: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let taxonomy = asked.needed("taxonomy");
    asked.check()?;
    let told = |id: &str, label: &str, taxonomy: &str, description: &str| {
        Json::object([
            ("id", id.into()),
            ("label", label.into()),
            ("taxonomy", taxonomy.into()),
            ("uri", "".into()),
            ("description", description.into()),
        ])
    };
    let all = taxonomy::concepts().iter().filter(|concept| concept.graphsense == concept.id);
    Ok(Json::List(match taxonomy.as_str() {
        "concept" | "entity" => all
            .map(|concept| told(concept.id, &concept_label(concept.id), "concept", concept.meaning))
            .collect(),
        "abuse" => all
            .filter(|concept| taxonomy::is_a(concept.id, "abuse"))
            .map(|concept| told(concept.id, &concept_label(concept.id), "concept", concept.meaning))
            .collect(),
        "confidence" => confidence::LEVELS
            .iter()
            .map(|(name, score)| told(name, &concept_label(name), "confidence", &score.to_string()))
            .collect(),
        "tag_type" => ["actor", "event", "mention"]
            .map(|name| told(name, &concept_label(name), "tag_type", ""))
            .to_vec(),
        _ => Vec::new(),
    }))
}
