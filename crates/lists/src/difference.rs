//! What changed between two snapshots of a list.

use crate::{Checksum, ListEntry};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// An address on a list, as a row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct AddressRow {
    /// The publisher's label, such as `XBT`.
    pub asset: String,
    /// As the publisher writes it.
    pub address: String,
    /// The entry's primary name.
    pub entity: String,
    /// The publisher's number of the entry.
    pub entry: String,
    /// Whether the address is what its checksum says.
    pub checksum_ok: Checksum,
    /// The chains its own form says it can be of.
    pub family: &'static str,
}

impl AddressRow {
    /// The addresses of an entry.
    pub fn of(entry: &ListEntry) -> impl Iterator<Item = Self> + '_ {
        let name = entry.party.primary_name().map_or("", |name| name.text.as_str());
        entry.addresses.iter().map(move |address| {
            let form = address.form();
            Self {
                asset: address.label.clone(),
                address: address.text.clone(),
                entity: name.to_owned(),
                entry: entry.id.clone(),
                checksum_ok: form.checksum,
                family: form.family,
            }
        })
    }
}

/// What one snapshot has and the other has not.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Difference {
    /// Entries of the later one alone.
    pub added: Vec<ListEntry>,
    /// Entries of the earlier one alone.
    pub removed: Vec<ListEntry>,
    /// Entries of both that say something else: before, after.
    pub changed: Vec<(ListEntry, ListEntry)>,
    /// Addresses, by label and text, that only the later one has.
    pub addresses_added: Vec<AddressRow>,
    /// Addresses that only the earlier one has.
    pub addresses_removed: Vec<AddressRow>,
}

impl Difference {
    /// Compares entries by the publisher's number.
    #[must_use]
    pub fn between(before: &[ListEntry], after: &[ListEntry]) -> Self {
        let by_id = |entries: &'_ [ListEntry]| -> BTreeMap<String, ListEntry> {
            entries.iter().map(|entry| (entry.id.clone(), entry.clone())).collect()
        };
        let (old, mut new) = (by_id(before), by_id(after));
        let mut difference = Self::default();
        for (id, entry) in old {
            match new.remove(&id) {
                None => difference.removed.push(entry),
                Some(now) if now != entry => difference.changed.push((entry, now)),
                Some(_) => {}
            }
        }
        difference.added = new.into_values().collect();
        difference.addresses_added = addresses_only_in(after, before);
        difference.addresses_removed = addresses_only_in(before, after);
        difference
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Addresses of `these` that no entry of `others` has.
fn addresses_only_in(these: &[ListEntry], others: &[ListEntry]) -> Vec<AddressRow> {
    let known: BTreeSet<_> = others.iter().flat_map(|entry| &entry.addresses).collect();
    let has = |entry: &ListEntry| entry.addresses.iter().any(|address| !known.contains(address));
    let rows = these.iter().filter(|entry| has(entry)).flat_map(|entry| {
        let news = AddressRow::of(entry).zip(&entry.addresses);
        news.filter(|(_, address)| !known.contains(address)).map(|(row, _)| row)
    });
    let mut rows: Vec<AddressRow> = rows.collect();
    rows.sort();
    rows.dedup();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ListedAddress;
    use proptest::prelude::*;

    fn entry(id: u8, addresses: &[u8], remarks: u8) -> ListEntry {
        let address = |number: &u8| ListedAddress { label: "X".into(), text: number.to_string() };
        ListEntry {
            id: id.to_string(),
            addresses: addresses.iter().map(address).collect(),
            remarks: remarks.to_string(),
            ..ListEntry::default()
        }
    }

    fn list() -> impl Strategy<Value = Vec<ListEntry>> {
        let one = (0_u8..8, prop::collection::vec(0_u8..6, 0..3), 0_u8..2);
        prop::collection::vec(one, 0..8).prop_map(|entries| {
            let all = entries
                .into_iter()
                .map(|(id, addresses, remarks)| (id, entry(id, &addresses, remarks)));
            all.collect::<BTreeMap<_, _>>().into_values().collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A difference, applied to what was, gives what is; nothing changed gives nothing.
        #[test]
        fn a_difference_leads_from_one_to_the_other(before in list(), after in list()) {
            let difference = Difference::between(&before, &after);
            let mut made: BTreeMap<_, _> =
                before.iter().map(|entry| (entry.id.clone(), entry.clone())).collect();
            for entry in &difference.removed {
                prop_assert!(made.remove(&entry.id).is_some());
            }
            for (old, new) in &difference.changed {
                prop_assert_eq!(made.insert(new.id.clone(), new.clone()), Some(old.clone()));
            }
            for entry in &difference.added {
                prop_assert!(made.insert(entry.id.clone(), entry.clone()).is_none());
            }
            let mut expected = after.clone();
            expected.sort_by(|a, b| a.id.cmp(&b.id));
            prop_assert_eq!(made.into_values().collect::<Vec<_>>(), expected);
            prop_assert!(Difference::between(&before, &before).is_empty());
            let texts = |entries: &[ListEntry]| -> BTreeSet<String> {
                entries.iter().flat_map(|e| &e.addresses).map(|a| a.text.clone()).collect()
            };
            let gone: BTreeSet<String> = texts(&before).difference(&texts(&after)).cloned().collect();
            let named = difference.addresses_removed.iter().map(|row| row.address.clone());
            prop_assert_eq!(named.collect::<BTreeSet<_>>(), gone);
        }
    }
}
