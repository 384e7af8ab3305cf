//! What a list says, in one form for all publishers.

use crate::ListedAddress;
use serde::{Deserialize, Serialize};
use std::fmt;
use tracehound_model::Party;

/// A list by the name it has here: `ofac-sdn`, `ofac-consolidated`, `un`,
/// `eu`, `uk`, or the name of a dataset of OpenSanctions.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListId(pub String);

impl fmt::Display for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One entry of a list.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ListEntry {
    /// The publisher's own number of it.
    pub id: String,
    /// Who it is.
    pub party: Party,
    /// Programmes or regimes under which it is listed, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programmes: Vec<String>,
    /// What the listing orders, where the publisher says it apart from the
    /// programme: `Block`, a directive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<String>,
    /// Day of listing, `YYYY-MM-DD`, where the publisher gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_on: Option<String>,
    /// Addresses of cryptocurrency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<ListedAddress>,
    /// The publisher's remarks, as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remarks: String,
}

/// A list as one file gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListFile {
    /// Which list.
    pub list: ListId,
    /// How the file is written, such as `ofac-advanced-xml`.
    pub format: &'static str,
    /// Day of publication, `YYYY-MM-DD`; `None` if the file does not say.
    pub published: Option<String>,
    /// Its entries, by the publisher's number.
    pub entries: Vec<ListEntry>,
}

impl ListFile {
    /// How many addresses of cryptocurrency it names, each label counted.
    #[must_use]
    pub fn address_count(&self) -> usize {
        self.entries.iter().map(|entry| entry.addresses.len()).sum()
    }
}
