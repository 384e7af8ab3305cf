//! Lists as they were published, where they are at hand.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tracehound_lists::{
    AddressIndex, Checksum, Difference, ImportOptions, ListError, ListId, Lists, read_list,
};
use tracehound_model::{NameStrength, PartyKind, Timestamp};

fn shared(path: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let folder = std::env::var_os("TRACEHOUND_SHARED").map_or(beside, PathBuf::from);
    let path = folder.join("data/sanctions").join(path);
    path.exists().then_some(path)
}

fn now() -> Timestamp {
    "2026-03-01".parse().unwrap()
}

fn options() -> ImportOptions {
    ImportOptions { force: false, now: now(), date: None, only: None }
}

/// Addresses by asset as a separate program extracted them from the same file.
fn extracted(day: &str) -> BTreeMap<String, BTreeSet<String>> {
    let folder = shared(&format!("ofac/{day}")).unwrap();
    let mut assets = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if let Some(asset) = name.strip_prefix("sanctioned_addresses_") {
            let text = std::fs::read_to_string(&path).unwrap();
            assets.insert(asset.to_owned(), serde_json::from_str(&text).unwrap());
        }
    }
    assets
}

#[test]
fn ofac_advanced_names_the_addresses_that_others_extract() {
    for day in ["2025-03-04", "2025-03-21"] {
        let Some(path) = shared(&format!("ofac/{day}/sdn_advanced.xml.bz2")) else { return };
        let list = read_list(&path).unwrap();
        assert_eq!(
            (list.list.to_string().as_str(), list.published.as_deref()),
            ("ofac-sdn", Some(day))
        );
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for address in list.entries.iter().flat_map(|entry| &entry.addresses) {
            found.entry(address.label.clone()).or_default().insert(address.text.clone());
        }
        assert_eq!(found, extracted(day), "{day}");
        let lazarus = list.entries.iter().find(|entry| entry.id == "27307").unwrap();
        assert_eq!(lazarus.party.primary_name().unwrap().text, "Lazarus Group");
        assert_eq!(lazarus.party.kind, PartyKind::Organisation);
        let weak = lazarus.party.names.iter().filter(|n| n.strength == NameStrength::Weak).count();
        assert_eq!((lazarus.party.names.len(), weak), (12, 11));
        assert!(lazarus.programmes.contains(&"DPRK3".to_owned()), "{:?}", lazarus.programmes);
        assert!(list.entries.iter().all(|entry| !entry.party.names.is_empty()));
        assert!(list.entries.iter().all(|entry| !entry.programmes.is_empty()));
        let dated = list.entries.iter().filter(|entry| !entry.party.birth_dates.is_empty());
        assert!(dated.count() > 5_000);
    }
}

#[test]
fn a_delisting_is_named_and_leaves_no_residue() {
    let (Some(before), Some(after)) = (
        shared("ofac/2025-03-04/sdn_advanced.xml.bz2"),
        shared("ofac/2025-03-21/sdn_advanced.xml.bz2"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let lists = Lists::at(folder.path());
    // The later one first: history may be filled in backwards.
    lists.import(&after, &options()).unwrap();
    let imported = lists.import(&before, &options()).unwrap();
    assert!(!imported.already && imported.previous.is_none());
    assert!(lists.import(&before, &options()).unwrap().already);

    let sdn = ListId("ofac-sdn".to_owned());
    let (old, new) = (lists.snapshot(&sdn, Some("2025-03-10")), lists.snapshot(&sdn, None));
    let (old, new) = (old.unwrap(), new.unwrap());
    let difference = Difference::between(&old.entries, &new.entries);
    let gone: BTreeSet<&str> =
        difference.addresses_removed.iter().map(|row| row.address.as_str()).collect();
    let (then, now) = (extracted("2025-03-04"), extracted("2025-03-21"));
    let all = |assets: &BTreeMap<String, BTreeSet<String>>| -> BTreeSet<String> {
        assets.values().flatten().cloned().collect()
    };
    let (then, now) = (all(&then), all(&now));
    assert_eq!(gone, then.difference(&now).map(String::as_str).collect());
    assert!(gone.contains("0x8589427373D6D84E98730D7795D8f6f8731FDA16"));
    assert_eq!(difference.addresses_removed.iter().filter(|row| row.asset == "ETH").count(), 90);
    assert!(difference.removed.iter().any(|entry| {
        entry.party.primary_name().unwrap().text.to_lowercase().contains("tornado cash")
    }));

    let delisted = "0x8589427373d6d84e98730d7795d8f6f8731fda16";
    assert_eq!(AddressIndex::new(&[old]).find(delisted).len(), 1);
    assert!(AddressIndex::new(&[new]).find(delisted).is_empty());
    assert!(matches!(lists.snapshot(&sdn, Some("2025-01-01")), Err(ListError::NoSnapshot { .. })));
}

#[test]
fn labels_are_not_chains() {
    let Some(path) = shared("ofac/2025-03-04/sdn_advanced.xml.bz2") else { return };
    let list = read_list(&path).unwrap();
    let forms: Vec<_> = list
        .entries
        .iter()
        .flat_map(|entry| &entry.addresses)
        .map(|address| (address.label.as_str(), address.text.as_str(), address.form()))
        .collect();
    let tron = forms.iter().find(|(_, text, _)| *text == "TUCsTq7TofTCJRRoHk6RvhMoS2mJLm5Yzq");
    let (label, _, form) = tron.unwrap();
    assert_eq!((*label, form.family, form.checksum), ("XBT", "tron", Checksum::Ok));
    // One is filed under XMR and has the form of a payment's number, not of an address.
    let unknown = forms.iter().filter(|(_, _, form)| form.family == "unknown");
    let unknown: Vec<_> = unknown.map(|(label, text, _)| (*label, text.len())).collect();
    assert_eq!(unknown, [("XMR", 64)]);
}

#[test]
fn the_older_formats_are_read_too() {
    if let Some(path) = shared("ofac/legacy-csv/sdn.csv") {
        let list = read_list(&path).unwrap();
        assert_eq!(list.published, None);
        assert!(list.entries.len() > 5_000);
        let yan = list.entries.iter().find(|entry| entry.id == "25308").unwrap();
        assert_eq!(yan.party.primary_name().unwrap().text, "YAN, Xiaobing");
        assert!(yan.addresses.iter().any(|a| a.text == "1JREJdZupiFhE7ZzQPtASuMCvvpXC7wRsC"));
        assert_eq!(yan.party.birth_dates[0].from, "1977-03-25");
        // Cut in the remarks, continued in the comments.
        let cut = list.entries.iter().find(|entry| entry.id == "29703").unwrap();
        assert!(cut.addresses.iter().any(|a| a.label == "ZEC"), "{:?}", cut.addresses);
    }
    if let Some(path) = shared("un/consolidated-2026-02-27.xml.gz") {
        let list = read_list(&path).unwrap();
        let people = list.entries.iter().filter(|e| e.party.kind == PartyKind::Person).count();
        assert_eq!((people, list.entries.len() - people), (730, 273));
        assert_eq!(list.published.as_deref(), Some("2026-02-27"));
    }
}
