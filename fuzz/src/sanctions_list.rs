//! Sanctions lists of any publisher, told by content.
//!
//! What is read must read the same again, survive the form in which it is
//! kept, and have addresses whose form can be told.

use tracehound_lists::{AddressRow, Difference, ListEntry, ListFile, read_list};

/// Reads `data` as a list.
///
/// # Panics
/// If a promise is broken.
pub fn target(data: &[u8]) {
    let (_folder, path) = crate::file_of(data);
    let found = read_list(&path);
    match (&found, read_list(&path)) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.entries, second.entries);
            check(first);
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string());
            assert!(first.to_string().contains("input"), "the message names no file: {first}");
        }
        (first, second) => panic!("{first:?} and then {second:?}"),
    }
}

fn check(list: &ListFile) {
    assert!(!list.entries.is_empty());
    for entry in &list.entries {
        assert!(!entry.id.is_empty());
        let kept = serde_json::to_string(entry).expect("an entry can be kept");
        let again: ListEntry = serde_json::from_str(&kept).expect("and read again");
        assert_eq!(*entry, again);
        for row in AddressRow::of(entry) {
            assert_eq!(row.entry, entry.id);
        }
    }
    assert!(Difference::between(&list.entries, &list.entries).is_empty());
}
