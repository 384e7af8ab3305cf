//! `tracehound lists`: sanctions lists, kept as snapshots.

mod update;

pub(crate) use update::update;

use super::screening;
use crate::arguments::{Common, ListsAddresses, ListsDiff, ListsImport};
use crate::progress::Spinner;
use crate::{Finish, output, place};
use anyhow::bail;
use serde::Serialize;
use tracehound_lists::{
    AddressRow, Difference, ImportOptions, Imported, ListEntry, ListId, ListStatus, Manifest,
};

/// Entries named in a difference before "and so many more".
const NAMED: usize = 20;

/// Imports files in the order given.
pub(crate) fn import(common: &Common, arguments: &ListsImport) -> anyhow::Result<Finish> {
    let lists = place::home(common)?.lists();
    let options = ImportOptions {
        force: arguments.force,
        now: screening::now(),
        date: arguments.date.clone(),
        only: None,
    };
    let mut all = Vec::new();
    for file in &arguments.files {
        let spinner = Spinner::start(common, &format!("reading {}", file.display()));
        let imported = lists.import(file, &options)?;
        drop(spinner);
        if !common.json {
            print_import(&imported);
        }
        all.push(imported);
    }
    if common.json {
        output::json(&all)?;
    }
    Ok(Finish::Done)
}

fn print_import(imported: &Imported) {
    let Manifest { list, published, entries, addresses, digest, .. } = &imported.manifest;
    let digest = output::short(digest);
    let news = if imported.already { ": was here already" } else { "" };
    println!("{list} of {published}: {entries} entries, {addresses} addresses ({digest}){news}");
    if let (Some(before), false) = (&imported.previous, imported.already) {
        println!("  before it: {} of {}", before.entries, before.published);
        println!("  `tracehound lists diff {list}` shows what changed");
    }
}

/// Shows how every list stands.
pub(crate) fn status(common: &Common) -> anyhow::Result<Finish> {
    let status = place::home(common)?.lists().status(screening::now())?;
    if common.json {
        output::json(&status)?;
    } else {
        print_status(&status);
    }
    let missing = status.iter().any(|list| list.stale);
    Ok(if missing { Finish::Adverse } else { Finish::Done })
}

fn print_status(status: &[ListStatus]) {
    let header = ["list", "published", "entries", "addresses", "snapshots", "last looked at", ""];
    let mut table = output::table(&header, &[2, 3, 4]);
    for list in status {
        let latest = list.latest.as_ref();
        let text = |show: &dyn Fn(&Manifest) -> String| latest.map_or("-".to_owned(), show);
        let note = match (latest, list.stale) {
            (None, _) => "never imported",
            (_, true) => "STALE: look for a newer one and import it",
            _ => "",
        };
        table.add_row([
            list.list.to_string(),
            text(&|manifest| manifest.published.clone()),
            text(&|manifest| manifest.entries.to_string()),
            text(&|manifest| manifest.addresses.to_string()),
            list.snapshots.to_string(),
            list.checked_at.map_or("-".to_owned(), |at| at.to_string()),
            note.to_owned(),
        ]);
    }
    println!("{table}");
    println!("a list not looked at for 48 hours, or never, makes answers that need it INCOMPLETE");
}

#[derive(Serialize)]
struct DiffRecord {
    list: ListId,
    from: Manifest,
    to: Manifest,
    #[serde(flatten)]
    difference: Difference,
}

/// Shows what changed between two publications.
pub(crate) fn diff(common: &Common, arguments: &ListsDiff) -> anyhow::Result<Finish> {
    let lists = place::home(common)?.lists();
    let list = ListId(arguments.list.clone());
    let to = lists.snapshot(&list, arguments.to.as_deref())?;
    let from = match &arguments.from {
        Some(day) => lists.snapshot(&list, Some(day))?,
        None => lists.snapshot_before(&list, &to.manifest.published)?,
    };
    let difference = Difference::between(&from.entries, &to.entries);
    let record = DiffRecord { list, from: from.manifest, to: to.manifest, difference };
    if common.json {
        output::json(&record)?;
    } else {
        print_diff(&record);
    }
    Ok(Finish::Done)
}

fn print_diff(record: &DiffRecord) {
    let Difference { added, removed, changed, addresses_added, addresses_removed } =
        &record.difference;
    println!("{}: {} to {}", record.list, record.from.published, record.to.published);
    print_entries("removed", removed);
    print_addresses("removed", addresses_removed);
    print_entries("added", added);
    print_addresses("added", addresses_added);
    println!("changed: {} entries", changed.len());
    for (_, now) in changed.iter().take(NAMED) {
        println!("  {}", name(now));
    }
    more(changed.len());
}

fn print_entries(what: &str, entries: &[ListEntry]) {
    println!("{what}: {} entries", entries.len());
    entries.iter().take(NAMED).for_each(|entry| println!("  {}", name(entry)));
    more(entries.len());
}

fn print_addresses(what: &str, rows: &[AddressRow]) {
    println!("{what}: {} addresses", rows.len());
    for row in rows {
        println!("  {} {} ({}, entry {})", row.asset, row.address, row.entity, row.entry);
    }
}

fn more(count: usize) {
    if count > NAMED {
        println!("  and {} more; --json names all", count - NAMED);
    }
}

fn name(entry: &ListEntry) -> String {
    let name = entry.party.primary_name().map_or("", |name| name.text.as_str());
    format!("{name} (entry {}, {})", entry.id, entry.programmes.join(", "))
}

/// Prints the addresses on the lists as CSV.
pub(crate) fn addresses(common: &Common, arguments: &ListsAddresses) -> anyhow::Result<Finish> {
    let lists = place::home(common)?.lists();
    let as_of = arguments.as_of.as_deref();
    let snapshots = match &arguments.list {
        Some(list) => vec![lists.snapshot(&ListId(list.clone()), as_of)?],
        None => lists.in_force(as_of)?,
    };
    if snapshots.is_empty() {
        bail!("no list is kept; import one with `tracehound lists import FILE`");
    }
    let wanted = |row: &AddressRow| {
        arguments.asset.as_ref().is_none_or(|asset| row.asset.eq_ignore_ascii_case(asset))
    };
    let entries = snapshots.iter().flat_map(|snapshot| &snapshot.entries);
    let mut rows: Vec<AddressRow> = entries.flat_map(AddressRow::of).filter(wanted).collect();
    rows.sort();
    if common.json {
        output::json(&rows)?;
        return Ok(Finish::Done);
    }
    let mut out = output::csv();
    out.write_record(["asset", "address", "entity", "entry", "checksum_ok"])?;
    for row in &rows {
        let checksum = row.checksum_ok.name();
        out.write_record([&row.asset, &row.address, &row.entity, &row.entry, checksum])?;
    }
    out.flush()?;
    Ok(Finish::Done)
}
