//! Tables with a header: one tag a row, columns named as the fields are.

use super::Assumed;
use super::check::{Watch, check};
use crate::{Contents, Field, Fields, Header, Pack, TagError, taxonomy};
use std::path::Path;
use tracehound_lists::form_of;
use tracehound_model::Category;

/// Other names columns have.
const ALIASES: [(&str, Field); 6] = [
    ("chain", Field::Network),
    ("name", Field::Label),
    ("transaction", Field::TxHash),
    ("valid_from", Field::Since),
    ("valid_until", Field::Until),
    ("asset", Field::Currency),
];

fn field_of(column: &str) -> Option<Field> {
    let alias = || ALIASES.iter().find(|(name, _)| *name == column).map(|&(_, field)| field);
    Field::named(column).or_else(alias)
}

/// Whether a header is that of a table of tags.
pub(super) fn is_table(header: &[String]) -> bool {
    let has = |wanted: &dyn Fn(Field) -> bool| {
        header.iter().any(|column| field_of(column).is_some_and(wanted))
    };
    has(&Field::is_subject) && has(&|field| field == Field::Label)
}

pub(super) fn row_fault(path: &Path, error: &csv::Error) -> TagError {
    let line = error.position().map_or(1, |at| usize::try_from(at.line()).unwrap_or(usize::MAX));
    TagError::Line { file: path.to_owned(), line, reason: error.to_string() }
}

/// Reads a table.
pub(super) fn read(path: &Path, text: &str, assumed: &Assumed) -> Result<Pack, TagError> {
    let at = |line: u64, reason: String| TagError::Line {
        file: path.to_owned(),
        line: usize::try_from(line).unwrap_or(usize::MAX),
        reason,
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| row_fault(path, &error))?.clone();
    let mut columns = Vec::new();
    for name in &names {
        let name = name.trim().to_ascii_lowercase();
        let field = field_of(&name).ok_or_else(|| {
            at(
                1,
                format!(
                    "column {name} is not known; name it as a field of a tag is, or take it out"
                ),
            )
        })?;
        columns.push(field);
    }
    let header = header(path, assumed);
    let (mut tags, mut watch) = (Vec::new(), Watch::default());
    for record in reader.records() {
        let record = record.map_err(|error| row_fault(path, &error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let own = tag(&columns, &record, &header.shared).map_err(|reason| at(line, reason))?;
        watch.look(&own, &header.shared);
        tags.push(own);
    }
    if tags.is_empty() {
        return Err(at(1, "there are no rows under the header".to_owned()));
    }
    Ok(Pack { header, contents: Contents::Tags(tags), format: "table", warnings: watch.warnings() })
}

fn header(path: &Path, assumed: &Assumed) -> Header {
    let title = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut shared = Fields::default();
    let given = [
        (Field::Source, &assumed.source),
        (Field::Network, &assumed.network),
        (Field::Currency, &assumed.network),
        (Field::Confidence, &assumed.confidence),
    ];
    for (field, text) in given {
        if let Some(text) = text {
            shared.set(field, text.as_str());
        }
    }
    let creator = assumed.creator.clone().unwrap_or("not stated".to_owned());
    Header { title, creator, shared, ..Header::default() }
}

fn tag(columns: &[Field], record: &csv::StringRecord, shared: &Fields) -> Result<Fields, String> {
    let mut own = Fields::default();
    for (&field, text) in columns.iter().zip(record) {
        let text = text.trim();
        if !text.is_empty() {
            own.set(field, concept(field, text));
        }
    }
    // Beside an address, an entity is who is behind it.
    let others = own.iter().filter(|(field, _)| field.is_subject()).count() > 1;
    if let (true, Some(entity)) = (others, own.get(Field::Entity).map(str::to_owned)) {
        own.remove(Field::Entity);
        own.set(Field::Actor, entity);
    }
    if own.get(Field::Currency).or(shared.get(Field::Currency)).is_none() {
        // A chain is named by its coin; else the address's form says what it can.
        let network = own.get(Field::Network).or(shared.get(Field::Network)).map(str::to_owned);
        let form = || own.get(Field::Address).map(|text| form_of(text).family.to_owned());
        if let Some(named) = network.or_else(form) {
            own.set(Field::Currency, named);
        }
    }
    own.shrink();
    check(&own, shared)?;
    Ok(own)
}

/// A category by the name tracing has for it, as the taxonomy's concept.
fn concept(field: Field, text: &str) -> String {
    match (field, text.parse::<Category>()) {
        (Field::Category, Ok(category)) if taxonomy::concept(text).is_none() => {
            taxonomy::concept_of_category(category).to_owned()
        }
        _ => text.to_owned(),
    }
}
