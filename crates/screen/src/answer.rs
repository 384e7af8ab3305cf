//! Answers in the log: found by the first digits of their id, and made again.

use crate::Decision;
use crate::exposures::{ExposureError, Exposures};
use crate::{AuditError, AuditLog, DecisionError, Home, NameAnswer, ScreenError, Verdict, reopen};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use tracehound_model::Timestamp;
use tracehound_store::Snapshot;

/// What kind of record a verdict is in the log.
pub const VERDICT: &str = "verdict";
/// What kind of record an answer on a name is in the log.
pub const NAME: &str = "name";
/// What kind of record a short verdict is in the log: see [`Answered`].
pub const ANSWERED: &str = "answered";
/// What kind of record the basis of short verdicts is in the log: a verdict on nothing.
pub const BASIS: &str = "basis";
/// Fewest digits of an id that are taken for one.
const LEAST_DIGITS: usize = 8;

/// Why an answer could not be found or made again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// Too little to go by.
    #[error("give at least {LEAST_DIGITS} digits of the verdict's id, or a file")]
    TooShort,
    /// None begins so.
    #[error("no verdict {id} in the log at {}", folder.display())]
    NotFound {
        /// What was asked for.
        id: String,
        /// Where the log lies.
        folder: PathBuf,
    },
    /// None in the part of the log that can be trusted.
    #[error(
        "verdict {id} is not in the part of the log that holds; `tracehound audit verify` says where it breaks"
    )]
    LogBroken {
        /// What was asked for.
        id: String,
    },
    /// Several begin so.
    #[error("{count} verdicts begin with {id}; give more digits")]
    Several {
        /// What was asked for.
        id: String,
        /// How many.
        count: usize,
    },
    /// The log failed.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The inputs failed.
    #[error(transparent)]
    Screen(#[from] ScreenError),
    /// The decisions failed.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// The exposures failed.
    #[error(transparent)]
    Exposure(#[from] ExposureError),
    /// A verdict with exposures needs the store it was made in.
    #[error("the verdict has exposures in a store of {chain}; name that store with --store")]
    StoreNeeded {
        /// Its chain.
        chain: String,
    },
    /// Its address is not one any more.
    #[error("\"{address}\" is not an address that exposures can be computed of")]
    NoAddress {
        /// What it says.
        address: String,
    },
}

/// A verdict without reasons as the log of a service keeps it: what it rests
/// on stands once in the log, as its basis. The id is the digest of the whole
/// verdict, so one made again with the same id is the same to the byte.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answered {
    /// The verdict's id.
    pub id: String,
    /// The id of its basis.
    pub basis: String,
    /// What was asked about.
    pub address: String,
    /// When it was made.
    pub decided_at: Timestamp,
    /// What was decided.
    pub decision: Decision,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The request's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// An answer that can be made again.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// On an address.
    Verdict(Box<Verdict>),
    /// On an address, of which the log has the id alone, with its basis.
    Short(Answered, Box<Verdict>),
    /// On a name.
    Name(Box<NameAnswer>),
}

impl Answer {
    /// From its JSON; `None` if that is no answer.
    #[must_use]
    pub fn read(record: &Value) -> Option<Self> {
        let name = || serde_json::from_value(record.clone()).ok().map(Self::Name);
        serde_json::from_value(record.clone()).ok().map(Self::Verdict).or_else(name)
    }

