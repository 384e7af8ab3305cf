//! Answers in the log: found by the first digits of their id, and made again.

use crate::exposures::{ExposureError, Exposures};
use crate::{AuditError, AuditLog, DecisionError, Home, NameAnswer, ScreenError, Verdict, reopen};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use tracehound_store::Snapshot;

/// What kind of record a verdict is in the log.
pub const VERDICT: &str = "verdict";
/// What kind of record an answer on a name is in the log.
pub const NAME: &str = "name";
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

/// An answer that can be made again.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// On an address.
    Verdict(Box<Verdict>),
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
        let state = AuditLog::verify(&folder, |line| {
            let named = line.record.get("id").and_then(|id| id.as_str()).unwrap_or_default();
            if [VERDICT, NAME].contains(&line.kind.as_str()) && named.starts_with(id) {
                found.extend(Self::read(&line.record));
            }
        })?;
        found.dedup();
        let id = id.to_owned();
        match (found.len(), found.pop()) {
            (1, Some(only)) => Ok(only),
            (0, _) if state.broken.is_some() => Err(AnswerError::LogBroken { id }),
            (0, _) => Err(AnswerError::NotFound { id, folder }),
            (count, _) => Err(AnswerError::Several { id, count }),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Verdict(verdict) => &verdict.id,
            Self::Name(answer) => &answer.id,
        }
    }

    /// The bytes that are stored and given again.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Verdict(verdict) => verdict.to_bytes(),
            Self::Name(answer) => answer.to_bytes(),
        }
    }

    /// The chain of the store that is needed to make it again, if one is.
    #[must_use]
    pub fn needs_store_of(&self) -> Option<&str> {
        match self {
            Self::Verdict(verdict) => verdict.exposure.as_ref().map(|then| then.chain.as_str()),
            Self::Name(_) => None,
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
