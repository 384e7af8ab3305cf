//! GraphSense TagPacks: a header, and tags that inherit from it.
//!
//! Every field of the format of tagpack-tool 25.8.1 is read, and the
//! convention of a `header.yaml` that packs include. What the tool only warns
//! of is a warning here too; a tag that says nothing of somebody is refused.

use super::actorpack;
use super::check::{Watch, check, check_value};
use crate::write::restore;
use crate::yaml::{Kind, Node, parse};
use crate::{Contents, Field, Fields, Header, Pack, TagError};
use std::path::Path;

type Pairs = Vec<(String, Node)>;

/// Reads a TagPack or an ActorPack.
pub(super) fn read(path: &Path, root: &Path, text: &str) -> Result<Pack, TagError> {
    let pairs = document(path, root, text)?;
    let has = |name: &str| pairs.iter().any(|(known, _)| known == name);
    if has("actors") {
        return actorpack::read(path, pairs);
    }
    if !has("tags") {
        let reason = "neither a TagPack (title, creator, tags), an ActorPack (actors), etherscan-labels, eth-labels nor a table with columns address and label";
        return Err(at(path, 1, reason));
    }
    let (mut header, mut tags) = (Header::default(), Vec::new());
    for (name, node) in pairs {
        match (name.as_str(), node) {
            ("tags", Node { kind: Kind::List(list), .. }) => tags = list,
            ("tags", node) => return Err(at(path, node.line, "tags must be a list")),
            (_, node) => set_header(path, &mut header, &name, node)?,
        }
    }
    if header.title.is_empty() || header.creator.is_empty() {
        return Err(at(path, 1, "the header needs title and creator: add them"));
    }
    let mut watch = Watch::default();
    let mut read = Vec::with_capacity(tags.len());
    for node in tags {
        read.push(tag(path, node, &header.shared, &mut watch)?);
    }
    if read.is_empty() {
        return Err(at(path, 1, "there are no tags in it; download it again"));
    }
    let warnings = watch.warnings();
    Ok(Pack { header, contents: Contents::Tags(read), format: "tagpack", warnings })
}

pub(super) fn at(path: &Path, line: usize, reason: impl Into<String>) -> TagError {
    TagError::Line { file: path.to_owned(), line, reason: reason.into() }
}

/// The document with its header, included or nested, laid out flat.
fn document(path: &Path, root: &Path, text: &str) -> Result<Pairs, TagError> {
    let mut flat = Pairs::new();
    let mut above = Pairs::new();
    for (name, node) in map(path, parse(text).map_err(|(line, reason)| at(path, line, reason))?)? {
        match (name.as_str(), &node.kind) {
            ("header", Kind::Map(_)) => above = map(path, node)?,
            ("header", Kind::Include(file)) => above = include(path, root, node.line, file)?,
            _ => flat.push((name, node)),
        }
    }
    // As tagpack-tool has it, the header that is included wins.
    flat.retain(|(name, _)| !above.iter().any(|(known, _)| known == name));
    flat.extend(above);
    Ok(flat)
}

fn map(path: &Path, node: Node) -> Result<Pairs, TagError> {
    match node.kind {
        Kind::Map(pairs) => Ok(pairs),
        _ => Err(at(path, node.line, "names with values are expected here (`name: value`)")),
    }
}

fn include(path: &Path, root: &Path, line: usize, file: &str) -> Result<Pairs, TagError> {
    if file.contains(['/', '\\']) || file.starts_with('.') {
        return Err(at(path, line, "an included file is named without a folder"));
    }
    let above = path.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
    let found = above.map(|folder| folder.join(file)).find(|place| place.is_file());
    let Some(place) = found else {
        let reason = format!("{file} is not there, in this folder or one above it");
        return Err(at(path, line, reason));
    };
    let text = super::text::read(&place)?;
    let node = parse(&text).map_err(|(line, reason)| at(&place, line, reason))?;
    map(&place, node)
}

fn set_header(path: &Path, header: &mut Header, name: &str, node: Node) -> Result<(), TagError> {
    let line = node.line;
    match name {
        "title" => header.title = scalar(path, name, node)?,
        "creator" => header.creator = scalar(path, name, node)?,
        "description" => header.description = Some(scalar(path, name, node)?),
        "owner" => header.owner = Some(scalar(path, name, node)?),
        "is_public" => header.is_public = Some(boolean(path, name, node)? == "true"),
        _ => {
            let (field, value) = value(path, name, node)?;
            if field.is_subject() {
                return Err(at(path, line, format!("{name} belongs to a tag, not to the header")));
            }
            header.shared.set(field, value);
        }
    }
    Ok(())
}

fn tag(path: &Path, node: Node, shared: &Fields, watch: &mut Watch) -> Result<Fields, TagError> {
    let line = node.line;
    let mut own = Fields::default();
    for (name, node) in map(path, node)? {
        let (field, value) = value(path, &name, node)?;
        own.set(field, value);
    }
    restore(&mut own);
    own.shrink();
    check(&own, shared).map_err(|reason| at(path, line, reason))?;
    watch.look(&own, shared);
    Ok(own)
}

fn value(path: &Path, name: &str, node: Node) -> Result<(Field, String), TagError> {
    let line = node.line;
    let Some(field) = Field::named(name) else {
        let reason = format!("{name} is no field of a tag; put it into context, or take it out");
        return Err(at(path, line, reason));
    };
    let text = match (field, node) {
        (Field::IsClusterDefiner, node) => boolean(path, name, node)?,
        (Field::Concepts, Node { kind: Kind::List(items), .. }) => {
            let items = items.into_iter().map(|item| scalar(path, name, item));
            items.collect::<Result<Vec<_>, _>>()?.join(",")
        }
        (Field::Context, node @ Node { kind: Kind::Map(_) | Kind::List(_), .. }) => {
            actorpack::json(node).to_string()
        }
        (_, node) => scalar(path, name, node)?,
    };
    check_value(field, &text).map_err(|reason| at(path, line, reason))?;
    Ok((field, text))
}

/// A text; what YAML takes for nothing is refused, as the tool refuses it.
pub(super) fn scalar(path: &Path, name: &str, node: Node) -> Result<String, TagError> {
    match node.kind {
        Kind::Scalar { text, plain } => {
            if text.trim().is_empty()
                || (plain && matches!(text.as_str(), "~" | "null" | "Null" | "NULL"))
            {
                let reason = format!("{name} is empty; give a value or take the line out");
                return Err(at(path, node.line, reason));
            }
            Ok(text)
        }
        _ => Err(at(path, node.line, format!("{name} must be one text"))),
    }
}

/// YAML 1.1 has eleven ways to write a truth value.
fn boolean(path: &Path, name: &str, node: Node) -> Result<String, TagError> {
    let line = node.line;
    let text = scalar(path, name, node)?;
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Ok("true".to_owned()),
        "false" | "no" | "off" | "n" => Ok("false".to_owned()),
        _ => Err(at(path, line, format!("{name} must be true or false, not \"{text}\""))),
    }
}
