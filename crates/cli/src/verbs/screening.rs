//! The time, as screening verbs tell it.

use tracehound_model::Timestamp;

/// Now, in whole seconds.
pub(crate) fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_second())
}
