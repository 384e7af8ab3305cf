//! Names a file gives to addresses, each pair once.

use hashbrown::HashMap;
use tracehound_model::Address;

/// Distinct pairs of address and label.
#[derive(Default)]
pub(crate) struct Labels {
    // Nearly every address has one label, so a list beats a set.
    names: HashMap<Address, Vec<String>>,
}

impl Labels {
    /// Adds a pair; empty labels say nothing.
    pub(crate) fn add(&mut self, address: Address, label: &str) {
        if label.is_empty() {
            return;
        }
        let names = self.names.entry(address).or_default();
        if !names.iter().any(|name| name == label) {
            names.push(label.to_owned());
        }
    }

    /// All pairs, by address and then in the order of the file.
    pub(crate) fn into_sorted(self) -> Vec<(Address, String)> {
        let mut all: Vec<_> = self.names.into_iter().collect();
        all.sort_unstable_by_key(|(address, _)| *address);
        all.into_iter().flat_map(|(a, names)| names.into_iter().map(move |n| (a, n))).collect()
    }
}
