//! Tags from a table `address,label,entity,category,source,confidence`.

use crate::normalise::{RowError, address, number, text};
use crate::source::{Header, Opened, Row, RowNumber, RowVisitor, open};
use crate::{BrokenRow, IngestError};
use std::path::Path;
use tracehound_model::{Confidence, Tag};

const COLUMNS: [&str; 6] = ["address", "label", "entity", "category", "source", "confidence"];

/// Reads tags; the header is required, entity and category may be empty.
///
/// # Errors
/// [`IngestError`] naming file, row and what is wrong with it.
pub fn read_tags(path: &Path) -> Result<Vec<Tag>, IngestError> {
    let opened = open(path)?;
    let columns = columns(&opened.header).map_err(|missing| IngestError::ListRow {
        file: path.to_owned(),
        row: BrokenRow {
            row: 0,
            line: Some(1),
            reason: format!("the header lacks {missing}; it must be {}", COLUMNS.join(",")),
        },
    })?;
    let mut visitor = TagVisitor { opened: &opened, columns, tags: Vec::new() };
    opened.visit(&columns_ascending(columns), &mut visitor)?;
    Ok(visitor.tags)
}

fn columns(header: &Header) -> Result<[usize; 6], &'static str> {
    let mut places = [0; 6];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        *place = header.find(&[name]).ok_or(name)?;
    }
    Ok(places)
}

fn columns_ascending(mut columns: [usize; 6]) -> Vec<usize> {
    columns.sort_unstable();
    columns.to_vec()
}

struct TagVisitor<'a> {
    opened: &'a Opened,
    columns: [usize; 6],
    tags: Vec<Tag>,
}

impl TagVisitor<'_> {
    fn tag(&self, row: &impl Row) -> Result<Tag, RowError> {
        let [place, label, entity, category, source, confidence] = self.columns;
        let entity = text(row.cell(entity), "entity")?;
        let category = match text(row.cell(category), "category")? {
            "" => None,
            name => Some(name.parse().map_err(|error| RowError::column("category", error))?),
        };
        let confidence = match number(row.cell(confidence), "confidence")? {
            Some(value @ 0..=100) => Confidence(u8::try_from(value).unwrap_or(100)),
            _ => {
                let reason = "give a whole number from 0 (unknown) to 100 (stated by the owner)";
                return Err(RowError::column("confidence", reason));
            }
        };
        let source = text(row.cell(source), "source")?;
        if source.is_empty() {
            return Err(RowError::Broken("source is missing: who says so?".to_owned()));
        }
        Ok(Tag {
            address: address(row.cell(place), "address")?,
            label: text(row.cell(label), "label")?.to_owned(),
            entity: (!entity.is_empty()).then(|| entity.to_owned()),
            category,
            source: source.to_owned(),
            confidence,
        })
    }

    fn refuse(&self, number: RowNumber, reason: String) -> Result<(), IngestError> {
        let row = BrokenRow { row: number.row, line: number.line, reason };
        Err(IngestError::ListRow { file: self.opened.path.clone(), row })
    }
}

impl RowVisitor for TagVisitor<'_> {
    fn row(&mut self, number: RowNumber, row: &impl Row) -> Result<(), IngestError> {
        match self.tag(row) {
            Ok(tag) => {
                self.tags.push(tag);
                Ok(())
            }
            Err(RowError::Broken(reason)) => self.refuse(number, reason),
            Err(RowError::Fatal(error)) => Err(*error),
        }
    }

    fn broken(&mut self, number: RowNumber, reason: String, _: String) -> Result<(), IngestError> {
        self.refuse(number, reason)
    }

    fn progress(&mut self, _bytes: u64) -> Result<(), IngestError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracehound_model::Category;

    const HEADER: &str = "address,label,entity,category,source,confidence";
    const A: &str = "0x6dd68bb7177edfb4f2f88fe62d80a6545378ef40";

    fn read(text: &str) -> Result<Vec<Tag>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tags.csv");
        std::fs::write(&path, text).unwrap();
        read_tags(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn tags_with_and_without_entity() {
        let text = format!(
            "{HEADER}\n{A},\"Binance 14, hot\",Binance,exchange,etherscan,50\n{A},x,,,list,0\n"
        );
        let tags = read(&text).unwrap();
        assert_eq!(tags[0].label, "Binance 14, hot");
        assert_eq!(tags[0].category, Some(Category::Exchange));
        assert_eq!((&tags[1].entity, tags[1].category), (&None, None));
        assert_eq!(tags[1].confidence, Confidence(0));
    }

    #[test]
    fn every_fault_names_the_row() {
        let error = |row: &str| read(&format!("{HEADER}\n{row}\n")).unwrap_err();
        assert!(error(&format!("{A},x,,bank,s,50")).contains("row 1 (line 2): category: \"bank\""));
        assert!(error(&format!("{A},x,,,s,101")).contains("confidence: give a whole number"));
        assert!(error(&format!("{A},x,,,,50")).contains("who says so?"));
        assert!(error("0x1,x,,,s,50").contains("address: \"0x1\" is not an address"));
        assert!(error(&format!("{A},x,,s,50")).contains("5 fields, the header 6"));
        let header = read(&format!("address,label\n{A},x\n")).unwrap_err();
        assert!(header.contains("the header lacks entity"), "{header}");
    }
}
