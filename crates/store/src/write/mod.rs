//! Adding transfers: collecting, sorting, removing duplicates, ordering each
//! block, and publishing the result at once.
//!
//! Rows that come in chain order above the tip stream straight into new
//! segments ([`streaming`]). Anything else is collected, sorted by height
//! (through files if it outgrows the budget, [`runs`]) and merged block by
//! block with what the store holds ([`rebuild`]). Both ways a block goes
//! through the same assembly ([`assemble`]), so batch, incremental and
//! repeated writing give the same store.

mod assemble;
mod block;
mod dedupe;
mod existing;
mod funding;
mod options;
mod publish;
mod rebuild;
mod run_file;
mod runs;
mod streaming;
mod temporary;
mod writer;

pub(crate) use options::Progress;
pub use options::{AssetDescription, PublishSummary, Step, WriteOptions};
pub(crate) use publish::replace_manifest;
pub(crate) use temporary::TemporaryFolder;
pub use writer::Writer;
