//! The consolidated list of the United Nations Security Council.
//!
//! Source: the XML schema that the list names (`sc-sanctions.xsd`). It has no
//! field for addresses of cryptocurrency; those in free text are not read.

use super::input::Input;
use super::parts;
use super::xml::{Element, Records};
use crate::{ListEntry, ListError, ListFile, ListId};
use std::path::Path;
use tracehound_model::{NameStrength, PartialDate, Party, PartyKind, PartyName};

const NAMES: [&str; 4] = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"];

pub(super) fn read(path: &Path, input: Input) -> Result<ListFile, ListError> {
    let mut records = Records::new(path, input);
    let mut entries = Vec::new();
    while let Some(record) = records.next(&["INDIVIDUAL", "ENTITY"])? {
        entries.push(entry(&record).map_err(|reason| records.broken(&reason))?);
    }
    let published = parts::date_of_time(records.root().attribute("dateGenerated"));
    Ok(ListFile { list: ListId("un".to_owned()), format: "un-xml", published, entries })
}

fn entry(record: &Element) -> Result<ListEntry, String> {
    let id = record.text_of("REFERENCE_NUMBER").to_owned();
    if id.is_empty() {
        return Err("an entry has no REFERENCE_NUMBER".to_owned());
    }
    let person = record.name == "INDIVIDUAL";
    let kind = if person { PartyKind::Person } else { PartyKind::Organisation };
    let named = NAMES.map(|name| record.text_of(name));
    let whole = named.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    let mut names: Vec<PartyName> =
        parts::whole_name(&whole, NameStrength::Primary).into_iter().collect();
    names.extend(parts::whole_name(record.text_of("NAME_ORIGINAL_SCRIPT"), NameStrength::Strong));
    for alias in record.all("INDIVIDUAL_ALIAS").chain(record.all("ENTITY_ALIAS")) {
        let low = alias.text_of("QUALITY").eq_ignore_ascii_case("low");
        names.extend(parts::whole_name(alias.text_of("ALIAS_NAME"), parts::alias(low)));
    }
    let mut entry = ListEntry {
        id,
        party: Party { kind, names, ..Party::default() },
        listed_on: parts::date_of_time(record.text_of("LISTED_ON")),
        remarks: record.text_of("COMMENTS1").to_owned(),
        ..ListEntry::default()
    };
    parts::add(&mut entry.programmes, record.text_of("UN_LIST_TYPE"));
    entry.party.birth_dates = record.all("INDIVIDUAL_DATE_OF_BIRTH").filter_map(birth).collect();
    for nationality in record.all("NATIONALITY").flat_map(|all| all.all("VALUE")) {
        parts::add(&mut entry.party.countries, nationality.text());
    }
    for address in record.all("INDIVIDUAL_ADDRESS").chain(record.all("ENTITY_ADDRESS")) {
        parts::add(&mut entry.party.countries, address.text_of("COUNTRY"));
    }
    Ok(entry)
}

fn birth(birth: &Element) -> Option<PartialDate> {
    let approximate = birth.text_of("TYPE_OF_DATE").eq_ignore_ascii_case("approximately");
    let (from, to) = (birth.text_of("FROM_YEAR"), birth.text_of("TO_YEAR"));
    if let (Some(from), Some(to)) = (parts::iso_year(from), parts::iso_year(to)) {
        return Some(PartialDate { from, to, approximate });
    }
    let day = parts::date_of_time(birth.text_of("DATE"));
    let date = day.or_else(|| parts::iso_year(birth.text_of("YEAR")))?;
    Some(PartialDate { approximate, ..parts::exactly(date) })
}