    /// From the log, by the first digits of its id.
    ///
    /// # Errors
    /// [`AnswerError`] if there is not just one.
    pub fn find(home: &Home, id: &str) -> Result<Self, AnswerError> {
        if id.len() < LEAST_DIGITS {
            return Err(AnswerError::TooShort);
        }
        let folder = home.audit();
        let mut found: Vec<Self> = Vec::new();
        let mut bases: BTreeMap<String, Verdict> = BTreeMap::new();
        let state = AuditLog::verify(&folder, |line| {
            let named = line.record.get("id").and_then(|id| id.as_str()).unwrap_or_default();
            match line.kind.as_str() {
                BASIS => {
                    let read = serde_json::from_value::<Verdict>(line.record.clone());
                    bases.extend(read.ok().map(|basis| (basis.id.clone(), basis)));
                }
                VERDICT | NAME if named.starts_with(id) => found.extend(Self::read(&line.record)),
                ANSWERED if named.starts_with(id) => {
                    found.extend(Self::short(&line.record, &bases));
                }
                _ => {}
            }
        })?;
        // The id is the digest of the answer: one that was given several times
        // within a second is one answer.
        let mut seen = BTreeSet::new();
        found.retain(|answer| seen.insert(answer.id().to_owned()));
        let id = id.to_owned();
        match (found.len(), found.pop()) {
            (1, Some(only)) => Ok(only),
            (0, _) if state.broken.is_some() => Err(AnswerError::LogBroken { id }),
            (0, _) => Err(AnswerError::NotFound { id, folder }),
            (count, _) => Err(AnswerError::Several { id, count }),
        }
    }

    fn short(record: &Value, bases: &BTreeMap<String, Verdict>) -> Option<Self> {
        let answered: Answered = serde_json::from_value(record.clone()).ok()?;
        let basis = bases.get(&answered.basis)?.clone();
        Some(Self::Short(answered, Box::new(basis)))
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Verdict(verdict) => &verdict.id,
            Self::Short(answered, _) => &answered.id,
            Self::Name(answer) => &answer.id,
        }
    }

    /// The bytes that are stored and given again; `None` where the log has
    /// the id alone.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Verdict(verdict) => Some(verdict.to_bytes()),
            Self::Name(answer) => Some(answer.to_bytes()),
            Self::Short(..) => None,
        }
    }

    /// Whether one made again is the same to the byte. Where the log has the
    /// id alone, the id is the digest of those bytes.
    #[must_use]
    pub fn is_same_as(&self, made: &Self) -> bool {
        self.id() == made.id() && self.to_bytes().is_none_or(|bytes| made.to_bytes() == Some(bytes))
    }

    /// The chain of the store that is needed to make it again, if one is.
    #[must_use]
    pub fn needs_store_of(&self) -> Option<&str> {
        match self {
            Self::Verdict(verdict) => verdict.exposure.as_ref().map(|then| then.chain.as_str()),
            Self::Short(..) | Self::Name(_) => None,
        }
    }

    /// The same again from what is stored; the caller compares.
    ///
    /// # Errors
    /// [`AnswerError`] if an input is not there any more.
    pub fn made_again(
        &self,
        home: &Home,
        store: Option<&Snapshot>,
        stop: &AtomicBool,
    ) -> Result<Self, AnswerError> {
        match self {
            Self::Verdict(stored) => {
                verdict_again(stored, home, store, stop).map(|made| Self::Verdict(Box::new(made)))
            }
            Self::Short(answered, basis) => {
                let policy = home.kept_policy(&basis.policy.digest)?;
                let screener = reopen(basis, &home.lists(), &home.tags(), policy)?;
                let made = screener.address(&answered.address, answered.decided_at);
                Ok(Self::Verdict(Box::new(made)))
            }
            Self::Name(stored) => {
                let made = stored.made_again(&home.lists(), &home.decisions()?)?;
                Ok(Self::Name(Box::new(made)))
            }
        }
    }
}

fn verdict_again(
    stored: &Verdict,
    home: &Home,
    store: Option<&Snapshot>,
    stop: &AtomicBool,
) -> Result<Verdict, AnswerError> {
    let policy = home.kept_policy(&stored.policy.digest)?;
    let screener = reopen(stored, &home.lists(), &home.tags(), policy)?;
    let subject = &stored.subject;
    let exposure = match &stored.exposure {
        Some(then) => {
            let chain = then.chain.clone();
            let snapshot = store.ok_or(AnswerError::StoreNeeded { chain })?;
            let (tags, lists) = (screener.tag_index(), screener.addresses());
            let again = Exposures::again(snapshot, tags, lists, then)?;
            let address = subject.address.clone();
            let parsed = address.parse().map_err(|_| AnswerError::NoAddress { address })?;
            Some(again.of(&parsed, stop)?)
        }
        None => None,
    };
    let taken_from = subject.taken_from.clone();
    Ok(screener.address_with(&subject.address, taken_from, exposure, stored.decided_at))
}
