//! What holds for a tag of any form: what is refused, and what is only odd.

use crate::{Field, Fields, Statement, confidence, taxonomy};
use std::collections::BTreeMap;
use tracehound_lists::Checksum;

/// What every tag must say, and how.
pub(super) fn check(own: &Fields, shared: &Fields) -> Result<(), String> {
    own.iter().try_for_each(|(field, text)| check_value(field, text))?;
    let get = |field| own.get(field).or_else(|| shared.get(field));
    match own.iter().filter(|(field, _)| field.is_subject()).count() {
        1 => {}
        0 => return Err("the tag speaks of nothing: give address or tx_hash".to_owned()),
        _ => return Err("give one of address, tx_hash, cluster and entity, not more".to_owned()),
    }
    if get(Field::Label).is_none() {
        return Err("label is missing here and in the header: what is claimed?".to_owned());
    }
    if get(Field::Source).is_none() {
        return Err("source is missing here and in the header: who says so?".to_owned());
    }
    if get(Field::Currency).is_none() {
        return Err("currency is missing here and in the header".to_owned());
    }
    Ok(())
}

/// What a field's text must be.
pub(super) fn check_value(field: Field, text: &str) -> Result<(), String> {
    let one_of = |known: &[&str]| {
        let words =
            format!("{} \"{text}\" is not known; choose from {}", field.name(), known.join(", "));
        if known.contains(&text) { Ok(()) } else { Err(words) }
    };
    match field {
        Field::Confidence => {
            if confidence::parse(text).is_some() {
                return Ok(());
            }
            let levels = confidence::names();
            Err(format!("confidence \"{text}\" is not known; choose from {levels}, or 0 to 100"))
        }
        Field::TagType => one_of(&["actor", "event", "mention"]),
        Field::Role => one_of(&["operator", "victim", "infrastructure", "hijacked"]),
        Field::Tlp => one_of(&["clear", "green", "amber", "amber+strict", "red"]),
        _ if text.trim().is_empty() => Err(format!("{} is blank", field.name())),
        _ if text.contains('\0') => Err(format!("{} holds a null character", field.name())),
        _ => Ok(()),
    }
}

/// What is odd in a pack, counted.
#[derive(Default)]
pub(super) struct Watch {
    concepts: BTreeMap<String, usize>,
    checksums: usize,
    example: String,
    blanks: usize,
}

impl Watch {
    pub(super) fn look(&mut self, own: &Fields, shared: &Fields) {
        let statement = Statement { own, shared };
        for concept in statement.concepts().filter(|id| taxonomy::concept(id).is_none()) {
            *self.concepts.entry(concept.to_owned()).or_default() += 1;
        }
        let Some(address) = own.get(Field::Address) else { return };
        self.blanks += usize::from(address.trim() != address);
        if statement.form().is_some_and(|form| form.checksum == Checksum::Failed) {
            self.checksums += 1;
            if self.example.is_empty() {
                address.clone_into(&mut self.example);
            }
        }
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for (concept, count) in &self.concepts {
            warnings.push(format!(
                "{count} tags name \"{concept}\", which is not in the taxonomy: kept as written, no rule reads it"
            ));
        }
        if self.checksums > 0 {
            warnings.push(format!(
                "{} addresses fail their checksum, such as {}: kept and matched letter by letter",
                self.checksums, self.example
            ));
        }
        if self.blanks > 0 {
            warnings.push(format!("{} addresses begin or end with a blank", self.blanks));
        }
        warnings
    }
}
