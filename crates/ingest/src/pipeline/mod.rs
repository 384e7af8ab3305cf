//! From files to a published store: two passes over the files of a run, one
//! thread that decodes and one that builds.

mod digest;
mod options;
mod positions;
mod quarantine;
mod reference;
mod run;
mod summary;
mod tally;
mod timestamps;
mod transfers;

pub use digest::file_sha256;
pub use options::{IngestOptions, Progress, Stage};
pub(crate) use positions::Positions;
pub use run::{ingest, read_told};
pub use summary::{FileSummary, IngestSummary, PublishedLabel, Told};
pub(crate) use timestamps::BlockClock;

#[cfg(test)]
pub(crate) fn read_reference_for_tests(
    opened: &crate::source::Opened,
    format: crate::Format,
    session: &mut crate::normalise::Session,
) -> Result<Vec<tracehound_store::AssetDescription>, crate::IngestError> {
    reference::read_reference(opened, format, session, None)
}

#[cfg(test)]
mod tests;
