//! Addresses of several lists, found however they are written.

use crate::{AddressKey, AddressRow, Snapshot, form_of};
use hashbrown::HashMap;
use serde::Serialize;
use tracehound_model::Address;

/// An address found on a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Listing {
    /// Which list.
    pub list: String,
    /// Day of publication of the snapshot, `YYYY-MM-DD`.
    pub published: String,
    /// SHA-256 of the publisher's file.
    pub digest: String,
    /// Name of that file.
    pub source: String,
    /// The entry and the address as the publisher writes them.
    #[serde(flatten)]
    pub row: AddressRow,
    /// Programmes of the entry.
    pub programmes: Vec<String>,
    /// Day of listing, where the publisher gives one.
    pub listed_on: Option<String>,
}

/// Listings by the key of their address.
#[derive(Clone, Debug, Default)]
pub struct AddressIndex {
    listings: HashMap<AddressKey, Vec<Listing>>,
}

impl AddressIndex {
    /// Indexes snapshots, each of another list.
    #[must_use]
    pub fn new(snapshots: &[Snapshot]) -> Self {
        let mut listings: HashMap<AddressKey, Vec<Listing>> = HashMap::new();
        for snapshot in snapshots {
            let manifest = &snapshot.manifest;
            for entry in &snapshot.entries {
                for row in AddressRow::of(entry) {
                    let key = form_of(&row.address).key;
                    listings.entry(key).or_default().push(Listing {
                        list: manifest.list.to_string(),
                        published: manifest.published.clone(),
                        digest: manifest.digest.clone(),
                        source: manifest.source.clone(),
                        row,
                        programmes: entry.programmes.clone(),
                        listed_on: entry.listed_on.clone(),
                    });
                }
            }
        }
        Self { listings }
    }

    /// Where an address stands; empty if on none of the lists. An EVM account
    /// is found whatever chain it was listed for.
    #[must_use]
    pub fn find(&self, address: &str) -> &[Listing] {
        self.find_key(&form_of(address).key)
    }

    /// As [`AddressIndex::find`], by a key that [`form_of`] gave.
    #[must_use]
    pub fn find_key(&self, key: &AddressKey) -> &[Listing] {
        self.listings.get(key).map_or(&[], Vec::as_slice)
    }

    /// Every address that is read here, with where it stands.
    pub fn addresses(&self) -> impl Iterator<Item = (Address, &[Listing])> {
        self.listings.iter().filter_map(|(key, listings)| match key {
            AddressKey::Address(address) => Some((*address, listings.as_slice())),
            AddressKey::Text(_) => None,
        })
    }

    /// How many different addresses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.listings.len()
    }

    /// Whether no list names an address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listings.is_empty()
    }
}
