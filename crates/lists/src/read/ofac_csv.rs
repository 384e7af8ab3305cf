//! OFAC's oldest format: `sdn.csv` with `alt.csv`, `add.csv` and
//! `sdn_comments.csv` beside it (or `cons_prim.csv` and its siblings).
//!
//! Source: OFAC's data specification of the delimited files. `-0-` is an empty
//! cell; the file ends in a control character; dates and addresses of
//! cryptocurrency stand in the remarks, cut at 1,000 characters and continued
//! in the file of comments.

use super::input::Input;
use super::parts::{self, Rows};
use crate::{ListEntry, ListError, ListFile, ListId, ListedAddress};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use tracehound_model::{NameStrength, Party, PartyKind};

/// The mark that ends a DOS file.
const END_OF_FILE: &str = "\u{1a}";
const EMPTY: &str = "-0-";
const ADDRESS: &str = "Digital Currency Address - ";

pub(super) fn read(path: &Path, input: Input) -> Result<ListFile, ListError> {
    let file_name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let consolidated = file_name.is_some_and(|name| name.starts_with("cons_"));
    let prefix = if consolidated { "cons_" } else { "" };
    let mut entries: BTreeMap<String, ListEntry> = BTreeMap::new();
    rows(path, input, 12, |row| {
        let entry = entry(&row);
        entries.insert(entry.id.clone(), entry);
        Ok(())
    })?;
    let beside = |name: &str| beside(path, &format!("{prefix}{name}.csv"));
    let mut find = |id: &str, take: &dyn Fn(&mut ListEntry)| match entries.get_mut(id) {
        Some(entry) => {
            take(entry);
            Ok(())
        }
        None => Err(format!("entry {id} is not in the main file; the files are of different days")),
    };
    each(beside("alt"), 5, |row| {
        let name = parts::whole_name(&row[3], NameStrength::Strong);
        find(&row[0], &|entry| entry.party.names.extend(name.clone()))
    })?;
    each(beside("add"), 6, |row| {
        find(&row[0], &|entry| parts::add(&mut entry.party.countries, &row[4]))
    })?;
    // Comments go on where the remarks were cut.
    each(beside("sdn_comments"), 2, |row| find(&row[0], &|entry| entry.remarks.push_str(&row[1])))?;
    let mut entries: Vec<ListEntry> = entries.into_values().collect();
    entries.iter_mut().for_each(read_remarks);
    let list = if consolidated { "ofac-consolidated" } else { "ofac-sdn" };
    let list = ListId(list.to_owned());
    Ok(ListFile { list, format: "ofac-csv", published: None, entries })
}

fn entry(row: &[String]) -> ListEntry {
    let kind = match row[2].as_str() {
        "individual" => PartyKind::Person,
        "vessel" => PartyKind::Vessel,
        "aircraft" => PartyKind::Aircraft,
        // Organisations carry no word.
        "" => PartyKind::Organisation,
        _ => PartyKind::Unknown,
    };
    let name = match row[1].split_once(", ") {
        Some((family, given)) if kind == PartyKind::Person => {
            parts::family_given(family, given, NameStrength::Primary)
        }
        _ => parts::whole_name(&row[1], NameStrength::Primary),
    };
    let names = name.into_iter().collect();
    let mut entry = ListEntry {
        id: row[0].clone(),
        party: Party { kind, names, ..Party::default() },
        remarks: row[11].clone(),
        ..ListEntry::default()
    };
    // Several programmes are written `A] [B`.
    row[3].split("] [").for_each(|programme| parts::add(&mut entry.programmes, programme));
    parts::add(&mut entry.party.countries, &row[9]);
    entry
}

/// What the remarks say in a form that can be read.
fn read_remarks(entry: &mut ListEntry) {
    for remark in entry.remarks.trim_end_matches('.').split("; ") {
        let remark = remark.strip_prefix("alt. ").unwrap_or(remark);
        if let Some(address) = remark.strip_prefix(ADDRESS) {
            if let Some((label, text)) = address.split_once(' ') {
                let (label, text) = (label.to_owned(), text.trim().to_owned());
                entry.addresses.push(ListedAddress { label, text });
            }
        } else if let Some(date) = remark.strip_prefix("DOB ") {
            entry.party.birth_dates.extend(parts::loose_date(date));
        } else if let Some(country) =
            remark.strip_prefix("nationality ").or_else(|| remark.strip_prefix("citizen "))
        {
            parts::add(&mut entry.party.countries, country);
        } else if let Some(name) = remark.strip_prefix("a.k.a. '") {
            let name = name.trim_end_matches('\'');
            entry.party.names.extend(parts::whole_name(name, NameStrength::Weak));
        }
    }
}

/// A file of the same folder, packed or not; `None` if it is not there.
fn beside(path: &Path, name: &str) -> Option<PathBuf> {
    let files = ["", ".gz", ".bz2"].map(|end| path.with_file_name(format!("{name}{end}")));
    files.into_iter().find(|file| file != path && file.exists())
}

fn each(
    path: Option<PathBuf>,
    columns: usize,
    take: impl FnMut(Vec<String>) -> Result<(), String>,
) -> Result<(), ListError> {
    match path {
        Some(path) => rows(&path, Input::open(&path)?, columns, take),
        None => Ok(()),
    }
}

fn rows(
    path: &Path,
    input: impl Read,
    columns: usize,
    mut take: impl FnMut(Vec<String>) -> Result<(), String>,
) -> Result<(), ListError> {
    parts::rows(path, input, |row| {
        if row.len() == 1 && row.get(0) == Some(END_OF_FILE) {
            return Ok(Rows::Done);
        }
        if row.len() != columns {
            return Err(format!("{} columns where {columns} belong; is it cut off?", row.len()));
        }
        let cell = |text: &str| match text.trim() {
            EMPTY => String::new(),
            text => text.to_owned(),
        };
        take(row.iter().map(cell).collect())?;
        Ok(Rows::More)
    })
}
