//! One profile of the advanced format.

use super::dictionary::Dictionary;
use crate::read::parts;
use crate::read::xml::Element;
use crate::{ListEntry, ListedAddress};
use std::collections::{BTreeMap, HashMap};
use tracehound_model::{NameStrength, PartialDate, Party, PartyKind, PartyName};

/// Features whose country is a qualifier.
const COUNTRIES: [&str; 6] = [
    "Nationality Country",
    "Citizenship Country",
    "Nationality of Registration",
    "Registration Country",
    "Vessel Flag",
    "Location",
];
const BIRTH: [&str; 2] = ["Birthdate", "Organization Established Date"];
/// Parts of a family name, and of given names.
const FAMILY: &str = "Last Name";
const GIVEN: [&str; 4] = ["First Name", "Middle Name", "Patronymic", "Matronymic"];

pub(super) fn entry(
    profile: &Element,
    dictionary: &Dictionary,
    locations: &BTreeMap<String, String>,
) -> Result<ListEntry, String> {
    let id = profile.attribute("ID").to_owned();
    if id.is_empty() {
        return Err("a profile has no ID".to_owned());
    }
    let kind = kind(dictionary.party(profile.attribute("PartySubTypeID")));
    let mut entry = ListEntry {
        id,
        party: Party { kind, names: names(profile, dictionary), ..Party::default() },
        ..ListEntry::default()
    };
    for feature in profile.all("Feature") {
        take(&mut entry, feature, dictionary, locations)?;
    }
    Ok(entry)
}

fn kind((kind, sub_type): (&str, &str)) -> PartyKind {
    match (kind, sub_type) {
        ("Individual", _) => PartyKind::Person,
        ("Entity" | "Other Entity", _) => PartyKind::Organisation,
        (_, "Vessel") => PartyKind::Vessel,
        (_, "Aircraft") => PartyKind::Aircraft,
        _ => PartyKind::Unknown,
    }
}

fn names(profile: &Element, dictionary: &Dictionary) -> Vec<PartyName> {
    let mut names: Vec<PartyName> = Vec::new();
    for identity in profile.all("Identity") {
        let groups = groups(identity, dictionary);
        for alias in identity.all("Alias") {
            let primary =
                alias.attribute("Primary") == "true" && identity.attribute("Primary") == "true";
            for documented in alias.all("DocumentedName") {
                let weak = alias.attribute("LowQuality") == "true";
                let strength = parts::primary_or_alias(&names, primary, weak);
                names.extend(documented_name(documented, &groups, strength));
            }
        }
    }
    names
}

/// What each group of name parts is.
fn groups<'d>(identity: &'d Element, dictionary: &'d Dictionary) -> HashMap<&'d str, &'d str> {
    let masters = identity.all("NamePartGroups").flat_map(|all| all.all("MasterNamePartGroup"));
    let groups = masters.flat_map(|master| master.all("NamePartGroup"));
    let kind = |group: &'d Element| {
        (group.attribute("ID"), dictionary.name("NamePartType", group.attribute("NamePartTypeID")))
    };
    groups.map(kind).collect()
}

fn documented_name(
    name: &Element,
    groups: &HashMap<&str, &str>,
    strength: NameStrength,
) -> Option<PartyName> {
    let (mut family, mut given, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    let values = name.all("DocumentedNamePart").flat_map(|part| part.all("NamePartValue"));
    for value in values.filter(|value| !value.text().is_empty()) {
        match groups.get(value.attribute("NamePartGroupID")).copied().unwrap_or_default() {
            FAMILY => family.push(value.text()),
            part if GIVEN.contains(&part) => given.push(value.text()),
            _ => whole.push(value.text()),
        }
    }
    if family.is_empty() && given.is_empty() {
        return parts::whole_name(&whole.join(" "), strength);
    }
    // Maiden names and nicknames stand with the given names.
    given.append(&mut whole);
    parts::family_given(&family.join(" "), &given.join(" "), strength)
}

fn take(
    entry: &mut ListEntry,
    feature: &Element,
    dictionary: &Dictionary,
    locations: &BTreeMap<String, String>,
) -> Result<(), String> {
    let id = feature.attribute("FeatureTypeID");
    let kind = dictionary.name("FeatureType", id);
    if kind.is_empty() {
        return Err(format!("feature type {id} is not in its reference values"));
    }
    for version in feature.all("FeatureVersion") {
        if let Some(asset) = dictionary.asset(id) {
            let texts = version.all("VersionDetail").map(Element::text);
            entry.addresses.extend(
                texts
                    .filter(|text| !text.is_empty())
                    .map(|text| ListedAddress { label: asset.to_owned(), text: text.to_owned() }),
            );
        } else if BIRTH.contains(&kind) {
            entry.party.birth_dates.extend(version.all("DatePeriod").filter_map(period));
        } else if COUNTRIES.contains(&kind) {
            for detail in version.all("VersionDetail") {
                let number = detail.attribute("DetailReferenceID");
                let code = dictionary.country(number);
                let code = code.unwrap_or_else(|| dictionary.name("DetailReference", number));
                parts::add(&mut entry.party.countries, code);
            }
            for place in version.all("VersionLocation") {
                let country = locations.get(place.attribute("LocationID"));
                parts::add(&mut entry.party.countries, country.map_or("", String::as_str));
            }
        }
    }
    Ok(())
}

/// From the earliest to the latest day that a period can mean.
fn period(period: &Element) -> Option<PartialDate> {
    let (start, end) = (period.child("Start")?, period.child("End")?);
    let (from, to) = (super::date(start.child("From")?)?, super::date(end.child("To")?)?);
    let approximate = [start, end].iter().any(|end| end.attribute("Approximate") == "true");
    Some(PartialDate { from, to, approximate })
}
