//! The columns of a file and what a format makes of them.

use super::Format;
use crate::IngestError;
use std::path::Path;

/// What a column holds, as far as its file says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CellType {
    /// Text, which may spell anything.
    Text,
    /// Bytes.
    Bytes,
    /// Whole numbers.
    Integer,
    /// Exact decimals.
    Decimal,
    /// Floating-point numbers.
    Float,
    /// Instants.
    Time,
    /// Yes or no.
    Boolean,
    /// Anything else.
    Other,
}

/// What a format needs a column for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// A transaction hash or an address.
    Identifier,
    /// A height, position or index.
    Number,
    /// An amount.
    Amount,
    /// A time.
    Time,
    /// A word or label.
    Text,
    /// Yes or no.
    Flag,
}

impl Role {
    fn accepts(self, kind: CellType) -> bool {
        use CellType::{Boolean, Bytes, Decimal, Integer, Text, Time};
        match self {
            Self::Identifier => matches!(kind, Text | Bytes),
            Self::Number => matches!(kind, Text | Integer | Decimal),
            Self::Amount => matches!(kind, Text | Bytes | Integer | Decimal),
            Self::Time => matches!(kind, Text | Integer | Decimal | Time),
            Self::Text => matches!(kind, Text | Bytes),
            Self::Flag => matches!(kind, Text | Integer | Boolean | Decimal),
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Identifier => "bytes or hexadecimal text",
            Self::Number => "a whole number",
            Self::Amount => "exact digits (text, decimal, whole number or 32 bytes)",
            Self::Time => "a timestamp, Unix seconds or text",
            Self::Text => "text",
            Self::Flag => "yes or no, 1 or 0",
        }
    }
}

/// One column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Name in lower case without surrounding blanks.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) kind: CellType,
    /// The type as the file calls it.
    pub(crate) type_name: String,
}

/// The columns of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Header {
    /// In the order of the file.
    pub(crate) columns: Vec<Column>,
}

impl Header {
    /// Columns of text with these names.
    pub(crate) fn text<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let column = |name: &str| Column {
            name: name.trim().to_lowercase(),
            kind: CellType::Text,
            type_name: "text".to_owned(),
        };
        Self { columns: names.into_iter().map(column).collect() }
    }

    /// The first column with one of these names; a name ending in `(` matches
    /// any column that begins with it (`value_in(` finds `value_in(eth)`).
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            self.columns.iter().position(|column| {
                column.name == *name || (name.ends_with('(') && column.name.starts_with(name))
            })
        })
    }

    /// All names, for messages.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        names.join(", ")
    }
}

/// Gives a format its columns and remembers which it took.
pub(crate) struct Binder<'a> {
    file: &'a Path,
    format: Format,
    header: &'a Header,
    taken: Vec<usize>,
}

impl<'a> Binder<'a> {
    pub(crate) fn new(file: &'a Path, format: Format, header: &'a Header) -> Self {
        Self { file, format, header, taken: Vec::new() }
    }

    /// A column the format cannot do without.
    pub(crate) fn need(&mut self, role: Role, names: &[&str]) -> Result<usize, IngestError> {
        self.take(role, names)?.ok_or_else(|| IngestError::UnknownColumns {
            file: self.file.to_owned(),
            found: self.header.names(),
            nearest: self.format,
            missing: names.join(" or ").replace('(', "(…)"),
        })
    }

    /// A column the format uses if it is there.
    pub(crate) fn take(
        &mut self,
        role: Role,
        names: &[&str],
    ) -> Result<Option<usize>, IngestError> {
        let Some(place) = self.header.find(names) else {
            return Ok(None);
        };
        let column = &self.header.columns[place];
        if !role.accepts(column.kind) {
            return Err(IngestError::ColumnType {
                file: self.file.to_owned(),
                column: column.name.clone(),
                found: column.type_name.clone(),
                expected: role.expected(),
            });
        }
        self.taken.push(place);
        Ok(Some(place))
    }

    /// Names of the columns not taken so far.
    pub(crate) fn unused(&self, header: &Header) -> Vec<String> {
        let columns = header.columns.iter().enumerate();
        let unused = columns.filter(|(place, _)| !self.taken.contains(place));
        unused.map(|(_, column)| column.name.clone()).collect()
    }

    /// Columns taken so far, ascending.
    pub(crate) fn taken(mut self) -> Vec<usize> {
        self.taken.sort_unstable();
        self.taken.dedup();
        self.taken
    }
}
