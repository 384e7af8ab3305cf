//! Many questions in one: an operation for each of a list of keys, its rows
//! flattened, as JSON or CSV.
//!
//! Rows go out as they are found, so that neither memory nor the time limit
//! of a request depends on how many keys there are. A table's columns are
//! those of the first hundred rows, as in GraphSense.

use super::asked::Asked;
use super::desk::Desk;
use super::json::Json;
use super::operations::{Operation, named};
use super::refusal::Refusal;
use std::collections::{BTreeMap, BTreeSet};

/// Keys of one request.
const MOST_KEYS: usize = 10_000;
/// Rows by which the columns of a table are found.
const ROWS_OF_HEADER: usize = 100;

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Json,
    Csv,
}

/// A bulk request, checked.
pub(super) struct Bulk {
    operation: &'static Operation,
    currency: String,
    /// What holds for every key.
    shared: Vec<(String, String)>,
    /// The names of keys, and one list of values for each.
    keys: Vec<(String, Vec<Json>)>,
    length: usize,
    pages: i128,
    rates_alone: bool,
}

/// A value as a parameter's text.
fn text_of(value: &Json) -> String {
    match value {
        Json::Text(text) | Json::Number(text) => text.clone(),
        Json::Flag(flag) => flag.to_string(),
        other => other.to_text(),
    }
}

/// Parameters for all keys, and the lists of keys.
type Fields = (Vec<(String, String)>, Vec<(String, Vec<Json>)>);

/// The fields of a body: what is a list is one of keys.
fn sorted(fields: &[(String, Json)]) -> Fields {
    let (mut shared, mut keys): Fields = (Vec::new(), Vec::new());
    for (field, value) in fields {
        match value {
            Json::Null => {}
            Json::List(items) if field == "only_ids" => {
                let texts: Vec<String> = items.iter().map(text_of).collect();
                shared.push((field.clone(), texts.join(",")));
            }
            Json::List(items) if items.is_empty() => {}
            Json::List(items) => keys.push((field.clone(), items.clone())),
            other => shared.push((field.clone(), text_of(other))),
        }
    }
    (shared, keys)
}

impl Bulk {
    /// Reads a request.
    pub(super) fn read(desk: &Desk<'_>, asked: &mut Asked) -> Result<Self, Refusal> {
        let (currency, name) = (asked.needed("currency"), asked.needed("operation"));
        let pages = asked.needed_number("num_pages", (1, 100));
        let body = asked.body.clone();
        let fields = match &body {
            Json::Object(fields) => fields.as_slice(),
            _ => {
                let words = "Input should be a valid dictionary";
                asked.wrong_body(Vec::new(), "dict_type", words);
                &[]
            }
        };
        asked.check()?;
        let unknown = || {
            Refusal::Bad(format!(
                "Unknown operation '{name}'. Check /openapi.json for available bulk operations."
            ))
        };
        let operation = named(&name).ok_or_else(unknown)?;
        let (shared, keys) = sorted(fields);
        if let Some((field, items)) = keys.iter().find(|(_, items)| items.len() > MOST_KEYS) {
            return Err(Refusal::Bad(format!(
                "{field} holds {} items, at most {MOST_KEYS} are taken; split the list",
                items.len()
            )));
        }
        let length = keys.iter().map(|(_, items)| items.len()).min();
        let words = "Keys need to be passed as list".to_owned();
        let length = length.ok_or(Refusal::Bad(words))?;
        let given = |name: &str| {
            keys.iter().any(|(known, _)| known == name)
                || shared.iter().any(|(known, _)| known == name)
        };
        if let Some(lacking) = operation.needed().find(|name| !given(name)) {
            return Err(Refusal::Bad(format!("{name} missing 1 required argument: '{lacking}'")));
        }
        let lenient = operation.name.starts_with("list_tags_by_address");
        if !lenient && operation.path.starts_with("/{currency}") {
            desk.network(&currency)?;
        }
        let rates_alone = name == "get_rates";
        Ok(Self { operation, currency, shared, keys, length, pages, rates_alone })
    }

