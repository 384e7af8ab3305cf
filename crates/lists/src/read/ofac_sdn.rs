//! OFAC's `SDN.XML`: shorter than the advanced format, with strong and weak
//! aliases. Source: OFAC's description of SDN.XML.

use super::input::Input;
use super::parts;
use super::xml::{Element, Records};
use crate::{ListEntry, ListError, ListFile, ListId, ListedAddress};
use std::path::Path;
use tracehound_model::{NameStrength, Party, PartyKind};

/// What stands before the asset in a document's type.
const ADDRESS: &str = "Digital Currency Address";

pub(super) fn read(path: &Path, input: Input) -> Result<ListFile, ListError> {
    let mut records = Records::new(path, input);
    let (mut published, mut stated) = (None, None);
    let mut entries = Vec::new();
    // The publisher's own spelling.
    while let Some(record) = records.next(&["publshInformation", "sdnEntry"])? {
        if record.name == "sdnEntry" {
            entries.push(entry(&record).map_err(|reason| records.broken(&reason))?);
        } else {
            published = parts::american_date(record.text_of("Publish_Date"));
            stated = record.text_of("Record_Count").parse::<u64>().ok();
        }
    }
    // Counts of entries in memory fit 64 bits.
    let found = entries.len() as u64;
    match stated {
        Some(stated) if stated != found => {
            return Err(ListError::Count { file: path.to_owned(), stated, found });
        }
        _ => {}
    }
    let list = ListId("ofac-sdn".to_owned());
    Ok(ListFile { list, format: "ofac-sdn-xml", published, entries })
}

fn entry(record: &Element) -> Result<ListEntry, String> {
    let id = record.text_of("uid").to_owned();
    if id.is_empty() {
        return Err("an entry has no uid".to_owned());
    }
    let kind = match record.text_of("sdnType") {
        "Individual" => PartyKind::Person,
        "Entity" => PartyKind::Organisation,
        "Vessel" => PartyKind::Vessel,
        "Aircraft" => PartyKind::Aircraft,
        _ => PartyKind::Unknown,
    };
    let mut entry =
        ListEntry { id, party: Party { kind, ..Party::default() }, ..ListEntry::default() };
    let name = |element: &Element, strength| {
        parts::family_given(element.text_of("lastName"), element.text_of("firstName"), strength)
    };
    entry.party.names.extend(name(record, NameStrength::Primary));
    for alias in items(record, "akaList", "aka") {
        let weak = alias.text_of("category") == "weak";
        entry.party.names.extend(name(alias, parts::alias(weak)));
    }
    items(record, "programList", "program")
        .for_each(|p| parts::add(&mut entry.programmes, p.text()));
    for item in items(record, "dateOfBirthList", "dateOfBirthItem") {
        entry.party.birth_dates.extend(parts::loose_date(item.text_of("dateOfBirth")));
    }
    for (list, item) in [("nationalityList", "nationality"), ("citizenshipList", "citizenship")] {
        items(record, list, item)
            .for_each(|item| parts::add(&mut entry.party.countries, item.text_of("country")));
    }
    items(record, "addressList", "address")
        .for_each(|item| parts::add(&mut entry.party.countries, item.text_of("country")));
    for document in items(record, "idList", "id") {
        let Some(label) = document.text_of("idType").strip_prefix(ADDRESS) else { continue };
        let label = label.trim_start_matches([' ', '-']).trim().to_owned();
        let text = document.text_of("idNumber").to_owned();
        entry.addresses.push(ListedAddress { label, text });
    }
    entry.remarks = record.text_of("remarks").to_owned();
    Ok(entry)
}

fn items<'e>(
    record: &'e Element,
    list: &'e str,
    item: &'e str,
) -> impl Iterator<Item = &'e Element> {
    record.all(list).flat_map(move |list| list.all(item))
}
