//! ActorPacks that tagpack-tool 25.8.1 validates.

use super::yaml::{date, quoted};
use crate::{Contents, Pack};
use serde_json::Value;
use std::io::Write;

/// Writes a pack of actors; one of tags has none to write.
///
/// # Errors
/// As the writer says.
pub fn write_actorpack(pack: &Pack, mut out: impl Write) -> std::io::Result<()> {
    let header = &pack.header;
    writeln!(out, "title: {}", quoted(&header.title))?;
    writeln!(out, "creator: {}", quoted(&header.creator))?;
    if let Some(text) = &header.description {
        writeln!(out, "description: {}", quoted(text))?;
    }
    let Contents::Actors(actors, shared) = &pack.contents else { return Ok(()) };
    for (name, value) in shared {
        writeln!(out, "{}: {}", quoted(name), flow(name, value))?;
    }
    writeln!(out, "actors:")?;
    for actor in actors {
        writeln!(out, "- id: {}", quoted(&actor.id))?;
        for (name, value) in &actor.stated {
            writeln!(out, "  {}: {}", quoted(name), flow(name, value))?;
        }
    }
    Ok(())
}

/// A value on one line.
fn flow(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) if name == "lastmod" => date(text),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| flow("", item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(pairs) => {
            let pair = |name: &str, value| format!("{}: {}", quoted(name), flow("", value));
            let pairs: Vec<String> = pairs.iter().map(|(name, value)| pair(name, value)).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        // Reading makes texts of every scalar.
        other => other.to_string(),
    }
}