    /// How many keys.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// What the request asks about, for the log of answers.
    pub(super) fn subject(&self) -> String {
        let first = self.keys.first().and_then(|(name, items)| Some((name, items.first()?)));
        let first = first.map_or(String::new(), |(name, item)| format!("{name} {}", text_of(item)));
        format!("{} of {} keys from {first}", self.operation.name, self.length)
    }

    /// The rows of one key: flat objects that name it.
    pub(super) fn rows(&self, desk: &Desk<'_>, place: usize, form: Form) -> Vec<Json> {
        let mut asked = Asked::default();
        asked.set("currency", self.currency.clone());
        self.shared.iter().for_each(|(name, value)| asked.set(name, value.clone()));
        let mut named = Vec::new();
        for (name, items) in &self.keys {
            let item = items.get(place).cloned().unwrap_or_default();
            asked.set(name, text_of(&item));
            named.push((format!("_request_{name}"), item));
        }
        let mut rows = Vec::new();
        for _ in 0..self.pages {
            let (found, next) = match (self.operation.run)(desk, &mut asked.clone()) {
                Ok(told) => paged(told),
                Err(refusal) => (vec![Json::object([("_error", refusal.in_row().into())])], None),
            };
            if found.is_empty() && rows.is_empty() {
                rows.push(Json::object([("_info", "no data".into())]));
            }
            rows.extend(found);
            let Some(Json::Text(token)) = next else { break };
            asked.set("page", token);
        }
        for row in &mut rows {
            if self.rates_alone
                && let Json::Object(fields) = row
            {
                fields.retain(|(name, _)| name != "height");
            }
            if form == Form::Csv {
                *row = flat(row);
            }
            if let Json::Object(fields) = row {
                fields.extend(named.iter().cloned());
            }
        }
        rows
    }
}

/// The rows of an answer, and where it goes on.
fn paged(told: Json) -> (Vec<Json>, Option<Json>) {
    match told {
        Json::List(rows) => (rows, None),
        Json::Object(fields) => {
            let Some((_, next)) = fields.iter().find(|(name, _)| name == "next_page").cloned()
            else {
                return (vec![Json::Object(fields)], None);
            };
            let rows = fields.into_iter().find_map(|(name, value)| match value {
                Json::List(rows) if name != "next_page" => Some(rows),
                _ => None,
            });
            (rows.unwrap_or_default(), Some(next))
        }
        other => (vec![other], None),
    }
}

/// A row of one level: names of inner fields are joined by underscores.
fn flat(row: &Json) -> Json {
    let mut cells = Vec::new();
    flatten(row, "", &mut cells);
    Json::Object(cells)
}

fn flatten(value: &Json, name: &str, cells: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(_) if value.get("fiat_values").is_some() => values_of(value, name, cells),
        Json::Object(fields) => {
            for (inner, value) in fields {
                let name = if name.is_empty() { inner.clone() } else { format!("{name}_{inner}") };
                flatten(value, &name, cells);
            }
        }
        Json::List(items) => {
            let texts: Vec<String> = items.iter().map(item_text).collect();
            if name != "actors" {
                cells.push((format!("{name}_count"), texts.len().into()));
            }
            cells.push((name.to_owned(), texts.join(",").into()));
        }
        other => cells.push((name.to_owned(), other.clone())),
    }
}

/// An item of a list in one cell: labelled items by their label.
fn item_text(item: &Json) -> String {
    match item.get("label").or_else(|| item.get("id")) {
        Some(Json::Text(text)) => text.clone(),
        _ => text_of(item),
    }
}

fn values_of(value: &Json, name: &str, cells: &mut Vec<(String, Json)>) {
    let under =
        |inner: &str| if name.is_empty() { inner.to_owned() } else { format!("{name}_{inner}") };
    cells.push((under("value"), value.get("value").cloned().unwrap_or_default()));
    let Some(Json::List(fiat)) = value.get("fiat_values") else { return };
    for one in fiat {
        if let Some(Json::Text(code)) = one.get("code") {
            cells.push((under(code), one.get("value").cloned().unwrap_or_default()));
        }
    }
}

/// Writes rows as they come.
pub(super) struct Writer {
    form: Form,
    /// Rows kept until the columns are known.
    kept: Vec<Json>,
    columns: Option<Vec<String>>,
    begun: bool,
}

