//! Entities of OpenSanctions, one JSON object a line.
//!
//! Source: the FollowTheMoney model. Of a dataset that also holds people who
//! are not sanctioned themselves (family, office holders), only entities with
//! the topic `sanction` are taken, and wallets with their holders. The lines
//! carry no day of publication: it is to be given.

use super::input::Input;
use super::parts;
use crate::{ListEntry, ListError, ListFile, ListId, ListedAddress};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::path::Path;
use tracehound_model::{NameStrength, Party, PartyKind};

/// Longest line that is read.
const MOST_LINE: u64 = 16 << 20;
const SANCTION: &str = "sanction";

#[derive(Deserialize)]
struct Entity {
    id: String,
    schema: String,
    #[serde(default)]
    properties: BTreeMap<String, Vec<serde_json::Value>>,
    #[serde(default)]
    datasets: BTreeSet<String>,
}

impl Entity {
    /// Texts of a property; nested entities count with their id.
    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.properties.get(name).into_iter().flatten();
        values.filter_map(|value| value.as_str().or_else(|| value.get("id")?.as_str()))
    }
}

pub(super) fn read(path: &Path, mut input: Input) -> Result<ListFile, ListError> {
    let mut entries: BTreeMap<String, ListEntry> = BTreeMap::new();
    let (mut wallets, mut datasets) = (Vec::new(), BTreeSet::new());
    let (mut line, mut number) = (String::new(), 0_u64);
    loop {
        line.clear();
        number += 1;
        let broken =
            |reason: String| ListError::Row { file: path.to_owned(), line: number, reason };
        let read = std::io::Read::take(&mut input, MOST_LINE).read_line(&mut line);
        match read.map_err(|error| broken(error.to_string()))? {
            0 => break,
            _ if line.trim().is_empty() => continue,
            _ if !line.ends_with('\n') && line.len() as u64 >= MOST_LINE => {
                return Err(broken("longer than any entity".to_owned()));
            }
            _ => {}
        }
        let entity: Entity = serde_json::from_str(&line)
            .map_err(|error| broken(format!("not an entity of FollowTheMoney: {error}")))?;
        datasets.extend(entity.datasets.iter().cloned());
        if entity.schema == "CryptoWallet" {
            wallets.push(entity);
        } else if entity.texts("topics").any(|topic| topic == SANCTION) {
            entries.insert(entity.id.clone(), entry(&entity));
        }
    }
    wallets.iter().for_each(|wallet| attach(&mut entries, wallet));
    let list = match datasets.into_iter().collect::<Vec<_>>().as_slice() {
        [one] => one.clone(),
        _ => "opensanctions".to_owned(),
    };
    let entries = entries.into_values().collect();
    Ok(ListFile { list: ListId(list), format: "follow-the-money", published: None, entries })
}

fn entry(entity: &Entity) -> ListEntry {
    let kind = match entity.schema.as_str() {
        "Person" => PartyKind::Person,
        "Organization" | "Company" | "PublicBody" => PartyKind::Organisation,
        "Vessel" => PartyKind::Vessel,
        "Airplane" => PartyKind::Aircraft,
        _ => PartyKind::Unknown,
    };
    let mut party = Party { kind, ..Party::default() };
    for (property, strength) in [
        ("name", NameStrength::Strong),
        ("alias", NameStrength::Strong),
        ("weakAlias", NameStrength::Weak),
    ] {
        for text in entity.texts(property) {
            let first = property == "name" && party.names.is_empty();
            let strength = if first { NameStrength::Primary } else { strength };
            party.names.extend(parts::whole_name(text, strength));
        }
    }
    let births = ["birthDate", "incorporationDate"].map(|name| entity.texts(name));
    party.birth_dates = births.into_iter().flatten().filter_map(parts::loose_date).collect();
    for property in ["nationality", "citizenship", "country", "jurisdiction", "flag"] {
        for country in entity.texts(property) {
            parts::add(&mut party.countries, &country.to_ascii_uppercase());
        }
    }
    let mut entry = ListEntry { id: entity.id.clone(), party, ..ListEntry::default() };
    entity.texts("program").for_each(|programme| parts::add(&mut entry.programmes, programme));
    let notes: Vec<&str> = entity.texts("notes").collect();
    entry.remarks = notes.join("\n");
    entry
}

/// A wallet belongs to its holders on the list; without one it is an entry itself.
fn attach(entries: &mut BTreeMap<String, ListEntry>, wallet: &Entity) {
    let label = wallet.texts("currency").chain(wallet.texts("currencySymbol")).next().unwrap_or("");
    let addresses: Vec<ListedAddress> = wallet
        .texts("publicKey")
        .map(|text| ListedAddress { label: label.to_owned(), text: text.trim().to_owned() })
        .collect();
    let mut held = false;
    for holder in wallet.texts("holder") {
        if let Some(entry) = entries.get_mut(holder) {
            entry.addresses.extend(addresses.iter().cloned());
            held = true;
        }
    }
    let sanctioned = wallet.texts("topics").any(|topic| topic == SANCTION);
    if !held && sanctioned {
        let entry = ListEntry { addresses, ..entry(wallet) };
        entries.insert(entry.id.clone(), entry);
    }
}
