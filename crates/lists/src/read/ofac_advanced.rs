//! OFAC's `SDN_ADVANCED.XML` and its consolidated sibling.
//!
//! Source: OFAC's advanced sanctions data standard. Every number means what
//! the file's own reference values say; none is written here.

mod dictionary;
mod party;

use super::input::Input;
use super::parts;
use super::xml::{Element, Records};
use crate::{ListEntry, ListError, ListFile, ListId};
use dictionary::Dictionary;
use std::collections::BTreeMap;
use std::path::Path;

const RECORDS: [&str; 5] =
    ["DateOfIssue", "ReferenceValueSets", "Location", "DistinctParty", "SanctionsEntry"];
/// What the list of designated nationals calls itself.
const SDN_LIST: &str = "SDN List";
/// A measure that names a programme in its comment.
const PROGRAMME: &str = "Program";

pub(super) fn read(path: &Path, input: Input) -> Result<ListFile, ListError> {
    let mut records = Records::new(path, input);
    let mut reading = Reading::default();
    while let Some(record) = records.next(&RECORDS)? {
        reading.take(&record).map_err(|reason| records.broken(&reason))?;
    }
    if !records.root().name.eq("Sanctions") {
        return Err(records.broken("its root is not <Sanctions>"));
    }
    let mut missing = reading.entries.values().filter(|(_, listed)| !listed);
    if let Some((entry, _)) = missing.next() {
        let reason = format!("party {} stands in no sanctions entry", entry.id);
        return Err(records.broken(&reason));
    }
    let list = if reading.sdn { "ofac-sdn" } else { "ofac-consolidated" };
    Ok(ListFile {
        list: ListId(list.to_owned()),
        format: "ofac-advanced-xml",
        published: reading.published,
        entries: reading.entries.into_values().map(|(entry, _)| entry).collect(),
    })
}

#[derive(Default)]
struct Reading {
    published: Option<String>,
    dictionary: Dictionary,
    /// Country of a location, by the location's number.
    locations: BTreeMap<String, String>,
    /// Entries by the number of the profile, and whether a sanctions entry names them.
    entries: BTreeMap<String, (ListEntry, bool)>,
    /// Whether any entry is on the list of designated nationals.
    sdn: bool,
}

impl Reading {
    fn take(&mut self, record: &Element) -> Result<(), String> {
        match record.name.as_str() {
            "DateOfIssue" => self.published = date(record),
            "ReferenceValueSets" => self.dictionary = Dictionary::read(record)?,
            "Location" => {
                let countries = record.all("LocationCountry");
                let mut codes =
                    countries.filter_map(|c| self.dictionary.country(c.attribute("CountryID")));
                if let Some(code) = codes.next() {
                    self.locations.insert(record.attribute("ID").to_owned(), code.to_owned());
                }
            }
            "DistinctParty" => {
                for profile in record.all("Profile") {
                    let entry = party::entry(profile, &self.dictionary, &self.locations)?;
                    self.entries.insert(entry.id.clone(), (entry, false));
                }
            }
            _ => self.listing(record)?,
        }
        Ok(())
    }

    /// Programmes and the day of listing.
    fn listing(&mut self, record: &Element) -> Result<(), String> {
        let profile = record.attribute("ProfileID");
        let Some((entry, listed)) = self.entries.get_mut(profile) else {
            return Err(format!("a sanctions entry names party {profile}, which is not there"));
        };
        *listed = true;
        self.sdn |= self.dictionary.name("List", record.attribute("ListID")) == SDN_LIST;
        for event in record.all("EntryEvent") {
            parts::earliest(&mut entry.listed_on, event.child("Date").and_then(date));
        }
        for measure in record.all("SanctionsMeasure") {
            let kind = self.dictionary.name("SanctionsType", measure.attribute("SanctionsTypeID"));
            match kind {
                PROGRAMME => parts::add(&mut entry.programmes, measure.text_of("Comment")),
                kind => parts::add(&mut entry.measures, kind),
            }
        }
        Ok(())
    }
}

/// `<Year>`, `<Month>` and `<Day>`.
fn date(element: &Element) -> Option<String> {
    parts::iso(element.text_of("Year"), element.text_of("Month"), element.text_of("Day"))
}
