//! Screening of addresses and names against lists under a policy: verdicts with their
//! reasons, which can be made again to the byte, and the log of them.
//!
//! [`Screener`] answers, [`reopen`] answers again, [`AuditLog`] keeps what was
//! answered. "No rule was triggered" is never called clean.

mod answer;
mod audit;
pub mod backup;
mod basis;
mod decisions;
mod exposed;
pub mod exposures;
mod home;
mod name_screener;
pub mod names;
mod policy;
mod screener;
mod tagged;
mod verdict;

pub use answer::{ANSWERED, Answer, AnswerError, Answered, BASIS, NAME, VERDICT};
pub use audit::{AuditBreak, AuditEntry, AuditError, AuditLine, AuditLog, AuditState};
pub use decisions::{
    DecisionError, Decisions, HitDecision, NameDecision, Remembered, entry_digest,
};
pub use exposed::{ExposureFact, ExposureInput};
pub use home::Home;
pub use name_screener::{NAME_THRESHOLD, NameAnswer, NameFound, NameScreener};
pub use policy::{
    Condition, DEFAULT_POLICY, Decision, Policy, PolicyError, PolicyRule, Reach, Side,
};
pub use screener::{ScreenError, Screener, open_screeners, reopen};
pub use tagged::Tags;
pub use verdict::{
    FoundListing, ListInput, PolicyInput, Reason, Role, SCREENING_RULES, Subject, TagEvidence,
    TagInput, TakenFrom, Verdict, Written,
};

pub(crate) use policy::sha256;
