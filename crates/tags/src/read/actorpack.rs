//! GraphSense ActorPacks: the entities that tags name by identifier.

use super::tagpack::{at, scalar};
use crate::yaml::{Kind, Node};
use crate::{Actor, Contents, Header, Pack, TagError, taxonomy};
use serde_json::{Map, Value};
use std::path::Path;

/// Reads the pairs of an ActorPack.
pub(super) fn read(path: &Path, pairs: Vec<(String, Node)>) -> Result<Pack, TagError> {
    let (mut header, mut shared, mut actors) = (Header::default(), Map::new(), Vec::new());
    for (name, node) in pairs {
        let line = node.line;
        match (name.as_str(), node.kind) {
            ("actors", Kind::List(list)) => actors = list,
            ("actors", _) => return Err(at(path, line, "actors must be a list")),
            ("title" | "creator" | "description", kind) => {
                let text = scalar(path, &name, Node { line, kind })?;
                match name.as_str() {
                    "title" => header.title = text,
                    "creator" => header.creator = text,
                    _ => header.description = Some(text),
                }
            }
            (_, kind) => drop(shared.insert(name, json(Node { line, kind }))),
        }
    }
    if header.title.is_empty() || header.creator.is_empty() {
        return Err(at(path, 1, "the header needs title and creator: add them"));
    }
    let actors = actors.into_iter().map(|node| actor(path, node)).collect::<Result<Vec<_>, _>>()?;
    if actors.is_empty() {
        return Err(at(path, 1, "there are no actors in it; download it again"));
    }
    let warnings = warnings(&actors);
    let contents = Contents::Actors(actors, shared);
    Ok(Pack { header, contents, format: "actorpack", warnings })
}

fn actor(path: &Path, node: Node) -> Result<Actor, TagError> {
    let line = node.line;
    let Value::Object(mut stated) = json(node) else {
        return Err(at(path, line, "an actor is a list of names with values"));
    };
    match stated.remove("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(Actor { id, stated }),
        _ => Err(at(path, line, "the actor has no id; give it one")),
    }
}

/// A piece of YAML as JSON, every scalar a text.
pub(super) fn json(node: Node) -> Value {
    match node.kind {
        Kind::Scalar { text, .. } | Kind::Include(text) => Value::String(text),
        Kind::List(items) => Value::Array(items.into_iter().map(json).collect()),
        Kind::Map(pairs) => {
            Value::Object(pairs.into_iter().map(|(name, node)| (name, json(node))).collect())
        }
    }
}

fn warnings(actors: &[Actor]) -> Vec<String> {
    let mut ids: Vec<&str> = actors.iter().map(|actor| actor.id.as_str()).collect();
    ids.sort_unstable();
    let twice = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| {
        format!("the actor {} stands twice; both are kept, the first is shown", pair[0])
    });
    let named = actors.iter().flat_map(|actor| actor.list("categories"));
    let mut unknown: Vec<&str> = named.filter(|id| taxonomy::concept(id).is_none()).collect();
    unknown.sort_unstable();
    unknown.dedup();
    let unknown = unknown.into_iter().map(|id| format!("category \"{id}\" is not in the taxonomy"));
    twice.chain(unknown).collect()
}
