//! Declarations of events with the names inside tuples.
//!
//! The library that hashes and decodes takes tuples without names; the names
//! are what the table goes by. Both are kept: the plain text for the one, a
//! tree of names for the other.

/// A parameter and, for a tuple, what is in it.
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) components: Vec<Parameter>,
    pub(super) indexed: bool,
    plain: String,
}

/// The parameters of `event Name(…)`, and the same text with tuples unnamed.
pub(super) fn read(declaration: &str) -> Option<(Vec<Parameter>, String)> {
    let (head, rest) = declaration.split_once('(')?;
    let parameters = list(rest.strip_suffix(')')?)?;
    let plain: Vec<String> = parameters
        .iter()
        .map(|one| {
            let indexed = if one.indexed { " indexed" } else { "" };
            format!("{}{indexed} {}", one.plain, one.name)
        })
        .collect();
    let text = format!("{head}({})", plain.join(", "));
    Some((parameters, text))
}

fn list(text: &str) -> Option<Vec<Parameter>> {
    let mut all = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                all.push(one(text.get(from..at)?.trim())?);
                from = at + 1;
            }
            _ => {}
        }
    }
    let last = text.get(from..)?.trim();
    if !last.is_empty() {
        all.push(one(last)?);
    }
    Some(all)
}

fn one(text: &str) -> Option<Parameter> {
    let (kind, rest, components) = match text.strip_prefix('(') {
        Some(inner) => {
            let end = inner.rfind(')')?;
            let components = list(inner.get(..end)?)?;
            let rest = inner.get(end + 1..)?;
            let (array, rest) = rest.split_once(' ')?;
            let plain: Vec<&str> = components.iter().map(|part| part.plain.as_str()).collect();
            (format!("({}){array}", plain.join(",")), rest, components)
        }
        None => {
            let (kind, rest) = text.split_once(' ')?;
            (kind.to_owned(), rest, Vec::new())
        }
    };
    let (indexed, name) = match rest.strip_prefix("indexed ") {
        Some(name) => (true, name),
        None => (false, rest),
    };
    Some(Parameter { name: name.trim().to_owned(), components, indexed, plain: kind })
}
