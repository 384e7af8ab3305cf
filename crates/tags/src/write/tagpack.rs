//! TagPacks that tagpack-tool 25.8.1 validates.

use super::yaml::{date, is_date, quoted};
use crate::{Field, Fields, Pack, Statement, confidence, taxonomy};
use serde_json::{Map, Value};
use std::io::Write;

/// Where `context` keeps what the format has no field for.
const OURS: &str = "tracehound";

/// Writes a pack; gives back how many tags have no place in the format:
/// those that speak of an entity as such, not of an address or transaction.
///
/// # Errors
/// As the writer says.
pub fn write_tagpack(pack: &Pack, mut out: impl Write) -> std::io::Result<usize> {
    let header = &pack.header;
    writeln!(out, "title: {}", quoted(&header.title))?;
    writeln!(out, "creator: {}", quoted(&header.creator))?;
    for (name, text) in [("description", &header.description), ("owner", &header.owner)] {
        if let Some(text) = text {
            writeln!(out, "{name}: {}", quoted(text))?;
        }
    }
    if let Some(is_public) = header.is_public {
        writeln!(out, "is_public: {is_public}")?;
    }
    let shared = expressed(&header.shared, &Map::new());
    lines(&mut out, &shared.plain, "")?;
    writeln!(out, "tags:")?;
    let mut left_out = 0;
    for tag in pack.tags() {
        if tag.subject().is_none_or(|(field, _)| field == Field::Entity) {
            left_out += 1;
            continue;
        }
        let own = expressed(tag.own, &shared.ours);
        lines(&mut out, &with_context(tag, own), "  ")?;
    }
    Ok(left_out)
}

/// Fields as the format has them, and what it has no field for.
struct Expressed {
    plain: Fields,
    ours: Map<String, Value>,
}

/// `inherited` is what the header could not say: a tag that does not say it
/// otherwise says it itself.
fn expressed(stated: &Fields, inherited: &Map<String, Value>) -> Expressed {
    let mut plain = Fields::default();
    let mut ours = Map::new();
    for (name, value) in inherited {
        if Field::named(name).is_none_or(|field| stated.get(field).is_none()) {
            ours.insert(name.clone(), value.clone());
        }
    }
    for (field, text) in stated.iter() {
        let said = nearest(field, text);
        if said.as_deref() != Some(text) {
            ours.insert(field.name().to_owned(), Value::from(text));
        }
        match (field, said) {
            (_, Some(said)) => plain.set(field, said),
            (Field::Cluster, None) => plain.set(Field::Address, text),
            (_, None) => {}
        }
    }
    Expressed { plain, ours }
}

/// What the format can say in a field; `None` if it has no such field.
fn nearest(field: Field, text: &str) -> Option<String> {
    let concept = |id: &str| match taxonomy::concept(id) {
        Some(concept) => concept.graphsense.to_owned(),
        None => "unknown".to_owned(),
    };
    match field {
        field if !field.is_of_tagpacks() => None,
        Field::Lastmod if !is_date(text) => None,
        Field::Category | Field::Abuse => Some(concept(text)),
        Field::Concepts => Some(text.split(',').map(concept).collect::<Vec<_>>().join(",")),
        Field::Confidence => match text.parse() {
            Ok(score) => Some(confidence::level_of(score).to_owned()),
            Err(_) => Some(text.to_owned()),
        },
        _ => Some(text.to_owned()),
    }
}

fn with_context(tag: Statement<'_>, own: Expressed) -> Fields {
    let Expressed { mut plain, ours } = own;
    if ours.is_empty() {
        return plain;
    }
    // A tag's own context hides the header's, so the whole of it is written.
    let context = tag.get(Field::Context);
    let mut object = match context.map(serde_json::from_str::<Value>) {
        Some(Ok(Value::Object(object))) if !object.contains_key(OURS) => object,
        Some(_) => Map::from_iter([("text".to_owned(), Value::from(context))]),
        None => Map::new(),
    };
    let mut ours = ours;
    ours.extend(context.map(|text| ("context".to_owned(), Value::from(text))));
    object.insert(OURS.to_owned(), Value::Object(ours));
    plain.set(Field::Context, Value::Object(object).to_string());
    plain
}

/// Takes back out of `context` what [`write_tagpack`] put there.
pub(crate) fn restore(own: &mut Fields) {
    let context = own.get(Field::Context).map(serde_json::from_str::<Value>);
    let Some(Ok(Value::Object(mut object))) = context else { return };
    let Some(Value::Object(ours)) = object.remove(OURS) else { return };
    own.remove(Field::Context);
    for (name, value) in ours {
        if let (Some(field), Value::String(text)) = (Field::named(&name), value) {
            if field == Field::Cluster {
                own.remove(Field::Address);
            }
            own.set(field, text);
        }
    }
}

fn lines(out: &mut impl Write, fields: &Fields, indent: &str) -> std::io::Result<()> {
    let mut first = true;
    for (field, text) in fields.iter() {
        let start = match (indent.is_empty(), first) {
            (true, _) => "",
            (false, true) => "- ",
            (false, false) => indent,
        };
        first = false;
        write!(out, "{start}{}: ", field.name())?;
        match field {
            Field::IsClusterDefiner => writeln!(out, "{text}")?,
            Field::Lastmod => writeln!(out, "{}", date(text))?,
            Field::Concepts => {
                let items: Vec<String> = text.split(',').map(quoted).collect();
                writeln!(out, "[{}]", items.join(", "))?;
            }
            _ => writeln!(out, "{}", quoted(text))?,
        }
    }
    Ok(())
}
