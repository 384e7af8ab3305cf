//! Names against the lists in force.

use crate::basis;
use crate::decisions::{Decisions, HitDecision, Remembered};
use crate::names::{Feature, NAME, NameIndex, NameQuery, OFAC_NAME};
use crate::screener::ScreenError;
use crate::verdict::ListInput;
use serde::{Deserialize, Serialize};
use tracehound_lists::{Lists, Snapshot};
use tracehound_model::{NameStrength, Party, Timestamp};

/// Score from which a name is a hit, where no other is asked for: on the names
/// that `docs/methods/name-screening.md` measures it stops 1 stranger in 10,000.
pub const NAME_THRESHOLD: f64 = 0.85;

/// An entry whose name came near.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NameFound {
    /// Which list.
    pub list: String,
    /// Its day of publication.
    pub published: String,
    /// The publisher's number of the entry.
    pub entry: String,
    /// The name that came nearest, as the publisher writes it.
    pub name: String,
    /// How far the publisher stands behind it.
    pub strength: NameStrength,
    /// The entry as the list describes it, to be compared by a person.
    pub party: Party,
    /// Programmes of the entry.
    pub programmes: Vec<String>,
    /// Our score, 0 to 1.
    pub score: f64,
    /// OFAC's score, 0 to 100.
    pub ofac: u8,
    /// What our score is made of.
    pub features: Vec<Feature>,
    /// What was decided on this hit before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Remembered>,
}

impl NameFound {
    /// Whether a person still has to look at it: not where somebody decided
    /// that it is no match, and nothing has changed since.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let settled = |decided: &Remembered| {
            decided.reopened.is_none() && decided.decision == HitDecision::NoMatch
        };
        !self.decided.as_ref().is_some_and(settled)
    }
}

/// What the lists say of a name. A hit is for a person to look at; none is not
/// a statement that the name is clean.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NameAnswer {
    /// SHA-256 of the answer with this field empty.
    pub id: String,
    /// What was asked.
    pub asked: NameQuery,
    /// Score from which a name is a hit.
    pub threshold: f64,
    /// Rules with their versions.
    pub rules: [String; 2],
    /// When it was answered.
    pub answered_at: Timestamp,
    /// Lists without which it is incomplete.
    pub required_lists: Vec<String>,
    /// Whether they were all there.
    pub complete: bool,
    /// How many decisions had been kept.
    pub decisions: usize,
    /// The hits, the nearest first.
    pub hits: Vec<NameFound>,
    /// The lists.
    pub lists: Vec<ListInput>,
}

impl NameAnswer {
    /// The same with what was decided before.
    #[must_use]
    pub fn with_decisions(mut self, decisions: &Decisions) -> Self {
        self.decisions = decisions.len();
        for hit in &mut self.hits {
            hit.decided = decisions.on(&self.asked, hit);
        }
        self.sealed()
    }

    /// The bytes that are stored and given again.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, numbers and lists: writing them to memory cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn sealed(mut self) -> Self {
        self.id = String::new();
        self.id = crate::sha256(&self.to_bytes());
        self
    }

    /// The same again from the stored lists and the decisions of its time.
    ///
    /// # Errors
    /// [`ScreenError`] if a snapshot is not there any more, or other rules
    /// than this program's made the answer.
    pub fn made_again(&self, lists: &Lists, decisions: &Decisions) -> Result<Self, ScreenError> {
        if self.rules != rules() {
            return Err(ScreenError::OtherRules { made_by: self.rules.join(", ") });
        }
        let snapshots = basis::of_inputs(&self.lists, lists)?;
        let inputs = self.lists.clone();
        let screener = NameScreener::new(snapshots, inputs, &self.required_lists);
        let answer = screener.answer(&self.asked, self.threshold, self.answered_at);
        Ok(answer.with_decisions(&decisions.first(self.decisions)))
    }
}

/// Both scorers with their versions.
fn rules() -> [String; 2] {
    [NAME, OFAC_NAME].map(|rule| format!("{}/{}", rule.name, rule.version))
}

/// Where an indexed entry comes from.
struct Source {
    list: String,
    published: String,
    entry: String,
    programmes: Vec<String>,
}

/// The names of all lists, ready to answer.
pub struct NameScreener {
    index: NameIndex,
    sources: Vec<Source>,
    inputs: Vec<ListInput>,
    required: Vec<String>,
    complete: bool,
}

impl NameScreener {
    /// With the lists as they are stored, or as they stood on a day.
    ///
    /// # Errors
    /// If a stored list cannot be read: no answer is given without it.
    pub fn open(
        lists: &Lists,
        required: &[String],
        as_of: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, ScreenError> {
        let (snapshots, inputs) = basis::in_force(lists, required, as_of, now)?;
        Ok(Self::new(snapshots, inputs, required))
    }

    pub(crate) fn new(
        snapshots: Vec<Snapshot>,
        inputs: Vec<ListInput>,
        required: &[String],
    ) -> Self {
        let (mut sources, mut parties) = (Vec::new(), Vec::new());
        for snapshot in snapshots {
            let (list, published) = (snapshot.manifest.list.0, snapshot.manifest.published);
            for entry in snapshot.entries {
                let (list, published) = (list.clone(), published.clone());
                let (entry, programmes, party) = (entry.id, entry.programmes, entry.party);
                sources.push(Source { list, published, entry, programmes });
                parties.push(party);
            }
        }
        let complete = basis::lacking(&inputs, required).next().is_none();
        let (index, required) = (NameIndex::new(parties), required.to_vec());
        Self { index, sources, inputs, required, complete }
    }

    /// How many names it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Answers a query.
    #[must_use]
    pub fn answer(&self, query: &NameQuery, threshold: f64, now: Timestamp) -> NameAnswer {
        let found = self.index.search(query, threshold).into_iter().filter_map(|hit| {
            let source = self.sources.get(usize::try_from(hit.entry).ok()?)?;
            Some(NameFound {
                list: source.list.clone(),
                published: source.published.clone(),
                entry: source.entry.clone(),
                name: hit.name,
                strength: hit.strength,
                party: self.index.party(hit.entry)?.clone(),
                programmes: source.programmes.clone(),
                score: hit.score,
                ofac: hit.ofac,
                features: hit.features,
                decided: None,
            })
        });
        let answer = NameAnswer {
            id: String::new(),
            asked: query.clone(),
            threshold,
            rules: rules(),
            answered_at: now,
            required_lists: self.required.clone(),
            complete: self.complete,
            decisions: 0,
            hits: found.collect(),
            lists: self.inputs.clone(),
        };
        answer.sealed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A score that changed in its last digit on the way through the log
    /// would make another answer of it.
    #[test]
    #[allow(clippy::float_arithmetic)] // scores of many digits
    fn scores_come_back_from_the_log_to_the_last_digit() {
        for place in 1..5_000_u32 {
            let value = f64::from(place).sqrt() / 71.0;
            let feature =
                Feature { name: "pair".into(), words: String::new(), value, weight: 1.0 - value };
            let bytes = serde_json::to_vec(&feature).unwrap();
            assert_eq!(serde_json::from_slice::<Feature>(&bytes).unwrap(), feature);
        }
    }
}
