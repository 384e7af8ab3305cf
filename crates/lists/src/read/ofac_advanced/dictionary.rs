//! The file's own dictionary: what each number means.

use crate::read::xml::Element;
use std::collections::HashMap;

/// What stands before the asset in a feature's name.
const ADDRESS_FEATURE: &str = "Digital Currency Address";

/// Reference values by element and number.
#[derive(Default)]
pub(super) struct Dictionary {
    names: HashMap<(String, String), String>,
    /// ISO 3166 codes of countries, by number.
    countries: HashMap<String, String>,
    /// Types of parties, by the number of their sub-type.
    types: HashMap<String, String>,
}

impl Dictionary {
    pub(super) fn read(sets: &Element) -> Result<Self, String> {
        let mut dictionary = Self::default();
        for value in sets.children.iter().flat_map(|set| &set.children) {
            let id = value.attribute("ID").to_owned();
            match value.name.as_str() {
                "Country" => {
                    let code = value.attribute("ISO2");
                    let code = if code.is_empty() { value.text() } else { code };
                    dictionary.countries.insert(id.clone(), code.to_owned());
                }
                "PartySubType" => {
                    let kind = value.attribute("PartyTypeID").to_owned();
                    dictionary.types.insert(id.clone(), kind);
                }
                _ => {}
            }
            dictionary.names.insert((value.name.clone(), id), value.text().to_owned());
        }
        let has = |kind: &str| dictionary.names.keys().any(|(name, _)| name == kind);
        for kind in ["FeatureType", "NamePartType", "PartySubType", "PartyType"] {
            if !has(kind) {
                return Err(format!("its reference values have no {kind}"));
            }
        }
        Ok(dictionary)
    }

    /// What a number means; empty if the dictionary does not say.
    pub(super) fn name(&self, kind: &str, id: &str) -> &str {
        // A borrowed pair cannot look up an owned one.
        let key = (kind.to_owned(), id.to_owned());
        self.names.get(&key).map_or("", String::as_str)
    }

    pub(super) fn country(&self, id: &str) -> Option<&str> {
        self.countries.get(id).map(String::as_str)
    }

    /// Type and sub-type of a party.
    pub(super) fn party(&self, sub_type: &str) -> (&str, &str) {
        let kind = self.types.get(sub_type).map_or("", String::as_str);
        (self.name("PartyType", kind), self.name("PartySubType", sub_type))
    }

    /// The asset, if a feature is an address of cryptocurrency.
    pub(super) fn asset(&self, feature: &str) -> Option<&str> {
        let name = self.name("FeatureType", feature).strip_prefix(ADDRESS_FEATURE)?;
        Some(name.trim_start_matches([' ', '-']).trim())
    }
}
