//! The European Union's consolidated financial sanctions (FSF XML, 1.1).
//!
//! Source: the Commission's description of the FSD export. It has no field
//! for addresses of cryptocurrency.

use super::input::Input;
use super::parts;
use super::xml::{Element, Records};
use crate::{ListEntry, ListError, ListFile, ListId};
use std::path::Path;
use tracehound_model::{PartialDate, Party, PartyKind, PartyName};

/// What the file writes where a country is not known.
const NO_COUNTRY: &str = "00";

pub(super) fn read(path: &Path, input: Input) -> Result<ListFile, ListError> {
    let mut records = Records::new(path, input);
    let mut entries = Vec::new();
    while let Some(record) = records.next(&["sanctionEntity"])? {
        entries.push(entry(&record).map_err(|reason| records.broken(&reason))?);
    }
    let published = parts::date_of_time(records.root().attribute("generationDate"));
    Ok(ListFile { list: ListId("eu".to_owned()), format: "eu-fsf-xml", published, entries })
}

fn entry(record: &Element) -> Result<ListEntry, String> {
    let reference = record.attribute("euReferenceNumber");
    let id = if reference.is_empty() { record.attribute("logicalId") } else { reference };
    if id.is_empty() {
        return Err("an entity has neither euReferenceNumber nor logicalId".to_owned());
    }
    let kind = match record.child("subjectType").map(|kind| kind.attribute("code")) {
        Some("person") => PartyKind::Person,
        Some("enterprise") => PartyKind::Organisation,
        _ => PartyKind::Unknown,
    };
    let mut entry = ListEntry {
        id: id.to_owned(),
        party: Party { kind, names: names(record), ..Party::default() },
        ..ListEntry::default()
    };
    for regulation in record.all("regulation") {
        parts::add(&mut entry.programmes, regulation.attribute("programme"));
        let day = parts::date_of_time(regulation.attribute("publicationDate"));
        parts::earliest(&mut entry.listed_on, day);
    }
    entry.party.birth_dates = record.all("birthdate").filter_map(birth).collect();
    let places = ["citizenship", "address"].map(|name| record.all(name));
    for place in places.into_iter().flatten() {
        let code = place.attribute("countryIso2Code");
        if code != NO_COUNTRY {
            parts::add(&mut entry.party.countries, code);
        }
    }
    let remarks: Vec<&str> = record.all("remark").map(Element::text).collect();
    entry.remarks = remarks.join("\n");
    Ok(entry)
}

/// The first strong name is the primary one: the list does not say which is.
fn names(record: &Element) -> Vec<PartyName> {
    let mut names: Vec<PartyName> = Vec::new();
    for alias in record.all("nameAlias") {
        let weak = alias.attribute("strong") == "false";
        let strength = parts::primary_or_alias(&names, !weak, weak);
        let (family, given) = (alias.attribute("lastName"), alias.attribute("firstName"));
        names.extend(
            parts::whole_name(alias.attribute("wholeName"), strength).map(|name| PartyName {
                family: family.to_owned(),
                given: given.to_owned(),
                ..name
            }),
        );
    }
    names
}

fn birth(birth: &Element) -> Option<PartialDate> {
    let approximate = birth.attribute("circa") == "true";
    let (from, to) = (birth.attribute("yearRangeFrom"), birth.attribute("yearRangeTo"));
    if let (Some(from), Some(to)) = (parts::iso_year(from), parts::iso_year(to)) {
        return Some(PartialDate { from, to, approximate });
    }
    let day = parts::date_of_time(birth.attribute("birthdate"));
    let date = day.or_else(|| parts::iso_year(birth.attribute("year")))?;
    Some(PartialDate { approximate, ..parts::exactly(date) })
}
