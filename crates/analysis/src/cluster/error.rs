//! What can go wrong with a clustering.

use std::path::PathBuf;
use tracehound_store::StoreError;

/// Why clusters could not be made, read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// The chain could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Made by other rules than the ones to go on with.
    #[error(
        "the clusters were made by \"{found}\", not by \"{wanted}\"; build them anew or use the same rules"
    )]
    OtherRules {
        /// The rules they were made by.
        found: String,
        /// The rules asked for.
        wanted: String,
    },
    /// Made from another chain, or from blocks that were since reorganised away.
    #[error("the clusters do not fit this store: {detail}; build them anew")]
    OtherChain {
        /// What does not fit.
        detail: String,
    },
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// Not a file of clusters, or a broken one.
    #[error("{}: not a whole file of clusters: {detail}; build the clusters anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        detail: String,
    },
}
