//! The UK Sanctions List of the Foreign, Commonwealth and Development
//! Office, as XML and as CSV. It replaced OFSI's consolidated list, which
//! closed on 28 January 2026.
//!
//! Source: the FCDO's guide to the format: names in six parts, a type of name
//! (primary, variation, alias) and, for aliases, a strength. In the CSV an
//! entry takes a row for each name and date; rows share the unique ID.

use super::input::Input;
use super::parts::{self, Rows};
use super::xml::{Element, Records};
use crate::{ListEntry, ListError, ListFile, ListId};
use std::collections::BTreeMap;
use std::path::Path;
use tracehound_model::{NameStrength, Party, PartyKind, PartyName};

/// Parts of a name, the family name last.
const NAME_PARTS: [&str; 6] = ["Name1", "Name2", "Name3", "Name4", "Name5", "Name6"];
const UNIQUE_ID: &str = "Unique ID";

fn list(format: &'static str, published: Option<String>, entries: Vec<ListEntry>) -> ListFile {
    ListFile { list: ListId("uk".to_owned()), format, published, entries }
}

pub(super) fn read_xml(path: &Path, input: Input) -> Result<ListFile, ListError> {
    let mut records = Records::new(path, input);
    let (mut published, mut entries) = (None, Vec::new());
    while let Some(record) = records.next(&["DateGenerated", "Designation"])? {
        if record.name == "DateGenerated" {
            published =
                parts::british_date(record.text()).or_else(|| parts::date_of_time(record.text()));
        } else {
            entries.push(xml_entry(&record).map_err(|reason| records.broken(&reason))?);
        }
    }
    Ok(list("uk-xml", published, entries))
}

fn xml_entry(record: &Element) -> Result<ListEntry, String> {
    let id = record.text_of("UniqueID").to_owned();
    if id.is_empty() {
        return Err("a designation has no UniqueID".to_owned());
    }
    let mut names = Vec::new();
    for name in record.all("Names").flat_map(|names| names.all("Name")) {
        let named = NAME_PARTS.map(|part| name.text_of(part));
        names.extend(joined(&named, name.text_of("NameType"), name.text_of("AliasStrength")));
    }
    for name in record.all("NonLatinNames").flat_map(|names| names.all("NonLatinName")) {
        names.extend(parts::whole_name(name.text_of("NameNonLatinScript"), NameStrength::Strong));
    }
    let kind = kind(record.text_of("IndividualEntityShip"));
    let mut entry = ListEntry {
        id,
        party: Party { kind, names, ..Party::default() },
        listed_on: parts::british_date(record.text_of("DateDesignated")),
        remarks: record.text_of("OtherInformation").to_owned(),
        ..ListEntry::default()
    };
    parts::add(&mut entry.programmes, record.text_of("RegimeName"));
    let people = record.all("IndividualDetails").flat_map(|details| details.all("Individual"));
    for person in people {
        let births = person.all("DOBs").flat_map(|all| all.all("DOB"));
        let births = births.filter_map(|birth| parts::british_date(birth.text()));
        entry.party.birth_dates.extend(births.map(parts::exactly));
        for nationality in person.all("Nationalities").flat_map(|all| all.all("Nationality")) {
            parts::add(&mut entry.party.countries, nationality.text());
        }
    }
    for address in record.all("Addresses").flat_map(|all| all.all("Address")) {
        parts::add(&mut entry.party.countries, address.text_of("AddressCountry"));
    }
    Ok(entry)
}

fn kind(text: &str) -> PartyKind {
    match text {
        "Individual" => PartyKind::Person,
        "Entity" => PartyKind::Organisation,
        "Ship" => PartyKind::Vessel,
        _ => PartyKind::Unknown,
    }
}

/// Given names, then the family name.
fn joined(named: &[&str; 6], kind: &str, strength: &str) -> Option<PartyName> {
    let low = strength.to_ascii_lowercase().contains("low");
    let strength = match kind.to_ascii_lowercase().as_str() {
        "primary name" => NameStrength::Primary,
        _ => parts::alias(low),
    };
    let filled = |parts: &[&str]| {
        parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
    };
    let (given, family) = (filled(&named[..5]), named[5].to_owned());
    let name = parts::whole_name(&filled(named), strength)?;
    Some(PartyName { family, given, ..name })
}

/// Whether a CSV begins like this list: its header, after a line with the date.
pub(super) fn is_header(start: &str) -> bool {
    start.lines().take(2).any(|line| line.contains(UNIQUE_ID) && line.contains("Regime Name"))
}

pub(super) fn read_csv(path: &Path, input: Input) -> Result<ListFile, ListError> {
    let (mut published, mut header) = (None, Vec::new());
    let mut entries: BTreeMap<String, ListEntry> = BTreeMap::new();
    parts::rows(path, input, |row| {
        if header.is_empty() {
            if row.iter().any(|cell| cell.trim() == UNIQUE_ID) {
                header = row.iter().map(|cell| cell.trim().to_owned()).collect();
            } else {
                // "Report Date: 21-Mar-2025"
                published = row.iter().find_map(report_date);
            }
            return Ok(Rows::More);
        }
        if row.len() != header.len() {
            return Err(format!("{} columns where {} belong", row.len(), header.len()));
        }
        let cell = |name: &str| {
            let place = header.iter().position(|column| column.eq_ignore_ascii_case(name));
            place.and_then(|place| row.get(place)).map_or("", str::trim)
        };
        if cell(UNIQUE_ID).is_empty() {
            return Err("no Unique ID".to_owned());
        }
        csv_row(&mut entries, &cell);
        Ok(Rows::More)
    })?;
    Ok(list("uk-csv", published, entries.into_values().collect()))
}

fn report_date(cell: &str) -> Option<String> {
    let date = cell.trim().strip_prefix("Report Date:")?.trim().replace('-', " ");
    parts::british_date(&date).or_else(|| Some(parts::loose_date(&date)?.from))
}

fn csv_row<'r>(entries: &mut BTreeMap<String, ListEntry>, cell: &dyn Fn(&str) -> &'r str) {
    let id = cell(UNIQUE_ID).to_owned();
    let entry = entries.entry(id.clone()).or_insert_with(|| ListEntry {
        id,
        party: Party { kind: kind(cell("Designation Type")), ..Party::default() },
        listed_on: parts::british_date(cell("Date Designated")),
        remarks: cell("Other Information").to_owned(),
        ..ListEntry::default()
    });
    let named = ["Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6"].map(cell);
    let strength = cell("Alias Strength");
    let original = parts::whole_name(cell("Name non-latin script"), NameStrength::Strong);
    for name in joined(&named, cell("Name type"), strength).into_iter().chain(original) {
        if !entry.party.names.contains(&name) {
            entry.party.names.push(name);
        }
    }
    parts::add(&mut entry.programmes, cell("Regime Name"));
    if let Some(birth) = parts::british_date(cell("D.O.B")).map(parts::exactly)
        && !entry.party.birth_dates.contains(&birth)
    {
        entry.party.birth_dates.push(birth);
    }
    for column in ["Nationality(/ies)", "Address Country"] {
        parts::add(&mut entry.party.countries, cell(column));
    }
}
