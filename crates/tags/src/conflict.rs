//! Where sources disagree about one subject: shown, never settled here.

use crate::index::SubjectKey;
use crate::{FoundTag, TagIndex, taxonomy};
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_model::Confidence;

/// One side of a disagreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Claim {
    /// What is claimed.
    pub value: String,
    /// The packs that claim it.
    pub packs: Vec<String>,
    /// How sure the surest of them is.
    pub confidence: Confidence,
}

/// A disagreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Conflict {
    /// The address, transaction or entity.
    pub subject: String,
    /// `entity`: different actors; `kind`: kinds of which neither includes the
    /// other; `harm`: harm by one source, a service by another.
    pub about: &'static str,
    /// The sides, the surest first.
    pub claims: Vec<Claim>,
}

/// Every disagreement, by subject.
#[must_use]
pub fn conflicts(index: &TagIndex) -> Vec<Conflict> {
    let mut all = Vec::new();
    let several = index.subjects().filter(|(_, count)| *count > 1).map(|(key, _)| key);
    for key in several {
        all.extend(of_subject(key, &index.found(key)));
    }
    all.sort_by(|a, b| (&a.subject, a.about).cmp(&(&b.subject, b.about)));
    all
}

fn of_subject(key: &SubjectKey, tags: &[FoundTag]) -> Vec<Conflict> {
    let field = match key {
        SubjectKey::Transaction(_) => "tx_hash",
        SubjectKey::Entity(_) => "entity",
        SubjectKey::Address(_) => "address",
    };
    let subject = tags.iter().find_map(|tag| tag.fields.get(field).or(tag.fields.get("cluster")));
    let subject = subject.map_or("", |text| text.trim()).to_owned();
    let conflict = |about, claims| Conflict { subject: subject.clone(), about, claims };
    let entities = claims(tags, |tag| tag.entity.clone());
    let kinds = narrowest(claims(tags, |tag| tag.fields.get("category").cloned()));
    let harm = claims(tags, |tag| Some(side(tag)?.to_owned()));
    let found = [("entity", entities), ("kind", kinds), ("harm", harm)];
    let apart = found.into_iter().filter(|(_, claims)| claims.len() > 1);
    apart.map(|(about, claims)| conflict(about, claims)).collect()
}

/// Whether a tag speaks of harm or of a service; users and usages are neither.
fn side(tag: &FoundTag) -> Option<&'static str> {
    let is = |broader: &str| {
        let named = ["abuse", "category"].into_iter().filter_map(|name| tag.fields.get(name));
        named.into_iter().any(|id| taxonomy::is_a(id, broader))
    };
    if is("abuse") { Some("harm") } else { is("service").then_some("service") }
}

fn claims(tags: &[FoundTag], value: impl Fn(&FoundTag) -> Option<String>) -> Vec<Claim> {
    let mut by_value: BTreeMap<String, Claim> = BTreeMap::new();
    for tag in tags {
        let Some(value) = value(tag) else { continue };
        let fresh = || Claim { value: value.clone(), packs: Vec::new(), confidence: Confidence(0) };
        let claim = by_value.entry(value.clone()).or_insert_with(fresh);
        claim.confidence = claim.confidence.max(tag.confidence);
        if !claim.packs.contains(&tag.pack) {
            claim.packs.push(tag.pack.clone());
        }
    }
    let mut claims: Vec<Claim> = by_value.into_values().collect();
    claims.sort_by(|a, b| (b.confidence, &a.value).cmp(&(a.confidence, &b.value)));
    claims
}

/// Without what a narrower claim already says: a mining pool is a service.
fn narrowest(claims: Vec<Claim>) -> Vec<Claim> {
    let includes = |claim: &Claim| {
        claims.iter().any(|o| o.value != claim.value && taxonomy::is_a(&o.value, &claim.value))
    };
    let wide: Vec<bool> = claims.iter().map(includes).collect();
    claims.into_iter().zip(wide).filter(|(_, wide)| !wide).map(|(claim, _)| claim).collect()
}
