//! What can be wrong with a pack, with the place and the cure.

use std::path::PathBuf;

/// Why a pack was not taken. Nothing stored is lost by any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// The file system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Broken at a line.
    #[error("{}: line {line}: {reason}", file.display())]
    Line {
        /// Which file.
        file: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Broken as a whole.
    #[error("{}: {reason}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A kept pack that is not what was written.
    #[error("{}: this pack is damaged ({reason}); import it again from its source, or take it out with `tracehound tag withdraw`", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No such pack.
    #[error("no pack is called \"{name}\"; `tracehound tag list` names those that are kept")]
    NoPack {
        /// The name asked for.
        name: String,
    },
    /// Another creator's pack has the name.
    #[error(
        "{}: a pack \"{name}\" is kept already, \"{title}\" by {creator}; give this one another name with --name, or withdraw the other", file.display()
    )]
    NameTaken {
        /// Which file.
        file: PathBuf,
        /// The name.
        name: String,
        /// Title of the pack that has it.
        title: String,
        /// Its creator.
        creator: String,
    },
}