impl Writer {
    pub(super) fn new(form: Form) -> Self {
        Self { form, kept: Vec::new(), columns: None, begun: false }
    }

    /// What goes out for some rows.
    pub(super) fn rows(&mut self, rows: Vec<Json>) -> String {
        let mut out = String::new();
        if self.form == Form::Json {
            for row in rows {
                out.push(if self.begun { ',' } else { '[' });
                self.begun = true;
                row.write(&mut out);
            }
            return out;
        }
        self.kept.extend(rows);
        let regular = |row: &&Json| row.get("_error").is_none() && row.get("_info").is_none();
        if self.columns.is_none() && self.kept.iter().filter(regular).count() < ROWS_OF_HEADER {
            return out;
        }
        self.flush(&mut out);
        out
    }

    /// What goes out at the end.
    pub(super) fn end(&mut self) -> String {
        let mut out = String::new();
        match self.form {
            Form::Json => out.push_str(if self.begun { "]" } else { "[]" }),
            Form::Csv => self.flush(&mut out),
        }
        out
    }

    fn flush(&mut self, out: &mut String) {
        let columns = self.columns.get_or_insert_with(|| {
            let columns = columns(&self.kept);
            line(columns.iter().map(String::as_str), out);
            columns
        });
        for row in self.kept.drain(..) {
            let Json::Object(fields) = row else { continue };
            let cells: BTreeMap<String, String> =
                fields.into_iter().map(|(name, value)| (name, cell(&value))).collect();
            let empty = String::new();
            line(columns.iter().map(|name| cells.get(name).unwrap_or(&empty).as_str()), out);
        }
    }
}

/// The columns of rows, in the order of their names. A list of plain texts
/// brings its count; the count has no column of its own where the interface
/// has none either.
fn columns(rows: &[Json]) -> Vec<String> {
    let mut names: BTreeSet<String> = ["_error", "_info"].map(str::to_owned).into();
    for row in rows {
        if let Json::Object(fields) = row {
            names.extend(fields.iter().map(|(name, _)| name.clone()));
        }
    }
    names.into_iter().collect()
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Number(digits) if digits == "null" => String::new(),
        // As GraphSense's writer has them.
        Json::Flag(flag) => if *flag { "True" } else { "False" }.to_owned(),
        other => text_of(other),
    }
}

fn line<'c>(cells: impl Iterator<Item = &'c str>, out: &mut String) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Json {
        let values = Json::object([
            (
                "fiat_values",
                Json::List(vec![Json::object([
                    ("code", "eur".into()),
                    ("value", Json::decimal("1.5")),
                ])]),
            ),
            ("value", 7_u64.into()),
        ]);
        Json::object([
            ("address", "a".into()),
            ("balance", values),
            ("first_tx", Json::object([("height", 1_u64.into())])),
            ("actors", Json::Null),
            ("concepts", vec!["x", "y"].into()),
            ("label", "say \"hi\", you".into()),
        ])
    }

    #[test]
    fn a_table_has_one_level_and_its_columns_in_order() {
        let mut writer = Writer::new(Form::Csv);
        assert_eq!(writer.rows(vec![flat(&row())]), "");
        assert_eq!(
            writer.end(),
            "_error,_info,actors,address,balance_eur,balance_value,concepts,concepts_count,\
             first_tx_height,label\r\n\
             ,,,a,1.5,7,\"x,y\",2,1,\"say \"\"hi\"\", you\"\r\n"
        );
    }

    #[test]
    fn rows_of_json_are_one_list() {
        let mut writer = Writer::new(Form::Json);
        let one = || Json::object([("a", 1_u64.into())]);
        let text = writer.rows(vec![one()]) + &writer.rows(vec![one()]) + &writer.end();
        assert_eq!(text, "[{\"a\":1},{\"a\":1}]");
        assert_eq!(Writer::new(Form::Json).end(), "[]");
    }

    #[test]
    fn an_answer_with_pages_gives_its_rows() {
        let told = Json::object([("txs", vec![1_u64].into()), ("next_page", "n1".into())]);
        assert_eq!(paged(told), (vec![1_u64.into()], Some("n1".into())));
        assert_eq!(paged(row()).0.len(), 1);
    }
}
