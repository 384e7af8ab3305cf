//! What a person decided on a name hit, remembered, and opened again when
//! the customer's data or the list's entry have changed.

use crate::name_screener::NameFound;
use crate::names::NameQuery;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tracehound_lists::files::publish;
use tracehound_model::Timestamp;

/// What was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HitDecision {
    /// The customer is not the party on the list.
    NoMatch,
    /// The customer is.
    Match,
}

impl HitDecision {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoMatch => "no match",
            Self::Match => "a match",
        }
    }
}

/// A decision on one hit.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NameDecision {
    /// The customer as asked about then.
    pub asked: NameQuery,
    /// Which list.
    pub list: String,
    /// The publisher's number of the entry.
    pub entry: String,
    /// SHA-256 of the entry as it was: party and programmes.
    pub entry_digest: String,
    /// What was decided.
    pub decision: HitDecision,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A decision as a later hit shows it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Remembered {
    /// What was decided.
    pub decision: HitDecision,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Why it is open again; absent while it holds.
    pub reopened: Option<String>,
}

/// Why decisions could not be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// The file system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Not what was written.
    #[error("{}: line {line}: {reason}; no answer is given without what was decided", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// Decisions in a file, a line of JSON each.
#[derive(Clone, Debug)]
pub struct Decisions {
    file: PathBuf,
    all: Vec<NameDecision>,
}

impl Decisions {
    /// Reads the file, which need not be there yet.
    ///
    /// # Errors
    /// [`DecisionError`].
    pub fn open(file: &Path) -> Result<Self, DecisionError> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(DecisionError::Io { file: file.to_owned(), source }),
        };
        let mut all = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            all.push(serde_json::from_str(text).map_err(|error| {
                let (file, reason) = (file.to_owned(), error.to_string());
                DecisionError::Damaged { file, line, reason }
            })?);
        }
        Ok(Self { file: file.to_owned(), all })
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The first so many: what was decided when an answer was made.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let all = self.all.iter().take(count).cloned().collect();
        Self { file: self.file.clone(), all }
    }

    /// Keeps a decision; the file is replaced whole.
    ///
    /// # Errors
    /// [`DecisionError::Io`]; what was kept stays.
    pub fn keep(&mut self, decision: NameDecision) -> Result<(), DecisionError> {
        self.all.push(decision);
        let written = publish(&self.file, |out| {
            for decision in &self.all {
                serde_json::to_writer(&mut *out, decision)?;
                std::io::Write::write_all(out, b"\n")?;
            }
            Ok(())
        });
        written.map_err(|source| DecisionError::Io { file: self.file.clone(), source })
    }

    /// The last decision on this customer and entry, and whether it holds.
    #[must_use]
    pub fn on(&self, asked: &NameQuery, hit: &NameFound) -> Option<Remembered> {
        let same = |decision: &&NameDecision| {
            (&decision.list, &decision.entry) == (&hit.list, &hit.entry)
                && normal(&decision.asked.name) == normal(&asked.name)
        };
        let last = self.all.iter().rfind(same)?;
        let customer = (&last.asked.born, &last.asked.country) == (&asked.born, &asked.country);
        let entry = last.entry_digest == entry_digest(hit);
        let reopened = match (customer, entry) {
            (true, true) => None,
            (false, _) => Some("the customer's date of birth or country is another"),
            (true, false) => Some("the list's entry has changed"),
        };
        Some(Remembered {
            decision: last.decision,
            reason: last.reason.clone(),
            at: last.at,
            reopened: reopened.map(str::to_owned),
        })
    }
}

/// One name however it is spaced and cased.
fn normal(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// SHA-256 of what a list says of a party.
#[must_use]
pub fn entry_digest(hit: &NameFound) -> String {
    // Texts and lists of them: writing them to memory cannot fail.
    let bytes = serde_json::to_vec(&(&hit.party, &hit.programmes)).unwrap_or_default();
    crate::sha256(&bytes)
}
