//! Readers of what publishers publish. Which format a file has is told by
//! its content, plain or packed with gzip or bzip2.

mod eu;
mod follow_the_money;
mod input;
mod ofac_advanced;
mod ofac_csv;
mod ofac_sdn;
mod parts;
mod uk;
mod un;
mod xml;

use crate::{ListError, ListFile};
use input::Input;
use std::path::Path;
use tracehound_model::NameStrength;

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    OfacAdvanced,
    OfacSdn,
    OfacCsv,
    Un,
    Eu,
    UkXml,
    UkCsv,
    FollowTheMoney,
}

/// Marks near the beginning of each XML format.
const XML_MARKS: [(&str, Format); 6] = [
    ("<Sanctions ", Format::OfacAdvanced),
    ("<sdnList", Format::OfacSdn),
    ("<CONSOLIDATED_LIST", Format::Un),
    ("sanctionEntity", Format::Eu),
    ("fsd/export", Format::Eu),
    ("<Designations", Format::UkXml),
];

/// Reads a list whole. Memory holds the entries and one record of the file.
///
/// # Errors
/// [`ListError`] naming the file, the place in it, and the cure.
pub fn read_list(path: &Path) -> Result<ListFile, ListError> {
    let input = Input::open(path)?;
    let file = match recognise(path, &input)? {
        Format::OfacAdvanced => ofac_advanced::read(path, input),
        Format::OfacSdn => ofac_sdn::read(path, input),
        Format::OfacCsv => ofac_csv::read(path, input),
        Format::Un => un::read(path, input),
        Format::Eu => eu::read(path, input),
        Format::UkXml => uk::read_xml(path, input),
        Format::UkCsv => uk::read_csv(path, input),
        Format::FollowTheMoney => follow_the_money::read(path, input),
    }?;
    if file.entries.is_empty() {
        return Err(ListError::NoEntry { file: path.to_owned() });
    }
    Ok(sorted(file))
}

/// Entries in the order of their numbers, primary names first, so that equal
/// lists are equal files.
fn sorted(mut file: ListFile) -> ListFile {
    for entry in &mut file.entries {
        entry.party.names.sort_by_key(|name| name.strength != NameStrength::Primary);
        entry.addresses.sort();
        entry.addresses.dedup();
    }
    let key = |id: &str| (id.parse::<u64>().unwrap_or(u64::MAX), id.to_owned());
    file.entries.sort_by_cached_key(|entry| key(&entry.id));
    file
}

fn recognise(path: &Path, input: &Input) -> Result<Format, ListError> {
    let start = input.start();
    let unknown = || {
        let found: String = start.chars().take(60).collect();
        let found = format!("it begins with \"{}\"", found.replace(['\n', '\r'], " "));
        ListError::Unknown { file: path.to_owned(), found }
    };
    let first = start.trim_start();
    if first.starts_with('<') {
        let found = XML_MARKS.iter().find(|(mark, _)| start.contains(mark));
        return found.map(|(_, format)| *format).ok_or_else(unknown);
    }
    if first.starts_with('{') {
        return Ok(Format::FollowTheMoney);
    }
    if uk::is_header(&start) {
        return Ok(Format::UkCsv);
    }
    let line = first.lines().next().unwrap_or_default();
    if line.split(',').next().is_some_and(is_number) && line.contains("-0-") {
        return Ok(Format::OfacCsv);
    }
    Err(unknown())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
