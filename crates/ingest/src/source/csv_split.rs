//! One record of comma-separated text into fields.
//!
//! Follows RFC 4180 as most writers do: a field that *begins* with a quotation
//! mark runs to the closing one, two marks inside stand for one, and a mark
//! inside an unquoted field is an ordinary character. The common record has
//! no mark at all and is split without copying.

/// Where the fields of a record are. Reused from record to record.
#[derive(Default)]
pub(crate) struct Fields {
    /// Begin and end, in the record or in `unquoted`.
    spans: Vec<(usize, usize, bool)>,
    /// Text of quoted fields with their marks resolved.
    unquoted: String,
}

/// The record ends inside a quoted field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unclosed;

impl Fields {
    /// How many fields the record has.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// A field of the record that was split; empty text beyond the last.
    pub(crate) fn get<'a>(&'a self, record: &'a str, field: usize) -> &'a str {
        match self.spans.get(field) {
            Some(&(begin, end, false)) => &record[begin..end],
            Some(&(begin, end, true)) => &self.unquoted[begin..end],
            None => "",
        }
    }

    /// Splits a record at `delimiter`, which must be an ASCII character.
    pub(crate) fn split(&mut self, record: &str, delimiter: u8) -> Result<(), Unclosed> {
        self.spans.clear();
        self.unquoted.clear();
        let bytes = record.as_bytes();
        if memchr::memchr(b'"', bytes).is_some() {
            return self.split_quoted(record, delimiter);
        }
        let mut begin = 0;
        for end in memchr::memchr_iter(delimiter, bytes) {
            self.spans.push((begin, end, false));
            begin = end + 1;
        }
        self.spans.push((begin, bytes.len(), false));
        Ok(())
    }

    fn split_quoted(&mut self, record: &str, delimiter: u8) -> Result<(), Unclosed> {
        let bytes = record.as_bytes();
        let mut at = 0;
        loop {
            let next = if bytes.get(at) == Some(&b'"') {
                self.quoted_field(record, at + 1, delimiter)?
            } else {
                let end = memchr::memchr(delimiter, &bytes[at..]).map_or(bytes.len(), |n| at + n);
                self.spans.push((at, end, false));
                end
            };
            if next >= bytes.len() {
                return Ok(());
            }
            at = next + 1;
        }
    }

    /// Reads a quoted field whose text begins at `at`; returns the place of
    /// the delimiter after it, or the length of the record.
    fn quoted_field(
        &mut self,
        record: &str,
        mut at: usize,
        delimiter: u8,
    ) -> Result<usize, Unclosed> {
        let bytes = record.as_bytes();
        let begin = self.unquoted.len();
        loop {
            let mark = at + memchr::memchr(b'"', &bytes[at..]).ok_or(Unclosed)?;
            self.unquoted.push_str(&record[at..mark]);
            at = mark + 1;
            if bytes.get(at) != Some(&b'"') {
                break;
            }
            self.unquoted.push('"');
            at += 1;
        }
        // Text between the closing mark and the delimiter belongs to the field.
        let end = memchr::memchr(delimiter, &bytes[at..]).map_or(bytes.len(), |n| at + n);
        self.unquoted.push_str(&record[at..end]);
        self.spans.push((begin, self.unquoted.len(), true));
        Ok(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(record: &str) -> Result<Vec<String>, Unclosed> {
        let mut fields = Fields::default();
        fields.split(record, b',')?;
        Ok((0..fields.len()).map(|n| fields.get(record, n).to_owned()).collect())
    }

    #[test]
    fn quoted_and_bare_fields() {
        assert_eq!(split("a,,c").unwrap(), ["a", "", "c"]);
        assert_eq!(split("").unwrap(), [""]);
        assert_eq!(split("a,").unwrap(), ["a", ""]);
        assert_eq!(split(r#""a,b","say ""no""",x"y"#).unwrap(), ["a,b", r#"say "no""#, r#"x"y"#]);
        assert_eq!(split(r#""a","#).unwrap(), ["a", ""]);
        assert_eq!(split(r#"1,"open"#), Err(Unclosed));
    }

    proptest! {
        /// The `csv` crate is the model for every record that is closed.
        #[test]
        fn agrees_with_the_model(record in "[a-c\",é ]{1,24}") {
            if let Ok(ours) = split(&record) {
                let mut model = csv::ReaderBuilder::new().has_headers(false).flexible(true)
                    .from_reader(record.as_bytes());
                let theirs: Vec<String> = model.records().next().unwrap().unwrap()
                    .iter().map(str::to_owned).collect();
                prop_assert_eq!(ours, theirs);
            }
        }
    }
}
